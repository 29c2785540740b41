/// The text of `apus --help`.
func programHelp(_ commands: [Command], version: String) -> String {
  var lines = [
    "\(program) \(version): from event files to a trained, checked, explained and exported model.",
    "", "Usage: \(program) COMMAND [arguments]", "", "Commands:",
  ]
  lines += table(commands.map { ($0.name, $0.summary) })
  lines += [
    "", "'\(program) COMMAND --help' says more; '\(program) --version' prints the version.",
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.",
  ]
  return lines.joined(separator: "\n")
}

/// The text of `apus COMMAND --help`.
func commandHelp(_ command: Command) -> String {
  var lines = [command.summary + ".", "", "Usage:"]
  lines += wrap(command.usage, first: "  " + program, next: "      ")
  if !command.positionals.isEmpty {
    lines += ["", "Arguments:"]
    lines += table(command.positionals.map { ($0.name, $0.summary) })
  }
  lines += ["", "Options:"]
  lines += table(
    command.flags.map { ($0.name + $0.placeholder, $0.summary + bounds($0)) }
      + [("--help", "print this text")])
  if !command.details.isEmpty { lines += ["", command.details] }
  return lines.joined(separator: "\n")
}

private func bounds(_ flag: Command.Flag) -> String {
  if case .integer(_, let range) = flag.kind, range.upperBound < Int.max {
    return " (\(range.lowerBound) to \(range.upperBound))"
  }
  return ""
}

private func table(_ rows: [(String, String)]) -> [String] {
  let width = rows.map(\.0.count).max() ?? 0
  return rows.flatMap { name, text in
    let margin = String(repeating: " ", count: width + 4)
    let start = "  " + name + String(repeating: " ", count: width - name.count + 2)
    return wrap(text, first: start, next: margin)
  }
}

private func wrap(_ text: String, first: String, next: String) -> [String] {
  wrap(text.split(separator: " ").map(String.init), first: first, next: next, empty: true)
}

private func wrap(
  _ words: [String], first: String, next: String, empty start: Bool = false, width: Int = 98
) -> [String] {
  var lines: [String] = []
  var line = first
  var empty = start
  for word in words {
    if !empty, line.count + 1 + word.count > width {
      lines.append(line)
      (line, empty) = (next, true)
    }
    line += (empty ? "" : " ") + word
    empty = false
  }
  return lines + [line]
}
