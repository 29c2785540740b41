/// What is known of a study before its events are read: what options of methods are checked against.
public struct StudyFacts: Sendable {
  /// What is to be learned.
  public var task: Task
  /// The names of the inputs as methods see them; nil where they follow from the files.
  public var inputs: [String]?
  /// The number of classes.
  public var classes: Int
  /// The names of the spectators that are numbers, as far as is known.
  public var spectators: [String]

  /// Describes a study.
  public init(task: Task, inputs: [String]?, classes: Int, spectators: [String] = []) {
    (self.task, self.inputs, self.classes, self.spectators) = (task, inputs, classes, spectators)
  }
}

/// Collects the problems that several checks throw.
public struct ProblemList {
  /// What was found so far.
  public private(set) var problems: [OptionProblems.Problem] = []

  /// Makes an empty list.
  public init() {}

  /// Notes a problem.
  public mutating func report(_ path: String, _ text: String) {
    problems.append(.init(path: path, text: text))
  }

  /// Notes what a check throws.
  /// - Throws: What is no ``OptionProblems``.
  public mutating func collect(_ check: () throws -> Void) throws {
    do { try check() } catch let error as OptionProblems { problems += error.problems }
  }

  /// Throws all that was noted.
  /// - Throws: ``OptionProblems``.
  public func finish() throws(OptionProblems) {
    if !problems.isEmpty { throw OptionProblems(problems) }
  }
}

extension OptionProblems {
  /// The problems of one method's options, below the method's path and with the lines on which the options stand.
  /// - Parameters:
  ///   - path: The path of the method.
  ///   - values: Its options, which know their lines.
  ///   - line: The line of the method, for options that were not given.
  public func placed(under path: String, _ values: OptionValues, line: Int) -> [Problem] {
    problems.map { problem in
      var placed = problem
      placed.path = problem.path.isEmpty ? path : path + "." + problem.path
      if problem.line == 0 { placed.line = values.line(of: problem.path) ?? line }
      return placed
    }
  }
}
