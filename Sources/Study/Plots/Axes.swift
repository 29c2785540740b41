#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One axis: title, scale and limits.
public struct Axis: Sendable, Equatable {
  /// The title at the right or top end; `^{2}` and `_{S}` are typeset.
  public var title: String
  /// Linear or logarithmic.
  public var kind: ScaleKind
  /// The limits; nil takes them from the numbers.
  public var range: ClosedRange<Double>?
  /// Names instead of numbers: the first stands at 0.5, the next at 1.5 and so on.
  public var categories: [String]?

  /// Makes an axis.
  public init(
    _ title: String, kind: ScaleKind = .linear, range: ClosedRange<Double>? = nil,
    categories: [String]? = nil
  ) {
    self.title = title
    self.kind = kind
    self.range = range
    self.categories = categories
  }
}

/// A pair of axes with all that is drawn in it.
public struct Axes: Sendable, Equatable {
  /// Where the legend goes.
  public enum Legend: Sendable, Equatable {
    /// There is no legend.
    case none
    /// The corner with the fewest drawn points.
    case automatic
    /// Above everything that is drawn, with room made for it (linear and logarithmic).
    case above
  }

  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, the first lowest.
  public var series: [Series]
  /// Where the legend goes.
  public var legend: Legend
  /// In how many columns the legend's lines stand.
  public var legendColumns: Int
  /// Lines of text in the upper left corner of the frame.
  public var notes: [String]

  /// Makes a pair of axes.
  public init(
    x: Axis, y: Axis, series: [Series], legend: Legend = .automatic, legendColumns: Int = 1,
    notes: [String] = []
  ) {
    self.x = x
    self.y = y
    self.series = series
    self.legend = legend
    self.legendColumns = legendColumns
    self.notes = notes
  }
}

extension Axes {
  /// The limits of x: those asked for, else the edges of what is drawn.
  func xScale() -> Scale {
    if let categories = x.categories {
      return Scale(.linear, low: 0, high: Double(categories.count))
    }
    if let range = x.range { return Scale(x.kind, low: range.lowerBound, high: range.upperBound) }
    let values = series.flatMap(\.xValues).filter { $0.isFinite && (x.kind == .linear || $0 > 0) }
    return Scale(x.kind, low: values.min() ?? 0, high: values.max() ?? 1)
  }

  /// The limits of y: those asked for, else what is drawn with some air and the legend's share on top.
  func yScale(reserved: Double) -> Scale {
    if let categories = y.categories {
      return Scale(.linear, low: 0, high: Double(categories.count))
    }
    if let range = y.range { return Scale(y.kind, low: range.lowerBound, high: range.upperBound) }
    let values = series.flatMap(\.yValues).filter { $0.isFinite && (y.kind == .linear || $0 > 0) }
    guard let low = values.min(), let high = values.max() else {
      return Scale(y.kind, low: 0, high: 1)
    }
    let share = min(reserved, 0.7) + 0.06
    if y.kind == .logarithmic {
      let ratio = max(high / low, 10)
      return Scale(.logarithmic, low: low / 1.5, high: low * pow(ratio, 1 / (1 - share)))
    }
    let startsAtZero = series.contains(where: \.startsAtZero) && low >= 0
    let bottom = startsAtZero ? 0 : low - 0.06 * (high - low)
    let top = bottom + (high - bottom) / (1 - share)
    return Scale(.linear, low: bottom, high: top)
  }
}

extension Series {
  /// All numbers that must fit on the horizontal axis.
  var xValues: [Double] {
    switch content {
    case .histogram(let edges, _): edges
    case .curve(let x, _), .band(let x, _, _): x
    case .points(let x, _, let error, _): spread(x, error)
    case .bars(let values, let errors): spread(values, errors) + [0]
    case .cells(let edges, _, _, _, _): edges
    case .vertical(let x): [x]
    case .horizontal: []
    }
  }

  /// All numbers that must fit on the vertical axis.
  var yValues: [Double] {
    switch content {
    case .histogram(_, let values): values
    case .curve(_, let y): y
    case .points(_, let y, _, let error): spread(y, error)
    case .band(_, let low, let high): low + high
    case .bars: []
    case .cells(_, let edges, _, _, _): edges
    case .vertical: []
    case .horizontal(let y): [y]
    }
  }

  /// Whether the vertical axis must show zero.
  var startsAtZero: Bool {
    if case .histogram = content { return true }
    return false
  }

  private func spread(_ values: [Double], _ errors: [Double]) -> [Double] {
    guard errors.count == values.count else { return values }
    return zip(values, errors).flatMap { [$0 - $1, $0, $0 + $1] }
  }
}
