/// Draws one pair of axes: what is in it, then the frame with its ticks, then legend and notes.
struct Panel {
  let axes: Axes
  let frame: Frame
  /// Whether it carries the labels of the horizontal axis.
  let isLowest: Bool
  let x: Scale
  let y: Scale
  let legendBox: LegendBox

  /// The size of titles, of the legend and of notes.
  static let titleSize = 17.0
  static let noteSize = 14.5

  /// The size of labels at ticks; many names get smaller ones.
  static func tickSize(for names: Int) -> Double { names > 20 ? 11 : names > 12 ? 12.5 : 14.5 }

  init(axes: Axes, frame: Frame, isLowest: Bool) {
    self.axes = axes
    self.frame = frame
    self.isLowest = isLowest
    let box = LegendBox(axes)
    legendBox = box
    let notes = Double(axes.notes.count) * LegendBox.lineHeight
    let besides = box.width + (axes.notes.map { SVGText.width($0, size: Self.noteSize) }.max() ?? 0)
    // Notes stand left and the legend right of them where both fit, else the legend goes below.
    let stacked = axes.legend == .above && besides > frame.width - 50
    let above = axes.legend == .above ? box.height : 0
    let reserved = stacked ? notes + above : max(notes, above)
    x = axes.xScale()
    y = axes.yScale(reserved: reserved == 0 ? 0 : (reserved + 10) / frame.height)
    noteShift = stacked ? notes : 0
  }

  /// How far the legend moves down to leave room for the notes.
  let noteShift: Double

  func draw(_ canvas: inout SVGCanvas) {
    let n = NumberText.coordinate
    canvas.add(
      "<svg x=\"\(n(frame.x))\" y=\"\(n(frame.y))\" width=\"\(n(frame.width))\""
        + " height=\"\(n(frame.height))\" overflow=\"hidden\">")
    for series in axes.series { draw(series, &canvas) }
    canvas.add("</svg>")
    drawAxes(&canvas)
    drawNotes(&canvas)
    drawLegend(&canvas)
    for series in axes.series where series.isMap { drawColorBar(series, &canvas) }
  }

  /// The horizontal place of a number within the frame.
  func px(_ value: Double) -> Double? {
    x.position(value).map { min(max($0, -10), 10) * frame.width }
  }

  /// The vertical place of a number within the frame.
  func py(_ value: Double) -> Double? {
    y.position(value).map { (1 - min(max($0, -10), 10)) * frame.height }
  }

  /// The vertical place of a bin's content: what has no place stands below the frame.
  func pyOrBelow(_ value: Double) -> Double {
    value.isFinite ? py(value) ?? frame.height + 10 : frame.height + 10
  }

  private func drawNotes(_ canvas: inout SVGCanvas) {
    for (index, note) in axes.notes.enumerated() {
      canvas.text(
        note, frame.x + 14, frame.y + 24 + Double(index) * LegendBox.lineHeight,
        size: Self.noteSize)
    }
  }
}
