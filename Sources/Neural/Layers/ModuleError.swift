public import ApusKernels

/// Tensors that do not fit a model: every problem at once.
public struct ModuleError: ApusError, Equatable {
  /// One line a problem, each with the path.
  public var problems: [String]
  /// Makes an error.
  public init(problems: [String]) { self.problems = problems }
  /// A wrong file is a failure of the work.
  public var kind: ErrorKind { .failure }
  /// All problems.
  public var message: String {
    "the stored arrays do not fit the model: " + problems.joined(separator: "; ") + "."
  }
}
