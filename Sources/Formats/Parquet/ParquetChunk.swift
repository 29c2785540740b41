#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory that a thread uses again for one chunk after the other.
///
/// Used by one thread at a time: whoever took it from the ``ParquetScratchPool``.
final class ParquetScratch: @unchecked Sendable {
  let chunk = ParquetMemory()
  let page = ParquetMemory()
  let dictionary = ParquetMemory()
  let repetition = ParquetMemory()
  let definition = ParquetMemory()
  let numbers = ParquetMemory()
  let decompressor = ParquetDecompressor()
}

/// Decodes the part of a column that lies in one row group: pages, levels, and through a decoder its values.
@safe final class ParquetChunkReader {
  let column: ParquetColumn
  let chunk: ParquetMetadata.Chunk
  let scratch: ParquetScratch
  private let file: RandomFile
  private let codec: ParquetCodec
  private let object: String
  /// The bytes of the chunk.
  private let bytes: UnsafeRawBufferPointer

  /// Reads the bytes of a chunk.
  init(
    _ column: ParquetColumn, _ chunk: ParquetMetadata.Chunk, group: Int, of file: RandomFile,
    _ scratch: ParquetScratch
  ) throws(FormatError) {
    self.column = column
    self.chunk = chunk
    self.file = file
    self.scratch = scratch
    object = "\(column.name), row group \(group)"
    guard let codec = ParquetCodec(rawValue: chunk.codec) else {
      throw FormatError(
        file.path, object: object, offset: chunk.start,
        "a column must be compressed by Snappy, gzip, Zstandard, LZ4 or not at all",
        found: "this one is compressed by \(ParquetCodec.name(chunk.codec))",
        remedy: "Write it again with 'compression=\"zstd\"'.")
    }
    self.codec = codec
    let count = max(0, min(chunk.compressedSize, file.size))
    let memory = unsafe UnsafeMutableRawBufferPointer(
      start: scratch.chunk.room(count), count: count)
    try unsafe file.read(
      into: memory, at: chunk.start, for: "the pages of a column", object: object)
    unsafe bytes = UnsafeRawBufferPointer(memory)
  }

  /// An error at a place of the chunk.
  func damaged(_ found: String, at place: Int, _ expected: String = "a page must be whole")
    -> FormatError
  {
    FormatError(
      file.path, object: object, offset: chunk.start + place, expected, found: found,
      remedy: "The file is damaged; copy or make it again.")
  }

  /// Decodes the pages that hold the first `rows` rows.
  /// - Returns: The shape of what the values decoder was given; it may have more rows, of which the last may
  ///   then be a part only.
  func decode(
    _ values: some ParquetValueDecoder, rows: Int
  ) throws(FormatError) -> ParquetShape {
    let levels = ParquetLevels(column, most: chunk.values)
    var place = 0
    var entries = 0
    while entries < chunk.values, levels.rows <= rows {
      guard unsafe place < bytes.count else {
        throw damaged("its pages hold \(entries) of \(chunk.values) values", at: place)
      }
      let page = try header(at: place)
      place = page.start + page.compressedSize
      switch page.kind {
      case .dictionary?: try dictionary(page, values)
      case .data?, .dataV2?:
        entries += page.values
        guard entries <= chunk.values else {
          throw damaged("its pages hold more than \(chunk.values) values", at: page.start)
        }
        try data(page, levels, values)
      default: continue
      }
    }
    guard let shape = levels.shape() else {
      throw damaged("its levels continue a list that was never begun", at: 0)
    }
    return shape
  }

  private func header(at place: Int) throws(FormatError) -> ParquetPage {
    var reader = unsafe ThriftReader(bytes, at: place)
    do {
      return try ParquetPage(&reader)
    } catch {
      throw damaged("in its header \(error.what)", at: error.position)
    }
  }

  /// Uncompressed bytes of a page's part, with readable bytes behind.
  private func content(
    _ page: ParquetPage, skipping levels: Int = 0
  ) throws(FormatError) -> UnsafeRawBufferPointer {
    let stored = unsafe UnsafeRawBufferPointer(
      rebasing: bytes[page.start + levels..<page.start + page.compressedSize])
    try check(page)
    let size = page.size - levels
    if codec == .none || !page.isCompressed {
      guard stored.count == size else {
        throw damaged("it has \(stored.count) bytes instead of \(size)", at: page.start)
      }
      return unsafe stored
    }
    if size == 0, unsafe stored.isEmpty { return unsafe stored }
    guard size <= stored.count * codec.greatestRatio + 64 else {
      throw damaged("\(stored.count) compressed bytes can't hold \(size)", at: page.start)
    }
    let output = unsafe scratch.page.room(size)
    if let found = unsafe scratch.decompressor.decompress(codec, stored, into: output, size: size) {
      throw damaged("\(found) (\(ParquetCodec.name(chunk.codec)))", at: page.start + levels)
    }
    unsafe memset(output + size, 0, ParquetMemory.slack)
    return unsafe UnsafeRawBufferPointer(start: output, count: size)
  }

  private func check(_ page: ParquetPage) throws(FormatError) {
    guard let checksum = page.checksum else { return }
    let stored = unsafe bytes[page.start..<page.start + page.compressedSize]
    guard unsafe Deflate.crc32(UnsafeRawBufferPointer(rebasing: stored)) == checksum else {
      throw damaged("it does not agree with its checksum", at: page.start)
    }
  }

  private func dictionary(
    _ page: ParquetPage, _ values: some ParquetValueDecoder
  ) throws(FormatError) {
    let content = try unsafe content(page)
    guard
      ParquetPage.Encoding(rawValue: page.encoding).map({ [.plain, .plainDictionary].contains($0) })
        ?? false
    else { throw damaged("its dictionary has the encoding \(page.encoding)", at: page.start) }
    if let found = unsafe values.setDictionary(content, count: page.values, scratch) {
      throw damaged(found, at: page.start)
    }
  }

  private func data(
    _ page: ParquetPage, _ levels: ParquetLevels, _ values: some ParquetValueDecoder
  ) throws(FormatError) {
    if page.values == 0 { return }
    let before = levels.slots
    var content: UnsafeRawBufferPointer
    var marks: (slots: Int, present: Int)?
    if page.kind == .dataV2 {
      let levelBytes = page.repetitionBytes + page.definitionBytes
      let middle = page.start + page.repetitionBytes
      marks = unsafe read(
        levels, page.values,
        .runs(UnsafeRawBufferPointer(rebasing: bytes[page.start..<middle])),
        .runs(UnsafeRawBufferPointer(rebasing: bytes[middle..<page.start + levelBytes])))
      unsafe content = try unsafe self.content(page, skipping: levelBytes)
    } else {
      unsafe content = try unsafe self.content(page)
      let repetition = try unsafe levelPart(
        &content, page, page.repetitionEncoding, most: column.lists.count)
      let definition = try unsafe levelPart(
        &content, page, page.definitionEncoding, most: column.definition)
      marks = unsafe read(levels, page.values, repetition, definition)
    }
    guard let marks else { throw damaged("its levels are damaged", at: page.start) }
    guard let encoding = ParquetPage.Encoding(rawValue: page.encoding) else {
      throw damaged("its values have the unknown encoding \(page.encoding)", at: page.start)
    }
    let valid =
      unsafe marks.present < marks.slots
      ? UnsafePointer(scratch.definition.base.assumingMemoryBound(to: UInt8.self)) : nil
    if let found = unsafe values.decode(
      content, encoding, at: before, slots: marks.slots, present: marks.present, valid, scratch)
    {
      throw damaged(found, at: page.start)
    }
  }

  /// Where levels are and how they are packed.
  @unsafe private enum LevelPart {
    case runs(UnsafeRawBufferPointer)
    case old(UnsafeRawBufferPointer)
  }

  /// Takes levels off the front of a page of version 1.
  private func levelPart(
    _ content: inout UnsafeRawBufferPointer, _ page: ParquetPage, _ encoding: Int, most: Int
  ) throws(FormatError) -> LevelPart {
    if most == 0 { return unsafe .runs(UnsafeRawBufferPointer(rebasing: content[..<0])) }
    var size: Int
    var start = 0
    if encoding == ParquetPage.Encoding.oldLevels.rawValue {
      size = unsafe (page.values * ParquetHybrid.width(upTo: most) + 7) / 8
    } else {
      guard content.count >= 4 else { throw damaged("its levels are cut off", at: page.start) }
      size = unsafe Int(content.loadUnaligned(as: UInt32.self).littleEndian)
      start = 4
    }
    guard size <= content.count - start else {
      throw damaged("its levels need \(size) bytes of \(content.count)", at: page.start)
    }
    defer { unsafe content = unsafe UnsafeRawBufferPointer(rebasing: content[(start + size)...]) }
    let part = unsafe UnsafeRawBufferPointer(rebasing: content[start..<start + size])
    return unsafe start == 0 ? .old(part) : .runs(part)
  }

  /// Reads the levels of a page; afterwards `scratch.definition` holds a mark for each place.
  private func read(
    _ levels: ParquetLevels, _ count: Int, _ repetition: LevelPart, _ definition: LevelPart
  ) -> (slots: Int, present: Int)? {
    let marks = unsafe scratch.definition.room(count).assumingMemoryBound(to: UInt8.self)
    if !column.isNested {
      if column.definition == 0 { return unsafe (count, levels.addFlat(nil, count)) }
      if case .runs(let part) = unsafe definition, let start = part.baseAddress {
        // Nearly always all values are there, and one run says so.
        var runs = unsafe ParquetHybrid(start, start + part.count, width: width(column.definition))
        if unsafe runs.takeRun(of: UInt32(column.definition), count) {
          return unsafe (count, levels.addFlat(nil, count))
        }
      }
      guard unsafe take(definition, column.definition, count, marks) else { return nil }
      return unsafe (count, levels.addFlat(marks, count))
    }
    let starts = unsafe scratch.repetition.room(count).assumingMemoryBound(to: UInt8.self)
    guard unsafe take(repetition, column.lists.count, count, starts),
      unsafe take(definition, column.definition, count, marks)
    else { return nil }
    return unsafe levels.addNested(starts, marks, count)
  }

  private func width(_ most: Int) -> Int { unsafe ParquetHybrid.width(upTo: most) }

  private func take(
    _ part: LevelPart, _ most: Int, _ count: Int, _ output: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    switch unsafe part {
    case .runs(let bytes):
      guard let start = bytes.baseAddress else { return false }
      var runs = unsafe ParquetHybrid(start, start + bytes.count, width: width(most))
      return unsafe runs.take(count, into: output)
    case .old(let bytes):
      guard let start = bytes.baseAddress else { return false }
      return unsafe ParquetHybrid.takeOldLevels(
        start, start + bytes.count, width: width(most), count, into: output)
    }
  }
}
