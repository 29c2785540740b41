import ApusKernels

/// One page to read: where it stands, how it is encoded, and where its elements go.
struct NTuplePageJob: Sendable {
  /// The page; nil for elements that an extension of the schema left out, which are zeros.
  var page: NTuplePage?
  var column: NTupleColumn
  /// The elements of the page that are wanted.
  var wanted: Range<Int>
  /// The type that they get.
  var element: NTupleElement
  /// Which memory they go to.
  var output: Int
  /// Which element of the memory the first one is.
  var at: Int
  /// The column's path, for messages.
  var path: String

  /// Reads the page into the memory, which has room for it.
  func run(
    _ storage: NTupleStorage, _ memory: UnsafeMutableRawBufferPointer, _ toolbox: RootToolbox
  ) -> FormatError? {
    let start = at * element.size
    let length = wanted.count * element.size
    precondition(
      start >= 0 && start + length <= memory.count, "elements of a page outside its memory")
    guard length > 0, let base = unsafe memory.baseAddress.map({ unsafe $0 + start }) else {
      return nil
    }
    let out = unsafe UnsafeMutableRawBufferPointer(start: base, count: length)
    guard let page else {
      unsafe out.initializeMemory(as: UInt8.self, repeating: 0)
      return nil
    }
    do {
      try unsafe decode(try plainBytes(page, storage, toolbox), page, out, storage)
      return nil
    } catch {
      return error
    }
  }

  /// The place of the page, for messages.
  private func place(_ page: NTuplePage, _ storage: NTupleStorage) -> RootPlace {
    RootPlace(file: storage.file.path, object: path, offset: page.offset)
  }

  /// The bytes of the page, after its checksum was compared and they were decompressed.
  private func plainBytes(
    _ page: NTuplePage, _ storage: NTupleStorage, _ toolbox: RootToolbox
  ) throws(FormatError) -> [UInt8] {
    let size = (page.count * column.bits + 7) / 8
    var stored = try storage.stored(
      at: page.offset, count: page.storedSize + (page.hasChecksum ? 8 : 0), path, for: "a page")
    if page.hasChecksum {
      let found = unsafe stored.withUnsafeBytes {
        unsafe ByteKernels.xxh3(.init(rebasing: $0.dropLast(8)))
      }
      let expected = unsafe stored.withUnsafeBytes {
        unsafe UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: $0.count - 8, as: UInt64.self))
      }
      guard found == expected else {
        throw place(page, storage).error(
          "a page must have the checksum that stands behind it", "it has another")
      }
      stored.removeLast(8)
    }
    if page.storedSize == size { return stored }
    return try toolbox.use { tools throws(FormatError) in
      try tools.decompressed(stored, size: size, place(page, storage))
    }
  }

  /// Decodes the elements straight into the memory where the whole page goes there in its own type.
  private func decode(
    _ plain: [UInt8], _ page: NTuplePage, _ out: UnsafeMutableRawBufferPointer,
    _ storage: NTupleStorage
  ) throws(FormatError) {
    guard let encoding = column.encoding else { return }
    let natural = encoding.natural
    let decoder = NTupleDecoder(column: column, encoding: encoding, count: page.count)
    if natural == element, wanted == 0..<page.count {
      unsafe plain.withUnsafeBytes { unsafe decoder.decode($0, out) }
      return
    }
    let scratch = unsafe [UInt64](unsafeUninitializedCapacity: (page.count * natural.size + 7) / 8)
    {
      buffer, filled in
      unsafe plain.withUnsafeBytes {
        unsafe decoder.decode($0, UnsafeMutableRawBufferPointer(buffer))
      }
      filled = buffer.count
    }
    let bad = unsafe scratch.withUnsafeBytes { bytes in
      let part = unsafe bytes[wanted.lowerBound * natural.size..<wanted.upperBound * natural.size]
      return unsafe NTupleConversion(from: natural, to: element).convert(
        UnsafeRawBufferPointer(rebasing: part), out)
    }
    if let bad {
      throw place(page, storage).error(
        "values must fit into their field's type (\(element.name))",
        "element \(wanted.lowerBound + bad.index) of a page is \(bad.value)")
    }
  }
}

/// Takes the elements of a page out of their encoding, into their natural type.
struct NTupleDecoder {
  let column: NTupleColumn
  let encoding: NTupleEncoding
  let count: Int

  /// - Parameters:
  ///   - plain: The bytes of the page: as many as `count` elements of the column have, rounded up.
  ///   - out: Room for `count` elements, aligned to their size.
  func decode(_ plain: UnsafeRawBufferPointer, _ out: UnsafeMutableRawBufferPointer) {
    let width = encoding.natural.size
    precondition(
      plain.count >= (count * column.bits + 7) / 8 && out.count >= count * width, "sizes of a page")
    guard count > 0, let from = plain.baseAddress, let to = out.baseAddress else { return }
    switch encoding {
    case .bit: unsafe unpackBits(from, to)
    case .real16, .splitReal16: unsafe decodeHalf(from, to)
    case .real32Trunc, .real32Quant: unsafe decodeShort(plain, to)
    case _ where encoding.isSplit:
      unsafe ByteKernels.unsplit(from, into: to, count: count, width: width)
      if encoding.isZigzag { unsafe undoZigzag(to, width) }
      if encoding.isDelta { unsafe undoDelta(to, width) }
    default: unsafe to.copyMemory(from: from, byteCount: count * width)
    }
  }

  private func unpackBits(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    let bytes = unsafe from.assumingMemoryBound(to: UInt8.self)
    let out = unsafe to.assumingMemoryBound(to: UInt8.self)
    for i in 0..<count { unsafe out[i] = unsafe bytes[i >> 3] >> UInt8(i & 7) & 1 }
  }

  private func decodeHalf(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    let out = unsafe to.assumingMemoryBound(to: Float.self)
    let bytes = unsafe from.assumingMemoryBound(to: UInt8.self)
    let isSplit = encoding.isSplit
    for i in 0..<count {
      let low = unsafe isSplit ? bytes[i] : bytes[2 * i]
      let high = unsafe isSplit ? bytes[count + i] : bytes[2 * i + 1]
      unsafe out[i] = StridedElements.half(UInt16(high) << 8 | UInt16(low))
    }
  }

  /// Elements of 1 to 32 bits, one behind the other from the lowest bit on.
  private func decodeShort(_ plain: UnsafeRawBufferPointer, _ to: UnsafeMutableRawPointer) {
    let bits = column.bits
    let mask = UInt64(1) << UInt64(bits) - 1
    func element(_ i: Int) -> UInt64 {
      let start = i * bits
      var word: UInt64 = 0
      for k in 0..<min(5, plain.count - start / 8) {
        unsafe word |= UInt64(plain[start / 8 + k]) << UInt64(8 * k)
      }
      return word >> UInt64(start & 7) & mask
    }
    if encoding == .real32Trunc {
      let out = unsafe to.assumingMemoryBound(to: Float.self)
      for i in 0..<count {
        unsafe out[i] = Float(bitPattern: UInt32(element(i)) << UInt32(32 - bits))
      }
    } else {
      let out = unsafe to.assumingMemoryBound(to: Double.self)
      let low = column.range?.lowerBound ?? 0
      let high = column.range?.upperBound ?? 0
      let step = (high - low) / Double(mask)
      for i in 0..<count { unsafe out[i] = min(Double(element(i)) * step + low, high) }
    }
  }

  private func undoZigzag(_ to: UnsafeMutableRawPointer, _ width: Int) {
    func undo<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type) {
      let out = unsafe to.assumingMemoryBound(to: T.self)
      for i in 0..<count { unsafe out[i] = unsafe (out[i] >> 1) ^ (0 &- (out[i] & 1)) }
    }
    switch width {
    case 2: undo(UInt16.self)
    case 4: undo(UInt32.self)
    default: undo(UInt64.self)
    }
  }

  private func undoDelta(_ to: UnsafeMutableRawPointer, _ width: Int) {
    func undo<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type) {
      let out = unsafe to.assumingMemoryBound(to: T.self)
      for i in 1..<max(1, count) { unsafe out[i] &+= out[i - 1] }
    }
    if width == 4 { undo(UInt32.self) } else { undo(UInt64.self) }
  }
}

/// Converts numbers of one type into another, where a field may be stored in several.
struct NTupleConversion {
  let from: NTupleElement
  let to: NTupleElement

  init(from: NTupleElement, to: NTupleElement) {
    self.from = from
    self.to = to
  }

  /// Converts as many elements as `input` has.
  /// - Returns: The first element that the other type can't hold; nil where all fit.
  func convert(
    _ input: UnsafeRawBufferPointer, _ out: UnsafeMutableRawBufferPointer
  ) -> (index: Int, value: String)? {
    precondition(out.count / to.size >= input.count / from.size, "room for converted numbers")
    if from == to {
      unsafe out.copyMemory(from: input)
      return nil
    }
    switch from {
    case .bool, .uint8: return unsafe integers(input.bindMemory(to: UInt8.self), out)
    case .int8: return unsafe integers(input.bindMemory(to: Int8.self), out)
    case .int16: return unsafe integers(input.bindMemory(to: Int16.self), out)
    case .uint16: return unsafe integers(input.bindMemory(to: UInt16.self), out)
    case .int32: return unsafe integers(input.bindMemory(to: Int32.self), out)
    case .uint32: return unsafe integers(input.bindMemory(to: UInt32.self), out)
    case .int64: return unsafe integers(input.bindMemory(to: Int64.self), out)
    case .uint64: return unsafe integers(input.bindMemory(to: UInt64.self), out)
    case .float32: return unsafe reals(input.bindMemory(to: Float.self), out)
    case .float64: return unsafe reals(input.bindMemory(to: Double.self), out)
    case .switches: return (0, "a variant")
    }
  }

  private func integers<S: FixedWidthInteger>(
    _ input: UnsafeBufferPointer<S>, _ out: UnsafeMutableRawBufferPointer
  ) -> (Int, String)? {
    func fit<T: FixedWidthInteger>(_ type: T.Type) -> (Int, String)? {
      let output = unsafe out.bindMemory(to: T.self)
      for i in input.indices {
        guard let value = unsafe T(exactly: input[i]) else { return (i, unsafe "\(input[i])") }
        unsafe output[i] = value
      }
      return nil
    }
    switch to {
    case .int8: return fit(Int8.self)
    case .int16: return fit(Int16.self)
    case .int32: return fit(Int32.self)
    case .int64: return fit(Int64.self)
    case .uint8: return fit(UInt8.self)
    case .uint16: return fit(UInt16.self)
    case .uint32: return fit(UInt32.self)
    case .uint64: return fit(UInt64.self)
    case .bool:
      let output = unsafe out.bindMemory(to: UInt8.self)
      for i in input.indices { unsafe output[i] = unsafe input[i] == 0 ? 0 : 1 }
    case .float32:
      let output = unsafe out.bindMemory(to: Float.self)
      for i in input.indices { unsafe output[i] = unsafe Float(input[i]) }
    case .float64:
      let output = unsafe out.bindMemory(to: Double.self)
      for i in input.indices { unsafe output[i] = unsafe Double(input[i]) }
    case .switches: return (0, "a number")
    }
    return nil
  }

  private func reals<S: BinaryFloatingPoint>(
    _ input: UnsafeBufferPointer<S>, _ out: UnsafeMutableRawBufferPointer
  ) -> (Int, String)? {
    switch to {
    case .float32:
      let output = unsafe out.bindMemory(to: Float.self)
      for i in input.indices { unsafe output[i] = unsafe Float(input[i]) }
    case .float64:
      let output = unsafe out.bindMemory(to: Double.self)
      for i in input.indices { unsafe output[i] = unsafe Double(input[i]) }
    default: return (0, "a floating-point number")
    }
    return nil
  }
}
