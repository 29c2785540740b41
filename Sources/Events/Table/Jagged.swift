/// Lists of different lengths, one an event: all their values in one run, and where each list starts.
///
/// `content` may itself be jagged (`vector<vector<float>>`). Arrays of one fixed size, such as the branch
/// `x[3]/F`, are jagged columns whose ``fixedShape`` says so.
public struct Jagged: Sendable, Equatable {
  /// Where each list starts in `content`, and behind the last the number of all values: one more than lists,
  /// starts at 0 and never falls.
  public let offsets: [Int]
  /// The values of all lists, one list behind the other.
  public let content: Column.Values
  /// The sizes of each entry where all have the same (`[3]` for `x[3]`, `[2, 3]` for `x[2][3]`, whose content
  /// is then still flat); nil where lists differ.
  public let fixedShape: [Int]?

  /// Makes lists from their values and starts.
  /// - Precondition: The offsets are as ``offsets`` describes; readers check what a file says before.
  public init(offsets: [Int], content: Column.Values, fixedShape: [Int]? = nil) {
    precondition(Jagged.areValid(offsets, count: content.count), "offsets of a jagged column")
    self.offsets = offsets
    self.content = content
    self.fixedShape = fixedShape
  }

  /// Makes lists of one length from their values; `count` entries of `shape`.
  /// - Precondition: `content` has `count` times the product of `shape` values.
  public init(count: Int, of shape: [Int], content: Column.Values) {
    let width = shape.reduce(1, *)
    self.init(
      offsets: (0...count).map { $0 * width }, content: content, fixedShape: shape)
  }

  /// Whether numbers can be the offsets of a jagged column of `count` values.
  public static func areValid(_ offsets: [Int], count: Int) -> Bool {
    guard offsets.first == 0, offsets.last == count else { return false }
    return zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
  }

  /// The number of lists.
  public var count: Int { offsets.count - 1 }

  /// The places of one list's values in ``content``.
  public func range(_ entry: Int) -> Range<Int> { offsets[entry]..<offsets[entry + 1] }

  /// The lists at these positions, in this order.
  public func selecting(_ rows: some Sequence<Int>) -> Jagged {
    var starts = [0]
    var places: [Int] = []
    for row in rows {
      places.append(contentsOf: range(row))
      starts.append(places.count)
    }
    return Jagged(offsets: starts, content: content.selecting(places), fixedShape: fixedShape)
  }

  /// Lists of several pieces, one behind the other; nil where their values are of different kinds.
  public static func joined(_ pieces: [Jagged]) -> Jagged? {
    guard let first = pieces.first,
      let content = Column.Values.joined(pieces.map(\.content))
    else { return nil }
    var offsets = [0]
    offsets.reserveCapacity(pieces.reduce(1) { $0 + $1.count })
    for piece in pieces {
      let end = offsets[offsets.count - 1]
      offsets.append(contentsOf: piece.offsets.dropFirst().lazy.map { end + $0 })
    }
    let isFixed = pieces.allSatisfy { $0.fixedShape == first.fixedShape }
    return Jagged(offsets: offsets, content: content, fixedShape: isFixed ? first.fixedShape : nil)
  }
}
