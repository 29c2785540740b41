public import ApusKernels

/// All that is wrong with a configuration, reported at once.
public struct OptionProblems: ApusError {
  /// One problem.
  public struct Problem: Sendable, Equatable {
    /// Where: a path such as `methods.dnn.epochs`.
    public var path: String
    /// What must hold and what was found, with what to try.
    public var text: String
    /// The line of the file, or 0.
    public var line: Int
    /// Makes a problem.
    public init(path: String, text: String, line: Int = 0) {
      self.path = path
      self.text = text
      self.line = line
    }
  }

  /// The problems in the order of the file.
  public var problems: [Problem]
  /// Makes a report of problems.
  public init(_ problems: [Problem]) { self.problems = problems }

  /// A wrong configuration is wrong usage.
  public var kind: ErrorKind { .usage }

  /// One line a problem.
  public var message: String {
    problems.map { p in
      (p.line > 0 ? "line \(p.line): " : "") + (p.path.isEmpty ? "" : p.path + ": ") + p.text
    }.joined(separator: "\n")
  }
}
