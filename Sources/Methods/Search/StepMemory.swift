/// What limited-memory BFGS remembers: the last steps and how the slope changed along them.
struct StepMemory {
  private var pairs: [(s: [Double], y: [Double], rho: Double)] = []
  private let most = 10

  /// Remembers a step, unless the slope hardly grew along it.
  mutating func add(step s: [Double], change y: [Double]) {
    let product = dotProduct(s, y)
    guard product > 1e-14 * (dotProduct(y, y) * dotProduct(s, s)).squareRoot() else { return }
    pairs.append((s, y, 1 / product))
    if pairs.count > most { pairs.removeFirst() }
  }

  /// The direction down from a slope (Nocedal's two loops); without steps, the slope times `scale`.
  func direction(_ slope: [Double], scale: Double) -> [Double] {
    var q = slope
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let a = pair.rho * dotProduct(pair.s, q)
      factors.append(a)
      for i in q.indices { q[i] -= a * pair.y[i] }
    }
    let gamma = pairs.last.map { 1 / ($0.rho * dotProduct($0.y, $0.y)) } ?? scale
    for i in q.indices { q[i] *= gamma }
    for (pair, a) in zip(pairs, factors.reversed()) {
      let b = pair.rho * dotProduct(pair.y, q)
      for i in q.indices { q[i] += (a - b) * pair.s[i] }
    }
    return q.map { -$0 }
  }
}

/// Σ a b.
func dotProduct(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}
