import Foundation
import Testing

/// Several numbers estimated at once, through the program.
@Suite struct TargetTests {
  private static let toy = """
    events: {files: toy.csv, target: {px: "3 * x - y", "e/GeV": "100 + 50 * y"}, weight: weight}
    inputs: [x, y]
    """

  private func json(_ program: Program, _ name: String) throws -> [String: Any] {
    let data = Data(try program.read(name).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func test(_ metrics: [String: Any], _ method: String) throws -> [String: Any] {
    let methods = try #require(metrics["methods"] as? [String: [String: Any]])
    return try #require(methods[method]?["test"] as? [String: Any], "\(methods)")
  }

  private func columns(_ program: Program, _ name: String) throws -> [String: [Double]] {
    let lines = try program.read(name).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    var columns: [String: [Double]] = [:]
    for (place, title) in lines[0].enumerated() {
      columns[String(title)] = lines.dropFirst().map { Double($0[place]) ?? .nan }
    }
    return columns
  }

  @Test func everyTargetHasItsColumnsNumbersAndPlots() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(
      Self.toy + """

        methods:
          linear: {}
          bdt: {trees: 20}
          forest: {type: random_forest, trees: 10}
          stack: {methods: {linear: {}, knn: {}}}
          net: {type: mlp, layers: [8], epochs: 30, batch: 32, learning_rate: 0.01, loss: gaussian}
        """, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    try #require(result.code == 0, "\(result.errors)")
    #expect(result.output.contains("mean R2"))
    let metrics = try json(program, "run/metrics.json")
    #expect(metrics["targets"] as? [String] == ["px", "e/GeV"])
    #expect((metrics["classes"] as? [String])?.isEmpty == true)
    let linear = try test(metrics, "linear")
    let each = try #require(linear["by_target"] as? [String: [String: Double]])
    #expect((each["px"]?["rmse"] ?? 1) < 1e-4 && (each["e/GeV"]?["rmse"] ?? 1) < 1e-3)
    let mean = ((each["px"]?["mse"] ?? 0) + (each["e/GeV"]?["mse"] ?? 0)) / 2
    #expect(abs((linear["mse"] as? Double ?? 0) - mean) < 1e-12)
    for name in ["bdt", "forest", "stack", "net"] {
      let own = try #require(
        try test(metrics, name)["by_target"] as? [String: [String: Double]], "\(name)")
      for target in ["px", "e/GeV"] {
        #expect((own[target]?["r2"] ?? 0) > 0.7, "\(name), \(target): \(own)")
      }
      #expect((own["px"]?["pull_width"] != nil) == (name == "net"))
    }
    for name in [
      "truth_bdt_px", "residuals_net_e_GeV", "pulls_net_px", "history_bdt_px", "bias_linear_px",
    ] {
      #expect(program.exists("run/plots/\(name).svg"), "\(name)")
    }
    let report = try program.read("run/report.html")
    #expect(report.contains("Targets, test events") && report.contains("estimates the 2 targets"))
    // The numbers again from the scores, and by the saved models.
    let before = try program.read("run/metrics.json")
    #expect(try program.run("evaluate", "run").code == 0)
    #expect(try program.read("run/metrics.json") == before)
    let fresh = try program.run("evaluate", "run", "--data", "toy.csv")
    #expect(fresh.code == 0, "\(fresh.errors)")
    let anew = try test(try json(program, "run/metrics_toy.json"), "net")
    #expect((anew["by_target"] as? [String: [String: Double]])?["px"]?["pull_width"] != nil)
    #expect(try program.run("report", "run").code == 0)
    for name in ["linear", "bdt", "net"] {
      let words = ["apply", "run/models/\(name).apus", "toy.csv", "--out", "s.csv"]
      let applied = try program.run(words)
      #expect(applied.code == 0, "\(applied.errors)")
      let found = try columns(program, "s.csv")
      let data = try columns(program, "toy.csv")
      let px = try #require(found["score_\(name)_px"]), e = found["score_\(name)_e_GeV"] ?? []
      #expect(px.count == 600 && e.count == 600)
      #expect((found["sigma_\(name)_e_GeV"] != nil) == (name == "net"))
      guard name == "linear" else { continue }
      for i in 0..<600 {
        let (x, y) = (data["x"]?[i] ?? 0, data["y"]?[i] ?? 0)
        #expect(abs(px[i] - 3 * x + y) < 1e-3 && abs(e[i] - 100 - 50 * y) < 1e-2)
      }
    }
  }

  /// Folds, negative weights and events from the disk.
  @Test func foldsAndStreamsKnowAllTargets() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 45_000)
    let more = (0..<60).map { "c\($0) = x + \($0)" }.joined(separator: ", ")
    let start = Self.toy.replacing("weight: weight", with: "weight: \"event % 7 == 0 ? -0.3 : 1\"")
      .replacing("[x, y]", with: "[x, y, \(more)]")
    let methods =
      "\nmethods: {linear: {}, bdt: {trees: 10}, mlp: {layers: [8], epochs: 3, batch: 64}}\n"
    for (name, more, words) in [
      ("folds", "split: {folds: 3, by: event}\nnegative_weights: pair", []),
      ("stream", "spectators: [z]", ["--memory", "100MB"]),
      ("both", "split: {folds: 2, by: event}", ["--memory", "100MB"]),
    ] {
      try program.write(start + methods + more, "toy.yaml")
      let result = try program.run(["train", "toy.yaml", "--out", name] + words)
      try #require(result.code == 0, "\(name): \(result.errors)")
      #expect(result.errors.contains("the events are streamed") != words.isEmpty)
      let metrics = try json(program, "\(name)/metrics.json")
      for method in ["linear", "bdt", "mlp"] {
        let own = try #require(
          try test(metrics, method)["by_target"] as? [String: [String: Double]],
          "\(name), \(method)")
        #expect(
          ["px", "e/GeV"].allSatisfy { (own[$0]?["r2"] ?? 0) > (method == "bdt" ? 0.6 : 0.85) },
          "\(name), \(method): \(own)")
      }
    }
  }

  @Test func mistakesAreTold() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    func words(_ target: String, _ inputs: String = "[x, y]") throws -> String {
      try program.write(
        """
        events: {files: toy.csv, target: \(target)}
        inputs: \(inputs)
        methods: [linear]
        """, "toy.yaml")
      let result = try program.run("check", "toy.yaml")
      #expect((result.code == 0) == result.errors.isEmpty)
      return result.errors
    }
    #expect(try words("[z, label]").isEmpty)
    #expect(try words("[z, \"double = 2 * z\"]").isEmpty)
    #expect(try words("[z, z]").contains("events.target: a second target named 'z'"))
    #expect(
      try words("{a: z, b: z}").contains("'a' and 'b' are the same, 'z'; keep one."))
    #expect(try words("[z, label]", "[x, z]").contains("'z' is the target, which is not known"))
    #expect(try words("{a: z, b: y}", "[x, y]").contains("'y' is the target 'b', which is not"))
    #expect(try words("[z, q]").contains("there is no column 'q' (target 'q')"))
    #expect(try words("[]").contains("must name at least one column or formula"))
    #expect(try words("[z, [y]]").contains("events.target[1]: must be a column or formula"))
    #expect(
      try words("[z, \"y - y\"]").contains(
        "the target 'y - y' must differ between events, but is 0 in all 600"))
    #expect(
      try words("[z, \"log(y - 100)\"]").contains(
        "the target 'log(y - 100)' must be a finite number"))
    #expect(try words("[z, label]", "\"*\"").isEmpty)
  }

  @Test func helpSaysHowSeveralTargetsAreLearned() throws {
    let program = try Program()
    defer { program.clean() }
    #expect(
      try program.run("methods", "bdt").output.contains("Several targets: one model a target"))
    #expect(
      try program.run("methods", "forest").output.contains("Several targets: one model of all"))
    #expect(!(try program.run("methods", "fisher").output.contains("Several targets")))
  }
}
