/// Where the padded lists of an event stand among its inputs: the constituents of a jet, the tracks of an event.
///
/// The inputs from `first` on are `length` rows of `width` numbers, list entry by list entry, zeros behind the last;
/// where there is a mask, `length` numbers follow that are 1 for an entry and 0 for padding. Methods that want
/// flat inputs take them as they are, others find the shape [length, width] here.
public struct ConstituentBlock: Sendable, Equatable {
  /// The first input of the block; the block reaches to the last.
  public var first: Int
  /// How many entries of each list are kept.
  public var length: Int
  /// How many numbers an entry has.
  public var width: Int
  /// Whether the mask follows.
  public var hasMask: Bool

  /// Makes a description.
  public init(first: Int, length: Int, width: Int, hasMask: Bool) {
    (self.first, self.length, self.width, self.hasMask) = (first, length, width, hasMask)
  }

  /// The number of inputs in the block.
  public var count: Int { length * (width + (hasMask ? 1 : 0)) }

  /// The names of the inputs in the block: `pt[0]`, `eta[0]`, `pt[1]` and so on, then `mask[0]`.
  public func names(_ columns: [String]) -> [String] {
    let values = (0..<length).flatMap { i in columns.map { "\($0)[\(i)]" } }
    return values + (hasMask ? (0..<length).map { "mask[\($0)]" } : [])
  }
}

/// Mean 0 and standard deviation 1 for the entries of padded lists, one pair of numbers a quantity; padding
/// stays 0 and the mask as it is.
struct PaddedScale: Sendable, Equatable {
  let block: ConstituentBlock
  let means: [Double]
  let deviations: [Double]

  /// Fits on entries that are there, with |w| of their event.
  ///
  /// An entry is there where one of its numbers is not 0.
  init(fitting rows: [Float], block: ConstituentBlock, width: Int, weights: [Double]) {
    self.block = block
    let sizes = absoluteWeights(weights)
    var total = 0.0
    var sums = [Double](repeating: 0, count: block.width)
    var squares = sums
    func each(_ body: (Double, Int) -> Void) {
      for event in sizes.indices {
        let start = event * width + block.first
        for i in 0..<block.length {
          let entry = start + i * block.width
          if PaddedScale.isThere(rows, entry, block.width) { body(sizes[event], entry) }
        }
      }
    }
    each { weight, entry in
      total += weight
      for c in 0..<block.width { sums[c] += weight * Double(rows[entry + c]) }
    }
    let means = sums.map { total > 0 ? $0 / total : 0 }
    each { weight, entry in
      for c in 0..<block.width {
        let d = Double(rows[entry + c]) - means[c]
        squares[c] += weight * d * d
      }
    }
    self.means = means
    deviations = squares.map { square in
      let deviation = total > 0 ? (square / total).squareRoot() : 0
      return deviation > 0 ? deviation : 1
    }
  }

  static func isThere(_ rows: [Float], _ entry: Int, _ width: Int) -> Bool {
    for c in 0..<width where rows[entry + c] != 0 { return true }
    return false
  }

  func apply(to rows: inout [Float], width: Int) {
    for start in stride(from: block.first, to: rows.count, by: max(width, 1)) {
      for i in 0..<block.length {
        let entry = start + i * block.width
        guard PaddedScale.isThere(rows, entry, block.width) else { continue }
        for c in 0..<block.width {
          rows[entry + c] = Float((Double(rows[entry + c]) - means[c]) / deviations[c])
        }
      }
    }
  }

  func invert(_ rows: inout [Float], width: Int) {
    for start in stride(from: block.first, to: rows.count, by: max(width, 1)) {
      for i in 0..<block.length {
        let entry = start + i * block.width
        guard PaddedScale.isThere(rows, entry, block.width) else { continue }
        for c in 0..<block.width {
          rows[entry + c] = Float(Double(rows[entry + c]) * deviations[c] + means[c])
        }
      }
    }
  }

  var record: JSONValue {
    [
      "first": .int(block.first), "length": .int(block.length), "width": .int(block.width),
      "mask": .bool(block.hasMask), "means": JSONValue(means), "deviations": JSONValue(deviations),
    ]
  }

  init?(_ record: JSONValue, width: Int) {
    guard let first = record["first"]?.integer, let length = record["length"]?.integer,
      let own = record["width"]?.integer, first >= 0, length > 0, own > 0, length < 1 << 20,
      own < 1 << 20, let means = record["means"]?.doubles,
      let deviations = record["deviations"]?.doubles, means.count == own,
      deviations.count == own, deviations.allSatisfy({ $0 > 0 })
    else { return nil }
    let mask = record["mask"] == .bool(true)
    block = ConstituentBlock(first: first, length: length, width: own, hasMask: mask)
    guard first + block.count == width else { return nil }
    (self.means, self.deviations) = (means, deviations)
  }
}
