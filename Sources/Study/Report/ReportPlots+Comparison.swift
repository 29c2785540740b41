import ApusEvents

extension ReportPlots {
  /// ROC curves of all methods, linear and logarithmic, and their AUC with errors.
  func comparison() -> [Entry] {
    switch data.task {
    case .regression: return []
    case .binary: return aucs() + roc(positive: nil)
    case .multiclass: return aucs() + data.classes.flatMap { roc(positive: $0) }
    }
  }

  private func aucs() -> [Entry] {
    let known = ranked(data.methods.filter { $0.metrics(of: .test)?.auc?.isFinite == true })
    guard known.count > 1 else { return [] }
    let names = Array(known.map(\.name).reversed())
    let series = known.enumerated().map { index, method in
      let metrics = method.metrics(of: .test)
      return Series(
        .points(
          x: [metrics?.auc ?? 0], y: [Double(known.count - index) - 0.5],
          // One event of a class has an area, but no error.
          xError: [metrics?.aucError.flatMap { $0.isFinite ? $0 : nil } ?? 0], yError: []),
        color: color(of: method), lineWidth: 2.4)
    }
    let values = series.flatMap(\.xValues)
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let margin = max(0.12 * (high - low), 0.002)
    let axes = Axes(
      x: Axis("AUC on test events", range: low - margin...high + margin),
      y: Axis("", categories: names), series: series, legend: .none)
    return [
      Entry(
        name: "auc",
        figure: figure(
          axes, "AUC of each method with its error",
          height: 150 + (known.count > Self.crowd ? 24 : 44) * Double(known.count)),
        caption:
          "Area under the ROC curve on the test events. Bars are one standard deviation from the "
          + "finite number of test events. Methods are compared on the same events, so a "
          + "difference is known better than the bars suggest.")
    ]
  }

  /// More methods than this do not fit into one plot.
  private static let crowd = 8

  /// Many methods from best to worst, few as they were booked.
  private func ranked(_ methods: [ReportData.MethodResult]) -> [ReportData.MethodResult] {
    methods.count > Self.crowd
      ? methods.sorted {
        (Ranking.merit($0) ?? -.infinity) > (Ranking.merit($1) ?? -.infinity)
      } : methods
  }

  /// The curves of all methods, of many in several plots.
  private func roc(positive: String?) -> [Entry] {
    let methods = ranked(data.methods)
    let size = methods.count > Self.crowd ? Self.crowd - 1 : max(methods.count, 1)
    return stride(from: 0, to: methods.count, by: size).enumerated().flatMap { place, start in
      roc(methods[start..<min(start + size, methods.count)], plot: place + 1, positive: positive)
    }
  }

  private func roc(
    _ methods: ArraySlice<ReportData.MethodResult>, plot: Int, positive: String?
  ) -> [Entry] {
    let suffix =
      (positive.map { "_" + Self.fileName($0) } ?? "") + (plot > 1 ? "_\(plot)" : "")
    let isFirst = plot == 1 && (positive == nil || positive == data.classes.first)
    let curves = methods.compactMap { method -> (Series, Series)? in
      guard let curve = method.curves.first(where: { $0.part == .test && $0.positive == positive }),
        !curve.signalEfficiency.isEmpty
      else { return nil }
      return (linear(curve, method), logarithmic(curve, method))
    }
    guard !curves.isEmpty else { return [] }
    let x = Axis("Signal efficiency  ε_{S}", range: 0...1)
    let chance = Series(
      .curve(x: [0, 1], y: [1, 0]), color: "#9c9ca1", lineWidth: 1.2, dash: .dotted)
    return [
      Entry(
        name: "roc" + suffix,
        figure: figure(
          Axes(
            x: x, y: Axis("Background rejection  1 − ε_{B}", range: 0...1.04),
            series: [chance] + curves.map(\.0)),
          "ROC curves: background rejection against signal efficiency", of: positive),
        caption: !isFirst
          ? ""
          : "How much background is rejected when a share ε<sub>S</sub> of the signal is "
            + "kept, on test events. Nearer to the upper right corner is better; the dotted line "
            + "is guessing."),
      Entry(
        name: "roc_log" + suffix,
        figure: figure(
          Axes(
            x: x, y: Axis("Background rejection  1/ε_{B}", kind: .logarithmic),
            series: curves.map(\.1)),
          "ROC curves: inverse background efficiency against signal efficiency", of: positive),
        caption: !isFirst
          ? ""
          : "The same curves as 1/ε<sub>B</sub>: out of how many background events one "
            + "survives. This shows the hard cuts, which the other plot squeezes into its corner; "
            + "at the far left few background events are left and the lines fluctuate."),
    ]
  }

  /// A figure that names the class that counts as signal above its right end.
  private func figure(_ axes: Axes, _ summary: String, of positive: String?) -> Figure {
    var figure = figure(axes, summary + (positive.map { ", \($0) against the rest" } ?? ""))
    if let positive { figure.right = "\(positive) against the rest" }
    return figure
  }

  private func linear(_ curve: ReportData.RocCurve, _ method: ReportData.MethodResult) -> Series {
    Series(
      .curve(x: curve.signalEfficiency, y: curve.backgroundEfficiency.map { 1 - $0 }),
      label: legend(method, curve), color: color(of: method), lineWidth: 2.4,
      dash: dash(of: method))
  }

  private func logarithmic(
    _ curve: ReportData.RocCurve, _ method: ReportData.MethodResult
  ) -> Series {
    let points = zip(curve.signalEfficiency, curve.backgroundEfficiency).filter {
      $0.0 > 0.005 && $0.1 > 0
    }
    return Series(
      .curve(x: points.map(\.0), y: points.map { 1 / $0.1 }), label: legend(method, curve),
      color: color(of: method), lineWidth: 2.4, dash: dash(of: method))
  }

  private func legend(_ method: ReportData.MethodResult, _ curve: ReportData.RocCurve) -> String {
    guard curve.positive == nil, let auc = method.metrics(of: .test)?.auc, auc.isFinite else {
      return method.name
    }
    return method.name + "  (AUC " + NumberText.fixed(auc, 3) + ")"
  }
}
