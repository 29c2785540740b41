import CCodecs

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How pages are compressed.
enum ParquetCodec: Int, Sendable {
  case none = 0
  case snappy = 1
  case gzip = 2
  case hadoopLZ4 = 5
  case zstd = 6
  case lz4 = 7

  /// The name of any codec of the format, for messages.
  static func name(_ number: Int) -> String {
    let names = ["none", "Snappy", "gzip", "LZO", "Brotli", "LZ4 (Hadoop)", "Zstandard", "LZ4"]
    return names.indices.contains(number) ? names[number] : "number \(number)"
  }

  /// No input of n bytes holds more than this many times n.
  var greatestRatio: Int {
    switch self {
    case .none: 1
    case .snappy: Snappy.greatestRatio
    case .gzip: Deflate.greatestRatio
    case .hadoopLZ4, .lz4: 256
    // A block of 128 KiB that repeats one byte takes four bytes.
    case .zstd: 1 << 15
    }
  }
}

/// Memory that grows and is used again, so that the system does not hand out new pages for every page of a
/// file; 64 bytes behind what was asked for are readable and writable.
@safe final class ParquetMemory {
  private(set) var base: UnsafeMutableRawPointer
  private var capacity: Int
  static let slack = 64

  init() {
    capacity = 0
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: Self.slack, alignment: 64)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.slack)
  }

  deinit { unsafe base.deallocate() }

  /// Makes room for a number of bytes; what was there is lost where it grows.
  func room(_ count: Int) -> UnsafeMutableRawPointer {
    if count > capacity {
      unsafe base.deallocate()
      capacity = count + count / 4
      unsafe base = UnsafeMutableRawPointer.allocate(
        byteCount: capacity + Self.slack, alignment: 64)
      unsafe adviseLargePages(base, capacity)
    }
    unsafe memset(base + count, 0, Self.slack)
    return unsafe base
  }
}

/// Decompresses pages; one a thread, because it keeps what the libraries need between calls.
@safe final class ParquetDecompressor {
  private let zstd = unsafe ZSTD_createDCtx()
  private let inflater = Inflater()

  deinit { unsafe ZSTD_freeDCtx(zstd) }

  /// Decompresses into exactly `size` bytes; 64 bytes behind input and output must be there.
  /// - Returns: Nil, or what is wrong, in words.
  func decompress(
    _ codec: ParquetCodec, _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer,
    size: Int
  ) -> String? {
    switch codec {
    case .none:
      guard input.count == size else { return "it has \(input.count) bytes instead of \(size)" }
      if size > 0, let base = input.baseAddress { unsafe memcpy(output, base, size) }
      return nil
    case .snappy: return unsafe Snappy.decompress(input, into: output, size: size)
    case .gzip: return unsafe gunzip(input, output, size)
    case .zstd:
      let made = unsafe ZSTD_decompressDCtx(zstd, output, size, input.baseAddress, input.count)
      if ZSTD_isError(made) != 0 { return unsafe String(cString: ZSTD_getErrorName(made)) }
      return made == size ? nil : "it holds \(made) bytes instead of \(size)"
    case .lz4: return unsafe lz4(input, output, size)
    case .hadoopLZ4: return unsafe hadoopLZ4(input, output, size)
    }
  }

  private func lz4(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawPointer, _ size: Int
  ) -> String? {
    let made = unsafe LZ4_decompress_safe(
      input.baseAddress?.assumingMemoryBound(to: CChar.self),
      output.assumingMemoryBound(to: CChar.self), Int32(clamping: input.count),
      Int32(clamping: size))
    if made < 0 { return "the block is damaged" }
    return Int(made) == size ? nil : "it holds \(made) bytes instead of \(size)"
  }

  /// Blocks with both sizes in front, big-endian, as Hadoop writes them; some writers gave the same number
  /// to a plain block.
  private func hadoopLZ4(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawPointer, _ size: Int
  ) -> String? {
    var place = 0
    var made = 0
    func number() -> Int {
      unsafe Int(UInt32(bigEndian: input.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
    }
    while input.count - place >= 8 {
      let wanted = number()
      place += 4
      let stored = number()
      place += 4
      guard stored <= input.count - place, wanted <= size - made,
        unsafe lz4(
          UnsafeRawBufferPointer(rebasing: input[place..<place + stored]), output + made, wanted)
          == nil
      else { break }
      place += stored
      made += wanted
      if place == input.count, made == size { return nil }
    }
    return unsafe lz4(input, output, size)
  }

  /// Pages are wrapped as gzip or as zlib, whichever the writer took.
  private func gunzip(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawPointer, _ size: Int
  ) -> String? {
    let room = unsafe UnsafeMutableRawBufferPointer(start: output, count: size)
    let wrapping: Inflater.Wrapping = unsafe Deflate.isGzip(input) ? .gzip : .zlib
    return unsafe inflater.unpack(wrapping, input, into: room)
  }
}
