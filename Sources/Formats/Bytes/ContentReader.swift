import CCodecs
import Synchronization

/// The content of a file, or of a part of one, that is read in order: as it stands there, or inflated on the way.
///
/// Stored content is read from any place. Deflated content is read from the front: going on costs nothing, going back
/// starts again. It holds some 50 kB where it is deflated, nothing otherwise.
final class ContentReader: Sendable {
  /// How the content is packed.
  enum Packing: Equatable {
    case none
    /// Gzip members, one behind the other.
    case gzip
    /// Deflated data without anything around them.
    case raw
  }

  let file: RandomFile
  private let range: Range<Int>
  private let packing: Packing
  private let object: String?
  /// What the content must be, where that is known.
  private let expected: (size: Int, crc: UInt32)?
  private let stream = Mutex<InflatingStream?>(nil)

  /// - Parameters:
  ///   - file: The file.
  ///   - packing: How the part is packed.
  ///   - range: The bytes of the part; nil for all.
  ///   - object: The name of the part, for messages.
  ///   - expected: Size and checksum of the content; checked at its end where it is deflated and read to there in one go.
  init(
    _ file: RandomFile, _ packing: Packing, part range: Range<Int>? = nil, object: String? = nil,
    expected: (size: Int, crc: UInt32)? = nil
  ) {
    self.file = file
    self.range = range ?? 0..<file.size
    self.packing = packing
    self.object = object
    self.expected = expected
  }

  /// The bytes from a place on, fewer at the end of the content.
  func bytes(from start: Int, count: Int) throws(FormatError) -> [UInt8] {
    if packing == .none {
      let first = min(range.upperBound, range.lowerBound + start)
      return try file.bytes(
        first..<min(range.upperBound, first + count), for: object ?? "the content")
    }
    return try inflated(from: start, count: count)
  }

  private func inflated(from start: Int, count: Int) throws(FormatError) -> [UInt8] {
    // Whoever reads takes the stream; another reader at the same time makes one of its own.
    var own = stream.withLock { held in
      let taken = held
      held = nil
      return taken
    }
    if own == nil || (own?.produced ?? 0) > start {
      own = try InflatingStream(
        file, range, isGzip: packing == .gzip, object: object, expected: expected)
    }
    guard let own else { return [] }
    while own.produced < start {
      if try own.next(atMost: min(start - own.produced, 1 << 20)).isEmpty { return [] }
    }
    var output: [UInt8] = []
    output.reserveCapacity(min(count, 64 << 20))
    while output.count < count {
      let piece = try own.next(atMost: min(count - output.count, 1 << 20))
      if piece.isEmpty { break }
      output += piece
    }
    stream.withLock { $0 = own }
    return output
  }
}

/// Inflates a part of a file piece by piece.
///
/// It is used by one thread at a time: whoever has it is the only one who has.
@safe final class InflatingStream: @unchecked Sendable {
  /// How many bytes came out so far.
  private(set) var produced = 0
  private let file: RandomFile
  private let object: String?
  private let isGzip: Bool
  private let end: Int
  private let expected: (size: Int, crc: UInt32)?
  private var stream = unsafe z_stream()
  private var input: [UInt8] = []
  /// How much of the input is used, and where the next input stands in the file.
  private var used = 0
  private var place: Int
  private var isAtEnd = false
  private var crc: UInt32 = 0

  private static let inputSize = 1 << 18

  init(
    _ file: RandomFile, _ range: Range<Int>, isGzip: Bool, object: String?,
    expected: (size: Int, crc: UInt32)?
  ) throws(FormatError) {
    (self.file, self.object, self.isGzip) = (file, object, isGzip)
    (place, end, self.expected) = (range.lowerBound, range.upperBound, expected)
    let status = unsafe inflateInit2_(
      &stream, isGzip ? 15 + 16 : -15, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw FormatError(file.path, "zlib must start", found: "there is no memory for it")
    }
  }

  deinit { unsafe inflateEnd(&stream) }

  /// The next bytes; none at the end.
  func next(atMost count: Int) throws(FormatError) -> [UInt8] {
    var output: [UInt8] = []
    while output.isEmpty, !isAtEnd {
      if used == input.count, place < end {
        let more = min(Self.inputSize, end - place)
        input = try file.bytes(place..<place + more, for: object ?? "the content")
        (used, place) = (0, place + more)
      }
      let before = used
      var status: Int32 = Z_OK
      output = step(count, &status)
      if status == Z_STREAM_END {
        try endMember()
      } else if status != Z_OK || (output.isEmpty && used == before) {
        if status == Z_BUF_ERROR, used == input.count, place < end { continue }
        throw damaged(status == Z_OK || status == Z_BUF_ERROR)
      }
    }
    produced += output.count
    if expected != nil { crc = Deflate.crc32(output, behind: crc) }
    if let expected, isAtEnd || produced > expected.size { try check(expected) }
    return output
  }

  private func step(_ count: Int, _ status: inout Int32) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe input.withUnsafeBufferPointer { bytes in
        // zlib's interface lacks a const; it does not write there.
        unsafe stream.next_in = unsafe UnsafeMutablePointer(
          mutating: bytes.baseAddress.map { unsafe $0 + used })
        unsafe stream.avail_in = UInt32(bytes.count - used)
        unsafe stream.next_out = buffer.baseAddress
        unsafe stream.avail_out = UInt32(count)
        status = unsafe inflate(&stream, Z_NO_FLUSH)
        unsafe used = bytes.count - Int(stream.avail_in)
        filled = unsafe count - Int(stream.avail_out)
      }
    }
  }

  /// Goes on with the next gzip member, or ends.
  private func endMember() throws(FormatError) {
    let rest = place - (input.count - used)
    guard isGzip, rest < end else {
      isAtEnd = true
      return
    }
    let head = try file.bytes(rest..<min(rest + 2, end), for: "a gzip member")
    if Deflate.isGzip(head), unsafe inflateReset(&stream) == Z_OK { return }
    isAtEnd = true
    // Tapes and some tools fill the end with zeros.
    let tail = try file.bytes(rest..<min(rest + (1 << 20), end), for: "the end of a gzip file")
    guard tail.allSatisfy({ $0 == 0 }) else {
      throw FormatError(
        file.path, offset: rest, "a gzip file must hold nothing but compressed members",
        found: "other bytes follow the last one", remedy: "Copy the file again from its source.")
    }
  }

  private func check(_ expected: (size: Int, crc: UInt32)) throws(FormatError) {
    guard produced == expected.size, crc == expected.crc else {
      throw FormatError(
        file.path, object: object, "an entry must agree with its size and checksum",
        found: "its content was changed",
        remedy: "The file is damaged; copy it again from its source.")
    }
  }

  private func damaged(_ ended: Bool) -> FormatError {
    FormatError(
      file.path, object: object, offset: place - (input.count - used),
      "compressed data must be whole",
      found: ended ? "they end in the middle of the stream" : "the stream is damaged here",
      remedy: "The file was cut off or changed on its way; copy it again from its source.")
  }
}
