import ApusEvents
import ApusFormats
import FoundationEssentials
import Testing

@Suite struct ShuffledStoreTests {
  private let folder = FileManager.default.temporaryDirectory.path

  /// Events 0..<count, sorted by class: the first half has label 0, the second label 1.
  private func store(_ count: Int, buckets: Int, seed: UInt64 = 1, numbers: Int = 2) throws
    -> ShuffledStore
  {
    let draw = EventDraw(seed: seed, purpose: 1)
    let writer = try ShuffleWriter(
      buckets: buckets, width: 1, numbers: numbers, bufferBytes: 1 << 14, folder: folder)
    let inputs = (0..<count).map { Float($0) }
    for event in 0..<count {
      try writer.append(
        to: draw.below(buckets, UInt64(event)), inputs, row: event,
        [Double(event), event < count / 2 ? 0 : 1])
    }
    return try writer.finish()
  }

  /// The events of a pass: the buckets in random order, each shuffled.
  private func pass(_ store: ShuffledStore, seed: UInt64) throws -> [(event: Int, label: Double)] {
    var generator = SplitMix64(seed: seed)
    var events: [(event: Int, label: Double)] = []
    for bucket in generator.permutation(store.counts.count) {
      let rows = try store.bucket(bucket)
      for row in generator.permutation(rows.inputs.count) {
        events.append((Int(rows.numbers[2 * row]), rows.numbers[2 * row + 1]))
      }
    }
    return events
  }

  /// How far labels of batches are from those of random batches, in standard deviations of χ², and the correlation of
  /// place and label in its own standard deviations.
  private func mixing(_ labels: [Double], batch: Int) -> (batches: Double, place: Double) {
    let share = labels.reduce(0, +) / Double(labels.count)
    let batches = labels.count / batch
    var square = 0.0
    for number in 0..<batches {
      let sum = labels[number * batch..<(number + 1) * batch].reduce(0, +)
      let pull = sum - Double(batch) * share
      square += pull * pull / (Double(batch) * share * (1 - share))
    }
    let n = Double(labels.count)
    var covariance = 0.0
    for (place, label) in labels.enumerated() {
      covariance += (Double(place) - (n - 1) / 2) * (label - share)
    }
    let deviation = (n * n * n / 12 * share * (1 - share)).squareRoot()
    return ((square - Double(batches)) / (2 * Double(batches)).squareRoot(), covariance / deviation)
  }

  @Test func everyEventIsInOneBucketWithItsNumbers() throws {
    let store = try store(10_000, buckets: 7)
    #expect(store.count == 10_000)
    #expect(store.counts.count == 7)
    var seen: Set<Int> = []
    for bucket in store.counts.indices {
      let rows = try store.bucket(bucket)
      #expect(rows.inputs.count == store.counts[bucket])
      for (row, input) in rows.inputs.enumerated() {
        #expect(Double(input) == rows.numbers[2 * row])
        #expect(rows.numbers[2 * row + 1] == (input < 5000 ? 0 : 1))
        seen.insert(Int(input))
      }
    }
    #expect(seen.count == 10_000)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func inputSortedByClassIsMixedAsIfAllWereShuffled(
    seed: UInt64
  ) throws {
    let store = try store(100_000, buckets: 16, seed: seed)
    for epoch in 0..<3 as Range<UInt64> {
      let events = try pass(store, seed: 100 * seed + epoch)
      let found = mixing(events.map(\.label), batch: 256)
      #expect(abs(found.batches) < 4, "labels of batches are off by \(found.batches) σ")
      #expect(abs(found.place) < 4, "place and label are correlated by \(found.place) σ")
      // Also the events themselves: what came first is not first.
      let late = mixing(events.map { $0.event % 1000 < 500 ? 0 : 1 }, batch: 256)
      #expect(abs(late.batches) < 4 && abs(late.place) < 4)
    }
  }

  /// The usual bounded buffer, of the size of a bucket: the test must be able to fail.
  @Test func aBoundedShuffleBufferFailsThatTest() {
    let count = 100_000
    var generator = SplitMix64(seed: 1)
    var (buffer, labels): ([Double], [Double]) = ([], [])
    for event in 0..<count {
      let label: Double = event < count / 2 ? 0 : 1
      if buffer.count < count / 16 {
        buffer.append(label)
      } else {
        let place = generator.below(buffer.count)
        labels.append(buffer[place])
        buffer[place] = label
      }
    }
    for place in generator.permutation(buffer.count) { labels.append(buffer[place]) }
    let found = mixing(labels, batch: 256)
    #expect(found.batches > 1000)
    #expect(found.place > 100)
  }

  @Test func theBucketsDependOnSeedAndEventsAlone() throws {
    let (one, same, other) = (
      try store(1000, buckets: 4), try store(1000, buckets: 4), try store(1000, buckets: 4, seed: 2)
    )
    #expect(one.fingerprint == same.fingerprint && one.counts == same.counts)
    #expect(try one.bucket(2).inputs == same.bucket(2).inputs)
    #expect(one.fingerprint != other.fingerprint)
  }

  @Test func draws() {
    let (a, b) = (EventDraw(seed: 1, purpose: 1), EventDraw(seed: 1, purpose: 2))
    let n = 100_000
    var (sum, product) = (0.0, 0.0)
    for event in 0..<UInt64(n) {
      sum += a.uniform(event)
      product += (a.uniform(event) - 0.5) * (b.uniform(event) - 0.5)
    }
    #expect(abs(sum / Double(n) - 0.5) < 5 * (1.0 / 12 / Double(n)).squareRoot())
    #expect(abs(product / Double(n)) < 5 / 12 / Double(n).squareRoot(), "purposes are independent")
  }

  @Test func nothingIsLeftInTheFolderWhileTheStoreLives() throws {
    let own = folder + "/apus-scratch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: own) }
    let writer = try ShuffleWriter(buckets: 2, width: 1, numbers: 1, bufferBytes: 64, folder: own)
    for event in 0..<1000 { try writer.append(to: event % 2, [Float(event)], row: 0, [0]) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: own).isEmpty)
    let store = try writer.finish()
    #expect(try store.bucket(1).inputs[0] == 1)
  }

  @Test func aFullDiskAndAMissingFolderAreSaid() throws {
    let error = #expect(throws: FormatError.self) {
      _ = try ShuffleWriter(
        buckets: 2, width: 1, numbers: 1, bufferBytes: 64, folder: "/no/such/folder")
    }
    #expect(error?.message.contains("the folder for scratch files must exist") == true)
    #expect(error?.message.contains("TMPDIR") == true)
  }
}
