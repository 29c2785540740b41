import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// The manual's tables of words are those that the program takes, with the options that each of them uses.
@Suite struct OptionManualTests {
  private func names(_ heading: String) throws -> [String] {
    try Manual.table("networks.md", heading).flatMap { Manual.words($0[0]) }
  }

  @Test func everyWordIsListedAndNoOther() throws {
    #expect(try names("Activations").sorted() == activationNames.sorted())
    #expect(
      try names("Starting weights").sorted()
        == (["auto"] + Initialiser.named.map(\.name)).sorted())
    #expect(try names("Optimizers").sorted() == OptimizerChoice.allCases.map(\.rawValue).sorted())
    #expect(try names("Schedules").sorted() == ScheduleChoice.allCases.map(\.rawValue).sorted())
    #expect(try names("Losses").sorted() == (["auto"] + Loss.named.map(\.name)).sorted())
  }

  /// The starting weights that the table of activations says.
  @Test func startingWeightsAreThoseOfTheTable() throws {
    for row in try Manual.table("networks.md", "Activations") {
      let (name, start) = (Manual.words(row[0])[0], Manual.words(row[2])[0])
      let function = Activation.named.first { $0.name == name }?.value ?? .relu
      #expect(
        Initialiser.named.first { $0.name == start }?.value == function.initialiser, "\(name)")
    }
  }

  /// What the table says that a word uses is accepted beside it; every other option of the group is refused.
  @Test(arguments: [
    ("Optimizers", "optimizer", 2), ("Schedules", "schedule", 2), ("Losses", "loss", 3),
    ("Starting weights", "initializer", 2),
  ])
  func theOptionsOfEveryWordAreThoseOfTheTable(heading: String, key: String, column: Int) throws {
    let table = try Manual.table("networks.md", heading)
    let option = try #require(NeuralMethod.options.first { $0.name == key })
    guard case .group(let all, _) = option.kind else {
      Issue.record("\(key) is no group")
      return
    }
    for row in table {
      let name = Manual.words(row[0])[0]
      var used = Manual.words(row[column]).filter { word in all.contains { $0.name == word } }
      if row[column].hasPrefix("as `adam`") {
        used += Manual.words(table[0][column])
      }
      for own in all where own.name != "name" {
        let value: Content =
          switch own.kind {
          case .flag: .flag(true)
          case .integer: .integer(3)
          default: .real(0.5)
          }
        let given: [(String, Content)] = [("name", .text(name)), (own.name, value)]
        let isRead = (try? mlp([(key, group(given))])) != nil
        #expect(isRead == used.contains(own.name), "\(name) and \(own.name)")
      }
    }
  }
}
