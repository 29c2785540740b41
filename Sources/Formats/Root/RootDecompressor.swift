import CCodecs

/// Decompresses what ROOT compressed: blocks of at most 16 MiB, each with nine bytes before it that name the
/// codec and both sizes.
///
/// A decompressor keeps its contexts and its memory, as making them costs more than a small block.
@safe final class RootDecompressor {
  private let inflater = Inflater()
  private var zstd: OpaquePointer?
  /// Memory for a record as it is in the file, and for its decompressed data.
  private(set) var stored = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var plain = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

  init() {}

  deinit {
    unsafe ZSTD_freeDCtx(zstd)
    unsafe stored.deallocate()
    unsafe plain.deallocate()
  }

  /// Memory of at least so many bytes for a record; what it held is lost.
  func roomForStored(_ count: Int) -> UnsafeMutableRawBufferPointer {
    unsafe Self.grow(&stored, count)
    return unsafe UnsafeMutableRawBufferPointer(rebasing: stored[..<count])
  }

  /// Memory of at least so many bytes for decompressed data; what it held is lost.
  func roomForPlain(_ count: Int) -> UnsafeMutableRawBufferPointer {
    unsafe Self.grow(&plain, count)
    return unsafe UnsafeMutableRawBufferPointer(rebasing: plain[..<count])
  }

  private static func grow(_ memory: inout UnsafeMutableRawBufferPointer, _ count: Int) {
    guard memory.count < count else { return }
    unsafe memory.deallocate()
    unsafe memory = .allocate(byteCount: count + count / 4, alignment: 64)
  }

  /// Decompresses an object of a stated size.
  static func decompress(_ stored: [UInt8], size: Int, _ place: RootPlace) throws(FormatError)
    -> [UInt8]
  {
    try RootDecompressor().decompressed(stored, size: size, place)
  }

  /// Decompresses an object of a stated size.
  func decompressed(_ stored: [UInt8], size: Int, _ place: RootPlace) throws(FormatError)
    -> [UInt8]
  {
    try unsafe stored.withUnsafeBufferPointer { bytes throws(FormatError) in
      let source = UnsafeRawBufferPointer(bytes)
      try unsafe Self.checkClaim(source, size: size, place)
      var failure: FormatError?
      let plain = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
        do throws(FormatError) {
          try unsafe decompress(
            source, into: UnsafeMutableRawBufferPointer(buffer), place)
          filled = size
        } catch { failure = error }
      }
      if let failure { throw failure }
      return plain
    }
  }

  /// Checks, before memory is taken, that compressed bytes can hold what they announce: the blocks' sizes must
  /// add up, and none may shrink more than its codec can.
  static func checkClaim(_ source: UnsafeRawBufferPointer, size: Int, _ place: RootPlace)
    throws(FormatError)
  {
    var start = 0
    var total = 0
    while start < source.count {
      let block = try unsafe RootBlock(source, at: start, place)
      guard block.size <= (block.data.count + 16) * block.codec.greatestRatio else {
        throw place.error(
          at: start, of: source.count, "compressed data must hold what they announce",
          "\(block.data.count) bytes can't hold \(block.size)")
      }
      total += block.size
      start = block.data.upperBound
    }
    guard total == size else {
      throw place.error(
        "compressed data must hold what their key announces (\(size) bytes)",
        "their blocks announce \(total)")
    }
  }

  /// Decompresses all blocks into memory of exactly their size.
  func decompress(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ place: RootPlace
  ) throws(FormatError) {
    var start = 0
    var filled = 0
    while filled < target.count {
      let block = try unsafe RootBlock(source, at: start, place)
      guard block.size <= target.count - filled else {
        throw place.error(
          at: start, of: source.count, "compressed data must hold what they announce",
          "a block of \(block.size) bytes is too much for the \(target.count - filled) left")
      }
      let data = unsafe UnsafeRawBufferPointer(rebasing: source[block.data])
      let part = unsafe UnsafeMutableRawBufferPointer(
        rebasing: target[filled..<filled + block.size])
      if let problem = unsafe run(block.codec, data, part) {
        throw place.error(
          at: start, of: source.count, "a compressed block must be whole",
          "\(block.codec.name) says: \(problem)")
      }
      filled += block.size
      start = block.data.upperBound
    }
  }

  /// Runs one codec; returns what is wrong, or nil.
  private func run(
    _ codec: RootBlock.Codec, _ data: UnsafeRawBufferPointer, _ part: UnsafeMutableRawBufferPointer
  ) -> String? {
    switch codec {
    case .zlib: unsafe inflater.unpack(.zlib, data, into: part)
    case .oldZlib: unsafe inflater.unpack(.raw, data, into: part)
    case .lzma: unsafe unxz(data, part)
    case .lz4: unsafe unlz4(data, part)
    case .zstd: unsafe unzstd(data, part)
    }
  }

  private func unxz(_ data: UnsafeRawBufferPointer, _ part: UnsafeMutableRawBufferPointer)
    -> String?
  {
    // More than the strongest preset of xz needs, and what a damaged header may ask for at most.
    var memory: UInt64 = 128 << 20
    var (used, made) = (0, 0)
    let status = unsafe lzma_stream_buffer_decode(
      &memory, 0, nil, data.baseAddress?.assumingMemoryBound(to: UInt8.self), &used, data.count,
      part.baseAddress?.assumingMemoryBound(to: UInt8.self), &made, part.count)
    guard status == LZMA_OK else { return "error \(status.rawValue)" }
    return made == part.count ? nil : "there are \(made) bytes, not \(part.count)"
  }

  private func unlz4(_ data: UnsafeRawBufferPointer, _ part: UnsafeMutableRawBufferPointer)
    -> String?
  {
    guard data.count > 8 else { return "there is no room for the checksum" }
    let sum = unsafe UInt64(bigEndian: data.loadUnaligned(as: UInt64.self))
    let content = unsafe UnsafeRawBufferPointer(rebasing: data[8...])
    guard unsafe XXHash64.of(content) == sum else { return "the checksum is wrong" }
    let made = unsafe LZ4_decompress_safe(
      content.baseAddress?.assumingMemoryBound(to: CChar.self),
      part.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(content.count),
      Int32(part.count))
    return made == part.count ? nil : "the data are damaged"
  }

  private func unzstd(_ data: UnsafeRawBufferPointer, _ part: UnsafeMutableRawBufferPointer)
    -> String?
  {
    if unsafe zstd == nil { unsafe zstd = unsafe ZSTD_createDCtx() }
    let made = unsafe ZSTD_decompressDCtx(
      zstd, part.baseAddress, part.count, data.baseAddress, data.count)
    if ZSTD_isError(made) != 0 { return unsafe String(cString: ZSTD_getErrorName(made)) }
    return made == part.count ? nil : "there are \(made) bytes, not \(part.count)"
  }
}

/// One compressed block: its codec, where its data are and how large they become.
struct RootBlock {
  enum Codec {
    case zlib, oldZlib, lzma, lz4, zstd

    var name: String {
      switch self {
      case .zlib, .oldZlib: "zlib"
      case .lzma: "LZMA"
      case .lz4: "LZ4"
      case .zstd: "ZSTD"
      }
    }

    /// More than this many times, no data shrink (a run of zeros, measured for LZMA and ZSTD and doubled).
    var greatestRatio: Int {
      switch self {
      case .zlib, .oldZlib: Deflate.greatestRatio
      case .lz4: 256
      case .lzma: 16384
      case .zstd: 65536
      }
    }
  }

  /// The bytes before the data.
  static let headerSize = 9

  var codec: Codec
  /// The place of the compressed data (for LZ4 with the checksum before them).
  var data: Range<Int>
  /// The size of the decompressed data.
  var size: Int

  /// Reads the header of the block at a place of the compressed bytes.
  init(_ source: UnsafeRawBufferPointer, at start: Int, _ place: RootPlace) throws(FormatError) {
    guard source.count - start >= Self.headerSize else {
      throw place.error(
        at: start, of: source.count, "a compressed block must have a header of nine bytes",
        "\(source.count - start) are left")
    }
    func three(_ i: Int) -> Int {
      unsafe Int(source[start + i]) | Int(source[start + i + 1]) << 8 | Int(source[start + i + 2])
        << 16
    }
    codec = try unsafe Self.codec(source, at: start, place)
    let stored = three(3)
    size = three(6)
    let first = start + Self.headerSize
    guard stored <= source.count - first else {
      throw place.error(
        at: start, of: source.count, "a compressed block must lie within its record",
        "it needs \(stored) bytes and \(source.count - first) are left")
    }
    data = first..<first + stored
  }

  private static func codec(_ source: UnsafeRawBufferPointer, at start: Int, _ place: RootPlace)
    throws(FormatError) -> Codec
  {
    switch unsafe (source[start], source[start + 1]) {
    case (0x5a, 0x4c): return .zlib
    case (0x43, 0x53): return .oldZlib
    case (0x58, 0x5a): return .lzma
    case (0x4c, 0x34): return .lz4
    case (0x5a, 0x53): return .zstd
    default:
      let letters = unsafe [source[start], source[start + 1]].map {
        (0x20..<0x7f).contains($0)
          ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16)
      }
      throw place.error(
        at: start, of: source.count, "a compressed block must be of ZL, XZ, L4, ZS or CS",
        "it starts with '\(letters.joined())'")
    }
  }
}
