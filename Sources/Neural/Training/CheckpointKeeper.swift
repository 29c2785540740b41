internal import FoundationEssentials

/// Writes checkpoints now and then, where the settings want any.
struct CheckpointKeeper {
  private let settings: TrainingSettings
  private var lastWrite = Date.distantPast

  init(_ settings: TrainingSettings) { self.settings = settings }

  /// Writes a checkpoint if the last one is old enough, or at once.
  mutating func keep(_ checkpoint: Checkpoint, force: Bool) throws {
    guard let path = settings.checkpoint else { return }
    let date = Date()
    guard force || date.timeIntervalSince(lastWrite) >= settings.checkpointSeconds else { return }
    try checkpoint.write(to: path)
    lastWrite = date
  }

  /// The checkpoint to go on from: the file's, if there is one and the settings resume, else the start.
  /// - Throws: `CheckpointError` where the file belongs to another run.
  func resumed(_ start: Checkpoint) throws -> Checkpoint {
    guard settings.resumes, let path = settings.checkpoint,
      FileManager.default.fileExists(atPath: path)
    else { return start }
    return try Checkpoint.read(path).verified(start, path: path, name: settings.name)
  }
}
