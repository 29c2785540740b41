import CCodecs

/// Deflate, in the wrappings that files use.
enum Deflate {
  /// zlib's greatest compression: no stream of n bytes holds more than this many times n.
  static let greatestRatio = 1032

  /// Decompresses a gzip file, also one of several members.
  /// - Throws: ``FormatError`` with the offset where a truncated or damaged stream ends.
  static func gunzip(_ input: [UInt8], file: String) throws(FormatError) -> [UInt8] {
    if let output = memberOfKnownSize(input) { return output }
    var output: [UInt8] = []
    // The size at the end of the file is only a hint, and is not believed beyond what can be.
    let hint = input.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let possible = input.count.multipliedReportingOverflow(by: greatestRatio)
    output.reserveCapacity(min(hint, possible.overflow ? Int.max : possible.partialValue) + 64)
    var start = 0
    while start < input.count {
      if start > 0, !isGzip(input[start...]) {
        if input[start...].allSatisfy({ $0 == 0 }) { break }
        throw FormatError(
          file, offset: start, "a gzip file must hold nothing but compressed members",
          found: "other bytes follow the last one", remedy: "Copy the file again from its source.")
      }
      start = try inflate(
        input, from: start, to: input.count, window: 15 + 16, atMost: Int.max, into: &output,
        file: file, object: nil)
    }
    return output
  }

  /// The content of a file of one member, whose last bytes tell the size; nil where zlib has to find out what the file
  /// holds, or what is wrong with it.
  private static func memberOfKnownSize(_ input: [UInt8]) -> [UInt8]? {
    let size = input.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size > 0, size / greatestRatio <= input.count else { return nil }
    var isWhole = false
    let output = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      unsafe buffer.adviseLargePages()
      let member = unsafe input.withUnsafeBytes {
        unsafe Inflater().member($0, into: UnsafeMutableRawBufferPointer(buffer))
      }
      isWhole = member.map { $0.taken == input.count && $0.made == size } ?? false
      filled = isWhole ? size : 0
    }
    return isWhole ? output : nil
  }

  /// Whether bytes start as gzip files do.
  static func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }

  /// Decompresses a part of a file that holds raw deflate data of a stated size.
  static func inflateRaw(
    _ input: [UInt8], from start: Int, to end: Int, size: Int, file: String, object: String
  ) throws(FormatError) -> [UInt8] {
    let possible = (end - start).multipliedReportingOverflow(by: greatestRatio)
    guard possible.overflow || size <= possible.partialValue + 64 else {
      throw FormatError(
        file, object: object, offset: start, "compressed data must hold what they announce",
        found: "\(end - start) bytes can't hold \(size)")
    }
    var problem: String?
    let output = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      unsafe buffer.adviseLargePages()
      problem = unsafe input.withUnsafeBytes {
        unsafe Inflater().unpack(
          .raw, UnsafeRawBufferPointer(rebasing: $0[start..<end]),
          into: UnsafeMutableRawBufferPointer(buffer))
      }
      filled = problem == nil ? size : 0
    }
    guard let problem else { return output }
    throw FormatError(
      file, object: object, offset: start, "compressed data must be whole", found: problem,
      remedy: "The file was cut off or changed on its way; copy it again from its source.")
  }

  /// Decompresses one stream, appends its content and returns where it ended.
  private static func inflate(
    _ input: [UInt8], from start: Int, to end: Int, window: Int32, atMost limit: Int,
    into output: inout [UInt8], file: String, object: String?
  ) throws(FormatError) -> Int {
    var stream = unsafe z_stream()
    guard
      unsafe inflateInit2_(&stream, window, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        == Z_OK
    else { throw FormatError(file, "zlib must start", found: "there is no memory for it") }
    defer { unsafe inflateEnd(&stream) }
    var position = start
    var produced = 0
    let pieceSize = 1 << 18
    while true {
      var status: Int32 = Z_OK
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, filled in
        unsafe input.withUnsafeBufferPointer { bytes in
          let offered = min(end - position, 1 << 30)
          unsafe stream.next_in = unsafe UnsafeMutablePointer(
            mutating: bytes.baseAddress.map { unsafe $0 + position })
          unsafe stream.avail_in = UInt32(offered)
          unsafe stream.next_out = buffer.baseAddress
          unsafe stream.avail_out = UInt32(pieceSize)
          status = unsafe CCodecs.inflate(&stream, Z_NO_FLUSH)
          unsafe position += offered - Int(stream.avail_in)
          filled = unsafe pieceSize - Int(stream.avail_out)
        }
      }
      produced += piece.count
      guard produced <= limit else {
        throw FormatError(
          file, object: object, offset: position, "compressed data must hold what they announce",
          found: "they hold more than \(limit) bytes")
      }
      output.append(contentsOf: piece)
      if status == Z_STREAM_END { return position }
      if status == Z_OK, !piece.isEmpty || position < end { continue }
      throw damaged(file, object: object, at: position, ended: position >= end)
    }
  }

  private static func damaged(
    _ file: String, object: String?, at position: Int, ended: Bool
  ) -> FormatError {
    FormatError(
      file, object: object, offset: position, "compressed data must be whole",
      found: ended ? "they end in the middle of the stream" : "the stream is damaged here",
      remedy: "The file was cut off or changed on its way; copy it again from its source.")
  }

  /// The checksum of zip and gzip.
  /// - Parameter before: The checksum of the bytes before these.
  static func crc32(_ bytes: [UInt8], behind before: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe crc32($0, behind: before) }
  }

  /// The checksum of zip and gzip.
  /// - Parameter before: The checksum of the bytes before these.
  static func crc32(_ bytes: UnsafeRawBufferPointer, behind before: UInt32 = 0) -> UInt32 {
    guard let base = bytes.baseAddress else { return before }
    return unsafe libdeflate_crc32(before, base, bytes.count)
  }
}

/// Compresses a stream of bytes piece by piece.
@safe final class Compressor {
  /// How the stream is wrapped.
  enum Wrapping: Int32 {
    case gzip = 31
    case raw = -15
  }

  private var stream = unsafe z_stream()

  /// Starts a stream; level 1 is fastest, 9 smallest.
  init(_ wrapping: Wrapping, level: Int32 = 6) throws(FormatError) {
    let status = unsafe deflateInit2_(
      &stream, level, Z_DEFLATED, wrapping.rawValue, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw FormatError("output", "zlib must start", found: "there is no memory for it")
    }
  }

  deinit { unsafe deflateEnd(&stream) }

  /// Compresses bytes, ends the stream where `finish` says so, and returns what is ready.
  func push(_ bytes: [UInt8], finish: Bool = false) -> [UInt8] {
    var output: [UInt8] = []
    var start = 0
    let pieceSize = 1 << 17
    while true {
      let offered = min(bytes.count - start, 1 << 30)
      let last = start + offered == bytes.count
      var full = false
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, filled in
        unsafe bytes.withUnsafeBufferPointer { input in
          unsafe stream.next_in = unsafe UnsafeMutablePointer(
            mutating: input.baseAddress.map { unsafe $0 + start })
          unsafe stream.avail_in = UInt32(offered)
          unsafe stream.next_out = buffer.baseAddress
          unsafe stream.avail_out = UInt32(pieceSize)
          _ = unsafe deflate(&stream, finish && last ? Z_FINISH : Z_NO_FLUSH)
          unsafe start += offered - Int(stream.avail_in)
          full = unsafe stream.avail_out == 0
          filled = unsafe pieceSize - Int(stream.avail_out)
        }
      }
      output.append(contentsOf: piece)
      if !full, start == bytes.count { return output }
    }
  }
}
