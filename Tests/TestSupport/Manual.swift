import FoundationEssentials

/// The pages of `Documentation`, for tests that compare what they list with what the program has.
public enum Manual {
  /// The rows of the table below a heading: the cells of each, without the head of the table.
  /// - Parameters:
  ///   - page: The name of the page.
  ///   - heading: The heading without its `#`.
  public static func table(_ page: String, _ heading: String) throws -> [[String]] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: URL(fileURLWithPath: root.path + "/Documentation/" + page))
    let lines = String(decoding: data, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let start = lines.firstIndex { $0.hasPrefix("#") && $0.drop { "# ".contains($0) } == heading }
    guard let start else { return [] }
    let table = lines[(start + 1)...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
    return table.dropFirst(2).map { line in
      line.replacing("\\|", with: "\u{0}").split(separator: "|", omittingEmptySubsequences: false)
        .dropFirst().dropLast().map { cell in
          trimmed(String(cell).replacing("\u{0}", with: "|"))
        }
    }
  }

  /// The words in backticks of a cell.
  public static func words(_ cell: String) -> [String] {
    cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }

  private static func trimmed(_ text: String) -> String {
    let head = text.drop { $0 == " " }
    return String(head.reversed().drop { $0 == " " }.reversed())
  }
}
