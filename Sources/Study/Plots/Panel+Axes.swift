extension Panel {
  /// Draws the frame, the ticks on all four sides, their labels and the titles.
  func drawAxes(_ canvas: inout SVGCanvas) {
    drawHorizontal(&canvas)
    drawVertical(&canvas)
    canvas.rectangle(
      frame.x, frame.y, frame.width, frame.height, fill: "none", stroke: Palette.ink, lineWidth: 1.4
    )
  }

  private var right: Double { frame.x + frame.width }
  private var bottom: Double { frame.y + frame.height }

  private func drawHorizontal(_ canvas: inout SVGCanvas) {
    if let names = axes.x.categories {
      drawNames(names, &canvas)
    } else {
      let (ticks, exponent) = x.ticks(target: max(3, Int(frame.width / 80)))
      var marks: [(x1: Double, y1: Double, x2: Double, y2: Double)] = []
      for tick in ticks {
        guard let place = px(tick.value) else { continue }
        let (at, length) = (frame.x + place, tick.isMajor ? 10.0 : 5.0)
        marks.append((at, bottom, at, bottom - length))
        marks.append((at, frame.y, at, frame.y + length))
        if isLowest, let label = tick.label {
          canvas.text(
            label, at, bottom + 19, size: Self.tickSize(for: 0), anchor: "middle")
        }
      }
      canvas.segments(marks)
      if isLowest && exponent != 0 {
        canvas.text(power(exponent), right, bottom + 34, size: 13, anchor: "end")
      }
    }
    guard isLowest else { return }
    let isNamed = axes.x.categories != nil
    // A power of ten stands at the end of the axis, so the title moves left of it.
    let shift = !isNamed && x.ticks(target: 5).exponent != 0 ? 52.0 : 0
    let lowest = frame.y + frame.height + (isNamed ? namesHeight + 24 : 44)
    canvas.text(axes.x.title, right - shift, lowest, size: Self.titleSize, anchor: "end")
  }

  private func drawVertical(_ canvas: inout SVGCanvas) {
    if let names = axes.y.categories {
      let size = Self.tickSize(for: names.count)
      for (index, name) in names.enumerated() {
        guard let place = py(Double(index) + 0.5) else { continue }
        canvas.text(name, frame.x - 8, frame.y + place + 0.35 * size, size: size, anchor: "end")
      }
    } else {
      let (ticks, exponent) = y.ticks(target: max(2, Int(frame.height / 62)))
      let size = Self.tickSize(for: 0)
      var marks: [(x1: Double, y1: Double, x2: Double, y2: Double)] = []
      for tick in ticks {
        guard let place = py(tick.value) else { continue }
        let (at, length) = (frame.y + place, tick.isMajor ? 10.0 : 5.0)
        marks.append((frame.x, at, frame.x + length, at))
        marks.append((right, at, right - length, at))
        if let label = tick.label {
          // Labels of neighbouring panels must not meet in the gap.
          let lowered = !isLowest && place > frame.height - 8 ? -5.0 : 0
          canvas.text(label, frame.x - 7, at + 5 + lowered, size: size, anchor: "end")
        }
      }
      canvas.segments(marks)
      if exponent != 0 {
        canvas.text(power(exponent), frame.x - 4, frame.y - 9, size: 13, anchor: "end")
      }
    }
    let place = max(18, frame.x - 57)
    canvas.text(
      axes.y.title, axes.y.categories == nil ? place : 18, frame.y, size: Self.titleSize,
      anchor: "end", turned: -90)
  }

  private func power(_ exponent: Int) -> String {
    "×10^{" + NumberText.withMinus(String(exponent)) + "}"
  }

  /// The height that the names along x take.
  private var namesHeight: Double {
    guard let names = axes.x.categories else { return 0 }
    guard turnsNames else { return 20 }
    return names.map { SVGText.width($0, size: Self.tickSize(for: names.count)) }.max() ?? 0
  }

  private var turnsNames: Bool {
    guard let names = axes.x.categories, !names.isEmpty else { return false }
    let room = frame.width / Double(names.count)
    return names.contains { SVGText.width($0, size: Self.tickSize(for: names.count)) > room - 6 }
  }

  private func drawNames(_ names: [String], _ canvas: inout SVGCanvas) {
    guard isLowest else { return }
    let size = Self.tickSize(for: names.count)
    for (index, name) in names.enumerated() {
      guard let place = px(Double(index) + 0.5) else { continue }
      if turnsNames {
        canvas.text(
          name, frame.x + place + 0.35 * size, bottom + 8, size: size, anchor: "end", turned: -90)
      } else {
        canvas.text(name, frame.x + place, bottom + 20, size: size, anchor: "middle")
      }
    }
  }
}
