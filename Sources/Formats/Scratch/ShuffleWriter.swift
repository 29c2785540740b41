/// Throws events into the buckets of a ``ShuffledStore``.
///
/// Each bucket has a small buffer; full buffers are appended to one scratch file, so the memory is that of the buffers
/// whatever the number of events. An instance belongs to one thread at a time.
public final class ShuffleWriter {
  /// How many buckets there are.
  public let buckets: Int
  private let file: ScratchFile
  private let width: Int, numbers: Int, rows: Int
  private var inputs: [Float]
  private var others: [Double]
  private var filled: [Int]
  private var chunks: [[ShuffledStore.Chunk]]
  private var end = 0
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Starts a store.
  /// - Parameters:
  ///   - buckets: How many buckets.
  ///   - width: The inputs of an event.
  ///   - numbers: The other numbers of an event.
  ///   - bufferBytes: What all buffers together may take.
  ///   - folder: Where the scratch file goes.
  public init(
    buckets: Int, width: Int, numbers: Int, bufferBytes: Int, folder: String
  ) throws(FormatError) {
    file = try ScratchFile(in: folder)
    (self.buckets, self.width, self.numbers) = (buckets, width, numbers)
    let eventBytes = width * 4 + numbers * 8
    rows = max(16, min(1 << 16, bufferBytes / max(1, buckets * eventBytes)))
    inputs = [Float](repeating: 0, count: buckets * rows * width)
    others = [Double](repeating: 0, count: buckets * rows * numbers)
    filled = [Int](repeating: 0, count: buckets)
    chunks = [[ShuffledStore.Chunk]](repeating: [], count: buckets)
  }

  /// Appends an event to a bucket.
  /// - Parameters:
  ///   - row: The numbers of the event.
  ///   - bucket: The block that it goes to.
  ///   - table: Row-major inputs, of which the row at `row` is taken.
  ///   - own: The other numbers of the event.
  /// - Throws: ``FormatError`` where the disk is full.
  public func append(
    to bucket: Int, _ table: [Float], row: Int, _ own: [Double]
  ) throws(FormatError) {
    let place = bucket * rows + filled[bucket]
    for c in 0..<width { inputs[place &* width &+ c] = table[row &* width &+ c] }
    for c in 0..<numbers { others[place &* numbers &+ c] = own[c] }
    filled[bucket] += 1
    if filled[bucket] == rows { try flush(bucket) }
  }

  private func flush(_ bucket: Int) throws(FormatError) {
    let count = filled[bucket]
    guard count > 0 else { return }
    chunks[bucket].append(.init(offset: end, rows: count))
    try write(inputs, bucket * rows * width, count * width)
    try write(others, bucket * rows * numbers, count * numbers)
    filled[bucket] = 0
    mix(UInt64(bucket))
  }

  private func write<T: BitwiseCopyable>(_ values: [T], _ start: Int, _ count: Int)
    throws(FormatError)
  {
    var failure: FormatError?
    unsafe values.withUnsafeBytes { all in
      let size = MemoryLayout<T>.size
      let part = unsafe UnsafeRawBufferPointer(rebasing: all[start * size..<(start + count) * size])
      do throws(FormatError) { try unsafe file.write(part, at: end) } catch { failure = error }
      // All sizes are multiples of four.
      let words = unsafe part.bindMemory(to: UInt32.self)
      for i in words.indices { unsafe mix(UInt64(words[i])) }
      end += part.count
    }
    if let failure { throw failure }
  }

  private func mix(_ bits: UInt64) { hash = (hash ^ bits) &* 0x100_0000_01B3 }

  /// Writes what is left in the buffers and gives the store; empty buckets are left out.
  /// - Throws: ``FormatError`` where the disk is full.
  public func finish() throws(FormatError) -> ShuffledStore {
    for bucket in filled.indices { try flush(bucket) }
    (inputs, others) = ([], [])
    return ShuffledStore(
      file, width: width, numbers: numbers, chunks: chunks.filter { !$0.isEmpty },
      fingerprint: hash)
  }
}
