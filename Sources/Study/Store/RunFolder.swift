internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// A run folder: plain files, each written whole or not at all, so that the folder is valid at any moment.
struct RunFolder: Sendable {
  /// How far a run has come, as `run.json` says.
  enum Status: String { case running, stopped, failed, finished }

  /// The path of the folder.
  let path: String

  func file(_ name: String) -> String { path + "/" + name }
  func model(_ method: String) -> String { file("models/\(method).apus") }
  func checkpoint(_ method: String) -> String { file("checkpoints/\(method).checkpoint") }

  /// Makes the folder ready for a run.
  ///
  /// An existing run is gone on with (`resume`), replaced (`force`) or refused; a folder that holds other
  /// things is refused. Only files that a run makes are ever removed.
  func prepare(resume: Bool, force: Bool) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let old = status
    if old == nil, !names.isEmpty, !isBarelyBegun(names) {
      throw StudyError.usage(
        "\(path) is not empty and holds no run. Choose a new folder with --out.")
    }
    if resume, old == nil {
      throw StudyError.usage("\(path) holds no run to go on with; leave --resume out to start one.")
    }
    // A run that failed before it learned anything is worth nothing: it is replaced without asking.
    if let old, !resume, !force, old != .failed || hasLearned {
      if old == .finished { throw StudyError.finishedRun(path) }
      throw StudyError.usage(
        "\(path) holds a run that was stopped. Go on with --resume, or start again with --force.")
    }
    try makeFolders()
    // Better to hear now than after hours of training that nothing can be written.
    try write("", as: ".writable")
    try? FileManager.default.removeItem(atPath: file(".writable"))
  }

  /// Whether there is a model or a checkpoint to lose.
  private var hasLearned: Bool {
    ["models", "checkpoints"].contains { folder in
      !((try? FileManager.default.contentsOfDirectory(atPath: file(folder))) ?? []).isEmpty
    }
  }

  /// Whether there is nothing but a run's empty folders: its disk was full before the first file.
  private func isBarelyBegun(_ names: [String]) -> Bool {
    names.allSatisfy { name in
      ["models", "plots", "checkpoints"].contains(name)
        && (try? FileManager.default.contentsOfDirectory(atPath: file(name)))?.isEmpty == true
    }
  }

  private func make(_ folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw StudyError.unwritable(folder, reason: "the folder can't be made (\(reason(error)))")
    }
  }

  private func reason(_ error: any Error) -> String {
    guard let cocoa = error as? CocoaError else { return "\(error)" }
    switch cocoa.code {
    case .fileWriteNoPermission: return "no permission"
    case .fileWriteOutOfSpace: return "the disk is full"
    case .fileWriteVolumeReadOnly: return "the disk is read-only"
    case .fileWriteFileExists: return "a file has this name"
    default: return "the system refuses it; is the place above it a folder?"
    }
  }

  /// Removes an earlier run, and nothing else.
  func clear() throws {
    let made = [
      "run.json", "metrics.json", "history.csv", "scores.h5", "report.html", "report.json",
      "config.yaml", "models", "plots", "checkpoints",
    ]
    for name in made { try? FileManager.default.removeItem(atPath: file(name)) }
    try makeFolders()
  }

  private func makeFolders() throws {
    for folder in ["", "/models", "/plots", "/checkpoints"] { try make(path + folder) }
  }

  /// What `run.json` says of an earlier run; nil where there is none.
  var status: Status? {
    guard let json = try? json("run.json") else { return nil }
    return json["status"]?.text.flatMap(Status.init) ?? .stopped
  }

  /// Writes a file of the run, whole or not at all.
  func write(_ text: String, as name: String) throws { try writeFile(text, to: file(name)) }

  /// Writes a JSON file of the run.
  func write(_ json: JSONValue, as name: String) throws {
    try write(json.text(indent: 2) + "\n", as: name)
  }

  /// Reads a file of the run.
  func text(_ name: String) throws -> String {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StudyError.unreadable(path, what: "the run folder", near: nearbyFiles(path))
    }
    guard FileManager.default.fileExists(atPath: file(name)) else {
      throw StudyError.notARun(path, missing: name)
    }
    return String(decoding: try readFile(file(name)), as: UTF8.self)
  }

  /// Reads a JSON file of the run.
  func json(_ name: String) throws -> JSONValue {
    let text = try text(name)
    do throws(JSONError) { return try JSONValue(parsing: text) } catch {
      throw StudyError.unusableEvents([
        "\(file(name)): must be JSON as a run writes it, but \(error.message) Train again, or take the file from a copy."
      ])
    }
  }
}
