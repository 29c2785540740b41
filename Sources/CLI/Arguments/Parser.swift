import ApusKernels

/// All that is wrong with a command line.
struct CommandLineProblems: ApusError {
  var problems: [String]
  /// The command whose help to offer, or nil for the program's.
  var command: String?

  var kind: ErrorKind { .usage }

  var message: String {
    let help = [program, command, "--help"].compactMap { $0 }.joined(separator: " ")
    return problems.joined(separator: "\n") + "\nTry '\(help)'."
  }
}

/// What the words of a command line ask for.
enum Request {
  case version
  case help(Command?)
  case run(Command, Arguments)
}

/// Understands a command line.
/// - Parameters:
///   - words: The words behind the program's name.
///   - commands: The commands that exist.
func parseCommandLine(_ words: [String], commands: [Command]) throws(CommandLineProblems) -> Request
{
  guard let first = words.first else { return .help(nil) }
  switch first {
  case "--version", "-V", "version": return .version
  case "--help", "-h", "-help": return .help(nil)
  case "help":
    return words.count > 1 ? .help(try find(words[1], in: commands)) : .help(nil)
  default: break
  }
  let command = try find(first, in: commands)
  let rest = Array(words.dropFirst())
  let beforeDashes = rest.prefix { $0 != "--" }
  if beforeDashes.contains("--help") || beforeDashes.contains("-h") { return .help(command) }
  var parser = ArgumentParser(command: command)
  return .run(command, try parser.parse(rest))
}

private func find(_ name: String, in commands: [Command]) throws(CommandLineProblems) -> Command {
  if let command = commands.first(where: { $0.name == name }) { return command }
  let known = commands.map(\.name)
  let near = didYouMean(name, among: name.hasPrefix("-") ? ["--version", "--help"] : known)
  let text =
    name.hasPrefix("-")
    ? "There is no option '\(name)' before a command\(near.isEmpty ? "; the commands are \(known.joined(separator: ", "))." : "." + near)"
    : "There is no command '\(name)'."
      + (near.isEmpty ? " The commands are \(known.joined(separator: ", "))." : near)
  throw CommandLineProblems(problems: [text], command: nil)
}

/// Checks the words of one command and collects everything that is wrong.
struct ArgumentParser {
  let command: Command
  var arguments = Arguments()
  var problems: [String] = []
  var loose: [String] = []

  init(command: Command) { self.command = command }

  mutating func parse(_ words: [String]) throws(CommandLineProblems) -> Arguments {
    var rest = words[...]
    var onlyLoose = false
    while let word = rest.popFirst() {
      if !onlyLoose, word == "--" {
        onlyLoose = true
      } else if !onlyLoose, word.hasPrefix("-"), word.count > 1 {
        flag(word, &rest)
      } else {
        loose.append(word)
      }
    }
    assignLoose()
    if problems.isEmpty { return arguments }
    throw CommandLineProblems(problems: problems, command: command.name)
  }

  private mutating func flag(_ word: String, _ rest: inout ArraySlice<String>) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let attached = parts.count > 1 ? String(parts[1]) : nil
    guard let flag = command.flags.first(where: { $0.name == name }) else {
      let known = command.flags.map(\.name)
      problems.append(
        "'\(command.name)' has no option '\(name)'." + didYouMean(name, among: known))
      return
    }
    if case .plain = flag.kind {
      if attached != nil { problems.append("'\(name)' takes no value.") }
      arguments.values[name] = []
      return
    }
    // A negative number is a value; another option is not.
    let next = rest.first.flatMap { $0.hasPrefix("--") ? nil : $0 }
    guard let value = attached ?? next else {
      problems.append("'\(name)' needs a value: \(name)\(flag.placeholder).")
      return
    }
    if attached == nil { rest.removeFirst() }
    accept(value, for: flag)
  }

  private mutating func accept(_ value: String, for flag: Command.Flag) {
    switch flag.kind {
    case .integer(_, let bounds):
      guard let number = Int(value), bounds.contains(number) else {
        problems.append(
          "'\(flag.name)' must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound), "
            + "not '\(value)'.")
        return
      }
      arguments.values[flag.name] = [value]
    case .texts: arguments.values[flag.name, default: []].append(value)
    default:
      if value.isEmpty { problems.append("'\(flag.name)' needs a value that is not empty.") }
      arguments.values[flag.name] = [value]
    }
  }

  private mutating func assignLoose() {
    var rest = loose[...]
    for positional in command.positionals {
      switch positional.count {
      case .many:
        if !rest.isEmpty { arguments.values[positional.name] = Array(rest) }
        rest = []
      case .one, .optional:
        if let word = rest.popFirst() {
          arguments.values[positional.name] = [word]
        } else if positional.count == .one {
          problems.append("'\(command.name)' needs \(positional.name): \(positional.summary).")
        }
      }
    }
    for word in rest {
      problems.append("'\(command.name)' does not know what to do with '\(word)'.")
    }
  }
}
