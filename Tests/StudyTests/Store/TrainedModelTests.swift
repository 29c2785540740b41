import ApusEvents
import ApusFormats
import ApusStudy
import TestSupport
import Testing

/// Models that a program opens itself.
@Suite struct TrainedModelTests {
  /// y = 5x + noise whose deviation is 1 below x = 0 and 3 above, in 600 events that are the same everywhere.
  private func events() throws -> EventTable {
    var generator = SplitMix64(seed: 4)
    let x = (0..<600).map { _ in 2 * generator.uniform() - 1 }
    let y = x.map { 5 * $0 + generator.normal() * ($0 < 0 ? 1 : 3) }
    return try EventTable([Column("x", .float64(x)), Column("y", .float64(y))])
  }

  private func trained(_ methods: String, in folder: TemporaryFolder) throws -> EventTable {
    let table = try events()
    try writeTable(table, to: folder.path("events.csv"))
    let text = """
      events: {files: events.csv, target: y}
      inputs: [x]
      methods: \(methods)
      """
    var request = TrainRequest(configuration: try folder.write(text, "run.yaml"))
    request.folder = folder.path("run")
    request.threads = 1
    try train(request, console: .silent)
    return table
  }

  @Test func aGaussianNetworkGivesDeviationsBesideItsScores() throws {
    let folder = try TemporaryFolder()
    let table = try trained(
      "{net: {type: mlp, layers: [8], loss: gaussian, learning_rate: 0.02, batch: 32}}", in: folder)
    let model = try TrainedModel(path: folder.path("run/models/net.apus"))
    #expect(model.scoreNames == ["score_net"])
    let deviations = try #require(try model.deviations(of: table))
    let scores = try model.scores(of: table)
    #expect(deviations.count == 600 && scores.count == 600)
    let places = try #require(table.column("x").doubles)
    func mean(_ isChosen: (Double) -> Bool) -> Double {
      let chosen = places.indices.filter { isChosen(places[$0]) }
      return chosen.reduce(0) { $0 + deviations[$1] } / Double(chosen.count)
    }
    let (low, high) = (mean { $0 < -0.3 }, mean { $0 > 0.3 })
    #expect(abs(low - 1) < 0.4 && abs(high - 3) < 0.8, "\(low), \(high)")
    // The same numbers as in the run's own file.
    let stored = try readTable(folder.path("run/scores.h5"))
    expectClose(
      try #require(stored.column("sigma_net").doubles), deviations, absolute: 1e-6, relative: 1e-6)
    expectClose(
      try #require(stored.column("score_net").doubles), scores, absolute: 1e-6, relative: 1e-6)
  }

  @Test func otherModelsGiveNone() throws {
    let folder = try TemporaryFolder()
    let table = try trained("{linear: {}}", in: folder)
    let model = try TrainedModel(path: folder.path("run/models/linear.apus"))
    #expect(try model.deviations(of: table) == nil)
    let stored = try readTable(folder.path("run/scores.h5"))
    #expect(!stored.names.contains("sigma_linear"))
  }
}
