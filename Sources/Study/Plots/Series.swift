/// One thing drawn in a pair of axes: its numbers, its look and its line in the legend.
///
/// Numbers that are not finite are left out and break a line; an empty series draws nothing.
public struct Series: Sendable, Equatable {
  /// The numbers.
  public enum Content: Sendable, Equatable {
    /// A value for each bin between edges.
    case histogram(edges: [Double], values: [Double])
    /// A line through points.
    case curve(x: [Double], y: [Double])
    /// Points with symmetric errors; an empty list of errors is none.
    case points(x: [Double], y: [Double], xError: [Double], yError: [Double])
    /// The area between two lines.
    case band(x: [Double], low: [Double], high: [Double])
    /// Horizontal bars from zero, one a category, with errors.
    case bars(values: [Double], errors: [Double])
    /// Coloured cells between edges, a row for each bin of y from the bottom; `decimals` prints the numbers.
    case cells(
      xEdges: [Double], yEdges: [Double], rows: [[Double]], map: ColorMap, decimals: Int?)
    /// A straight line across the frame, at a value of x.
    case vertical(Double)
    /// A straight line across the frame, at a value of y.
    case horizontal(Double)
  }

  /// How an area is filled.
  public enum Fill: Sendable, Equatable {
    /// The area stays empty.
    case none
    /// The colour, light.
    case solid
    /// Lines at 45°.
    case hatched
  }

  /// The shape of a point.
  public enum Marker: Sendable, Equatable {
    /// A filled disk.
    case circle
    /// A ring.
    case openCircle
    /// A filled square.
    case square
    /// A filled triangle, its tip up.
    case triangle
  }

  /// The pattern of a line.
  public enum Dash: String, Sendable, Equatable, CaseIterable {
    /// One line without gaps.
    case solid = ""
    /// Long strokes.
    case dashed = "8 5"
    /// Points.
    case dotted = "2 4"
    /// Long strokes and points in turn.
    case dashDotted = "9 4 2 4"
  }

  /// The numbers.
  public var content: Content
  /// Its line in the legend; nil for none.
  public var label: String?
  /// A CSS colour.
  public var color: String
  /// The width of lines.
  public var lineWidth: Double
  /// The pattern of lines.
  public var dash: Dash
  /// How areas are filled.
  public var fill: Fill
  /// The shape of points.
  public var marker: Marker

  /// Makes a series.
  public init(
    _ content: Content, label: String? = nil, color: String = Palette.ink, lineWidth: Double = 2,
    dash: Dash = .solid, fill: Fill = .none, marker: Marker = .circle
  ) {
    self.content = content
    self.label = label
    self.color = color
    self.lineWidth = lineWidth
    self.dash = dash
    self.fill = fill
    self.marker = marker
  }

  /// A histogram as points with error bars √Σw² at the bin centres; empty bins are left out.
  public static func histogramPoints(
    edges: [Double], values: [Double], variances: [Double], label: String? = nil,
    color: String = Palette.ink, marker: Marker = .circle
  ) -> Series {
    var (x, y, xError, yError): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for bin in 0..<min(values.count, edges.count - 1, variances.count) where variances[bin] > 0 {
      x.append((edges[bin] + edges[bin + 1]) / 2)
      y.append(values[bin])
      xError.append((edges[bin + 1] - edges[bin]) / 2)
      yError.append(variances[bin].squareRoot())
    }
    return Series(
      .points(x: x, y: y, xError: xError, yError: yError), label: label, color: color,
      lineWidth: 1.4, marker: marker)
  }
}
