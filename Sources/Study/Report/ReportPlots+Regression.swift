#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ReportPlots {
  /// Estimate against truth, residuals, and their mean and width against truth.
  func regression(_ method: ReportData.MethodResult) -> [Entry] {
    method.targets.flatMap { result in
      let unit = result.unit.map { " [\($0)]" } ?? ""
      return map(method, result, unit) + residuals(method, result, unit) + pulls(method, result)
        + profile(method, result, unit)
    }
  }

  /// The method as a part of a file's name, with the target where there are several.
  private func fileName(
    _ method: ReportData.MethodResult, _ result: ReportData.RegressionResult
  ) -> String {
    Self.fileName(method.name)
      + (method.targets.count > 1 ? "_" + Self.fileName(result.target) : "")
  }

  private func map(
    _ method: ReportData.MethodResult, _ result: ReportData.RegressionResult, _ unit: String
  ) -> [Entry] {
    guard let low = result.edges.first, let high = result.edges.last, low < high else { return [] }
    let largest = result.counts.joined().filter(\.isFinite).max() ?? 1
    let axes = Axes(
      x: Axis("True \(result.target)\(unit)", range: low...high),
      y: Axis("Estimated \(result.target)\(unit)", range: low...high),
      series: [
        Series(
          .cells(
            xEdges: result.edges, yEdges: result.edges, rows: result.counts,
            map: .sequential(maximum: largest), decimals: nil)),
        Series(
          .curve(x: [low, high], y: [low, high]), color: Palette.color(2), lineWidth: 1.6,
          dash: .dashed),
      ], legend: .none)
    return [
      Entry(
        name: "truth_" + fileName(method, result),
        figure: figure(axes, "Estimate against truth, \(method.name)"),
        caption: "Test events by their true and estimated value; on the dashed line both agree.")
    ]
  }

  private func residuals(
    _ method: ReportData.MethodResult, _ result: ReportData.RegressionResult, _ unit: String
  ) -> [Entry] {
    guard let shape = result.residuals.density() else { return [] }
    var notes: [String] = []
    if let numbers = result.numbers, numbers.count == 4 {
      notes = [
        "bias " + NumberText.significant(numbers[1], 3),
        "RMSE " + NumberText.significant(numbers[0], 3),
      ]
    } else if let metrics = method.metrics(of: .test) {
      if let bias = metrics.bias { notes.append("bias " + NumberText.significant(bias, 3)) }
      if let rmse = metrics.rmse { notes.append("RMSE " + NumberText.significant(rmse, 3)) }
    }
    let axes = Axes(
      x: Axis("Estimated − true \(result.target)\(unit)"), y: Axis("Normalised to unit area"),
      series: [
        Series(
          .histogram(edges: shape.edges, values: shape.sums), color: color(of: method), fill: .solid
        ),
        .histogramPoints(edges: shape.edges, values: shape.sums, variances: shape.variances),
        Series(.vertical(0), color: "#5d5d62", lineWidth: 1.2, dash: .dotted),
      ], legend: .none, notes: notes)
    return [
      Entry(
        name: "residuals_" + fileName(method, result),
        figure: figure(axes, "Residuals of \(method.name)"),
        caption: "Estimate minus truth on test events, with errors √Σw².")
    ]
  }

  /// Residuals in units of the deviations that the method estimates, beside the unit Gaussian.
  private func pulls(
    _ method: ReportData.MethodResult, _ result: ReportData.RegressionResult
  ) -> [Entry] {
    guard let shape = result.pulls?.density() else { return [] }
    let x = stride(from: -5.0, through: 5, by: 0.1).map { $0 }
    let gauss = x.map { exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }
    let notes = zip(["mean", "width"], result.pullMoments ?? []).map {
      "\($0) " + NumberText.significant($1, 3)
    }
    let axes = Axes(
      x: Axis("(Estimated − true)/σ of \(result.target)", range: -5...5),
      y: Axis("Normalised to unit area"),
      series: [
        Series(
          .histogram(edges: shape.edges, values: shape.sums), color: color(of: method), fill: .solid
        ),
        .histogramPoints(edges: shape.edges, values: shape.sums, variances: shape.variances),
        Series(
          .curve(x: x, y: gauss), label: "unit Gaussian", color: "#5d5d62", lineWidth: 1.6,
          dash: .dashed),
      ], notes: notes)
    return [
      Entry(
        name: "pulls_" + fileName(method, result),
        figure: figure(axes, "Pulls of \(method.name)"),
        caption:
          "Residuals of test events over the deviation σ that \(SVGText.escape(method.name)) estimates for each. Where "
          + "σ is right they follow the dashed unit Gaussian: mean 0, width 1 (of all events, also those beyond ±5). A width above 1 means that σ is "
          + "too small."
      )
    ]
  }

  private func profile(
    _ method: ReportData.MethodResult, _ result: ReportData.RegressionResult, _ unit: String
  ) -> [Entry] {
    let bins = result.edges.count - 1
    guard bins > 0, result.meanResiduals.count == bins, result.residualDeviations.count == bins
    else { return [] }
    let centres = (0..<bins).map { (result.edges[$0] + result.edges[$0 + 1]) / 2 }
    let bounds = zip(result.meanResiduals, result.residualDeviations)
    let axes = Axes(
      x: Axis("True \(result.target)\(unit)"), y: Axis("Estimated − true\(unit)"),
      series: [
        Series(
          .band(x: centres, low: bounds.map { $0 - $1 }, high: bounds.map { $0 + $1 }),
          label: "± 1 s.d.", color: color(of: method), fill: .solid),
        Series(.horizontal(0), color: "#5d5d62", lineWidth: 1.2, dash: .dotted),
        Series(
          .curve(x: centres, y: result.meanResiduals), label: "mean", color: color(of: method),
          lineWidth: 2.4),
      ])
    return [
      Entry(
        name: "bias_" + fileName(method, result),
        figure: figure(axes, "Bias and resolution against truth, \(method.name)"),
        caption: "The mean and spread of the residual in bins of truth: a slope is a bias towards "
          + "the middle.")
    ]
  }
}
