import ApusKernels
import FoundationEssentials
public import Testing

/// The battery of every reader: whatever the bytes, it gives a value or an error that a user can read.
///
/// The file is cut at every byte, then single bytes are changed; a trap would end the test run itself.
/// - Parameters:
///   - path: A small whole file that the reader reads.
///   - flips: How many changed copies to try.
///   - seed: Chooses places and values of the changes.
///   - stride: The step of the cuts, for files too large to cut at every byte.
///   - cutsMayRead: Whether a cut file may give a value, as text cut at a line end does.
///   - read: The reader, given a path.
public func checkReader(
  _ path: String, flips: Int = 400, seed: UInt64 = 1, stride step: Int = 1,
  cutsMayRead: Bool = false, sourceLocation: SourceLocation = #_sourceLocation,
  _ read: (String) throws -> Void
) throws {
  let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
  let name = path.split(separator: "/").last.map(String.init) ?? "file"
  let folder = try TemporaryFolder()
  let copy = folder.path(name)
  #expect(throws: Never.self, "the whole file must read", sourceLocation: sourceLocation) {
    try read(path)
  }
  func attempt(_ bytes: [UInt8], _ what: String, mayRead: Bool) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: copy))
    do {
      try read(copy)
      if !mayRead {
        Issue.record("\(name) \(what) was read as if it were whole", sourceLocation: sourceLocation)
      }
    } catch let error as any ApusError {
      if !error.message.contains(name) || error.message.count < name.count + 20 {
        Issue.record("\(name) \(what): '\(error.message)'", sourceLocation: sourceLocation)
      }
    } catch {
      Issue.record(
        "\(name) \(what): an error of another kind, \(error)", sourceLocation: sourceLocation)
    }
  }
  for length in stride(from: 0, to: whole.count, by: step) {
    try attempt(Array(whole[..<length]), "cut to \(length) bytes", mayRead: cutsMayRead)
  }
  var state = seed
  for _ in 0..<flips {
    var bytes = whole
    let place = Int(splitMix(&state) % UInt64(whole.count))
    bytes[place] ^= UInt8(truncatingIfNeeded: splitMix(&state) % 255 + 1)
    try attempt(bytes, "seed \(seed), byte \(place) now \(bytes[place])", mayRead: true)
  }
}

private func splitMix(_ state: inout UInt64) -> UInt64 {
  state &+= 0x9e37_79b9_7f4a_7c15
  var z = state
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}

/// A folder for a test's files that is removed with the value.
public final class TemporaryFolder {
  /// The folder's path.
  public let path: String

  /// Makes an empty folder.
  public init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "apus-test-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String { path + "/" + name }

  /// Writes a text file into the folder and returns its path.
  public func write(_ text: String, _ name: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  /// The names in the folder.
  public var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
