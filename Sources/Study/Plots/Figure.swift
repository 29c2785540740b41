/// A plot: one pair of axes, or several stacked ones that share the horizontal axis (a ratio panel).
///
/// The style is the field's: ticks inside on all four sides, titles at the ends of the axes, the
/// program's name in bold with a secondary text in italics above the frame. The same value always gives
/// the same bytes: text stays text, and no font, clock or locale is asked.
public struct Figure: Sendable, Equatable {
  /// The pairs of axes from top to bottom.
  public var panels: [Axes]
  /// Their share of the height, in the same order: [3, 1] for a ratio panel.
  public var heights: [Double]
  /// The width of the drawing in pixels; it scales.
  public var width: Double
  /// The height of the drawing in pixels.
  public var height: Double
  /// The bold text above the left end of the frame.
  public var experiment: String
  /// The italic text behind it: "Private work", "Preliminary", "Simulation".
  public var secondary: String
  /// The text above the right end of the frame: "36 fb^{-1} (13 TeV)".
  public var right: String?
  /// What the plot shows, for those who cannot see it.
  public var summary: String

  /// Makes a plot of one pair of axes.
  public init(
    _ axes: Axes, width: Double = 560, height: Double = 460, experiment: String = "Apus",
    secondary: String = "Private work", right: String? = nil, summary: String = ""
  ) {
    self.init(
      panels: [axes], heights: [1], width: width, height: height, experiment: experiment,
      secondary: secondary, right: right, summary: summary)
  }

  /// Makes a plot of stacked pairs of axes.
  public init(
    panels: [Axes], heights: [Double], width: Double = 560, height: Double = 460,
    experiment: String = "Apus", secondary: String = "Private work", right: String? = nil,
    summary: String = ""
  ) {
    precondition(
      panels.count == heights.count, "\(panels.count) panels need as many heights: \(heights.count)"
    )
    self.panels = panels
    self.heights = heights
    self.width = width
    self.height = height
    self.experiment = experiment
    self.secondary = secondary
    self.right = right
    self.summary = summary
  }

  /// The plot as a complete SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas()
    let margins = Margins(of: self)
    drawHeader(&canvas, margins)
    let free = height - margins.top - margins.bottom - Margins.gap * Double(panels.count - 1)
    let total = heights.reduce(0, +)
    var top = margins.top
    for (index, axes) in panels.enumerated() {
      let share = free * heights[index] / max(total, 1e-9)
      let frame = Frame(
        x: margins.left, y: top, width: width - margins.left - margins.right, height: share)
      Panel(axes: axes, frame: frame, isLowest: index == panels.count - 1).draw(&canvas)
      top += share + Margins.gap
    }
    return document(canvas)
  }

  private func drawHeader(_ canvas: inout SVGCanvas, _ margins: Margins) {
    let y = NumberText.coordinate(margins.top - 9)
    let tail =
      secondary.isEmpty
      ? ""
      : " <tspan font-weight=\"normal\" font-style=\"italic\" font-size=\"16\">"
        + SVGText.escape(secondary) + "</tspan>"
    canvas.add(
      "<text x=\"\(NumberText.coordinate(margins.left))\" y=\"\(y)\" font-size=\"20\""
        + " font-weight=\"bold\" fill=\"\(Palette.ink)\">\(SVGText.escape(experiment))\(tail)</text>"
    )
    if let right {
      canvas.text(right, width - margins.right, margins.top - 9, size: 16, anchor: "end")
    }
  }

  private func document(_ canvas: SVGCanvas) -> String {
    let patterns = canvas.hatches.sorted().map { color in
      "<pattern id=\"\(SVGCanvas.hatchName(color))\" width=\"7\" height=\"7\""
        + " patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
        + "<rect width=\"1.6\" height=\"7\" fill=\"\(color)\"/></pattern>"
    }.joined()
    let title = SVGText.escape(SVGText.plain(summary))
    let (w, h) = (NumberText.coordinate(width), NumberText.coordinate(height))
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(w) \(h)\" width=\"\(w)\""
      + " height=\"\(h)\" role=\"img\" font-family=\"\(SVGText.fonts)\">\n"
      + (title.isEmpty ? "" : "<title>\(title)</title>\n")
      + (patterns.isEmpty ? "" : "<defs>\(patterns)</defs>\n")
      + "<rect width=\"\(w)\" height=\"\(h)\" fill=\"#ffffff\"/>\n" + canvas.body + "</svg>\n"
  }
}

/// A rectangle on the drawing.
struct Frame: Equatable {
  var x: Double
  var y: Double
  var width: Double
  var height: Double
}

/// The space around the frames, large enough for the labels.
struct Margins: Equatable {
  /// The height between stacked panels.
  static let gap = 10.0
  var top = 36.0
  var right = 22.0
  var bottom = 58.0
  var left = 76.0

  /// Finds the space that the labels of a figure need.
  init(of figure: Figure) {
    for axes in figure.panels {
      if let names = axes.y.categories {
        left = max(left, longest(names) + 16 + (axes.y.title.isEmpty ? 0 : 26))
      }
      if axes.series.contains(where: \.isMap) { right = max(right, 84) }
    }
    if let axes = figure.panels.last, let names = axes.x.categories, axes.turnsNames(figure.width) {
      bottom = max(bottom, longest(names) + 16 + (axes.x.title.isEmpty ? 0 : 24))
    }
    left = min(left, figure.width * 0.45)
    bottom = min(bottom, figure.height * 0.45)
  }

  private func longest(_ names: [String]) -> Double {
    names.map { SVGText.width($0, size: Panel.tickSize(for: names.count)) }.max() ?? 0
  }
}

extension Series {
  /// Whether it is a map that needs a scale of colours.
  var isMap: Bool {
    if case .cells = content { return true }
    return false
  }
}

extension Axes {
  /// Whether the names along x are too long to stand upright.
  func turnsNames(_ width: Double) -> Bool {
    guard let names = x.categories, !names.isEmpty else { return false }
    let room = 0.75 * width / Double(names.count)
    return names.contains {
      SVGText.width($0, size: Panel.tickSize(for: names.count)) > room - 6
    }
  }
}
