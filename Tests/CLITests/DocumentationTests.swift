import Foundation
import Testing

/// What the manual shows must be read by the program.
@Suite struct DocumentationTests {
  /// The YAML blocks of a page.
  private func blocks(_ page: String) throws -> [String] {
    let text = try String(
      contentsOf: SampleTests.root.appendingPathComponent(page), encoding: .utf8)
    return text.components(separatedBy: "```yaml\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
  }

  /// A block may show several choices for one key: each is a configuration of its own.
  private func fragments(_ block: String) -> [String] {
    var all: [String] = [""]
    for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("events: {"), all[all.count - 1].contains("events:") { all.append("") }
      all[all.count - 1] += line + "\n"
    }
    return all
  }

  @Test func everyFragmentOfTheManualIsRead() throws {
    let program = try Program()
    defer { program.clean() }
    let pieces = try blocks("Documentation/configuration.md").flatMap(fragments)
    #expect(pieces.count >= 8)
    for piece in pieces {
      var text = piece
      func add(_ key: String, _ line: String) {
        let isThere = piece.hasPrefix(key) || piece.contains("\n" + key)
        if !isThere { text += line + "\n" }
      }
      add("events:", "events: {files: none.csv, label: label}")
      if !piece.contains("constituents:") { add("inputs:", "inputs: [x]") }
      add("methods:", "methods: [mlp]")
      try program.write(text, "c.yaml")
      let result = try program.run("check", "c.yaml")
      // Nothing is wrong with the configuration; only the files are not there.
      #expect(result.code == 1, "\(text)\n\(result.errors)")
      #expect(
        result.errors.contains("there is no such file") || result.errors.contains("no file fits"),
        "\(text)\n\(result.errors)")
    }
  }
}
