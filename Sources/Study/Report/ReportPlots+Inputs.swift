import ApusEvents

extension ReportPlots {
  /// How many inputs are drawn.
  static let drawnInputs = 10

  /// The most separating inputs, class against class.
  func inputs() -> [Entry] {
    data.inputs.prefix(Self.drawnInputs).enumerated().compactMap { place, input in
      let shapes = input.histograms.enumerated().compactMap { index, histogram in
        histogram.density().map { (index, $0) }
      }
      guard !shapes.isEmpty else { return nil }
      let series = shapes.flatMap { index, shape in overlay(index, shape, of: shapes.count) }
      let note = input.separation.map {
        ["⟨S^{2}⟩ = " + NumberText.fixed($0, 3)]
      }
      let unit = input.unit.map { " [\($0)]" } ?? ""
      let axes = Axes(
        x: Axis((input.title ?? input.name) + unit), y: Axis("Normalised to unit area"),
        series: series,
        legend: .above, notes: note ?? [])
      return Entry(
        name: "input_\(place < 9 ? "0" : "")\(place + 1)_" + Self.fileName(input.name),
        figure: figure(axes, "Distribution of \(input.name)", height: 420),
        caption: "")
    }
  }

  /// One class of an overlay: signal filled, the last class hatched, others as lines, with error bars.
  private func overlay(_ index: Int, _ shape: ReportData.Histogram, of count: Int) -> [Series] {
    let color = Palette.color(ofClass: index, among: data.classes.count)
    let isTwoClasses = data.classes.count == 2
    let fill: Series.Fill =
      data.task == .regression ? .solid : isTwoClasses ? (index == 1 ? .solid : .hatched) : .none
    let name = data.task == .regression ? nil : className(index)
    return [
      Series(
        .histogram(edges: shape.edges, values: shape.sums), label: name, color: color,
        lineWidth: 2.2, dash: isTwoClasses ? .solid : Series.Dash.allCases[index / 6 % 4],
        fill: fill)
    ]
  }

  /// The distribution of event weights.
  func weights() -> [Entry] {
    // Weights that are all alike need no plot.
    let filled = data.weights.histograms.flatMap { histogram in
      histogram.sums.indices.filter { histogram.sums[$0] != 0 }
    }
    guard Set(filled).count > 1 else { return [] }
    let series = data.weights.histograms.enumerated().compactMap { index, histogram -> Series? in
      guard histogram.isDrawable, histogram.sums.contains(where: { $0 > 0 }) else { return nil }
      return Series(
        .histogram(edges: histogram.edges, values: histogram.sums), label: className(index),
        color: Palette.color(ofClass: index, among: data.classes.count), lineWidth: 2.2,
        fill: index == 1 ? .solid : .hatched)
    }
    guard !series.isEmpty else { return [] }
    return [
      Entry(
        name: "weights",
        figure: figure(
          Axes(
            x: Axis("Event weight"), y: Axis("Events", kind: .logarithmic), series: series,
            legend: .above),
          "Distribution of event weights", height: 420),
        caption: "How the event weights are distributed (a count of events, not of weights). "
          + "A long tail means that few events decide the result.")
    ]
  }

  /// The correlations of the inputs, a map a class.
  func correlations() -> [Entry] {
    data.correlations.compactMap { matrix in
      let count = matrix.inputs.count
      guard count > 1, matrix.values.count == count else { return nil }
      let edges = (0...count).map(Double.init)
      let cells = Series(
        .cells(
          xEdges: edges, yEdges: edges,
          rows: matrix.values.reversed().map { row in row.map { 100 * $0 } },
          map: .diverging(limit: 100), decimals: 0))
      let axes = Axes(
        x: Axis("", categories: matrix.inputs), y: Axis("", categories: matrix.inputs.reversed()),
        series: [cells], legend: .none)
      let side = max(460, 240 + 22 * Double(count))
      return Entry(
        name: "correlation_" + Self.fileName(matrix.name),
        figure: Figure(
          axes, width: side + 60, height: side, secondary: data.label, right: matrix.name,
          summary: "Linear correlations of the inputs, \(matrix.name)"),
        caption: "Linear correlation coefficients in percent, \(SVGText.escape(matrix.name)), "
          + "weighted training events. Strongly correlated inputs (dark) tell a method little "
          + "that is new.")
    }
  }
}
