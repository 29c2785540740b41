public import ApusKernels

/// What can go wrong in a study besides its configuration and its methods.
public enum StudyError: ApusError, Equatable {
  /// A file that can't be read, with names near it.
  case unreadable(String, what: String, near: [String])
  /// No file fits a pattern.
  case noFiles(pattern: String, folder: String)
  /// A folder or file that can't be written.
  case unwritable(String, reason: String)
  /// A run folder that is finished already.
  case finishedRun(String)
  /// A folder that is no run.
  case notARun(String, missing: String)
  /// A run that was stopped, with the method it stopped in.
  case interrupted(folder: String, method: String)
  /// Something wrong with the events: what was asked, what must hold, what was found, what to try.
  case unusableEvents([String])
  /// Methods that failed while others finished.
  case failedMethods([String], folder: String, others: Int)
  /// A request that makes no sense, with the reason.
  case usage(String)

  /// Requests that can't be met as they stand are usage; the rest are failures.
  public var kind: ErrorKind {
    switch self {
    case .finishedRun, .usage: .usage
    default: .failure
    }
  }

  /// What happened, where, and what to try.
  public var message: String {
    switch self {
    case .unreadable(let path, let what, let near):
      "\(path): can't read \(what): there is no such file, or it may not be opened."
        + (near.isEmpty
          ? "" : " Did you mean " + near.map { "'\($0)'" }.joined(separator: ", ") + "?")
    case .noFiles(let pattern, let folder):
      "no file fits '\(pattern)', neither beside the configuration in '\(folder)' nor here."
    case .unwritable(let path, let reason):
      "\(path): can't write: \(reason). Choose another place with --out, or make room."
    case .finishedRun(let folder):
      "\(folder) holds a finished run. Choose another folder with --out, or replace it with --force."
    case .notARun(let folder, let missing):
      "\(folder) is no run folder: there is no \(missing) in it."
    case .interrupted(let folder, let method):
      "stopped in '\(method)'. What was learned is in \(folder); go on with the same command and --resume."
    case .unusableEvents(let problems): problems.joined(separator: "\n")
    case .failedMethods(let problems, let folder, let others):
      problems.joined(separator: "\n") + "\n"
        + (others > 0
          ? "The other methods are in \(folder)." : "No method was trained; see \(folder).")
    case .usage(let text): text
    }
  }
}
