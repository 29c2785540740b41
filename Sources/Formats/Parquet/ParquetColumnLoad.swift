import ApusEvents
import ApusKernels

/// Decodes one column of some row groups into the entries of one of our columns.
struct ParquetColumnLoad: Sendable {
  let column: ParquetColumn
  let groups: [Int]
  let chunks: [ParquetMetadata.Chunk]
  /// How many rows of each row group are needed; of the last one only the first may be.
  let rows: [Int]
  /// Whether values are missing anywhere in the file; nil where the file does not say.
  let hasNulls: Bool?
  let file: RandomFile
  let scratch: ParquetScratchPool

  /// The entries, with lists around them where the column has them.
  func values() throws -> Column.Values {
    let (content, shapes) = try leaves()
    var values = content
    for list in column.lists.indices.reversed() {
      values = .jagged(Jagged(offsets: offsets(list, shapes), content: values))
    }
    return values
  }

  /// Whether a value is missing, empty lists not counted.
  func missesValues() throws -> Bool { try leaves().1.contains { $0.nulls > 0 } }

  /// Where the lists of one level start, over all row groups.
  private func offsets(_ list: Int, _ shapes: [ParquetShape]) -> [Int] {
    let count = shapes.reduce(1) { unsafe $0 + $1.starts[list].count }
    return unsafe [Int](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe buffer.adviseLargePages()
      var base = 0
      for shape in shapes {
        for i in unsafe shape.starts[list].indices {
          unsafe buffer[filled + i] = base + shape.starts[list][i]
        }
        unsafe filled += shape.starts[list].count
        unsafe base += list + 1 < shape.starts.count ? shape.starts[list + 1].count : shape.slots
      }
      unsafe buffer[filled] = base
      filled += 1
    }
  }

  /// The values without their lists.
  private func leaves() throws -> (Column.Values, [ParquetShape]) {
    switch (column.meaning, column.physical) {
    case (.decimal(let scale), let physical): return try decimals(physical, scale)
    case (_, .boolean):
      let (v, shapes) = try load(UInt8.self)
      return (numbers(v, shapes) { .integers(.bool($0.map { $0 != 0 })) }, shapes)
    case (.integer(let bits, let isSigned), .int32):
      let (v, shapes) = try load(Int32.self)
      return (Self.narrow(v, bits, isSigned, self, shapes), shapes)
    case (.integer(_, false), .int64):
      let (v, shapes) = try load(UInt64.self)
      return (numbers(v, shapes) { .integers(.uint64($0)) }, shapes)
    case (_, .int32):
      let (v, shapes) = try load(Int32.self)
      return (numbers(v, shapes) { .integers(.int32($0)) }, shapes)
    case (_, .int64):
      let (v, shapes) = try load(Int64.self)
      return (numbers(v, shapes) { .int64($0) }, shapes)
    case (_, .float):
      var (v, shapes) = try load(Float.self)
      Self.mark(&v, shapes, .nan)
      return (.float32(v), shapes)
    case (_, .double):
      var (v, shapes) = try load(Double.self)
      Self.mark(&v, shapes, .nan)
      return (.float64(v), shapes)
    case (.float16, _):
      let (halves, shapes) = try load(UInt16.self)
      var v = halves.map { StridedElements.half(UInt16(littleEndian: $0)) }
      Self.mark(&v, shapes, .nan)
      return (.float32(v), shapes)
    case (.uuid, _):
      let (bytes, shapes) = try load(UInt8.self, per: 16)
      return unsafe (
        .strings(Self.fixed(bytes, 16, shapes, missing: "") { unsafe Self.uuid($0) }), shapes
      )
    case (_, .int96):
      let (bytes, shapes) = try load(UInt8.self, per: 12)
      return (try times(bytes, shapes), shapes)
    case (_, .bytes), (_, .fixedBytes):
      let (v, shapes) = try unsafe loadBytes(missing: "") {
        unsafe String(decoding: $0, as: UTF8.self)
      }
      return (.strings(v), shapes)
    }
  }

  // MARK: - Loading

  /// Values of one width, all row groups side by side; `per` elements of `T` make a value.
  private func load<T: BitwiseCopyable & Sendable>(
    _ type: T.Type, per: Int = 1
  ) throws -> ([T], [ParquetShape]) {
    let width = MemoryLayout<T>.size * per
    var starts: [Int] = []
    var capacity = 0
    for chunk in chunks {
      starts.append(capacity)
      capacity += chunk.values * per
    }
    let places = starts
    var shapes: [ParquetShape] = []
    let values = try unsafe [T](unsafeUninitializedCapacity: capacity + 1) { buffer, filled in
      guard let base = buffer.baseAddress else { return }
      unsafe buffer.adviseLargePages()
      // Each row group writes to its own part.
      nonisolated(unsafe) let memory = UnsafeMutableRawPointer(base)
      let size = MemoryLayout<T>.size
      shapes = try decodeAll {
        unsafe ParquetFixedDecoder(memory + places[$0] * size, column.physical, width: width)
      }
      // Entries without a place (empty lists) leave gaps.
      for (place, shape) in zip(places, shapes) {
        if place != filled {
          unsafe (base + filled).update(from: base + place, count: shape.slots * per)
        }
        filled += shape.slots * per
      }
    }
    return (values, shapes)
  }

  /// Values of their own lengths each.
  private func loadBytes<Element: Sendable>(
    missing: Element, _ make: @escaping @Sendable (UnsafeRawBufferPointer) -> Element?
  ) throws -> ([Element], [ParquetShape]) {
    let parts = try inParallel { i in
      let decoder = unsafe ParquetBytesDecoder(missing: missing, make)
      let shape = try decode(i, decoder)
      return (decoder.elements, shape)
    }
    if parts.count == 1 { return (parts[0].0, [parts[0].1]) }
    return (Array(parts.map(\.0).joined()), parts.map(\.1))
  }

  private func decodeAll(
    _ decoder: @Sendable (Int) -> ParquetFixedDecoder
  ) throws -> [ParquetShape] {
    try inParallel { try decode($0, decoder($0)) }
  }

  private func inParallel<Result: Sendable>(
    _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let results = Parallel.map(groups.count) { i in Swift.Result { try body(i) } }
    return try results.map { try $0.get() }
  }

  /// Decodes the column's part in one row group.
  private func decode(_ i: Int, _ decoder: some ParquetValueDecoder) throws -> ParquetShape {
    let scratch = scratch.take()
    defer { self.scratch.give(scratch) }
    let reader = try ParquetChunkReader(column, chunks[i], group: groups[i], of: file, scratch)
    let shape = try reader.decode(decoder, rows: rows[i])
    guard shape.rows >= rows[i] else {
      throw reader.damaged(
        "it holds \(shape.rows) of \(rows[i]) rows", at: 0,
        "a column must have all rows of its row group")
    }
    return shape
  }

  // MARK: - Meaning

  /// Whole numbers: as they are where none is missing, else as doubles with NaN for those.
  private func numbers<T: BinaryInteger>(
    _ values: [T], _ shapes: [ParquetShape], _ wrap: ([T]) -> Column.Values
  ) -> Column.Values {
    if hasNulls != true, shapes.allSatisfy({ $0.nulls == 0 }) { return wrap(values) }
    var doubles = values.map { Double($0) }
    Self.mark(&doubles, shapes, .nan)
    return .float64(doubles)
  }

  private static func narrow(
    _ v: [Int32], _ bits: Int, _ isSigned: Bool, _ load: ParquetColumnLoad, _ shapes: [ParquetShape]
  ) -> Column.Values {
    switch (bits, isSigned) {
    case (8, true):
      load.numbers(v, shapes) { .integers(.int8($0.map { Int8(truncatingIfNeeded: $0) })) }
    case (16, true):
      load.numbers(v, shapes) { .integers(.int16($0.map { Int16(truncatingIfNeeded: $0) })) }
    case (8, false):
      load.numbers(v.map { UInt8(truncatingIfNeeded: $0) }, shapes) { .integers(.uint8($0)) }
    case (16, false):
      load.numbers(v.map { UInt16(truncatingIfNeeded: $0) }, shapes) { .integers(.uint16($0)) }
    case (_, false):
      load.numbers(v.map { UInt32(bitPattern: $0) }, shapes) { .integers(.uint32($0)) }
    default: load.numbers(v, shapes) { .integers(.int32($0)) }
    }
  }

  /// Writes a value to all places that miss theirs.
  private static func mark<T>(_ values: inout [T], _ shapes: [ParquetShape], _ missing: T) {
    var start = 0
    for shape in shapes {
      if shape.nulls > 0 {
        for (i, valid) in shape.valid.enumerated() where valid == 0 { values[start + i] = missing }
      }
      start += shape.slots
    }
  }

  /// Elements made from values of fixed bytes.
  private static func fixed<Element>(
    _ bytes: [UInt8], _ width: Int, _ shapes: [ParquetShape], missing: Element,
    _ make: (UnsafeRawBufferPointer) -> Element
  ) -> [Element] {
    var elements = unsafe bytes.withUnsafeBytes { buffer in
      (0..<buffer.count / width).map {
        unsafe make(UnsafeRawBufferPointer(rebasing: buffer[$0 * width..<($0 + 1) * width]))
      }
    }
    mark(&elements, shapes, missing)
    return elements
  }

  private static func uuid(_ bytes: UnsafeRawBufferPointer) -> String {
    var text = ""
    for i in bytes.indices {
      let byte = unsafe bytes[i]
      if [4, 6, 8, 10].contains(i) { text += "-" }
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text
  }

  /// The old time stamps of Impala and Spark: nanoseconds of the day, and the Julian day.
  private func times(_ bytes: [UInt8], _ shapes: [ParquetShape]) throws -> Column.Values {
    var overflow = false
    let values = unsafe Self.fixed(bytes, 12, shapes, missing: Int64(0)) { raw in
      let nanoseconds = unsafe Int64(littleEndian: raw.loadUnaligned(as: Int64.self))
      let day = unsafe UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      // Zeros stand where the value is missing.
      if nanoseconds == 0, day == 0 { return 0 }
      let days = (Int64(day) - 2_440_588).multipliedReportingOverflow(by: 86_400_000_000_000)
      let sum = days.partialValue.addingReportingOverflow(nanoseconds)
      overflow = overflow || days.overflow || sum.overflow
      return sum.partialValue
    }
    guard !overflow else {
      throw FormatError(
        file.path, object: column.name,
        "times must lie between the years 1678 and 2261 to be counted in nanoseconds",
        found: "one does not", remedy: "Leave the column out, or write it again in microseconds.")
    }
    return numbers(values, shapes) { .int64($0) }
  }
}

// MARK: - Decimals

extension ParquetColumnLoad {
  /// Decimal numbers as the nearest doubles.
  private func decimals(
    _ physical: ParquetMetadata.Physical, _ scale: Int
  ) throws -> (Column.Values, [ParquetShape]) {
    let decimal = ParquetDecimal(scale: scale)
    switch physical {
    case .int32:
      let (v, shapes) = try load(Int32.self)
      return (Self.real(v.map { decimal.value(Int128($0)) }, shapes), shapes)
    case .int64:
      let (v, shapes) = try load(Int64.self)
      return (Self.real(v.map { decimal.value(Int128($0)) }, shapes), shapes)
    case .fixedBytes:
      let (bytes, shapes) = try load(UInt8.self, per: column.width)
      let v = unsafe Self.fixed(bytes, column.width, shapes, missing: Double.nan) {
        unsafe decimal.value(bigEndian: $0) ?? .nan
      }
      return (.float64(v), shapes)
    default:
      let (v, shapes) = try unsafe loadBytes(missing: Double.nan) {
        unsafe decimal.value(bigEndian: $0)
      }
      return (.float64(v), shapes)
    }
  }

  private static func real(_ values: [Double], _ shapes: [ParquetShape]) -> Column.Values {
    var values = values
    mark(&values, shapes, .nan)
    return .float64(values)
  }
}

/// Turns whole numbers of some 10^-scale into doubles, correctly rounded.
struct ParquetDecimal: Sendable {
  let scale: Int
  private let ten: Double

  init(scale: Int) {
    self.scale = scale
    var ten = 1.0
    for _ in 0..<min(scale, 22) { ten *= 10 }
    self.ten = ten
  }

  func value(_ unscaled: Int128) -> Double {
    // Both are exact, so that their quotient is rounded once.
    if scale <= 22, unscaled.magnitude <= 1 << 53 { return Double(unscaled) / ten }
    return Double("\(unscaled)e-\(scale)") ?? .nan
  }

  /// Nil for numbers of more than 16 bytes.
  func value(bigEndian bytes: UnsafeRawBufferPointer) -> Double? {
    guard bytes.count <= 16 else { return nil }
    var unscaled: Int128 = unsafe bytes.first.map { $0 >= 0x80 ? -1 : 0 } ?? 0
    for i in bytes.indices { unscaled = unsafe unscaled << 8 | Int128(bytes[i]) }
    return value(unscaled)
  }
}
