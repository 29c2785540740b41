/// Whole numbers as differences of the one before, packed into a few bits each (DELTA_BINARY_PACKED).
///
/// Eight bytes behind the input must be readable.
@unsafe struct ParquetDelta {
  private var p: UnsafeRawPointer
  private let end: UnsafeRawPointer

  /// Nil where there are no bytes at all.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return nil }
    unsafe p = unsafe base
    unsafe end = unsafe base + bytes.count
  }

  /// What is left behind the numbers.
  var rest: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: p, count: end - p) }

  private mutating func variableLength() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while unsafe p < end, shift < 64 {
      let byte = unsafe p.load(as: UInt8.self)
      unsafe p += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }

  private mutating func signed() -> Int64? {
    unsafe variableLength().map { Int64(bitPattern: $0 >> 1) ^ (0 &- Int64($0 & 1)) }
  }

  /// Takes all numbers; false where there are not exactly `count`, or they are damaged.
  mutating func take(_ count: Int, into output: UnsafeMutablePointer<Int64>) -> Bool {
    guard let blockSize = unsafe variableLength(), let pieces = unsafe variableLength(),
      let total = unsafe variableLength(), let first = unsafe signed(), total == UInt64(count),
      pieces > 0,
      blockSize > 0, blockSize <= 1 << 24, blockSize % pieces == 0, blockSize / pieces % 8 == 0
    else { return false }
    if count == 0 { return true }
    let pieceSize = Int(blockSize / pieces)
    var value = first
    unsafe output[0] = value
    var done = 1
    while done < count {
      guard let least = unsafe signed(), unsafe end - p >= Int(pieces) else { return false }
      let widths = unsafe p
      unsafe p += Int(pieces)
      for piece in 0..<Int(pieces) where done < count {
        let width = unsafe Int(widths.load(fromByteOffset: piece, as: UInt8.self))
        let n = min(pieceSize, count - done)
        guard width <= 64, unsafe (n * width + 7) / 8 <= end - p else { return false }
        unsafe unpack(n, width, least, &value, output + done)
        // The last writer of a file may leave the rest of a piece out.
        unsafe p += min(pieceSize * width / 8, end - p)
        done += n
      }
    }
    return true
  }

  private func unpack(
    _ count: Int, _ width: Int, _ least: Int64, _ value: inout Int64,
    _ output: UnsafeMutablePointer<Int64>
  ) {
    var sum = value
    if width <= 56 {
      let mask = UInt64(1) << UInt64(width) - 1
      for i in 0..<count {
        let bit = i &* width
        let word = unsafe (p + bit >> 3).loadUnaligned(as: UInt64.self).littleEndian
        sum = sum &+ least &+ Int64(bitPattern: word &>> UInt64(bit & 7) & mask)
        unsafe output[i] = sum
      }
    } else {
      for i in 0..<count {
        sum = unsafe sum &+ least &+ Int64(bitPattern: wide(i * width, width))
        unsafe output[i] = sum
      }
    }
    value = sum
  }

  /// A field of up to 64 bits that may touch nine bytes.
  private func wide(_ bit: Int, _ width: Int) -> UInt64 {
    let shift = UInt64(bit & 7)
    let place = unsafe p + bit >> 3
    var word = unsafe place.loadUnaligned(as: UInt64.self).littleEndian >> shift
    if shift > 0 {
      unsafe word |= UInt64(place.load(fromByteOffset: 8, as: UInt8.self)) << (64 - shift)
    }
    return width == 64 ? word : word & (1 << UInt64(width) - 1)
  }
}

/// Values of their own lengths each.
///
/// `body` gets their bytes one after the other and says whether to go on.
/// All functions return nil, or what is wrong in words.
enum ParquetByteArrays {
  typealias Body = (UnsafeRawBufferPointer) -> Bool

  /// Each with its length in front (PLAIN).
  static func plain(_ content: UnsafeRawBufferPointer, _ count: Int, _ body: Body) -> String? {
    var place = 0
    for _ in 0..<count {
      guard content.count - place >= 4 else { return "its values are cut off" }
      let length = unsafe Int(
        content.loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian)
      place += 4
      guard length <= content.count - place else { return "a value of \(length) bytes is cut off" }
      guard unsafe body(UnsafeRawBufferPointer(rebasing: content[place..<place + length])) else {
        return "a value is impossible"
      }
      place += length
    }
    return nil
  }

  /// All lengths, then all bytes (DELTA_LENGTH_BYTE_ARRAY).
  static func deltaLengths(
    _ content: UnsafeRawBufferPointer, _ count: Int, _ scratch: ParquetScratch, _ body: Body
  ) -> String? {
    let lengths = unsafe scratch.numbers.room(8 * count).assumingMemoryBound(to: Int64.self)
    guard var delta = unsafe ParquetDelta(content), unsafe delta.take(count, into: lengths) else {
      return "its lengths are damaged"
    }
    let bytes = unsafe delta.rest
    var place = 0
    for i in 0..<count {
      let length = unsafe Int(lengths[i])
      guard length >= 0, length <= bytes.count - place else { return "its values are cut off" }
      guard unsafe body(UnsafeRawBufferPointer(rebasing: bytes[place..<place + length])) else {
        return "a value is impossible"
      }
      place += length
    }
    return nil
  }

  /// What each shares with the value before, then the lengths and bytes of the rest (DELTA_BYTE_ARRAY).
  static func deltaBytes(
    _ content: UnsafeRawBufferPointer, _ count: Int, _ scratch: ParquetScratch, _ body: Body
  ) -> String? {
    let numbers = UnsafeMutablePointer<Int64>.allocate(capacity: count + 1)
    defer { unsafe numbers.deallocate() }
    guard var delta = unsafe ParquetDelta(content), unsafe delta.take(count, into: numbers) else {
      return "its common parts are damaged"
    }
    var value: [UInt8] = []
    var i = 0
    // Every value may repeat the one before, so that a few bytes could claim any amount.
    var budget = 64 * content.count + 1 << 26
    let found = unsafe deltaLengths(delta.rest, count, scratch) { end in
      let common = unsafe Int(numbers[i])
      i += 1
      guard common >= 0, common <= value.count else { return false }
      value.removeSubrange(common...)
      unsafe value.append(contentsOf: end)
      budget -= value.count
      return unsafe budget >= 0 && value.withUnsafeBytes(body)
    }
    return found
  }
}

/// Values of their own lengths each, turned into texts or numbers.
@safe final class ParquetBytesDecoder<Element>: ParquetValueDecoder {
  private(set) var elements: [Element] = []
  private var dictionary: [Element]?
  private let missing: Element
  private let make: (UnsafeRawBufferPointer) -> Element?

  /// - Parameters:
  ///   - missing: What stands at places without a value.
  ///   - make: Makes an element from its bytes; nil where they are impossible.
  init(missing: Element, _ make: @escaping (UnsafeRawBufferPointer) -> Element?) {
    self.missing = missing
    unsafe self.make = unsafe make
  }

  func setDictionary(
    _ content: UnsafeRawBufferPointer, count: Int, _ scratch: ParquetScratch
  ) -> String? {
    guard count <= content.count / 4 else {
      return "a dictionary of \(count) values does not fit into \(content.count) bytes"
    }
    var entries: [Element] = []
    entries.reserveCapacity(count)
    let found = unsafe ParquetByteArrays.plain(content, count) {
      unsafe entries.append(ifMade: make($0))
    }
    dictionary = entries
    return found
  }

  func decode(
    _ content: UnsafeRawBufferPointer, _ encoding: ParquetPage.Encoding, at start: Int, slots: Int,
    present: Int, _ valid: UnsafePointer<UInt8>?, _ scratch: ParquetScratch
  ) -> String? {
    var dense: [Element] = []
    if unsafe valid == nil { swap(&dense, &elements) }
    let found =
      unsafe present == 0 ? nil : decode(content, encoding, present, into: &dense, scratch)
    guard let valid = unsafe valid else {
      swap(&dense, &elements)
      return found
    }
    if let found { return found }
    var next = 0
    for place in 0..<slots {
      unsafe elements.append(valid[place] == 1 ? dense[next] : missing)
      unsafe next += Int(valid[place])
    }
    return nil
  }

  private func decode(
    _ content: UnsafeRawBufferPointer, _ encoding: ParquetPage.Encoding, _ count: Int,
    into output: inout [Element], _ scratch: ParquetScratch
  ) -> String? {
    switch encoding {
    case .plain:
      return unsafe ParquetByteArrays.plain(content, count) {
        unsafe output.append(ifMade: make($0))
      }
    case .deltaLengths:
      return unsafe ParquetByteArrays.deltaLengths(content, count, scratch) {
        unsafe output.append(ifMade: make($0))
      }
    case .deltaBytes:
      return unsafe ParquetByteArrays.deltaBytes(content, count, scratch) {
        unsafe output.append(ifMade: make($0))
      }
    case .dictionary, .plainDictionary: return unsafe lookUp(content, count, &output, scratch)
    default: return "values of bytes can't have the encoding \(encoding)"
    }
  }

  private func lookUp(
    _ content: UnsafeRawBufferPointer, _ count: Int, _ output: inout [Element],
    _ scratch: ParquetScratch
  ) -> String? {
    guard let dictionary else { return "there is no dictionary before it" }
    guard let base = content.baseAddress, content.count > 0 else {
      return "its indices are missing"
    }
    let bits = unsafe Int(base.load(as: UInt8.self))
    guard bits <= 32 else { return "its indices have \(bits) bits" }
    let indices = unsafe scratch.numbers.room(4 * count).assumingMemoryBound(to: UInt32.self)
    var runs = unsafe ParquetHybrid(base + 1, base + content.count, width: bits)
    guard unsafe runs.take(count, into: indices) else { return "its indices are cut off" }
    output.reserveCapacity(output.count + count)
    for i in 0..<count {
      guard unsafe Int(indices[i]) < dictionary.count else {
        return unsafe "an index is \(indices[i]) and the dictionary has \(dictionary.count) values"
      }
      unsafe output.append(dictionary[Int(indices[i])])
    }
    return nil
  }
}

extension Array {
  /// Appends an element where there is one, and says whether.
  fileprivate mutating func append(ifMade element: Element?) -> Bool {
    guard let element else { return false }
    append(element)
    return true
  }
}
