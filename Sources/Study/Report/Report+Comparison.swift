import ApusEvents

extension Report {
  /// The table of all methods and the plots that compare them.
  func comparison() -> String {
    guard !data.methods.isEmpty else { return "" }
    let table = data.task == .regression ? regressionTable() : classificationTable()
    let curves = plots.comparison()
    let aucs = curves.filter { $0.name == "auc" }
    let others = curves.filter { $0.name != "auc" }
    return table + Page.figures(others) + Page.figures(aucs)
  }

  private func classificationTable() -> String {
    let points = workingPoints()
    let columns =
      [
        Page.Column(title: "Method", isText: true), Page.Column(title: "AUC,<br>test"),
        Page.Column(title: "AUC,<br>validation"), Page.Column(title: "AUC,<br>train"),
        Page.Column(title: "Accuracy"), Page.Column(title: "Loss"),
      ]
      + points.map {
        Page.Column(title: "ε<sub>S</sub> at<br>ε<sub>B</sub> = \(NumberText.percent($0, 0))")
      }
      + [
        Page.Column(title: "Para-<br>meters"), Page.Column(title: "Training"),
        Page.Column(title: "Scoring,<br>an event"),
      ]
    let rows = ranking.ordered.map { method -> [String] in
      let test = method.metrics(of: .test)
      return [methodName(method), withError(test?.auc, test?.aucError)]
        + [ReportData.Part.validation, .train].map { number(method.metrics(of: $0)?.auc, 4) }
        + [test?.accuracy.map { NumberText.percent($0) } ?? NumberText.dash, number(test?.loss, 4)]
        + points.map { efficiency(method, $0) } + cost(method)
    }
    return Page.table(columns, rows, best: ranking.best == nil ? nil : 0)
      + Page.paragraph(
        "AUC: area under the ROC curve; errors are one standard deviation. Accuracy, loss and "
          + "efficiencies are those of the test events. All numbers are weighted. "
          + "ε<sub>S</sub>: signal efficiency; ε<sub>B</sub>: background efficiency.", style: "note"
      )
  }

  private func regressionTable() -> String {
    let columns = [
      Page.Column(title: "Method", isText: true), Page.Column(title: "RMSE,<br>test"),
      Page.Column(title: "RMSE,<br>validation"), Page.Column(title: "RMSE,<br>train"),
      Page.Column(title: "Bias"),
      Page.Column(title: "MAE"), Page.Column(title: "R²"), Page.Column(title: "Parameters"),
      Page.Column(title: "Training"), Page.Column(title: "Scoring,<br>an event"),
    ]
    let rows = ranking.ordered.map { method -> [String] in
      let test = method.metrics(of: .test)
      return [methodName(method)]
        + [ReportData.Part.test, .validation, .train].map {
          number(method.metrics(of: $0)?.rmse, 4)
        }
        + [number(test?.bias, 3), number(test?.mae, 4), number(test?.r2, 4)] + cost(method)
    }
    return Page.table(columns, rows, best: ranking.best == nil ? nil : 0)
      + Page.paragraph(
        "RMSE: root of the mean squared residual; bias: mean residual; MAE: mean absolute residual; "
          + "R²: explained share of the variance. All weighted."
          + (data.methods.contains { $0.targets.count > 1 } ? " Means over the targets." : ""),
        style: "note") + targetTable()
  }

  /// The numbers of each target, where there are several.
  private func targetTable() -> String {
    let columns = ["Target", "Method", "RMSE", "Bias", "MAE", "R²"].enumerated().map {
      Page.Column(title: $1, isText: $0 < 2)
    }
    let names = ranking.ordered.first { $0.targets.count > 1 }?.targets.map(\.target) ?? []
    let rows = names.flatMap { name in
      ranking.ordered.compactMap { method -> [String]? in
        guard let own = method.targets.first(where: { $0.target == name })?.numbers,
          own.count == 4
        else { return nil }
        return [Page.text(name), Page.text(method.name)]
          + zip(own, [4, 3, 4, 4]).map { number($0.isFinite ? $0 : nil, $1) }
      }
    }
    return rows.isEmpty ? "" : "<h3>Targets, test events</h3>\n" + Page.table(columns, rows)
  }

  private func methodName(_ method: ReportData.MethodResult) -> String {
    "<a href=\"#method-\(ReportPlots.fileName(method.name))\">\(Page.text(method.name))</a>"
      + (method.type == method.name || method.type.isEmpty
        ? "" : " <span class=\"note\">\(Page.text(method.type))</span>")
  }

  private func cost(_ method: ReportData.MethodResult) -> [String] {
    let each =
      method.appliedEvents > 0
      ? Page.text(NumberText.time(method.applySeconds / Double(method.appliedEvents)))
      : NumberText.dash
    return [
      NumberText.grouped(method.parameters), Page.text(NumberText.time(method.trainSeconds)), each,
    ]
  }

  /// The background efficiencies at which some method has a working point.
  func workingPoints() -> [Double] {
    Set(data.methods.flatMap { $0.workingPoints.map(\.backgroundEfficiency) }).sorted()
  }

  private func efficiency(_ method: ReportData.MethodResult, _ background: Double) -> String {
    guard let point = method.workingPoints.first(where: { $0.backgroundEfficiency == background })
    else { return NumberText.dash }
    return withError(point.test, point.testError)
  }

  /// A number with its error; a dash where it does not exist.
  func withError(_ value: Double?, _ error: Double?) -> String {
    guard let value else { return NumberText.dash }
    guard let error, error > 0 else { return number(value, 4) }
    return Page.text(NumberText.withError(value, error))
  }

  /// A number with so many decimals, or significant digits where it is not of order one.
  func number(_ value: Double?, _ decimals: Int) -> String {
    guard let value else { return NumberText.dash }
    return value.magnitude < 10 && value.magnitude >= 0.001
      ? NumberText.typeset(value, decimals) : Page.text(NumberText.significant(value, decimals))
  }
}
