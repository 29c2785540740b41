import Foundation
import Testing

/// Scaled samples and lists of particles that are larger than the memory of a run: the same as in memory.
@Suite struct StreamedSampleTests {
  private static let events = 60_000

  /// Two processes in one tree, background first, with jets: about 30 MB as an analysis reads them.
  private func program() throws -> Program {
    let program = try Program()
    try writeArrays(to: program.folder.appendingPathComponent("arrays"))
    let packed = try program.run("convert", "arrays/all.csv", "flat.root")
    try #require(packed.code == 0, "\(packed.errors)")
    return program
  }

  private func writeArrays(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var text = "event,label,genWeight," + (0..<40).map { "x\($0)" }.joined(separator: ",") + "\n"
    var state: UInt64 = 7
    for event in 0..<Self.events {
      let label = event < Self.events * 2 / 3 ? 0 : 1
      text += "\(event),\(label),\(event % 9 == 0 ? -0.5 : 1)"
      for c in 0..<40 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += ",\(Float(state >> 40) * 0x1p-24 + (c < 3 ? 0.3 * Float(label) : 0))"
      }
      text += "\n"
    }
    try text.write(
      to: folder.appendingPathComponent("all.csv"), atomically: true, encoding: .utf8)
  }

  private static let scaled = """
    luminosity: 10 /fb
    events:
      - name: signal
        files: flat.root
        class: signal
        weight: "genWeight * (label == 1)"
        selection: label == 1
        scale: {cross_section: 50 fb, sum_of_weights: from events}
      - name: background
        files: flat.root
        class: background
        weight: "genWeight * (label == 0)"
        selection: "label == 0 && x5 > 0.1"
        scale: {cross_section: 0.25 pb, k_factor: 1.2, sum_of_weights: from events}
    inputs: ["x*"]
    negative_weights: keep
    split: {by: "event % 10", train: 0-5, validation: 6-7, test: 8-9}
    methods: {net: {type: mlp, layers: [8], epochs: 1, batch: 512}}
    """

  private func json(_ program: Program, _ name: String) throws -> [String: Any] {
    let data = Data(try program.read(name).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func twice(_ program: Program, _ configuration: String) throws -> [[String: Any]] {
    try program.write(configuration, "c.yaml")
    return try ["100MB", "8GB"].map { memory in
      let result = try program.run("train", "c.yaml", "--out", "m" + memory, "--memory", memory)
      try #require(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("the events are streamed") == (memory == "100MB"))
      return try json(program, "m" + memory + "/metrics.json")
    }
  }

  @Test func scaledSamplesHaveTheYieldsOfThoseInMemory() throws {
    let program = try program()
    defer { program.clean() }
    let runs = try twice(program, Self.scaled)
    let sums = try runs.map {
      try #require(($0["weights"] as? [String: Any])?["sum"] as? [String: Double])
    }
    // 50 fb · 10 /fb, and of 0.25 pb · 1.2 · 10 /fb = 3000 what the selection leaves.
    #expect(abs((sums[0]["signal"] ?? 0) - 500) < 1e-6)
    #expect(abs((sums[0]["background"] ?? 0) - 2700) < 30)
    for name in ["signal", "background"] {
      let (a, b) = (sums[0][name] ?? 0, sums[1][name] ?? 1)
      #expect(abs(a / b - 1) < 1e-9, "\(name): \(a) streamed, \(b) in memory")
    }
    #expect(runs[0]["split"] as? [String: Int] == runs[1]["split"] as? [String: Int])
    let (a, b) = (try json(program, "m100MB/run.json"), try json(program, "m8GB/run.json"))
    let scales = [a, b].map { ($0["samples"] as? [[String: Any]])?[1]["scale"] as? Double ?? 0 }
    #expect(abs(scales[0] / scales[1] - 1) < 1e-12 && scales[0] > 0)
    let areas = try runs.map { run in
      let net = try #require((run["methods"] as? [String: [String: Any]])?["net"])
      return try #require((net["test"] as? [String: Any])?["auc"] as? Double)
    }
    // 11,000 test events: the error of an area is 0.005.
    #expect(areas[1] > 0.7 && abs(areas[0] - areas[1]) < 0.025, "\(areas)")
  }

  @Test func listsArePaddedWhereEventsAreStreamed() throws {
    let program = try Program()
    defer { program.clean() }
    let text = """
      events: {files: \(SampleTests.file), label: {column: label, signal: 1}, weight: genWeight}
      inputs: [MET_pt]
      constituents: {columns: ["pt = Jet_pt / 100", Jet_eta, Jet_phi], length: 3000}
      negative_weights: absolute
      split: {by: "event % 10", train: 0-5, validation: 6-7, test: 8-9}
      methods: {net: {type: mlp, layers: [4], epochs: 2}}
      """
    let runs = try twice(program, text)
    #expect(runs[0]["split"] as? [String: Int] == runs[1]["split"] as? [String: Int])
    // The model of streamed events scores the file as any other does.
    let applied = try program.run(
      "apply", "m100MB/models/net.apus", SampleTests.file, "--out", "s.csv")
    #expect(applied.code == 0, "\(applied.errors)")
    let scores = try program.read("s.csv").split(separator: "\n").dropFirst()
    #expect(scores.count == 900 && !scores.contains { $0.contains("nan") })
  }

  @Test func missingValuesAreTakenWhereEventsAreStreamed() throws {
    let program = try program()
    defer { program.clean() }
    let text = """
      events: {files: flat.root, label: {column: label, signal: 1}}
      inputs: ["x*", "gap = x3 > 0.5 ? x4 : sqrt(-1)"]
      methods: {bdt: {trees: 5}}
      """
    let runs = try twice(program, text)
    #expect(runs.count == 2)
  }

  @Test func newDataAreScoredInBoundedMemory() throws {
    let program = try program()
    defer { program.clean() }
    try program.write(Self.scaled, "c.yaml")
    try #require(program.run("train", "c.yaml", "--out", "run").code == 0)
    let data = "signal=flat.root,background=flat.root"
    let all = try program.run("evaluate", "run", "--data", data)
    try #require(all.code == 0, "\(all.errors)")
    #expect(!all.errors.contains("random events"))
    let whole = try json(program, "run/metrics_signal=flat.json".replacing("=", with: "_"))
    // 100 MB hold the metrics of 53,333 events.
    let few = try program.run("evaluate", "run", "--data", data, "--memory", "100MB")
    try #require(few.code == 0, "\(few.errors)")
    #expect(few.errors.contains("random events of"), "\(few.errors)")
    let part = try json(program, "run/metrics_signal=flat.json".replacing("=", with: "_"))
    let sums = try [whole, part].map {
      try #require(($0["weights"] as? [String: Any])?["sum"] as? [String: Double])
    }
    #expect(abs((sums[0]["signal"] ?? 0) / (sums[1]["signal"] ?? 1) - 1) < 1e-9, "\(sums)")
  }

  /// The tree `Runs` of NanoAOD has the sums of before any thinning: Tools/reference/runs.py.
  @Test(arguments: ["100MB", "4GB"]) func aSampleIsScaledByTheSumsOfItsRuns(memory: String) throws {
    let program = try Program()
    defer { program.clean() }
    let files = SampleTests.root.path + "/Tests/Golden/root/runs_*.root"
    func sample(_ name: String, _ label: Int, _ section: String) -> String {
      """
        - name: \(name)
          files: "\(files)"
          tree: Events
          class: \(name)
          weight: genWeight
          selection: label == \(label)
          scale: {cross_section: \(section), sum_of_weights: Runs.genEventSumw}
      """
    }
    try program.write(
      """
      luminosity: 10 /fb
      events:
      \(sample("signal", 1, "13.21 fb"))
      \(sample("background", 0, "132.1 fb"))
      inputs: [MET_pt]
      split: {by: "event % 10", train: 0-5, test: 6-9}
      methods: {fisher: {}}
      """, "c.yaml")
    let result = try program.run("train", "c.yaml", "--out", "run", "--memory", memory)
    try #require(result.code == 0, "\(result.errors)")
    let sums = try #require(
      (try json(program, "run/metrics.json")["weights"] as? [String: Any])?["sum"]
        as? [String: Double])
    // 132.1 and 1321 expected over 1321: 50 events of weight 1 at 0.1, 40 of 1 and ten of -0.5 at 1.
    #expect(abs((sums["signal"] ?? 0) - 5) < 1e-9, "\(sums)")
    #expect(abs((sums["background"] ?? 0) - 35) < 1e-9, "\(sums)")
  }
}
