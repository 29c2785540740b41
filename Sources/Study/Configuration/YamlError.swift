public import ApusKernels

/// All that is wrong with the text of a YAML file, each mistake with its place and the line itself.
public struct YamlError: ApusError {
  /// One mistake.
  public struct Mistake: Sendable, Equatable {
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int
    /// What must hold and what was found.
    public var text: String
  }

  /// The file, for messages.
  public var source: String
  /// The mistakes in the order of the file.
  public var mistakes: [Mistake]
  /// The lines of the file that the mistakes point at.
  var lines: [Int: String]

  /// A file that can't be parsed is a mistake of the one who wrote it.
  public var kind: ErrorKind { .usage }

  /// Each mistake with the line it stands on and a caret under the column.
  public var message: String {
    mistakes.map { mistake in
      "\(source):\(mistake.line):\(mistake.column): \(mistake.text)" + excerpt(mistake)
    }.joined(separator: "\n")
  }

  private func excerpt(_ mistake: Mistake) -> String {
    guard let line = lines[mistake.line], !line.isEmpty else { return "" }
    let number = String(mistake.line)
    // A long line is cut around the place, so that the caret stays under it.
    let start = max(0, mistake.column - 61)
    let part = String(line.dropFirst(start).prefix(100))
    let gap = String(repeating: " ", count: max(0, mistake.column - 1 - start))
    let margin = String(repeating: " ", count: number.count)
    return "\n  \(number) | \(part)\n  \(margin) | \(gap)^"
  }
}
