import ApusKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns the values of pages into entries of a column.
///
/// Both functions return nil, or what is wrong in words.
protocol ParquetValueDecoder {
  /// Takes a dictionary of plain values.
  func setDictionary(
    _ content: UnsafeRawBufferPointer, count: Int, _ scratch: ParquetScratch
  ) -> String?

  /// Takes the values of a page.
  /// - Parameters:
  ///   - start: The first place that the page fills.
  ///   - slots: How many places it fills.
  ///   - present: How many of them have a value.
  ///   - valid: A 1 for each place that has one; nil where all have.
  func decode(
    _ content: UnsafeRawBufferPointer, _ encoding: ParquetPage.Encoding, at start: Int, slots: Int,
    present: Int, _ valid: UnsafePointer<UInt8>?, _ scratch: ParquetScratch
  ) -> String?
}

/// Values of a fixed number of bytes, moved as bytes: numbers, truth values, decimals.
///
/// Places without a value hold zeros.
@safe final class ParquetFixedDecoder: ParquetValueDecoder {
  private let output: UnsafeMutableRawPointer
  private let physical: ParquetMetadata.Physical
  /// The bytes of a value.
  private let width: Int
  private var dictionaryCount: Int?

  /// - Parameter output: Memory for all places of the chunk.
  init(
    _ output: UnsafeMutableRawPointer, _ physical: ParquetMetadata.Physical, width: Int
  ) {
    unsafe self.output = unsafe output
    self.physical = physical
    self.width = width
  }

  func setDictionary(
    _ content: UnsafeRawBufferPointer, count: Int, _ scratch: ParquetScratch
  ) -> String? {
    guard physical != .boolean else { return "truth values have no dictionaries" }
    guard count * width <= content.count else {
      return "a dictionary of \(count) values does not fit into \(content.count) bytes"
    }
    if let base = content.baseAddress {
      unsafe memcpy(scratch.dictionary.room(count * width), base, count * width)
    }
    dictionaryCount = count
    return nil
  }

  func decode(
    _ content: UnsafeRawBufferPointer, _ encoding: ParquetPage.Encoding, at start: Int, slots: Int,
    present: Int, _ valid: UnsafePointer<UInt8>?, _ scratch: ParquetScratch
  ) -> String? {
    let target = unsafe output + start * width
    if present > 0, let found = unsafe dense(content, encoding, present, target, scratch) {
      return found
    }
    if let valid = unsafe valid { unsafe spread(target, slots: slots, present: present, valid) }
    return nil
  }

  /// Decodes values side by side.
  private func dense(
    _ content: UnsafeRawBufferPointer, _ encoding: ParquetPage.Encoding, _ count: Int,
    _ target: UnsafeMutableRawPointer, _ scratch: ParquetScratch
  ) -> String? {
    guard let base = content.baseAddress else { return "its values are missing" }
    switch (encoding, physical) {
    case (.plain, .boolean):
      guard (count + 7) / 8 <= content.count else { return "its values are cut off" }
      let flags = unsafe target.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count {
        unsafe flags[i] =
          unsafe base.load(fromByteOffset: i >> 3, as: UInt8.self) &>> UInt8(i & 7) & 1
      }
    case (.plain, _):
      guard count * width <= content.count else { return "its values are cut off" }
      unsafe memcpy(target, base, count * width)
    case (.runs, .boolean):
      guard content.count >= 4 else { return "its values are cut off" }
      var runs = unsafe ParquetHybrid(base + 4, base + content.count, width: 1)
      guard unsafe runs.take(count, into: target.assumingMemoryBound(to: UInt8.self)) else {
        return "its values are cut off"
      }
    case (.dictionary, _), (.plainDictionary, _):
      return unsafe lookUp(base, content.count, count, target, scratch)
    case (.delta, .int32), (.delta, .int64): return unsafe delta(content, count, target, scratch)
    case (.byteStreams, _):
      guard physical != .boolean else { return "truth values have no byte streams" }
      guard count * width <= content.count else { return "its values are cut off" }
      unsafe ParquetByteStreams.join(base, count: count, width: width, into: target)
    case (.deltaBytes, .fixedBytes): return unsafe deltaBytes(content, count, target, scratch)
    default: return "values of type \(physical) can't have the encoding \(encoding)"
    }
    return nil
  }

  private func lookUp(
    _ base: UnsafeRawPointer, _ size: Int, _ count: Int, _ target: UnsafeMutableRawPointer,
    _ scratch: ParquetScratch
  ) -> String? {
    guard let entries = dictionaryCount else { return "there is no dictionary before it" }
    let bits = unsafe Int(base.load(as: UInt8.self))
    guard bits <= 32 else { return "its indices have \(bits) bits" }
    var runs = unsafe ParquetHybrid(base + 1, base + size, width: bits)
    let batch = 4096
    let indices = unsafe scratch.numbers.room(4 * batch).assumingMemoryBound(to: UInt32.self)
    let dictionary = unsafe UnsafeRawPointer(scratch.dictionary.base)
    var done = 0
    while done < count {
      let n = min(batch, count - done)
      guard unsafe runs.take(n, into: indices) else { return "its indices are cut off" }
      var most: UInt32 = 0
      for i in 0..<n { most = unsafe max(most, indices[i]) }
      guard Int(most) < entries else {
        return "an index is \(most) and the dictionary has \(entries) values"
      }
      unsafe gather(dictionary, indices, n, target + done * width)
      done += n
    }
    return nil
  }

  private func gather(
    _ dictionary: UnsafeRawPointer, _ indices: UnsafePointer<UInt32>, _ count: Int,
    _ target: UnsafeMutableRawPointer
  ) {
    switch width {
    case 4:
      let from = unsafe dictionary.assumingMemoryBound(to: UInt32.self)
      let to = unsafe target.assumingMemoryBound(to: UInt32.self)
      for i in 0..<count { unsafe to[i] = unsafe from[Int(indices[i])] }
    case 8:
      let from = unsafe dictionary.assumingMemoryBound(to: UInt64.self)
      let to = unsafe target.assumingMemoryBound(to: UInt64.self)
      for i in 0..<count { unsafe to[i] = unsafe from[Int(indices[i])] }
    default:
      for i in 0..<count {
        unsafe memcpy(target + i * width, dictionary + Int(indices[i]) * width, width)
      }
    }
  }

  private func delta(
    _ content: UnsafeRawBufferPointer, _ count: Int, _ target: UnsafeMutableRawPointer,
    _ scratch: ParquetScratch
  ) -> String? {
    let numbers = unsafe scratch.numbers.room(8 * count).assumingMemoryBound(to: Int64.self)
    guard var delta = unsafe ParquetDelta(content), unsafe delta.take(count, into: numbers) else {
      return "its differences are damaged"
    }
    if width == 8 {
      unsafe memcpy(target, numbers, 8 * count)
    } else {
      let to = unsafe target.assumingMemoryBound(to: Int32.self)
      for i in 0..<count { unsafe to[i] = unsafe Int32(truncatingIfNeeded: numbers[i]) }
    }
    return nil
  }

  private func deltaBytes(
    _ content: UnsafeRawBufferPointer, _ count: Int, _ target: UnsafeMutableRawPointer,
    _ scratch: ParquetScratch
  ) -> String? {
    var place = 0
    let width = width
    let found = unsafe ParquetByteArrays.deltaBytes(content, count, scratch) { bytes in
      guard bytes.count == width, let base = bytes.baseAddress else { return false }
      unsafe memcpy(target + place, base, width)
      place += width
      return true
    }
    return found ?? (place == count * width ? nil : "its values are cut off")
  }

  /// Moves values that stand side by side to their places, from the last to the first.
  private func spread(
    _ target: UnsafeMutableRawPointer, slots: Int, present: Int, _ valid: UnsafePointer<UInt8>
  ) {
    var from = present
    for place in stride(from: slots - 1, through: 0, by: -1) {
      if unsafe valid[place] == 1 {
        from -= 1
        if from == place { return }
        unsafe memmove(target + place * width, target + from * width, width)
      } else {
        unsafe memset(target + place * width, 0, width)
      }
    }
  }
}

/// Values whose bytes were written apart: all first bytes, then all second bytes and so on.
enum ParquetByteStreams {
  static func join(
    _ streams: UnsafeRawPointer, count: Int, width: Int, into target: UnsafeMutableRawPointer
  ) {
    if [1, 2, 4, 8].contains(width) {
      return unsafe ByteKernels.unsplit(streams, into: target, count: count, width: width)
    }
    let from = unsafe streams.assumingMemoryBound(to: UInt8.self)
    let to = unsafe target.assumingMemoryBound(to: UInt8.self)
    for k in 0..<width {
      for i in 0..<count { unsafe to[i * width + k] = unsafe from[k * count + i] }
    }
  }
}
