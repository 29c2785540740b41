import CCodecs

/// How a ROOT file is compressed.
public enum RootCompression: Sendable, Equatable {
  /// Bytes stay as they are.
  case none
  /// Levels 1 (fastest) to 9.
  case zlib(Int)
  /// Levels 1 (fastest) to 19.
  case zstd(Int)

  /// ROOT's number for it: a hundred for each codec, and the level.
  public var settings: Int {
    switch self {
    case .none: 0
    case .zlib(let level): 100 + level
    case .zstd(let level): 500 + level
    }
  }

  /// The most bytes that a block holds: three bytes say its size.
  private static let greatestBlock = 0xff_ffff

  /// Compresses an object into blocks with the nine bytes of ROOT before each.
  /// - Returns: The bytes themselves where compression would not make them fewer.
  func compress(_ plain: [UInt8]) -> [UInt8] {
    if self == .none { return plain }
    var output: [UInt8] = []
    output.reserveCapacity(plain.count)
    var start = 0
    while start < plain.count {
      let count = min(plain.count - start, Self.greatestBlock)
      guard
        let block = unsafe plain.withUnsafeBytes({ bytes in
          unsafe self.block(UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
        }), output.count + 9 + block.count < plain.count
      else { return plain }
      output += tag
      for size in [block.count, count] {
        output += [UInt8(size & 0xff), UInt8(size >> 8 & 0xff), UInt8(size >> 16)]
      }
      output += block
      start += count
    }
    return output
  }

  private var tag: [UInt8] {
    switch self {
    case .zstd: Array("ZS".utf8) + [1]
    default: Array("ZL".utf8) + [8]
    }
  }

  /// One block; nil where it would not fit into three bytes of size or the codec fails.
  private func block(_ plain: UnsafeRawBufferPointer) -> [UInt8]? {
    let room: Int
    switch self {
    case .zstd: room = ZSTD_compressBound(plain.count)
    default: room = Int(compressBound(UInt(plain.count)))
    }
    var size = 0
    let block = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
      switch self {
      case .zstd(let level):
        let written = unsafe ZSTD_compress(
          buffer.baseAddress, room, plain.baseAddress, plain.count, Int32(level))
        size = ZSTD_isError(written) == 0 ? written : 0
      case .zlib(let level):
        var written = UInt(room)
        let input = unsafe plain.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let status = unsafe compress2(
          buffer.baseAddress, &written, input, UInt(plain.count), Int32(level))
        size = status == Z_OK ? Int(written) : 0
      case .none: break
      }
      filled = size
    }
    return size > 0 && size <= Self.greatestBlock ? block : nil
  }
}
