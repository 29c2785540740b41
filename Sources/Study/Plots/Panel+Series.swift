extension Panel {
  /// Draws one series in the coordinates of the frame.
  func draw(_ series: Series, _ canvas: inout SVGCanvas) {
    switch series.content {
    case .histogram(let edges, let values): drawHistogram(series, edges, values, &canvas)
    case .curve(let x, let y): drawCurve(series, x, y, &canvas)
    case .points(let x, let y, let xError, let yError):
      drawPoints(series, x, y, xError, yError, &canvas)
    case .band(let x, let low, let high): drawBand(series, x, low, high, &canvas)
    case .bars(let values, let errors): drawBars(series, values, errors, &canvas)
    case .cells(let xEdges, let yEdges, let rows, let map, let decimals):
      drawCells(xEdges, yEdges, rows, map, decimals, &canvas)
    case .vertical(let value):
      if let at = px(value) {
        canvas.line(
          at, 0, at, frame.height, color: series.color, width: series.lineWidth, dash: series.dash)
      }
    case .horizontal(let value):
      if let at = py(value) {
        canvas.line(
          0, at, frame.width, at, color: series.color, width: series.lineWidth, dash: series.dash)
      }
    }
  }

  private func drawHistogram(
    _ series: Series, _ edges: [Double], _ values: [Double], _ canvas: inout SVGCanvas
  ) {
    let bins = min(values.count, edges.count - 1)
    guard bins > 0, let first = px(edges[0]), let last = px(edges[bins]) else { return }
    let floor = pyOrBelow(y.kind == .linear ? 0 : -1)
    var outline: [(x: Double, y: Double)] = [(first, floor)]
    for bin in 0..<bins {
      guard let left = px(edges[bin]), let right = px(edges[bin + 1]) else { continue }
      let height = pyOrBelow(values[bin])
      outline.append((left, height))
      outline.append((right, height))
    }
    outline.append((last, floor))
    canvas.polygon(outline, fill: series.fill, color: series.color)
    canvas.polyline(outline, color: series.color, width: series.lineWidth, dash: series.dash)
  }

  private func drawCurve(
    _ series: Series, _ x: [Double], _ y: [Double], _ canvas: inout SVGCanvas
  ) {
    var run: [(x: Double, y: Double)] = []
    for (a, b) in zip(x, y) {
      if let h = px(a), let v = py(b) {
        // Points that a reader cannot tell apart only make the file large.
        if let last = run.last, run.count > 1, (h - last.x).magnitude + (v - last.y).magnitude < 0.4
        {
          continue
        }
        run.append((h, v))
      } else {
        flush(&run, series, &canvas)
      }
    }
    flush(&run, series, &canvas)
  }

  private func flush(
    _ run: inout [(x: Double, y: Double)], _ series: Series, _ canvas: inout SVGCanvas
  ) {
    if run.count == 1 {
      canvas.marker(.circle, run[0].x, run[0].y, color: series.color)
    } else {
      canvas.polyline(run, color: series.color, width: series.lineWidth, dash: series.dash)
    }
    run = []
  }

  private func drawPoints(
    _ series: Series, _ x: [Double], _ y: [Double], _ xError: [Double], _ yError: [Double],
    _ canvas: inout SVGCanvas
  ) {
    var bars: [(x1: Double, y1: Double, x2: Double, y2: Double)] = []
    var places: [(x: Double, y: Double)] = []
    for index in 0..<min(x.count, y.count) {
      guard let h = px(x[index]), let v = py(y[index]) else { continue }
      places.append((h, v))
      if index < yError.count, yError[index].isFinite, yError[index] > 0 {
        bars.append(
          (h, pyOrBelow(y[index] - yError[index]), h, pyOrBelow(y[index] + yError[index])))
      }
      if index < xError.count, let left = px(x[index] - xError[index]),
        let right = px(x[index] + xError[index])
      {
        bars.append((left, v, right, v))
      }
    }
    canvas.segments(bars, color: series.color, width: series.lineWidth)
    for place in places { canvas.marker(series.marker, place.x, place.y, color: series.color) }
  }

  private func drawBand(
    _ series: Series, _ x: [Double], _ low: [Double], _ high: [Double],
    _ canvas: inout SVGCanvas
  ) {
    var upper: [(x: Double, y: Double)] = []
    var lower: [(x: Double, y: Double)] = []
    for index in 0..<min(x.count, low.count, high.count) {
      guard let h = px(x[index]), low[index].isFinite, high[index].isFinite else { continue }
      upper.append((h, pyOrBelow(high[index])))
      lower.append((h, pyOrBelow(low[index])))
    }
    canvas.polygon(upper + lower.reversed(), fill: series.fill, color: series.color)
  }

  private func drawBars(
    _ series: Series, _ values: [Double], _ errors: [Double], _ canvas: inout SVGCanvas
  ) {
    let start = min(max(px(0) ?? 0, 0), frame.width)
    for (index, value) in values.enumerated() {
      guard let end = px(value), let middle = py(Double(index) + 0.5),
        let edge = py(Double(index) + 0.8)
      else { continue }
      let half = middle - edge
      canvas.rectangle(
        min(start, end), middle - half, (end - start).magnitude, 2 * half, fill: series.color)
      if index < errors.count, errors[index] > 0, let low = px(value - errors[index]),
        let high = px(value + errors[index])
      {
        canvas.line(low, middle, high, middle, width: 1.6)
        for at in [low, high] { canvas.line(at, middle - 4, at, middle + 4, width: 1.6) }
      }
    }
  }

  private func drawCells(
    _ xEdges: [Double], _ yEdges: [Double], _ rows: [[Double]], _ map: ColorMap, _ decimals: Int?,
    _ canvas: inout SVGCanvas
  ) {
    for (row, values) in rows.enumerated() where row + 1 < yEdges.count {
      for (column, value) in values.enumerated() where column + 1 < xEdges.count {
        guard let left = px(xEdges[column]), let right = px(xEdges[column + 1]),
          let low = py(yEdges[row]), let high = py(yEdges[row + 1]), value.isFinite
        else { continue }
        let (width, height) = (right - left, low - high)
        // A hair more than the cell, so that no light shines between neighbours.
        canvas.rectangle(left, high, width + 0.4, height + 0.4, fill: map.color(of: value))
        if let decimals, width > 14 {
          let size = min(15, width * 0.42, height * 0.6)
          canvas.text(
            NumberText.typeset(value, decimals), left + width / 2, high + height / 2 + 0.35 * size,
            size: size, anchor: "middle", color: map.ink(on: value))
        }
      }
    }
  }

  /// Draws the scale of colours of a map at the right of the frame.
  func drawColorBar(_ series: Series, _ canvas: inout SVGCanvas) {
    guard case .cells(_, _, _, let map, _) = series.content else { return }
    let bar = Frame(x: frame.x + frame.width + 12, y: frame.y, width: 16, height: frame.height)
    let scale = Scale(.linear, low: map.range.lowerBound, high: map.range.upperBound)
    let steps = 48
    for step in 0..<steps {
      let share = (Double(step) + 0.5) / Double(steps)
      canvas.rectangle(
        bar.x, bar.y + (1 - Double(step + 1) / Double(steps)) * bar.height, bar.width,
        bar.height / Double(steps) + 0.5,
        fill: map.color(of: scale.low + share * (scale.high - scale.low)))
    }
    canvas.rectangle(
      bar.x, bar.y, bar.width, bar.height, fill: "none", stroke: Palette.ink, lineWidth: 1)
    let (ticks, exponent) = scale.ticks(target: 5)
    for tick in ticks {
      guard let label = tick.label, let share = scale.position(tick.value) else { continue }
      let at = bar.y + (1 - share) * bar.height
      canvas.line(bar.x + bar.width, at, bar.x + bar.width - 5, at)
      canvas.text(label, bar.x + bar.width + 5, at + 4.5, size: 13)
    }
    if exponent != 0 {
      canvas.text("×10^{\(exponent)}", bar.x + bar.width + 5, bar.y - 8, size: 12, anchor: "middle")
    }
  }
}
