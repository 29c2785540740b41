import ApusEvents

/// The weighted negative log-likelihood of a linear model of log-probabilities, with its slope and curvature.
///
/// L(β) = Σ w ℓ + ½ Σ λ_j β_j², over standardised inputs and an intercept; parameters are rows of width + 1
/// numbers, one a class, or a single row (the log-odds of signal) for two classes. λ is given for the inputs
/// themselves, so λ_j is λ over the squared spread.
struct LogisticObjective {
  let sample: Sample
  let standardizer: Standardizer
  /// Rows of parameters: 1, or the number of classes.
  let outputs: Int
  /// Parameters a row.
  let stride: Int
  /// The penalty of each parameter of a row; 0 for the intercept.
  let penalties: [Double]
  /// That on the absolute value, which value and slope leave out.
  let sparsities: [Double]

  init(_ sample: Sample, l2: Double, l1: Double = 0) {
    self.sample = sample
    standardizer = Standardizer(sample)
    outputs = sample.task == .binary ? 1 : sample.classes.count
    stride = sample.features.count + 1
    penalties = standardizer.spreads.map { l2 / ($0 * $0) } + [0]
    sparsities = standardizer.spreads.map { l1 / $0 } + [0]
  }

  var size: Int { outputs * stride }

  /// Σ λ |β| of the sparse penalty.
  func sparsity(_ beta: [Double]) -> Double {
    beta.indices.reduce(0) { $0 + sparsities[$1 % stride] * abs(beta[$1]) }
  }

  private func penalty(_ beta: [Double]) -> Double {
    beta.indices.reduce(0) { $0 + penalties[$1 % stride] * beta[$1] * beta[$1] / 2 }
  }

  /// Puts the linear forms of an event into `z`.
  private func forms(_ beta: [Double], _ row: [Double], _ z: inout [Double]) {
    for k in 0..<outputs {
      var sum = 0.0
      for j in 0..<stride { sum += beta[k * stride + j] * row[j] }
      z[k] = sum
    }
  }

  /// The loss of an event; `z` becomes the slope of the loss with respect to the linear forms plus the
  /// truth, that is, the probabilities.
  private func probabilities(_ z: inout [Double], _ label: Int) -> Double {
    if outputs == 1 {
      let form = z[0]
      z[0] = sigmoid(form)
      return label == 1 ? softplus(-form) : softplus(form)
    }
    let own = z[label]
    return softmax(&z) - own
  }

  func value(_ beta: [Double]) -> Double {
    var (row, z) = ([Double](repeating: 1, count: stride), [Double](repeating: 0, count: outputs))
    var sum = penalty(beta)
    for i in 0..<sample.count where sample.weights[i] != 0 {
      standardizer.fill(&row, sample, i)
      forms(beta, row, &z)
      sum += sample.weights[i] * probabilities(&z, Int(sample.labels[i]))
    }
    return sum
  }

  /// The value and slope, and the curvature (lower triangle) where asked.
  func derivatives(_ beta: [Double], curvature: Bool) -> (
    value: Double, slope: [Double], curvature: [Double]
  ) {
    var (row, z) = ([Double](repeating: 1, count: stride), [Double](repeating: 0, count: outputs))
    var rests = z
    var sum = penalty(beta)
    var slope = beta.indices.map { penalties[$0 % stride] * beta[$0] }
    var blocks = [[Double]](
      repeating: [Double](repeating: 0, count: curvature ? stride * stride : 0),
      count: outputs * (outputs + 1) / 2)
    for i in 0..<sample.count where sample.weights[i] != 0 {
      let (w, label) = (sample.weights[i], Int(sample.labels[i]))
      standardizer.fill(&row, sample, i)
      forms(beta, row, &z)
      let form = z[0]
      sum += w * probabilities(&z, label)
      fillRests(&rests, z, form)
      for a in 0..<outputs {
        let isTrue = label == (outputs == 1 ? 1 : a)
        let rest = w * (isTrue ? -rests[a] : z[a])
        for j in 0..<stride { slope[a * stride + j] += rest * row[j] }
        guard curvature else { continue }
        for b in 0...a {
          let curve = a == b ? w * z[a] * rests[a] : -w * z[a] * z[b]
          addOuter(row, curve, to: &blocks[a * (a + 1) / 2 + b], stride)
        }
      }
    }
    return (sum, slope, curvature ? assembled(blocks) : [])
  }

  /// One minus each probability, without the loss of digits of that difference where a probability is near one: a curvature made of
  /// such differences has negative directions where classes are far apart.
  private func fillRests(_ rests: inout [Double], _ p: [Double], _ form: Double) {
    if outputs == 1 {
      rests[0] = sigmoid(-form)
      return
    }
    var most = 0
    for k in 1..<outputs where p[k] > p[most] { most = k }
    var others = 0.0
    for k in 0..<outputs where k != most {
      others += p[k]
      rests[k] = 1 - p[k]
    }
    rests[most] = others
  }

  /// The whole curvature from its blocks, each symmetric.
  private func assembled(_ blocks: [[Double]]) -> [Double] {
    var matrix = [Double](repeating: 0, count: size * size)
    for a in 0..<outputs {
      for b in 0...a {
        let block = blocks[a * (a + 1) / 2 + b]
        for i in 0..<stride {
          for j in 0..<stride {
            let value = i >= j ? block[i * stride + j] : block[j * stride + i]
            matrix[(a * stride + i) * size + b * stride + j] = value
          }
        }
      }
      for j in 0..<stride { matrix[(a * stride + j) * (size + 1)] += penalties[j] }
    }
    return matrix
  }
}
