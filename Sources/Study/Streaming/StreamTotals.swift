internal import ApusEvents

/// Exact sums over all events of a streamed sample, by part and class.
struct StreamTotals: Sendable {
  /// The events of one class in one part.
  struct Cell: Sendable {
    var events = 0
    var sum = 0.0
    var squares = 0.0
    var negative = 0
    /// Σ|w| and the sum of the weights above 0.
    var absolute = 0.0
    var positive = 0.0

    mutating func add(_ weight: Double) {
      events += 1
      sum += weight
      squares += weight * weight
      absolute += abs(weight)
      if weight < 0 { negative += 1 } else { positive += weight }
    }

    /// Σw after a policy.
    func sum(_ policy: WeightPolicy) -> Double {
      switch policy {
      case .keep, .pair: sum
      case .ignore: positive
      case .absolute: absolute
      }
    }
  }

  /// By part, then by class.
  var cells: [[Cell]]
  /// With folds: by fold, then by class; each event is in every part then.
  var folds: [[Cell]] = []
  /// Events in no part.
  var unused = 0

  init(groups: Int, folds count: Int = 0) {
    let none = [Cell](repeating: Cell(), count: groups)
    cells = [[Cell]](repeating: none, count: Part.allCases.count)
    folds = [[Cell]](repeating: none, count: count)
  }

  /// Adds an event of a fold, which one model tests, one watches (of more than two) and the others learn from.
  mutating func add(fold: Int, _ group: Int, _ weight: Double) {
    folds[fold][group].add(weight)
    for part in Part.allCases where part != .validation || folds.count > 2 {
      add(part, group, weight)
    }
  }

  subscript(_ part: Part) -> [Cell] { cells[Int(part.rawValue)] }

  mutating func add(_ part: Part, _ group: Int, _ weight: Double) {
    cells[Int(part.rawValue)][group].add(weight)
  }

  /// The events of a part.
  func events(_ part: Part) -> Int { self[part].reduce(0) { $0 + $1.events } }

  /// Σw of a class over all parts.
  func sum(_ group: Int) -> Double { single.reduce(0) { $0 + $1[group].sum } }

  /// Events with negative weights.
  var negative: Int { single.joined().reduce(0) { $0 + $1.negative } }

  /// Cells in which each event is once.
  private var single: [[Cell]] { folds.isEmpty ? cells : folds }
}

extension StreamTotals.Cell {
  /// The events of two cells.
  static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.events += b.events
    sum.sum += b.sum
    sum.squares += b.squares
    sum.negative += b.negative
    sum.absolute += b.absolute
    sum.positive += b.positive
    return sum
  }
}

/// Weighted moments and ranges of columns in one pass, class by class.
///
/// Sums are taken about the first event, so that a large mean costs no digits.
struct StreamMoments: Sendable {
  private let width: Int
  private var shift: [Double] = []
  private var total: [Double]
  private var first: [[Double]]
  private var second: [[Double]]
  private(set) var low: [Double]
  private(set) var high: [Double]

  init(width: Int, groups: Int) {
    self.width = width
    total = [Double](repeating: 0, count: groups)
    first = [[Double]](repeating: [Double](repeating: 0, count: width), count: groups)
    second = first
    low = [Double](repeating: .infinity, count: width)
    high = [Double](repeating: -.infinity, count: width)
  }

  /// Adds an event; its weight counts by its size.
  mutating func add(_ rows: [Float], row: Int, group: Int, weight: Double) {
    if weight == 0 { return }
    if shift.isEmpty { shift = (0..<width).map { Double(rows[row * width + $0]) } }
    let size = abs(weight)
    total[group] += size
    for c in 0..<width {
      let value = Double(rows[row &* width &+ c])
      low[c] = min(low[c], value)
      high[c] = max(high[c], value)
      let distance = value - shift[c]
      first[group][c] += size * distance
      second[group][c] += size * distance * distance
    }
  }

  /// Adds the events of others, whose sums are about another shift.
  mutating func add(_ other: StreamMoments) {
    guard !other.shift.isEmpty else { return }
    if shift.isEmpty { shift = other.shift }
    for group in total.indices {
      for c in 0..<width {
        let distance = other.shift[c] - shift[c]
        let (weight, sum) = (other.total[group], other.first[group][c])
        first[group][c] += sum + distance * weight
        second[group][c] += other.second[group][c] + distance * (2 * sum + distance * weight)
      }
      total[group] += other.total[group]
    }
    for c in 0..<width {
      low[c] = min(low[c], other.low[c])
      high[c] = max(high[c], other.high[c])
    }
  }

  /// Mean and deviation of each column, where the weights of the classes are scaled by factors.
  func standard(_ factors: [Double]) -> (means: [Double], deviations: [Double]) {
    let weight = zip(total, factors).reduce(0) { $0 + $1.0 * $1.1 }
    func mean(_ sums: [[Double]], _ c: Int) -> Double {
      zip(sums, factors).reduce(0) { $0 + $1.0[c] * $1.1 } / weight
    }
    var (means, deviations): ([Double], [Double]) = ([], [])
    for c in 0..<width {
      let (m, s) = (mean(first, c), mean(second, c))
      let deviation = max(0, s - m * m).squareRoot()
      means.append(shift[c] + m)
      let isConstant = !(deviation > 1e-6 * abs(means[c]) && deviation > 0) || low[c] == high[c]
      deviations.append(isConstant ? 1 : deviation)
    }
    return (means, deviations)
  }
}
