/// One command of the program as a row of a table: parsing, checking and help all read it.
struct Command: Sendable {
  /// One option of the command line.
  struct Flag: Sendable {
    enum Kind: Sendable {
      /// Present or absent.
      case plain
      /// A word, a path, anything.
      case text(String)
      /// A whole number within bounds.
      case integer(String, ClosedRange<Int>)
      /// A word that may be given several times.
      case texts(String)
    }

    /// The name with its dashes: `--out`.
    var name: String
    var kind: Kind
    var summary: String

    init(_ name: String, _ kind: Kind, _ summary: String) {
      self.name = name
      self.kind = kind
      self.summary = summary
    }

    /// What stands for the value in the help, or nothing.
    var placeholder: String {
      switch kind {
      case .plain: ""
      case .text(let word), .texts(let word), .integer(let word, _): " " + word
      }
    }
  }

  /// One argument without a name.
  struct Positional: Sendable {
    enum Count: Sendable { case one, optional, many }
    var name: String
    var count: Count
    var summary: String

    init(_ name: String, _ summary: String) { self.init(name, .one, summary) }

    init(_ name: String, _ count: Count, _ summary: String) {
      self.name = name
      self.count = count
      self.summary = summary
    }

    /// How the usage line shows it.
    var usage: String {
      switch count {
      case .one: name
      case .optional: "[\(name)]"
      case .many: "[\(name) ...]"
      }
    }
  }

  var name: String
  var summary: String
  var positionals: [Positional] = []
  var flags: [Flag] = []
  /// More words for the command's help.
  var details = ""
  var run: @Sendable (Arguments) throws -> Void

  /// The words of the usage line behind the program's name: `train`, `CONFIG`, `[--out DIR]`.
  var usage: [String] {
    [name] + positionals.map(\.usage)
      + flags.map { flag in
        if case .texts = flag.kind { return "[\(flag.name)\(flag.placeholder)] ..." }
        return "[\(flag.name)\(flag.placeholder)]"
      }
  }
}

/// The name of the program in its own texts.
let program = "apus"

/// What was typed, checked against the table of a command.
struct Arguments {
  var values: [String: [String]] = [:]

  /// Whether an option without a value was given.
  func has(_ name: String) -> Bool { values[name] != nil }
  /// The last value of an option or argument.
  func text(_ name: String) -> String? { values[name]?.last }
  /// The value of an argument that the parser has made sure of.
  func required(_ name: String) -> String { text(name) ?? "" }
  /// All values of an option or argument.
  func texts(_ name: String) -> [String] { values[name] ?? [] }
  /// The value of a whole number; the parser has checked it.
  func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
}
