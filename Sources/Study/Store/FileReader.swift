#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reads a file piece by piece, so that a large one never stands in memory.
final class FileReader {
  private let descriptor: Int32

  struct Unreadable: Error {}

  init(_ path: String) throws(Unreadable) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Unreadable() }
  }

  deinit { close(descriptor) }

  /// The next bytes, at most so many; empty at the end.
  func next(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = max(0, read(descriptor, buffer.baseAddress, count))
    }
  }
}
