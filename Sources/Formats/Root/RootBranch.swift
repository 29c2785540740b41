import ApusEvents

/// A branch of a tree that is being written: one leaf, and the baskets that were written so far.
struct RootBranch {
  let name: String
  let type: RootLeafType
  /// The sizes of the array that each value is; empty for single ones.
  let shape: [Int]
  /// Which branch says how many values each event has; nil where all have as many.
  let counter: Int?
  /// Whether other branches count by this one.
  let isCounter: Bool

  /// Where the baskets stand, how large their records are, and the first event of each, behind them the end.
  private(set) var seeks: [UInt64] = []
  private(set) var sizes: [UInt32] = []
  private(set) var firstEvents: [UInt64] = [0]
  private(set) var totalBytes = 0
  private(set) var storedBytes = 0
  /// The largest number of a counter, or the length of the longest text.
  private(set) var greatest = 0
  /// The largest basket, uncompressed.
  private(set) var greatestBasket = 32_000

  init(
    _ name: String, _ type: RootLeafType, shape: [Int] = [], counter: Int? = nil,
    isCounter: Bool = false
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.counter = counter
    self.isCounter = isCounter
  }

  /// The number of events in its baskets.
  var count: Int { Int(firstEvents[firstEvents.count - 1]) }

  /// Whether events differ in their number of bytes.
  var isVariable: Bool { counter != nil || type.letter == "C" }

  /// The leaf's title: the name with what is in brackets.
  func leafTitle(_ branches: [RootBranch]) -> String {
    name + (counter.map { "[\(branches[$0].name)]" } ?? "") + shape.map { "[\($0)]" }.joined()
  }

  /// What the header of a basket says besides a key: version, sizes, events, end.
  func basketHeader(_ values: RootLeafValues, _ events: Range<Int>, last: Int) -> [UInt8] {
    var header = RootBuffer()
    header.append(UInt16(3), UInt32(32_000))
    // The number of places for starts of events, or the size of each.
    header.append(UInt32(values.starts == nil ? values.width : events.count + 1))
    header.append(UInt32(events.count), UInt32(last), UInt8(0))
    return header.bytes
  }

  /// The bytes that ``basketHeader(_:_:last:)`` gives.
  static let basketHeaderSize = 19

  /// Takes note of a basket that was written.
  mutating func add(_ key: RootKey, events: Int) {
    seeks.append(UInt64(key.seek))
    sizes.append(UInt32(key.byteCount))
    firstEvents.append(firstEvents[firstEvents.count - 1] + UInt64(events))
    totalBytes += key.headerSize + key.objectSize
    storedBytes += key.byteCount
    greatestBasket = max(greatestBasket, key.headerSize + key.objectSize)
  }

  /// Takes note of the values of a run, for the ranges that leaves state.
  mutating func note(_ values: Column.Values) {
    switch values {
    case .strings(let texts): greatest = max(greatest, texts.lazy.map(\.utf8.count).max() ?? 0)
    case .integers(.int32(let v)) where isCounter: greatest = max(greatest, Int(v.max() ?? 0))
    case .integers(.uint32(let v)) where isCounter: greatest = max(greatest, Int(v.max() ?? 0))
    default: break
    }
  }
}

extension RootBranch {
  /// Appends the branch as an object of class `TBranch`, version 13.
  /// - Returns: The number by which the tree refers to its leaf.
  func append(
    to buffer: inout RootBuffer, _ branches: [RootBranch], leaves: [UInt32], compression: Int
  ) -> UInt32 {
    var leaf: UInt32 = 0
    buffer.object("TBranch") {
      $0.versioned(13) {
        let title = leafTitle(branches) + "/" + String(type.letter)
        $0.tNamed(name, title, bits: 0x0040_0000)
        $0.attributesOfFill()
        $0.append(
          Int32(compression), Int32(greatestBasket), Int32(isVariable ? 1000 : 0),
          Int32(seeks.count))
        $0.append(Int64(count))
        $0.features()
        let places = max(10, seeks.count + 1)
        $0.append(Int32(0), Int32(places), Int32(0))
        $0.append(Int64(count), Int64(0), Int64(totalBytes), Int64(storedBytes))
        $0.tObjArray(0)
        $0.tObjArray(1) { leaf = appendLeaf(to: &$0, branches, leaves) }
        $0.tObjArray(0)
        func padded<T: FixedWidthInteger>(_ values: [T]) -> [T] {
          values + [T](repeating: 0, count: places - values.count)
        }
        $0.append(flagged: padded(sizes))
        $0.append(flagged: padded(firstEvents))
        $0.append(flagged: padded(seeks))
        $0.append("")
      }
    }
    return leaf
  }

  private func appendLeaf(
    to buffer: inout RootBuffer, _ branches: [RootBranch], _ leaves: [UInt32]
  ) -> UInt32 {
    let isText = type.letter == "C"
    return buffer.object(type.className) {
      $0.versioned(1) {
        $0.versioned(2) {
          $0.tNamed(name, leafTitle(branches))
          $0.append(Int32(isText ? greatest + 1 : shape.reduce(1, *)), Int32(type.size), Int32(0))
          $0.append(isCounter)
          $0.append(type.isUnsigned)
          $0.append(counter.map { leaves[$0] } ?? 0)
        }
        // The smallest and the largest value, which ROOT needs of counters and texts.
        let size = isText ? 4 : type.size
        $0.append(bytes: [UInt8](repeating: 0, count: size))
        let largest = isText ? greatest + 1 : greatest
        for byte in (0..<size).reversed() {
          $0.append(UInt8(truncatingIfNeeded: largest >> (8 * byte)))
        }
      }
    }
  }
}

extension RootBuffer {
  /// A `TAttFill` as new trees and branches have it.
  mutating func attributesOfFill() { versioned(2) { $0.append(Int16(0), Int16(1001)) } }

  /// A `ROOT::TIOFeatures` without any; it has no version but a checksum.
  mutating func features() {
    versioned(0) {
      $0.append(UInt32(0x1aa1_2f10))
      $0.append(UInt8(0))
    }
  }
}
