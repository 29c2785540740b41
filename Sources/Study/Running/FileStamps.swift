internal import FoundationEssentials

/// Sizes and dates of files before they are read, to see afterwards whether a job still writes them.
struct FileStamps {
  private let files: [String]
  private let stamps: [FileStamp]

  /// Takes note of a file of a sample and its friends.
  init(_ file: SampleFile) {
    files = file.all
    stamps = files.map { FileStamp($0) }
  }

  /// The size of the file without its friends, where it is known.
  var bytes: Int? { stamps.first?.bytes }

  /// Refuses what changed meanwhile.
  func check() throws(StudyError) {
    for (file, stamp) in zip(files, stamps) where FileStamp(file) != stamp {
      throw .unusableEvents([
        "\(file): a file must not change while it is read, but its size or date did. Is the job that writes it "
          + "still running?"
      ])
    }
  }
}

/// Size and date of a file, to see whether it changes.
private struct FileStamp: Equatable {
  let bytes: Int?
  let date: Date?

  init(_ path: String) {
    // `file.root:tree` names a part of a file.
    let plain = path.lastIndex(of: ":").map { String(path[..<$0]) }
    let names = [path, plain].compactMap { $0 }
    let found = names.lazy.compactMap { try? FileManager.default.attributesOfItem(atPath: $0) }
      .first
    bytes = (found?[.size] as? any BinaryInteger).map { Int($0) }
    date = found?[.modificationDate] as? Date
  }
}
