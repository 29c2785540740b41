import Foundation
import Testing

/// A classifier with the mass of the sought particle among its inputs.
@Suite struct HypothesisTests {
  /// Signal of masses 1, 2 and 3 with x around the mass; background with x anywhere, and no mass (0).
  private func writeSample(_ program: Program, events: Int = 3000, anyMass: Bool = false) throws {
    var lines = ["x,m_X,label,weight"]
    var state: UInt64 = 88_172_645_463_325_252
    func uniform() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) * 0x1p-53
    }
    for i in 0..<events {
      let isSignal = i % 2 == 0
      let mass = anyMass ? 1 + 2 * uniform() : Double(1 + (i / 2) % 3)
      let x = isSignal ? mass + 0.5 * (uniform() - 0.5) : 4 * uniform()
      lines.append("\(x),\(isSignal ? mass : 0),\(isSignal ? 1 : 0),1")
    }
    try program.write(lines.joined(separator: "\n") + "\n", "events.csv")
  }

  /// So many inputs that the sample is larger than 100 MB allow.
  private static let more = (0..<60).map { "c\($0) = x + \($0)" }.joined(separator: ", ")

  private func score(_ program: Program, _ set: [String]) throws -> [Double] {
    let words = ["apply", "run/models/bdt.apus", "data.csv", "--out", "s.csv"] + set
    let result = try program.run(words)
    try #require(result.code == 0, "\(result.errors)")
    let lines = try program.read("s.csv").split(separator: "\n").dropFirst()
    return lines.compactMap { Double($0.split(separator: ",").last ?? "") }
  }

  @Test func oneClassifierServesEveryMass() throws {
    let program = try Program()
    defer { program.clean() }
    try writeSample(program)
    let plain = """
      events: {files: events.csv, label: label, weight: weight}
      inputs: [x, m_X]
      methods: {bdt: {trees: 60, leaves: 8}}
      """
    // What the sample says of the class by the mass alone.
    try program.write(plain, "plain.yaml")
    #expect(try program.run("train", "plain.yaml", "--out", "plain").code == 0)
    #expect(try auc(program, "plain") > 0.999)
    try program.write(plain + "\nhypothesis: [m_X]\n", "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    try #require(result.code == 0, "\(result.errors)")
    // Background lies within a quarter of its drawn mass in one case of eight.
    let area = try auc(program, "run")
    #expect(area > 0.9 && area < 0.98)
    try program.write("x\n1\n2\n3\n", "data.csv")
    for mass in 1...3 {
      let found = try score(program, ["--set", "m_X=\(mass)"])
      #expect(found.count == 3)
      for (place, value) in found.enumerated() {
        #expect(place + 1 == mass ? value > 0.7 : value < 0.3, "m_X = \(mass): \(found)")
      }
    }
    let bad = try program.run("apply", "run/models/bdt.apus", "data.csv", "--set", "m_X")
    #expect(bad.code == 2 && bad.errors.contains("as in m_X=500"))
  }

  /// From the disk, where signal is read twice, and of new files background draws what it draws in memory.
  @Test func streamedEventsAndNewFilesDrawTheSame() throws {
    let program = try Program()
    defer { program.clean() }
    try writeSample(program, events: 45_000)
    try program.write(
      """
      events: {files: events.csv, label: label, weight: weight}
      inputs: [x, m_X, \(Self.more)]
      hypothesis: [m_X]
      split: {by: "floor(x * 1000) % 5", train: 0-2, test: 3-4}
      methods: {bdt: {trees: 20, early_stopping: false}}
      """, "toy.yaml")
    var areas: [Double] = []
    for (name, words) in [("run", []), ("disk", ["--memory", "100MB"])] {
      let result = try program.run(["train", "toy.yaml", "--out", name] + words)
      try #require(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("streamed") == (name == "disk"))
      areas.append(try auc(program, name))
      let again = try program.run(["evaluate", name, "--data", "events.csv"] + words)
      try #require(again.code == 0, "\(again.errors)")
      areas.append(try auc(program, name, "metrics_events.json"))
    }
    #expect(areas[0] > 0.88 && areas[0] < 0.98)
    // The same events in another order.
    #expect(abs(areas[0] - areas[2]) < 1e-9 && abs(areas[1] - areas[3]) < 1e-9, "\(areas)")
    #expect(areas[1] > 0.88 && areas[1] < 0.985, "\(areas)")
  }

  /// Of more different masses than memory should hold, a sample stands for all.
  @Test func manyMassesAreDrawnFromASample() throws {
    let program = try Program()
    defer { program.clean() }
    try writeSample(program, events: 60_000, anyMass: true)
    try program.write(
      """
      events: {files: events.csv, label: label, weight: weight}
      inputs: [x, m_X, \(Self.more)]
      hypothesis: [m_X]
      methods: {bdt: {trees: 20}}
      """, "toy.yaml")
    let memory = try program.run("train", "toy.yaml", "--out", "run")
    let disk = try program.run("train", "toy.yaml", "--out", "disk", "--memory", "100MB")
    try #require(memory.code == 0 && disk.code == 0, "\(disk.errors)")
    #expect(disk.errors.contains("the events are streamed"))
    let (a, b) = (try auc(program, "run"), try auc(program, "disk"))
    #expect(abs(a - b) < 0.01 && a > 0.9, "\(a), \(b)")
  }

  @Test func mistakesAreTold() throws {
    let program = try Program()
    defer { program.clean() }
    try writeSample(program)
    func words(_ more: String, _ arguments: String...) throws -> String {
      try program.write(
        """
        events: {files: events.csv, label: label, weight: weight}
        inputs: [x, m_X]
        methods: fisher
        \(more)
        """, "toy.yaml")
      return try program.run(["check", "toy.yaml"] + arguments).errors
    }
    #expect(try words("hypothesis: [m_Y]").contains("there is no input 'm_Y'. Did you mean 'm_X'?"))
    #expect(try words("hypothesis: [m_X]").isEmpty)
  }

  private func auc(_ program: Program, _ run: String, _ file: String = "metrics.json") throws
    -> Double
  {
    let data = Data(try program.read(run + "/" + file).utf8)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let methods = try #require(json["methods"] as? [String: [String: Any]])
    let test = try #require(methods["bdt"]?["test"] as? [String: Any])
    return try #require(test["auc"] as? Double)
  }
}
