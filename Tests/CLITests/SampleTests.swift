import ApusEvents
import ApusFormats
import Foundation
import Testing

/// Samples: scales, parts, folds, lists, on a file with jagged jets (`Tools/reference/jagged_events.py`).
@Suite struct SampleTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let file = root.path + "/Tests/Golden/formats/jagged_events.parquet"

  private func json(_ program: Program, _ name: String) throws -> [String: Any] {
    let data = Data(try program.read(name).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// Examples are run from the folder of the project.
  private func linkSamples(_ program: Program) throws {
    try FileManager.default.createSymbolicLink(
      atPath: program.folder.path + "/Datasets", withDestinationPath: Self.root.path + "/Datasets")
  }

  private func start(_ configuration: String) throws -> Program {
    let program = try Program()
    try program.write(configuration, "c.yaml")
    return program
  }

  /// A table of a program's output: rows of words.
  private func rows(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  private func columns(_ csv: String) -> [String: [String]] {
    let lines = csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    var all: [String: [String]] = [:]
    for (c, name) in lines[0].enumerated() { all[name] = lines.dropFirst().map { $0[c] } }
    return all
  }

  static let jagged = """
    luminosity: 10 /fb
    missing: -1
    aliases: {dijet: "Jet[0] + Jet[1]", hard: Jet_pt > 40}
    events:
      - name: signal
        files: \(file)
        class: signal
        weight: "genWeight * (label == 1)"
        selection: label == 1
        scale: {cross_section: 50 fb, sum_of_weights: from events}
      - name: background
        files: \(file)
        class: background
        weight: "genWeight * (label == 0)"
        selection: label == 0
        scale: {cross_section: 0.25 pb, k_factor: 1.2, sum_of_weights: 375}
    inputs:
      - {name: m_jj, formula: mass(dijet), title: "m_{jj}", unit: GeV}
      - {name: pt3, formula: "Jet_pt[2]", missing: 0}
      - "n_hard = count(hard)"
      - "dphi = abs(deltaPhi(Jet[0], MET))"
    negative_weights: keep
    methods: {logistic: {}}
    """

  @Test func weightsAreScaledToTheLuminosity() throws {
    let program = try start(Self.jagged + "\nsplit: {by: \"event % 10\", train: 0-5, test: 6-9}")
    defer { program.clean() }
    let result = try program.run("train", "c.yaml", "--out", "run")
    try #require(result.code == 0, "\(result.errors)")
    let metrics = try json(program, "run/metrics.json")
    let sums = try #require((metrics["weights"] as? [String: Any])?["sum"] as? [String: Double])
    // 50 fb × 10 /fb over the sum of all weights of the sample; nothing was selected away.
    #expect(abs((sums["signal"] ?? 0) - 500) < 1e-9)
    let run = try json(program, "run/run.json")
    let samples = try #require(run["samples"] as? [[String: Any]])
    let scale = try #require(samples[1]["scale"] as? Double)
    #expect(scale == 3000 / 375)
    let kept = try #require(samples[1]["sum_of_weights_before_scale"] as? Double)
    #expect(abs((sums["background"] ?? 0) - kept * 8) < 1e-9)
    // What does not exist is counted, and the third jet has its own value.
    #expect(result.errors.contains("input 'pt3': 'Jet_pt[2]' does not exist in "))
    #expect(result.errors.contains("it becomes 0 there."))
    let plots = try FileManager.default.contentsOfDirectory(
      atPath: program.folder.path + "/run/plots")
    let mass = try #require(plots.first { $0.contains("m_jj") })
    #expect(try program.read("run/plots/" + mass).contains("[GeV]"))
    // The model knows aliases, objects and missing values.
    let applied = try program.run(
      "apply", "run/models/logistic.apus", Self.file, "--out", "scores.csv")
    #expect(applied.code == 0, "\(applied.errors)")
    #expect(columns(try program.read("scores.csv"))["score_logistic"]?.count == 900)
  }

  @Test func checkShowsYieldsBeforeAndAfterTheScale() throws {
    let program = try start(Self.jagged)
    defer { program.clean() }
    let result = try program.run("check", "c.yaml")
    try #require(result.code == 0, "\(result.errors)")
    let table = rows(result.output)
    #expect(
      table.contains([
        "sample", "read", "kept", "sum", "read", "sum", "kept", "scale", "yield",
      ]))
    let signal = try #require(table.first { $0.first == "signal" })
    #expect(signal[1] == "900" && signal[2] == "300" && signal.last == "500.0")
  }

  @Test func missingValuesAreRefusedWithAHint() throws {
    let text = Self.jagged.replacingOccurrences(of: "missing: -1\n", with: "")
    let program = try start(text)
    defer { program.clean() }
    let result = try program.run("check", "c.yaml")
    #expect(result.code == 1)
    #expect(result.errors.contains("the input 'm_jj' must be a finite number, but is NaN"))
    #expect(
      result.errors.contains("'dijet' does not exist")
        || result.errors.contains("'Jet[1]' does not exist"))
    #expect(result.errors.contains("'missing: -1' gives them a value"))
  }

  @Test func filesCanBeWholePartsOfTheSplit() throws {
    let program = try Program()
    defer { program.clean() }
    for (i, name) in ["a", "b", "c"].enumerated() {
      try program.writeToy(name + ".csv", events: 200 + 100 * i, seed: UInt64(i + 1))
    }
    var text = "events:\n"
    for (file, part) in [("a", "part: test"), ("b", "part: train"), ("c", "")] {
      for (label, name) in [(1, "signal"), (0, "background")] {
        text += "  - {name: \(file)\(label), files: \(file).csv, class: \(name), "
        text += "selection: label == \(label)\(part.isEmpty ? "" : ", " + part)}\n"
      }
    }
    text += "split: {train: 0.5, validation: 0.5, test: 0}\ninputs: [x, y]\nmethods: [fisher]\n"
    try program.write(text, "c.yaml")
    let result = try program.run("train", "c.yaml", "--out", "run")
    try #require(result.code == 0, "\(result.errors)")
    let split = try json(program, "run/metrics.json")["split"] as? [String: Int]
    #expect(split == ["train": 500, "validation": 200, "test": 200])
  }

  @Test func foldsRouteEveryEventToTheModelThatDidNotLearnFromIt() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 600)
    try program.write(
      """
      events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
      inputs: [x, y, z]
      split: {folds: 3, by: event}
      methods: {fisher: {}}
      """, "c.yaml")
    let result = try program.run("train", "c.yaml", "--out", "run")
    try #require(result.code == 0, "\(result.errors)")
    #expect(try program.run("convert", "run/scores.h5", "all.csv").code == 0)
    let applied = try program.run("apply", "run/models/fisher.apus", "toy.csv", "--out", "new.csv")
    try #require(applied.code == 0, "\(applied.errors)")
    #expect(applied.output.contains("that of the 3 models that did not learn from it"))
    let (all, new) = (columns(try program.read("all.csv")), columns(try program.read("new.csv")))
    let (kept, again) = (try #require(all["score_fisher"]), try #require(new["score_fisher"]))
    #expect(new["event"]?.count == 600 && all["fold"]?.prefix(4) == ["0", "1", "2", "0"])
    for i in 0..<600 {
      #expect(abs((Double(kept[i]) ?? .nan) - (Double(again[i]) ?? 1)) < 1e-6)
    }
    // The same as a model that never saw fold 0: train on 2, watch 1 (which Fisher does not use).
    try program.write(
      """
      events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
      inputs: [x, y, z]
      split: {by: event % 3, train: 2, validation: 1, test: 0}
      methods: {fisher: {}}
      """, "one.yaml")
    #expect(try program.run("train", "one.yaml", "--out", "one").code == 0)
    #expect(try program.run("convert", "one/scores.h5", "one.csv").code == 0)
    let one = try #require(columns(try program.read("one.csv"))["score_fisher"])
    for i in stride(from: 0, to: 600, by: 3) {
      #expect(abs((Double(kept[i]) ?? .nan) - (Double(one[i]) ?? 1)) < 1e-6)
    }
    #expect(zip(kept, one).contains { $0 != $1 })
    // Metrics can be computed again from the scores, for each part.
    let before = try json(program, "run/metrics.json")["methods"] as? [String: [String: Any]]
    #expect(try program.run("evaluate", "run").code == 0)
    let after = try json(program, "run/metrics.json")["methods"] as? [String: [String: Any]]
    for part in ["train", "validation", "test"] {
      let (a, b) = (
        before?["fisher"]?[part] as? [String: Any], after?["fisher"]?[part] as? [String: Any]
      )
      #expect(a?["auc"] as? Double == b?["auc"] as? Double && a?["auc"] is Double, "\(part)")
    }
  }

  @Test func aFoldWithoutEventsIsNamed() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 100)
    let base = "events: {files: toy.csv, label: label}\ninputs: [x]\nmethods: [fisher]\n"
    try program.write(base + "split: {folds: 4, by: 2 * event}", "c.yaml")
    let empty = try program.run("check", "c.yaml")
    #expect(empty.errors.contains("no event falls into fold 1 of 4 by '2 * event'"))
    try program.write(base + "split: {folds: 4, by: x}", "c.yaml")
    let broken = try program.run("check", "c.yaml")
    #expect(broken.errors.contains("'x' must be a whole number below 2^53 for every event"))
  }

  @Test func listsArePaddedAndTravelInTheModel() throws {
    let program = try start(
      """
      events: {files: \(Self.file), label: {column: label, signal: 1}, weight: genWeight}
      inputs: [MET_pt]
      constituents: {columns: ["pt = Jet_pt / 100", Jet_eta, Jet_phi], length: 3}
      negative_weights: absolute
      methods: {logistic: {}}
      """)
    defer { program.clean() }
    let checked = try program.run("check", "c.yaml")
    #expect(
      checked.output.contains(
        "Lists of pt, Jet_eta, Jet_phi: 3 entries an event, falling, with a mask (12 inputs)"))
    let result = try program.run("train", "c.yaml", "--out", "run")
    try #require(result.code == 0, "\(result.errors)")
    #expect(try program.run("convert", "run/scores.h5", "all.csv").code == 0)
    let applied = try program.run(
      "apply", "run/models/logistic.apus", Self.file, "--out", "new.csv")
    try #require(applied.code == 0, "\(applied.errors)")
    let (all, new) = (columns(try program.read("all.csv")), columns(try program.read("new.csv")))
    let (a, b) = (try #require(all["score_logistic"]), try #require(new["score_logistic"]))
    #expect(a.count == 900 && b.count == 900)
    for i in 0..<900 { #expect(abs((Double(a[i]) ?? .nan) - (Double(b[i]) ?? 1)) < 1e-6) }
  }

  @Test func everyMistakeIsReportedAtOnce() throws {
    let program = try start(
      """
      aliases: {a: "x +", "b c": y}
      events:
        - name: one
          files: a.csv
          class: signal
          part: testing
          scale: {cross_section: 0.83 pk, luminosity: 140, sum_of_weights: genEventSumw, kfactor: 2}
        - {name: two, files: b.csv, class: background}
      inputs: [{name: m, formla: x}, {unit: GeV}]
      constituents: {columns: [p], length: 0, order: up}
      missing: none
      split: {folds: 1, by: event}
      methods: [fisher]
      """)
    defer { program.clean() }
    let result = try program.run("check", "c.yaml")
    #expect(result.code == 2)
    for text in [
      "aliases.a", "aliases.b c", "events[0].part",
      "must be one of train, validation, test, got 'testing'. Did you mean 'test'?",
      "events[0].scale.cross_section: must be a cross section such as '0.83 pb', got '0.83 pk'.",
      "events[0].scale.luminosity: must be a luminosity such as '140 /fb', got 140.",
      "events[0].scale.sum_of_weights: must be 'from events', TREE.COLUMN such as 'Runs.genEventSumw', or a number",
      "kfactor: there is no such key. Did you mean 'k_factor'?",
      "formla: there is no such key. Did you mean 'formula'?",
      "inputs[1]: needs a name, a formula or both.",
      "constituents.length: must be an integer of at least 1",
      "constituents.order: must be one of stored, falling, rising, got 'up'.",
      "missing: must be a number or nan",
      "split.folds: must be an integer in [2, 100], got 1.",
    ] {
      #expect(result.errors.contains(text), "\(text)\n\(result.errors)")
    }
  }

  @Test func aFileOfAnotherSchemaIsNamed() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy("toy_1.csv", events: 100)
    try program.write("x,y,label\n1,2,1\n", "toy_2.csv")
    try program.writeToy("toy_3.csv", events: 100)
    try program.write(
      "events: {files: \"toy_*.csv\", label: label, weight: weight}\ninputs: [x, z, \"m = zz + y\"]\nmethods: [fisher]",
      "c.yaml")
    let result = try program.run("check", "c.yaml")
    #expect(result.code == 2)
    #expect(result.errors.contains("toy_1.csv: there is no column 'zz'"))
    try program.write(
      "events: {files: \"toy_*.csv\", label: label, weight: weight}\ninputs: [x, z]\nmethods: [fisher]",
      "c.yaml")
    let second = try program.run("check", "c.yaml")
    #expect(second.errors.contains("toy_2.csv: there is no column 'z' (input 'z')"))
    #expect(second.errors.contains("toy_2.csv: there is no column 'weight' (weight)"))
  }

  @Test func numbersOfTheEventWereTakenForLists() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 100)
    try program.write(
      "events: {files: toy.csv, label: label}\ninputs: [y]\nconstituents: {columns: [x], length: 3}\nmethods: [fisher]",
      "c.yaml")
    let result = try program.run("check", "c.yaml")
    #expect(result.code == 1)
    #expect(result.errors.contains("'x' is one number an event"), "\(result.errors)")
  }

  /// The same events in training and test, without a word.
  @Test func aFileThatWasNamedTwiceCountedTwice() throws {
    let program = try Program()
    defer { program.clean() }
    for number in [1, 2] { try program.writeToy("toy_\(number).csv", events: 100) }
    try program.write(
      "events: {files: [toy_1.csv, \"toy_*.csv\"], label: label}\ninputs: [x]\nmethods: [fisher]",
      "c.yaml")
    let result = try program.run("check", "c.yaml")
    #expect(result.code == 1)
    #expect(result.errors.contains("'toy_1.csv' fits 'files' twice"), "\(result.errors)")
  }

  /// Of a hundred files the one was not named in which a column is a list.
  @Test func aColumnThatIsAListInOneFileNamesTheFile() throws {
    let program = try Program()
    defer { program.clean() }
    func table(_ x: Column.Values, _ name: String) throws {
      let label = Column("label", .int64((0..<40).map { $0 % 2 }))
      try writeTable(
        try EventTable([Column("x", x), label], source: name), to: program.folder.path + "/" + name)
    }
    try table(.float32((0..<40).map(Float.init)), "a.root")
    let lists = Jagged(offsets: Array(0...40), content: .float32((0..<40).map(Float.init)))
    try table(.jagged(lists), "b.root")
    try program.write(
      "events: {files: [a.root, b.root], label: label}\ninputs: [x]\nmethods: [fisher]", "c.yaml")
    let result = try program.run("check", "c.yaml")
    #expect(result.code != 0)
    #expect(
      result.errors.contains("b.root:Events: in the formula: it gives a list for every event"),
      "\(result.errors)")
  }

  /// A file that is missing in the middle of a list, and a pattern that fits none, are told before anything is read.
  @Test func everyMissingFileIsNamed() throws {
    let program = try Program()
    defer { program.clean() }
    for number in [1, 3] { try program.writeToy("toy_\(number).csv", events: 100) }
    try program.write(
      "events: {files: [toy_1.csv, toy_2.csv, toy_3.csv, \"late_*.csv\"], label: label}\ninputs: [x]\nmethods: [fisher]",
      "c.yaml")
    let result = try program.run("check", "c.yaml")
    #expect(result.code != 0)
    #expect(
      result.errors.contains("toy_2.csv: can't read the events: there is no such file"),
      "\(result.errors)")
    #expect(result.errors.contains("Did you mean 'toy_1.csv'"), "\(result.errors)")
    #expect(result.errors.contains("no file fits 'late_*.csv'"), "\(result.errors)")
  }

  /// The example from its files to a scored table, with every seventh weight made negative.
  @Test func theExampleOfSamplesIsTrainedFromEndToEnd() throws {
    let program = try Program()
    defer { program.clean() }
    try linkSamples(program)
    let example = Self.root.path + "/Examples/higgs_samples.yaml"
    let result = try program.run(
      "train", example, "--out", "run", "--set", "methods={fisher: {}, logistic: {}}", "--set",
      "events.1.weight=\"(event % 7 == 0 ? -weight : weight) * (label == 0)\"")
    try #require(result.code == 0, "\(result.errors)")
    let run = try json(program, "run/run.json")
    let samples = try #require(run["samples"] as? [[String: Any]])
    #expect(samples[0]["read"] as? Int == 40_000)
    let read = try #require(samples[1]["sum_of_weights_read"] as? Double)
    let scale = try #require(samples[1]["scale"] as? Double)
    // 252.9 pb · 0.287 · 20.3 /fb, whatever the signs of the weights.
    #expect(abs(scale * read / 1_473_420.69 - 1) < 1e-12)
    let metrics = try json(program, "run/metrics.json")
    let weights = try #require(metrics["weights"] as? [String: Any])
    #expect(
      (weights["negative_events"] as? Int ?? 0) > 2000 && weights["policy"] as? String == "pair")
    let methods = try #require(metrics["methods"] as? [String: [String: Any]])
    for name in ["fisher", "logistic"] {
      let test = try #require(methods[name]?["test"] as? [String: Any])
      // The two masses and the angles part the classes; trees on all 28 columns reach 0.81.
      #expect((test["auc"] as? Double ?? 0) > 0.6, "\(name)")
    }
    let data = Self.root.path + "/Datasets/samples/higgs.h5"
    let applied = try program.run("apply", "run/models/fisher.apus", data, "--out", "scores.csv")
    try #require(applied.code == 0, "\(applied.errors)")
    #expect(columns(try program.read("scores.csv"))["score_fisher"]?.count == 40_000)
  }

  @Test func everyExampleIsRight() throws {
    let program = try Program()
    defer { program.clean() }
    try linkSamples(program)
    let folder = Self.root.path + "/Examples"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".yaml") {
      let result = try program.run("check", folder + "/" + name)
      #expect(result.code == 0, "\(name): \(result.errors)")
      #expect(result.output.contains("Nothing is wrong; nothing was written."))
    }
  }
}
