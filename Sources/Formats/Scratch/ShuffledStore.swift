import ApusEvents

/// Events on the disk, thrown at random into buckets that each fit into memory.
///
/// The bucket of an event is drawn from the seed and the event's number alone, so it depends neither on the order of
/// files and classes nor on the pieces they are read in. Every bucket is then a random sample of all events: reading the
/// buckets in any order and shuffling inside each gives every order of all events with equal probability the first
/// time (Rao 1961, Sandelius 1962), and later passes, which keep who shares a bucket, batches that are random samples
/// of a bucket. A bounded shuffle buffer has neither property on sorted input.
///
/// Made by a ``ShuffleWriter``; readable from several threads.
public final class ShuffledStore: Sendable {
  /// Some events: rows of inputs, and rows of other numbers.
  public struct Rows: Sendable {
    /// Row-major, as many numbers an event as the store has inputs.
    public var inputs: [Float]
    /// Row-major, as many numbers an event as the store has numbers.
    public var numbers: [Double]
  }

  /// A run of events of one bucket in the file.
  struct Chunk {
    var offset: Int
    var rows: Int
  }

  /// The inputs of an event.
  public let width: Int
  /// The other numbers of an event.
  public let numbers: Int
  /// The events of each bucket.
  public let counts: [Int]
  /// A number that differs where the events or their buckets differ.
  public let fingerprint: UInt64
  private let file: ScratchFile
  private let chunks: [[Chunk]]

  init(
    _ file: ScratchFile, width: Int, numbers: Int, chunks: [[Chunk]], fingerprint: UInt64
  ) {
    (self.file, self.width, self.numbers) = (file, width, numbers)
    (self.chunks, self.fingerprint) = (chunks, fingerprint)
    counts = chunks.map { $0.reduce(0) { $0 + $1.rows } }
  }

  /// The number of all events.
  public var count: Int { counts.reduce(0, +) }

  /// The events of a bucket, in the order in which they came.
  /// - Throws: ``FormatError`` where the disk can't be read.
  public func bucket(_ index: Int) throws(FormatError) -> Rows {
    let inputs = try read(index, perEvent: width, Float.self) { $0.offset }
    let size = width * MemoryLayout<Float>.size
    let others = try read(index, perEvent: numbers, Double.self) { $0.offset + $0.rows * size }
    return Rows(inputs: inputs, numbers: others)
  }

  private func read<T: BitwiseCopyable>(
    _ index: Int, perEvent: Int, _ type: T.Type, _ place: (Chunk) -> Int
  ) throws(FormatError) -> [T] {
    var failure: FormatError?
    let values = unsafe [T](unsafeUninitializedCapacity: counts[index] * perEvent) {
      buffer, filled in
      for chunk in chunks[index] {
        let part = unsafe UnsafeMutableBufferPointer(
          rebasing: buffer[filled..<filled + chunk.rows * perEvent])
        do throws(FormatError) {
          try unsafe file.read(into: UnsafeMutableRawBufferPointer(part), at: place(chunk))
        } catch {
          failure = error
          return
        }
        filled += part.count
      }
    }
    if let failure { throw failure }
    return values
  }
}

/// Draws something for an event from a seed and the event's number alone.
public struct EventDraw: Sendable {
  private let key: UInt64

  /// - Parameters:
  ///   - purpose: Draws for different purposes are independent of each other.
  ///   - seed: The seed of the run.
  public init(seed: UInt64, purpose: UInt64) {
    var generator = SplitMix64(seed: seed, stream: purpose)
    key = generator.next()
  }

  private func bits(_ event: UInt64) -> UInt64 {
    SplitMix64.mix(key ^ SplitMix64.mix(event &+ 0x9E37_79B9_7F4A_7C15))
  }

  /// A number in [0, 1).
  public func uniform(_ event: UInt64) -> Double { Double(bits(event) >> 11) * 0x1p-53 }

  /// A number in 0..<bound; its bias is below bound · 2⁻⁶⁴.
  public func below(_ bound: Int, _ event: UInt64) -> Int {
    Int(bits(event).multipliedFullWidth(by: UInt64(bound)).high)
  }
}
