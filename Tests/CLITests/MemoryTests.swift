import Foundation
import Testing

/// Samples that are larger than the memory that a run may take: trained, scored and reported block by block.
@Suite struct MemoryTests {
  private static let events = 200_000
  private static let inputs = 20

  private static let configuration = """
    events: {files: sorted.npy, label: {column: col20, signal: 1}}
    inputs: ["col*"]
    methods:
      net: {type: mlp, layers: [16], epochs: 2, batch: 512}
      fisher: {}
    """

  /// Events sorted by class, as files behind one another give them: all background, then all signal.
  private func program() throws -> Program {
    let program = try Program()
    let columns = Self.inputs + 1
    var numbers = [Float](repeating: 0, count: Self.events * columns)
    var state: UInt64 = 1
    for event in 0..<Self.events {
      let label: Float = event < Self.events / 2 ? 0 : 1
      for c in 0..<Self.inputs {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // The first three inputs know something; the mean of the last is far from 0.
        let shift = (c < 3 ? 0.3 * label : 0) + (c == 19 ? 1000 : 0)
        numbers[event * columns + c] = Float(state >> 40) * 0x1p-24 + shift
      }
      numbers[event * columns + Self.inputs] = label
    }
    var header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(Self.events), \(columns)), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    var data = Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
    data.append(Data(header.utf8))
    numbers.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: program.folder.appendingPathComponent("sorted.npy"))
    try program.write(Self.configuration, "sorted.yaml")
    return program
  }

  private func metrics(_ program: Program, _ run: String) throws -> [String: Any] {
    let data = Data(try program.read(run + "/metrics.json").utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func area(_ metrics: [String: Any], _ method: String, _ part: String = "test") throws
    -> Double
  {
    let methods = try #require(metrics["methods"] as? [String: [String: Any]])
    return try #require((methods[method]?[part] as? [String: Any])?["auc"] as? Double)
  }

  @Test func aStreamedRunOfSortedEventsEqualsOneInMemory() throws {
    let program = try program()
    defer { program.clean() }
    let train = ["train", "sorted.yaml", "--threads", "1", "--out"]
    let streamed = try program.run(train + ["small", "--memory", "100MB"])
    #expect(streamed.code == 0, "\(streamed.errors)")
    #expect(streamed.errors.contains("the events are streamed"), "\(streamed.errors)")
    #expect(
      streamed.errors.contains("fisher needs all its events at once: it learned from"),
      "\(streamed.errors)")
    let resident = try program.run(train + ["large", "--memory", "4GB"])
    #expect(resident.code == 0, "\(resident.errors)")
    #expect(!resident.errors.contains("streamed"))
    let (small, large) = (try metrics(program, "small"), try metrics(program, "large"))
    // Parts are drawn event by event: 40,000 test events of 200,000, give or take five deviations.
    let split = try #require(small["split"] as? [String: Int])
    #expect(split.values.reduce(0, +) == Self.events)
    #expect(abs((split["test"] ?? 0) - 40_000) < 900)
    // The error of an area from 40,000 events is 0.0025, of the difference of two independent ones 0.0035.
    for method in ["net", "fisher"] {
      let (a, b) = (try area(small, method), try area(large, method))
      #expect(b > 0.75, "the reference learned nothing: \(b)")
      #expect(abs(a - b) < 0.012, "\(method): \(a) streamed, \(b) in memory")
    }
    for name in ["scores.h5", "report.html", "models/net.apus", "models/fisher.apus"] {
      #expect(program.exists("small/" + name), "\(name)")
    }
    // The same seed and memory give the same numbers.
    _ = try program.run(train + ["again", "--memory", "100MB"])
    #expect(try program.read("again/history.csv") == program.read("small/history.csv"))
  }

  /// Trees keep a byte or two of each value, so they learn from all events of a sample that does not fit whole.
  @Test func boostedTreesLearnFromAllStreamedEvents() throws {
    let program = try program()
    defer { program.clean() }
    try program.write(
      """
      events: {files: sorted.npy, label: {column: col20, signal: 1}}
      inputs: ["col*"]
      preprocess: []
      methods: {bdt: {trees: 30}}
      """, "bdt.yaml")
    let train = ["train", "bdt.yaml", "--threads", "1", "--out"]
    let streamed = try program.run(train + ["small", "--memory", "100MB"])
    #expect(streamed.code == 0 && streamed.errors.contains("the events are streamed"))
    #expect(!streamed.errors.contains("needs all its events"), "\(streamed.errors)")
    let resident = try program.run(train + ["large", "--memory", "4GB"])
    #expect(resident.code == 0, "\(resident.errors)")
    let (small, large) = (
      try area(metrics(program, "small"), "bdt"), try area(metrics(program, "large"), "bdt")
    )
    #expect(large > 0.75 && abs(small - large) < 0.012, "\(small) streamed, \(large) in memory")
  }

  /// Each event is tested by the model that did not learn from it, also where all are on the disk.
  @Test func foldsAreStreamedToo() throws {
    let program = try program()
    defer { program.clean() }
    try program.write(
      Self.configuration + "\nsplit: {folds: 3, by: floor(1e7 * col5)}\n", "folds.yaml")
    let train = [
      "train", "folds.yaml", "--threads", "1", "--set", "methods.net.epochs=1", "--out",
    ]
    let streamed = try program.run(train + ["small", "--memory", "100MB"])
    #expect(streamed.code == 0, "\(streamed.errors)")
    #expect(streamed.errors.contains("the events are streamed"), "\(streamed.errors)")
    let resident = try program.run(train + ["large", "--memory", "4GB"])
    #expect(resident.code == 0 && !resident.errors.contains("streamed"), "\(resident.errors)")
    let (small, large) = (try metrics(program, "small"), try metrics(program, "large"))
    for run in [small, large] {
      let split = try #require(run["split"] as? [String: Int])
      #expect(split["test"] == Self.events && split["train"] == Self.events, "\(split)")
      let weights = try #require((run["weights"] as? [String: Any])?["sum"] as? [String: Double])
      #expect(weights.values.reduce(0, +) == Double(Self.events), "\(weights)")
    }
    for method in ["net", "fisher"] {
      for part in ["train", "validation", "test"] {
        let (a, b) = (try area(small, method, part), try area(large, method, part))
        #expect(b > 0.72, "the reference learned nothing: \(b)")
        #expect(abs(a - b) < 0.012, "\(method) \(part): \(a) streamed, \(b) in memory")
      }
    }
    // The saved model has three members and routes events to them.
    let applied = try program.run("apply", "small/models/net.apus", "sorted.npy", "--out", "s.npz")
    #expect(
      applied.code == 0 && applied.output.contains("by that of the 3 models that did not learn"),
      "\(applied.errors)")
  }

  /// Text that is larger than the memory allowed gives the numbers of the same events in another format.
  @Test func textIsReadInRuns() throws {
    let program = try program()
    defer { program.clean() }
    for name in ["sorted.csv", "sorted.npz"] {
      try #require(try program.run("convert", "sorted.npy", name).code == 0)
    }
    let more = ["--threads", "1", "--memory", "100MB", "--set", "methods.net.epochs=1"]
    for name in ["npy", "csv", "npz"] {
      let configuration = Self.configuration.replacingOccurrences(of: "npy", with: name)
      try program.write(configuration, name + ".yaml")
      let run = try program.run(["train", name + ".yaml", "--out", name] + more)
      #expect(run.code == 0 && run.errors.contains("the events are streamed"), "\(run.errors)")
    }
    let history = try program.read("npy/history.csv")
    #expect(try program.read("csv/history.csv") == history)
    #expect(try program.read("npz/history.csv") == history)
  }

  @Test func aRunThatWasStoppedGoesOnToTheSameNumbers() throws {
    let program = try program()
    defer { program.clean() }
    let train = ["train", "sorted.yaml", "--threads", "1", "--memory", "100MB", "--out"]
    let only = ["--set", "methods.net.epochs=6"]
    _ = try program.run(train + ["whole"] + only)
    let running = try program.start(train + ["part"] + only)
    while running.process.isRunning, !program.exists("part/checkpoints/net.checkpoint") {
      Thread.sleep(forTimeInterval: 0.02)
    }
    if running.process.isRunning { kill(running.process.processIdentifier, SIGINT) }
    running.process.waitUntilExit()
    let resumed = try program.run(train + ["part", "--resume"] + only)
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try program.read("part/history.csv") == program.read("whole/history.csv"))
  }

  @Test func scratchIsGoneHoweverARunEnds() throws {
    let program = try program()
    defer { program.clean() }
    let scratch = program.folder.appendingPathComponent("scratch")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    let full = try program.start(
      ["train", "sorted.yaml", "--memory", "100MB", "--out", "run"], largestFile: 4000)
    full.process.waitUntilExit()
    let result = try full.result()
    #expect(result.code == 1)
    #expect(result.errors.contains("(scratch)"), "\(result.errors)")
    #expect(result.errors.contains("the largest size that is allowed"), "\(result.errors)")
    let names = FileManager.default.enumerator(atPath: program.folder.path)?.compactMap {
      $0 as? String
    }
    #expect(names?.contains { $0.contains(".scratch") } == false)
  }

  @Test func checkSaysWhatIsNeededAndWhetherItStreams() throws {
    let program = try program()
    defer { program.clean() }
    let small = try program.run("check", "sorted.yaml", "--memory", "100MB")
    #expect(small.code == 0, "\(small.errors)")
    // 200,000 events: a pattern counts all 21 columns, of 18 bytes; 80 beside them, 24 for each of two methods.
    #expect(
      small.output.contains(
        "Memory: about 101.20 MB for the events, 100.00 MB are allowed: they are streamed from the disk."
      ),
      "\(small.output)")
    #expect(small.output.contains("train"))
    let large = try program.run("check", "sorted.yaml", "--memory", "1GiB")
    #expect(
      large.output.contains("1.07 GB are allowed: they are read whole."), "\(large.output)")
    // The exact sums of all events, not of those in memory.
    #expect(small.output.contains("200000"), "\(small.output)")
  }

  @Test(arguments: ["2", "1MB", "-2GB", "twoGB", "2 GBit"]) func aSizeThatIsNoneIsRefused(
    size: String
  ) throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(TrainingTests.configuration, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--memory=\(size)")
    #expect(result.code == 2, "\(result.errors)")
    #expect(
      result.errors.contains(
        "memory: must be a size of at least 100MB, such as 512MB, 2GB or 1.5GiB"),
      "\(result.errors)")
  }

  @Test func aValueThatIsNoNumberIsNamedWithItsFileAndEntry() throws {
    let program = try program()
    defer { program.clean() }
    try program.write(
      Self.configuration.replacingOccurrences(
        of: "[\"col*\"]", with: "[\"col*\", \"r = 1 / (col19 - col19)\"]"),
      "sorted.yaml")
    let result = try program.run("train", "sorted.yaml", "--memory", "100MB", "--out", "run")
    #expect(result.code == 1)
    #expect(
      result.errors.contains(
        "sorted.npy: the input 'r' must be a finite number, but is infinity in entry 0."),
      "\(result.errors)")
  }
}
