/// The size of a legend, estimated from its words.
struct LegendBox: Equatable {
  static let lineHeight = 21.0
  static let swatch = 30.0

  var entries: [Series]
  var columns: Int
  var columnWidth: Double
  var width: Double { columnWidth * Double(columns) }
  var height: Double {
    entries.isEmpty
      ? 0 : ((Double(entries.count) / Double(columns)).rounded(.up)) * Self.lineHeight + 6
  }

  init(_ axes: Axes) {
    entries = axes.legend == .none ? [] : axes.series.filter { $0.label != nil }
    columns = max(1, min(axes.legendColumns, max(entries.count, 1)))
    let widest = entries.map { SVGText.width($0.label ?? "", size: Panel.noteSize) }.max() ?? 0
    columnWidth = widest + Self.swatch + 22
  }
}

extension Panel {
  func drawLegend(_ canvas: inout SVGCanvas) {
    guard !legendBox.entries.isEmpty else { return }
    let corner = axes.legend == .above ? aboveCorner : emptiestCorner()
    let rows = Int((Double(legendBox.entries.count) / Double(legendBox.columns)).rounded(.up))
    for (index, series) in legendBox.entries.enumerated() {
      let left = frame.x + corner.x + Double(index / rows) * legendBox.columnWidth
      let middle = frame.y + corner.y + (Double(index % rows) + 0.5) * LegendBox.lineHeight + 3
      drawSwatch(series, left, middle, &canvas)
      canvas.text(
        series.label ?? "", left + LegendBox.swatch + 8, middle + 0.35 * Self.noteSize,
        size: Self.noteSize)
    }
  }

  private var aboveCorner: (x: Double, y: Double) {
    (max(12, frame.width - legendBox.width - 8), 6 + noteShift)
  }

  private func drawSwatch(
    _ series: Series, _ x: Double, _ y: Double, _ canvas: inout SVGCanvas
  ) {
    let end = x + LegendBox.swatch
    switch series.content {
    case .histogram, .band, .bars, .cells:
      let box: [(x: Double, y: Double)] = [(x, y - 6), (end, y - 6), (end, y + 6), (x, y + 6)]
      if case .bars = series.content {
        canvas.rectangle(x, y - 6, LegendBox.swatch, 12, fill: series.color)
      } else if series.fill == .none {
        canvas.line(x, y, end, y, color: series.color, width: series.lineWidth, dash: series.dash)
      } else {
        canvas.polygon(box, fill: series.fill, color: series.color)
        canvas.polyline(box + [box[0]], color: series.color, width: series.lineWidth)
      }
    case .points(_, _, let xError, _):
      canvas.line(x + 15, y - 8, x + 15, y + 8, color: series.color, width: series.lineWidth)
      if !xError.isEmpty {
        canvas.line(x + 5, y, x + 25, y, color: series.color, width: series.lineWidth)
      }
      canvas.marker(series.marker, x + 15, y, color: series.color)
    case .curve, .vertical, .horizontal:
      canvas.line(x, y, end, y, color: series.color, width: series.lineWidth, dash: series.dash)
    }
  }

  /// The corner of the frame in which the fewest drawn points lie; ties go to the upper right.
  private func emptiestCorner() -> (x: Double, y: Double) {
    let (w, h) = (legendBox.width, legendBox.height)
    let notes = axes.notes.isEmpty ? 0 : Double(axes.notes.count) * LegendBox.lineHeight + 10
    let (right, low) = (max(12, frame.width - w - 8), max(8, frame.height - h - 14))
    let middle = max(12, (frame.width - w) / 2)
    let corners: [(x: Double, y: Double)] = [
      (right, 8), (16, 8 + notes), (right, low), (16, low), (middle, low), (middle, 8),
      (right, (low + 8) / 2), (16, (low + 8) / 2),
    ]
    let drawn = axes.series.flatMap(drawnPoints)
    let crowds = corners.map { corner in
      drawn.count {
        $0.x > corner.x - 10 && $0.x < corner.x + w && $0.y > corner.y - 8
          && $0.y < corner.y + h + 8
      }
    }
    let best = crowds.min() ?? 0
    return corners[crowds.firstIndex(of: best) ?? 0]
  }

  /// Points along what a series draws, dense enough to see whether a legend would cover it.
  private func drawnPoints(_ series: Series) -> [(x: Double, y: Double)] {
    switch series.content {
    case .histogram(let edges, let values):
      return zip(edges.dropLast(), values).flatMap { edge, value -> [(x: Double, y: Double)] in
        guard let h = px(edge) else { return [] }
        let top = min(max(pyOrBelow(value), 0), frame.height)
        // A filled bin covers all below it.
        return stride(from: top, through: frame.height, by: 24).map { (h, $0) }
      }
    case .curve(let x, let y), .points(let x, let y, _, _): return along(x, y)
    case .band(let x, let low, let high): return along(x, low) + along(x, high)
    case .vertical(let value): return along([value, value], [y.low, y.high])
    case .horizontal(let value): return along([x.low, x.high], [value, value])
    case .bars, .cells: return []
    }
  }

  private func along(_ xs: [Double], _ ys: [Double]) -> [(x: Double, y: Double)] {
    let places = zip(xs, ys).compactMap { a, b -> (x: Double, y: Double)? in
      guard let h = px(a), let v = py(b) else { return nil }
      return (h, v)
    }
    guard places.count > 1 else { return places }
    let parts = max(1, 200 / places.count)
    return zip(places, places.dropFirst()).flatMap { a, b in
      (0...parts).map { part in
        let share = Double(part) / Double(parts)
        return (a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
      }
    }
  }
}
