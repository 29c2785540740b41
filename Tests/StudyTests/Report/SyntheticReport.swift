import ApusEvents
import ApusStudy

/// Report data of a toy: Gaussian scores, whose ROC curve is known, with a seeded generator.
enum SyntheticReport {
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    /// About normal: twelve uniform numbers.
    mutating func normal() -> Double {
      (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }
  }

  static func histogram(
    of values: [Double], from low: Double, to high: Double, bins: Int, weight: Double = 1
  ) -> ReportData.Histogram {
    let edges = (0...bins).map { low + (high - low) * Double($0) / Double(bins) }
    var counts = [Double](repeating: 0, count: bins)
    for value in values {
      let bin = Int(((value - low) / (high - low) * Double(bins)).rounded(.down))
      if counts.indices.contains(bin) { counts[bin] += 1 }
    }
    return .init(
      edges: edges, sums: counts.map { $0 * weight }, variances: counts.map { $0 * weight * weight }
    )
  }

  static func curve(
    _ background: [Double], _ signal: [Double], part: ReportData.Part, positive: String? = nil
  ) -> ReportData.RocCurve {
    let cuts = (0...400).map { 1 - Double($0) / 400 }
    func passing(_ values: [Double]) -> [Double] {
      cuts.map { cut in
        Double(values.count { $0 >= cut }) / Double(max(values.count, 1))
      }
    }
    return .init(
      part: part, positive: positive, signalEfficiency: passing(signal),
      backgroundEfficiency: passing(background))
  }

  static func method(
    _ name: String, type: String, separation: Double, auc: Double, seed: UInt64,
    history: ReportData.History? = nil, overtraining: Double = 0
  ) -> ReportData.MethodResult {
    var random = Generator(state: seed)
    func scores(_ mean: Double, _ count: Int) -> [Double] {
      (0..<count).map { _ in 0.5 + 0.14 * (random.normal() + mean) }
    }
    let parts: [(ReportData.Part, [Double], [Double])] = [
      (.train, scores(-separation / 2, 9000), scores(separation / 2 + overtraining, 9000)),
      (.test, scores(-separation / 2, 3000), scores(separation / 2, 3000)),
    ]
    let histograms = parts.flatMap { part, background, signal in
      [background, signal].enumerated().map { index, values in
        ReportData.ScoreHistogram(
          classIndex: index, part: part,
          histogram: histogram(of: values, from: 0, to: 1, bins: 40))
      }
    }
    let cuts = (5..<95).map { step in
      let cut = Double(step) / 100
      return ReportData.CutYield(
        cut: cut, signal: 100 * Double(parts[1].2.count { $0 > cut }) / 3000,
        background: 1000 * Double(parts[1].1.count { $0 > cut }) / 3000)
    }
    return .init(
      name: name, type: type,
      summary: type == "mlp" ? "28-300-300-300-300-300-1, tanh, adam" : "linear in the inputs",
      parameters: type == "mlp" ? 370_201 : 29, trainSeconds: type == "mlp" ? 63.4 : 0.031,
      applySeconds: 0.012, appliedEvents: 6000,
      metrics: [
        .init(part: .train, auc: auc + 0.004 + overtraining * 0.1, accuracy: 0.75, loss: 0.48),
        .init(part: .validation, auc: auc + 0.001, accuracy: 0.74, loss: 0.5),
        .init(part: .test, auc: auc, aucError: 0.0051, accuracy: 0.7412, loss: 0.5012),
      ],
      curves: [curve(parts[1].1, parts[1].2, part: .test)],
      workingPoints: [(0.01, 0.12), (0.1, 0.45), (0.3, 0.75)].map { background, signal in
        .init(
          backgroundEfficiency: background, threshold: 0.5, test: signal * auc / 0.8,
          testError: 0.009, train: signal * auc / 0.8 + 0.01)
      }, scores: histograms,
      compatibilities: [
        .init(classIndex: 0, ksProbability: 0.61), .init(classIndex: 1, ksProbability: 0.23),
      ], history: history, cuts: type == "mlp" ? cuts : [],
      options: [.init(name: "epochs", value: "8"), .init(name: "activation", value: "tanh")])
  }

  /// A history whose validation loss falls to a minimum at `best` and then rises by `rise`.
  static func history(steps: Int, best: Int, rise: Double, floor: Double = 0.5)
    -> ReportData.History
  {
    let x = (1...steps).map(Double.init)
    func fall(_ step: Double) -> Double { 0.2 / (1 + 0.4 * (step - 1)) }
    let training = x.map { floor - 0.02 + fall($0) - (rise > 0 ? 0.002 * $0 : 0) }
    let validation = x.map {
      floor + fall(min($0, Double(best))) + rise * max(0, $0 - Double(best))
    }
    return .init(
      steps: x,
      series: [
        .init(name: "loss", values: training), .init(name: "validation_loss", values: validation),
        .init(name: "validation_auc", values: validation.map { 1.1 - 0.6 * $0 }),
      ])
  }

  static let columns = [
    "m_bb", "m_wwbb", "m_wbb", "jet_1_pt", "lepton_pT", "missing_energy_magnitude", "m_jlv",
    "m_jjj",
    "jet_1_b_tag", "jet_2_pt", "m_lv", "m_jj",
  ]

  static func binary() -> ReportData {
    var random = Generator(state: 7)
    let inputs = columns.enumerated().map { index, name in
      let shift = 1.2 / Double(index + 1)
      let values = [-shift, shift].map { mean in
        (0..<4000).map { _ in 100 + 22 * (random.normal() + mean) }
      }
      return ReportData.InputSummary(
        name: name, unit: name.hasSuffix("b_tag") ? nil : "GeV",
        separation: 0.31 / Double(index + 1), means: [100 - 22 * shift, 100 + 22 * shift],
        deviations: [22, 22],
        histograms: index < 10
          ? values.map { histogram(of: $0, from: 20, to: 180, bins: 32) } : [])
    }
    let matrix = columns.indices.map { row in
      columns.indices.map { column in
        row == column ? 1 : 0.9 / Double(1 + abs(row - column)) * (row + column).sign
      }
    }
    let kept = { (history: ReportData.History, step: Double) in
      var history = history
      history.bestStep = step
      history.stoppedEarly = true
      return history
    }
    return ReportData(
      title: "Heavy Higgs boson in the W W b b̄ channel", rightLabel: "8 TeV", task: .binary,
      classes: ["background", "signal"],
      run: .init(
        version: "0.1.0", command: "apus train Examples/higgs.yaml --out runs/demo",
        started: "2026-11-21T11:50:00Z", seconds: 96, seed: 1, threads: 2,
        configuration: "events:\n  files: \"a<b>.h5\"\n",
        files: [
          .init(
            name: "Datasets/samples/higgs.h5", bytes: 4_182_231,
            checksum: "sha256:" + String(repeating: "3fa9", count: 16), events: 30000)
        ]),
      samples: ["background", "signal"].flatMap { name in
        ReportData.Part.allCases.map { part in
          let events = part == .train ? 9000 : 3000
          return .init(
            name: name, part: part, events: events, sumOfWeights: Double(events) * 0.81,
            sumOfSquaredWeights: Double(events) * 0.93, negativeEvents: events / 16)
        }
      },
      weights: .init(
        policy: "keep", text: "signed weights in the training loss",
        balances: [
          .init(name: "background", before: 7290, after: 8100),
          .init(name: "signal", before: 8910, after: 8100),
        ],
        histograms: (0..<2).map { index in
          histogram(
            of: (0..<3000).map { _ in 0.8 + (0.3 + 0.1 * Double(index)) * random.normal() },
            from: -1,
            to: 3, bins: 40)
        }),
      split: "60 % train, 20 % validation, 20 % test, seed 1",
      preprocessing: ["standardize"], selection: "n_jets >= 4 && lepton_pT > 25",
      warnings: [
        .init(
          "higgs.h5: column 'jet_3_b_tag' is 0 for 92 % of the events.",
          remedy: "Nothing to do if that is a tagger's working point.")
      ], inputs: inputs,
      correlations: ["background", "signal"].map {
        .init(name: $0, inputs: columns, values: matrix)
      },
      methods: [
        method("fisher", type: "fisher", separation: 0.9, auc: 0.7346, seed: 1),
        method("logistic", type: "logistic", separation: 0.92, auc: 0.7381, seed: 2),
        method(
          "mlp", type: "mlp", separation: 1.25, auc: 0.8102, seed: 3,
          history: kept(history(steps: 30, best: 18, rise: 0.003), 18)),
        method(
          "deep", type: "mlp", separation: 1.31, auc: 0.8166, seed: 4,
          history: history(steps: 8, best: 8, rise: 0)),
      ],
      differences: [
        .init(first: "deep", second: "mlp", value: 0.0064, error: 0.0031),
        .init(first: "deep", second: "logistic", value: 0.0785, error: 0.0042),
        .init(first: "deep", second: "fisher", value: 0.0820, error: 0.0043),
      ])
  }

  static func multiclass() -> ReportData {
    let classes = ["gluon", "quark", "W", "Z", "top"]
    var data = binary()
    data.task = .multiclass
    data.title = "Jets of five kinds"
    data.classes = classes
    data.correlations = []
    data.differences = []
    var random = Generator(state: 11)
    data.methods = ["fisher", "mlp"].enumerated().map { place, name in
      var method = data.methods[place * 2]
      method.name = name
      method.workingPoints = []
      method.compatibilities = []
      method.cuts = []
      method.confusion = classes.indices.map { row in
        classes.indices.map { row == $0 ? 700.0 : Double(abs(row - $0)) * 31.5 + 20 }
      }
      let scores = classes.indices.map { truth in
        (0..<2000).map { _ in 0.3 + 0.12 * (random.normal() + (truth == 0 ? 1.5 : 0)) }
      }
      method.curves = classes.indices.map { index in
        curve(scores[(index + 1) % 5], scores[0], part: .test, positive: classes[index])
      }
      method.scores = [ReportData.Part.train, .test].flatMap { part in
        classes.indices.map { index in
          .init(
            classIndex: index, part: part, score: 0,
            histogram: histogram(of: scores[index], from: 0, to: 1, bins: 30))
        }
      }
      return method
    }
    return data
  }

  static func regression() -> ReportData {
    var data = binary()
    data.task = .regression
    data.title = "Mass of a new particle"
    data.classes = []
    data.correlations = []
    data.differences = []
    let edges = (0...20).map { 50 + 10 * Double($0) }
    let counts = (0..<20).map { row in
      (0..<20).map { column in
        let distance = Double(row - column)
        return 400 / (1 + distance * distance * distance * distance)
      }
    }
    var random = Generator(state: 5)
    data.methods = ["linear", "mlp"].map { name in
      .init(
        name: name, type: name, parameters: 29, trainSeconds: 1.5, applySeconds: 0.01,
        appliedEvents: 6000,
        metrics: ReportData.Part.allCases.map {
          .init(
            part: $0, loss: 144, rmse: name == "mlp" ? 12.03 : 19.8, mae: 9.1, bias: -0.21, r2: 0.93
          )
        }, history: name == "mlp" ? history(steps: 40, best: 40, rise: 0) : nil,
        regression: .init(
          target: "m_X", unit: "GeV", edges: edges, counts: counts,
          residuals: histogram(
            of: (0..<4000).map { _ in 12 * random.normal() }, from: -60, to: 60, bins: 40),
          meanResiduals: edges.dropLast().map { 4 - ($0 - 50) * 0.04 },
          residualDeviations: edges.dropLast().map { 8 + ($0 - 50) * 0.03 }))
    }
    for index in data.inputs.indices {
      data.inputs[index].separation = nil
      data.inputs[index].histograms = Array(data.inputs[index].histograms.prefix(1))
    }
    return data
  }
}

extension Int {
  /// −1, 0 or 1 in turn, so that a matrix has both signs.
  fileprivate var sign: Double { self % 3 == 0 ? -1 : 1 }
}
