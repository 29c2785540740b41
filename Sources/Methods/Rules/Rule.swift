import ApusEvents
import ApusKernels

/// A rule: 1 where an event lies within ranges of some inputs, else 0.
struct Rule: Sendable, Hashable {
  /// The ranges, one an input, by ascending input.
  var ranges: [ResponseTable.Interval]

  /// Whether a row of inputs, beginning at a place, lies in all ranges.
  func holds(_ inputs: [Float], from start: Int) -> Bool {
    for range in ranges where !range.holds(inputs[start &+ range.column]) { return false }
    return true
  }

  /// The rule with one more border.
  func adding(_ column: Int, low: Float = -.infinity, high: Float = .infinity) -> Rule {
    var result = self
    if let place = ranges.firstIndex(where: { $0.column == column }) {
      result.ranges[place].low = max(ranges[place].low, low)
      result.ranges[place].high = min(ranges[place].high, high)
    } else {
      let place = ranges.firstIndex { $0.column > column } ?? ranges.count
      result.ranges.insert(.init(column: column, low: low, high: high), at: place)
    }
    return result
  }

  /// The events of a sample that the rule holds for, a bit each.
  func bits(_ inputs: [Float], width: Int, count: Int) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: (count + 63) / 64)
    for i in 0..<count where holds(inputs, from: i &* width) {
      words[i >> 6] |= 1 << UInt64(i & 63)
    }
    return words
  }
}

extension [Rule] {
  /// The rules of trees, one a node other than the root, each once, in the order of the trees.
  init(_ trees: TreeEnsemble) {
    var (found, seen) = ([Rule](), Set<Rule>())
    for tree in 0..<trees.count {
      let nodes = trees.nodes(of: tree)
      var paths = [Int: Rule](minimumCapacity: nodes.count)
      paths[nodes.lowerBound] = Rule(ranges: [])
      for place in nodes {
        guard let own = paths.removeValue(forKey: place) else { continue }
        if !own.ranges.isEmpty, seen.insert(own).inserted { found.append(own) }
        let node = trees.nodes[place]
        if node.isLeaf { continue }
        paths[node.child] = own.adding(node.column, high: node.threshold)
        paths[node.child + 1] = own.adding(node.column, low: node.threshold)
      }
    }
    self = found
  }
}

/// What a rule ensemble sums: rules as bits, then inputs as numbers, column by column.
struct RuleTerms: Sendable {
  let count: Int
  let bits: [[UInt64]]
  let numbers: [[Double]]

  var size: Int { bits.count + numbers.count }

  init(_ sample: Sample, rules: [Rule], lines: [ClippedLine], threads: Int) {
    let (n, width, inputs) = (sample.count, sample.features.count, sample.inputs)
    count = n
    bits = parallelElements(rules.count, grain: 4, threads: threads) { range in
      range.map { rules[$0].bits(inputs, width: width, count: n) }
    }
    numbers = lines.enumerated().map { j, line in
      (0..<n).map { line.value(inputs[$0 * width + j]) }
    }
  }

  private init(count: Int, bits: [[UInt64]], numbers: [[Double]]) {
    (self.count, self.bits, self.numbers) = (count, bits, numbers)
  }

  /// The places of rules that tell events apart, without those that hold exactly where an earlier one holds, or nowhere it does.
  var distinctRules: [Int] {
    let last: UInt64 = count % 64 == 0 ? .max : (1 << UInt64(count % 64)) - 1
    var seen: Set<[UInt64]> = []
    return bits.indices.filter { k in
      let own = bits[k]
      let isTurned = own[0] & 1 == 1
      var key = isTurned ? own.map { ~$0 } : own
      if isTurned { key[key.count - 1] &= last }
      return key.contains { $0 != 0 } && seen.insert(key).inserted
    }
  }

  /// The terms with these rules only.
  func keeping(rules: [Int]) -> RuleTerms {
    RuleTerms(count: count, bits: rules.map { bits[$0] }, numbers: numbers)
  }

  /// Σ v x over the events, for term `j` with values x.
  func sum(_ j: Int, _ v: [Double]) -> Double {
    j < bits.count ? TermKernels.sum(bits[j], v) : TermKernels.sum(numbers[j - bits.count], v)
  }

  /// Σ v x².
  func squares(_ j: Int, _ v: [Double]) -> Double {
    if j < bits.count { return sum(j, v) }
    let column = numbers[j - bits.count]
    return TermKernels.sum(column, column, v)
  }

  /// target += step · v · x, with v one where it is nil.
  func add(_ j: Int, _ step: Double, times v: [Double]?, to target: inout [Double]) {
    if j < bits.count {
      TermKernels.add(bits[j], step, times: v, to: &target)
    } else {
      TermKernels.add(numbers[j - bits.count], step, times: v, to: &target)
    }
  }
}

/// An input without its tails, in units that give it the influence of a usual rule.
struct ClippedLine: Sendable, Equatable {
  /// Where the tails are cut off.
  var low: Double
  var high: Double
  /// 0.4 over the standard deviation of the clipped input; 0 for a constant one.
  var scale: Double

  /// - Parameter tail: The share of Σ|w| beyond each border.
  init(_ column: [Float], weights: [Double], tail: Double) {
    let x = column.map { Double($0) }
    let order = WeightedOrder(x, weights: weights)
    (low, high) = (order.quantile(tail), order.quantile(1 - tail))
    let total = weights.reduce(0) { $0 + abs($1) }
    let (low, high) = (low, high)
    let clipped = x.map { min(max($0, low), high) }
    let mean = zip(clipped, weights).reduce(0) { $0 + $1.0 * abs($1.1) } / total
    let square = zip(clipped, weights).reduce(0) {
      $0 + ($1.0 - mean) * ($1.0 - mean) * abs($1.1)
    }
    let spread = (square / total).squareRoot()
    scale = spread > 1e-12 * max(abs(low), abs(high)) && spread > 0 ? 0.4 / spread : 0
  }

  init(low: Double, high: Double, scale: Double) {
    (self.low, self.high, self.scale) = (low, high, scale)
  }

  /// The term of an input, from the middle of its range.
  func value(_ x: Float) -> Double { (min(max(Double(x), low), high) - (low + high) / 2) * scale }
}
