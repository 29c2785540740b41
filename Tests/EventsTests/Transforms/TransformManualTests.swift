import ApusEvents
import TestSupport
import Testing

/// The manual's table of transforms is that of the program.
@Suite struct TransformManualTests {
  @Test func theManualListsEveryTransformWithItsWords() throws {
    let rows = try Manual.table("configuration.md", "Transforms")
    var (names, words) = ([[String]](), [[String]]())
    for type in allTransforms {
      names.append([type.name])
      words.append(type.aliases)
    }
    #expect(rows.map { Manual.words($0[0]) } == names)
    #expect(rows.map { Manual.words($0[1]) } == words)
    #expect(rows.allSatisfy { $0.count == 3 && !$0[2].isEmpty })
  }
}
