/// Which of its types each element of a variant has, and where the values stand.
struct NTupleSwitches {
  /// For each element the number of its type, from 1; 0 where it has none.
  let tags: [UInt8]
  /// For each type and element the place among the values of the type that are read; -1 for another type.
  private let places: [Int]
  /// For each type the values to read.
  let segments: [[NTupleSegment]]

  /// Reads the elements of a column: an index of 64 bits and a tag of 32 each.
  /// - Returns: Nil where a tag names no type, or values of a type do not follow each other.
  init?(_ raw: [UInt8], _ task: [NTupleSegment], alternatives: Int, most: Int) {
    guard alternatives <= 125 else { return nil }
    var tags: [UInt8] = []
    var places: [Int] = []
    tags.reserveCapacity(raw.count / 12)
    places.reserveCapacity(raw.count / 12)
    var segments = [[NTupleSegment]](repeating: [], count: alternatives)
    var read = [Int](repeating: 0, count: alternatives)
    var element = 0
    for segment in task {
      var runs = [Range<Int>?](repeating: nil, count: alternatives)
      for _ in segment.range {
        let (index, tag) = Self.element(raw, element)
        element += 1
        guard tag <= alternatives else { return nil }
        tags.append(UInt8(tag))
        if tag == 0 {
          places.append(-1)
          continue
        }
        // Values of a type are numbered one after the other, so those of a run of elements are a run.
        guard index >= 0, index < most, runs[tag - 1].map({ $0.upperBound == index }) ?? true else {
          return nil
        }
        runs[tag - 1] = (runs[tag - 1]?.lowerBound ?? index)..<index + 1
        places.append(read[tag - 1])
        read[tag - 1] += 1
      }
      for (i, run) in runs.enumerated() {
        segments[i].append(
          NTupleSegment(cluster: segment.cluster, range: run ?? 0..<0, total: nil))
      }
    }
    self.tags = tags
    self.places = places
    self.segments = segments
  }

  private static func element(_ raw: [UInt8], _ i: Int) -> (index: Int, tag: Int) {
    unsafe raw.withUnsafeBytes {
      let index = unsafe $0.loadUnaligned(fromByteOffset: 12 * i, as: Int64.self)
      let tag = unsafe $0.loadUnaligned(fromByteOffset: 12 * i + 8, as: UInt32.self)
      return (Int(Int64(littleEndian: index)), Int(UInt32(littleEndian: tag)))
    }
  }

  /// For each element its place among the values of a type, or -1.
  func places(of alternative: Int) -> [Int] {
    tags.indices.map { Int(tags[$0]) == alternative + 1 ? places[$0] : -1 }
  }
}
