import ApusEvents

/// Which method is best, and whether that is more than chance.
struct Ranking {
  /// The methods from best to worst, those without a figure of merit last.
  let ordered: [ReportData.MethodResult]
  /// The first sentences of the report, HTML.
  let headline: String

  /// The best method, if any has a figure of merit.
  var best: ReportData.MethodResult? { ordered.first.flatMap { Self.merit($0) == nil ? nil : $0 } }

  init(_ data: ReportData) {
    let ordered = data.methods.sorted {
      (Self.merit($0) ?? -.infinity) > (Self.merit($1) ?? -.infinity)
    }
    self.ordered = ordered
    headline = Self.headline(ordered, data)
  }

  /// What methods are ranked by: AUC, or minus the root mean squared error; for several targets, whose units may differ,
  /// the mean R².
  static func merit(_ method: ReportData.MethodResult) -> Double? {
    guard let metrics = method.metrics(of: .test),
      let value = metrics.auc
        ?? (method.targets.count > 1 ? metrics.r2 : metrics.rmse.map { -$0 }), value.isFinite
    else { return nil }
    return value
  }

  private static func headline(
    _ ordered: [ReportData.MethodResult], _ data: ReportData
  ) -> String {
    guard let best = ordered.first, let metrics = best.metrics(of: .test), merit(best) != nil
    else { return "No method has results on test events." }
    let events = data.samples.filter { $0.part == .test }.reduce(0) { $0 + $1.events }
    let where_ =
      events > 0 ? " on \(NumberText.grouped(events)) test events" : " on the test events"
    let name = "<b>\(Page.text(best.name))</b>"
    if data.task == .regression, best.targets.count > 1 {
      return
        "\(name) estimates the \(best.targets.count) targets best: mean R² = \(Page.text(NumberText.significant(metrics.r2 ?? 0)))"
        + "\(where_) that no method saw."
    }
    if data.task == .regression {
      return
        "\(name) estimates best: RMSE = \(Page.text(NumberText.significant(metrics.rmse ?? 0)))"
        + "\(where_) that no method saw."
    }
    let start =
      "\(name) \(data.methods.count > 1 ? "separates best" : "was trained"): "
      + (data.task == .multiclass ? "mean AUC of each class against the rest = " : "AUC = ")
      + Page.text(NumberText.withError(metrics.auc ?? 0, metrics.aucError))
      + "\(where_) that \(data.methods.count > 1 ? "no method" : "it never") saw."
    let comparisons = ordered.dropFirst().compactMap { other in
      comparison(of: best, with: other, data)
    }
    guard !comparisons.isEmpty else { return start }
    return start + " " + sentences(comparisons)
  }

  /// A lead over another method.
  private struct Lead {
    var other: String
    var value: Double
    var error: Double
    var isSignificant: Bool { value > 3 * error }
  }

  private static func comparison(
    of best: ReportData.MethodResult, with other: ReportData.MethodResult, _ data: ReportData
  ) -> Lead? {
    if let known = data.differences.first(where: {
      $0.first == best.name && $0.second == other.name
    }) {
      return Lead(other: other.name, value: known.value, error: known.error)
    }
    if let known = data.differences.first(where: {
      $0.first == other.name && $0.second == best.name
    }) {
      return Lead(other: other.name, value: -known.value, error: known.error)
    }
    guard let a = best.metrics(of: .test), let b = other.metrics(of: .test), let x = a.auc,
      let y = b.auc, let e = a.aucError, let f = b.aucError, (x - y).isFinite
    else { return nil }
    // Both were measured on the same events, so this sum overstates the error.
    return Lead(other: other.name, value: x - y, error: (e * e + f * f).squareRoot())
  }

  private static func sentences(_ leads: [Lead]) -> String {
    let parts = leads.map { lead -> (Bool, String) in
      let deviations = lead.error > 0 ? lead.value / lead.error : 0
      return (
        lead.isSignificant,
        "<b>\(Page.text(lead.other))</b> by "
          + Page.text(NumberText.withError(lead.value, lead.error))
          + " (\(NumberText.fixed(deviations, 1))\u{202F}σ)"
      )
    }
    let clear = shortened(parts.filter(\.0).map(\.1))
    let unclear = shortened(parts.filter { !$0.0 }.map(\.1))
    var text = ""
    if !clear.isEmpty { text += "It is significantly ahead of \(list(clear))." }
    if !unclear.isEmpty {
      text += (text.isEmpty ? "" : " ") + "It leads \(list(unclear)), which is not significant."
    }
    return text
  }

  /// The nearest of many; the others stand in the table.
  private static func shortened(_ parts: [String]) -> [String] {
    parts.count > 5 ? parts.prefix(4) + ["\(parts.count - 4) others"] : parts
  }

  private static func list(_ parts: [String]) -> String {
    parts.count < 2
      ? parts.joined() : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")
  }
}
