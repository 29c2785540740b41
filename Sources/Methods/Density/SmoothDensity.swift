/// Smooth densities of one input on a grid, normalised over it.
struct SmoothDensity {
  let low: Double
  let high: Double
  /// The share of an even distribution that is mixed in.
  let floor: Double
  /// The places at which densities are kept.
  let grid: [Double]
  private static let points = 501

  init(low: Double, high: Double, floor: Double) {
    (self.low, self.high, self.floor) = (low, high, floor)
    let last = Double(SmoothDensity.points - 1)
    grid = (0..<SmoothDensity.points).map { low + (high - low) * Double($0) / last }
  }

  func edges(_ bins: Int) -> [Double] {
    (0...bins).map { low + (high - low) * Double($0) / Double(bins) }
  }

  /// Σw of even bins after passes of the 1-2-1 filter; what lies outside counts in the end bins.
  func histogram(_ x: [Double], _ w: [Double], _ positions: [Int], _ bins: Int, _ passes: Int)
    -> [Double]
  {
    var contents = [Double](repeating: 0, count: bins)
    for i in positions {
      let place = (x[i] - low) / (high - low) * Double(bins)
      contents[min(max(Int(max(min(place, 1e9), -1)), 0), bins - 1)] += w[i]
    }
    for _ in 0..<passes {
      let old = contents
      for b in contents.indices {
        let (left, right) = (old[max(b - 1, 0)], old[min(b + 1, bins - 1)])
        contents[b] = (left + 2 * old[b] + right) / 4
      }
    }
    return contents
  }

  /// Straight lines between the centres of bins.
  func lines(_ contents: [Double]) -> [Double] {
    logs(
      grid.map { place in
        let (b, share) = between(place, contents.count)
        return contents[b] + share * (contents[min(b + 1, contents.count - 1)] - contents[b])
      })
  }

  /// The natural cubic spline through the centres of bins.
  func cubic(_ contents: [Double]) -> [Double] {
    let second = SmoothDensity.curvatures(contents)
    return logs(
      grid.map { place in
        let (b, t) = between(place, contents.count)
        let next = min(b + 1, contents.count - 1)
        let u = 1 - t
        return u * contents[b] + t * contents[next]
          + ((u * u * u - u) * second[b] + (t * t * t - t) * second[next]) / 6
      })
  }

  /// The bin whose centre lies before a place, and how far to the next centre it is; flat beyond the ends.
  private func between(_ place: Double, _ bins: Int) -> (Int, Double) {
    let position = (place - low) / (high - low) * Double(bins) - 0.5
    let b = min(max(Int(position.rounded(.down)), 0), max(bins - 2, 0))
    return (b, bins < 2 ? 0 : min(max(position - Double(b), 0), 1))
  }

  /// Second differences of the natural cubic spline through evenly spaced values (tridiagonal elimination).
  static func curvatures(_ y: [Double]) -> [Double] {
    let n = y.count
    var (second, factor) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    if n < 3 { return second }
    for i in 1..<(n - 1) {
      let pivot = 4 + (i > 1 ? factor[i - 1] : 0)
      factor[i] = -1 / pivot
      let side = 6 * (y[i + 1] - 2 * y[i] + y[i - 1])
      second[i] = (side - (i > 1 ? second[i - 1] : 0)) / pivot
    }
    for i in stride(from: n - 3, through: 1, by: -1) { second[i] += factor[i] * second[i + 1] }
    return second
  }

  /// Gaussian kernels, narrower where events are dense if `adaptive` (Abramson 1982; Cranmer,
  /// hep-ex/0011057): h_i = h √(g/f(x_i)) with g the geometric mean of f over the events.
  func kernels(
    _ x: [Double], _ w: [Double], _ positions: [Int], _ factor: Double, _ adaptive: Bool
  ) -> [Double] {
    let width = (high - low) / Double(grid.count - 1)
    var contents = [Double](repeating: 0, count: grid.count)
    for i in positions {
      let place = ((x[i] - low) / width).rounded()
      contents[Int(min(max(place, 0), Double(grid.count - 1)))] += w[i]
    }
    let base = max(factor * silverman(x, w, positions), width / 2)
    var widths = [Double](repeating: base, count: grid.count)
    if adaptive {
      let pilot = smeared(contents, widths).map { max($0, 1e-300) }
      let total = contents.reduce(0) { $0 + abs($1) }
      let mean =
        contents.indices.reduce(0) { $0 + abs(contents[$1]) * logarithm(pilot[$1]) } / total
      for b in widths.indices {
        let ratio = exponential((mean - logarithm(pilot[b])) / 2)
        widths[b] = max(base * min(max(ratio, 0.1), 10), width / 2)
      }
    }
    return logs(smeared(contents, widths))
  }

  private func silverman(_ x: [Double], _ w: [Double], _ positions: [Int]) -> Double {
    let total = positions.reduce(0) { $0 + abs(w[$1]) }
    let squares = positions.reduce(0) { $0 + w[$1] * w[$1] }
    func inside(_ i: Int) -> Double { min(max(x[i], low), high) }
    let mean = positions.reduce(0) { $0 + abs(w[$1]) * inside($1) } / total
    let variance =
      positions.reduce(0) { $0 + abs(w[$1]) * (inside($1) - mean) * (inside($1) - mean) } / total
    return 1.06 * variance.squareRoot() * exponential(-logarithm(total * total / squares) / 5)
  }

  /// Each node's content as a Gaussian of its own width, normalised over the grid.
  private func smeared(_ contents: [Double], _ widths: [Double]) -> [Double] {
    let width = (high - low) / Double(grid.count - 1)
    var sums = [Double](repeating: 0, count: grid.count)
    for b in contents.indices where contents[b] != 0 {
      let reach = Int((5 * widths[b] / width).rounded(.up))
      let range = max(b - reach, 0)...min(b + reach, grid.count - 1)
      let kernel = range.map { i -> Double in
        let z = Double(i - b) * width / widths[b]
        return exponential(-z * z / 2)
      }
      let norm = contents[b] / kernel.reduce(0, +)
      for (i, value) in zip(range, kernel) { sums[i] += norm * value }
    }
    return sums
  }

  /// ln of values on the grid, made a density: positive, with the floor, of integral one by the trapezium rule.
  private func logs(_ values: [Double]) -> [Double] {
    let width = (high - low) / Double(grid.count - 1)
    let positive = values.map { max($0, 0) }
    let integral =
      width * (positive.reduce(0, +) - (positive[0] + positive[positive.count - 1]) / 2)
    let even = 1 / (high - low)
    return positive.map {
      let density = integral > 0 ? $0 / integral : even
      return logarithm((1 - floor) * density + floor * even)
    }
  }
}
