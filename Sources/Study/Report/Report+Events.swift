import ApusEvents

extension Report {
  /// The samples, what was done with the weights, and what was found wrong.
  func events() -> String {
    warnings() + samples() + weights()
      + Page.figures(plots.weights())
  }

  private func warnings() -> String {
    guard !data.warnings.isEmpty else { return "" }
    let items = data.warnings.map { warning in
      "<li>\(Page.text(warning.text))"
        + (warning.remedy.map { " <i>\(Page.text($0))</i>" } ?? "") + "</li>"
    }.joined()
    let count = data.warnings.count
    return "<div class=\"warnings\"><b>\(count) \(count == 1 ? "warning" : "warnings")</b>"
      + "<ul>\(items)</ul></div>\n"
  }

  private func samples() -> String {
    guard !data.samples.isEmpty else { return "" }
    let columns = [
      Page.Column(title: data.task == .regression ? "Sample" : "Class", isText: true),
      Page.Column(title: "Part", isText: true), Page.Column(title: "Events"),
      Page.Column(title: "Σw"), Page.Column(title: "w &lt; 0"),
      Page.Column(title: "Effective events"),
    ]
    let rows = data.samples.map { row in
      [
        Page.text(row.name), row.part.rawValue, NumberText.grouped(row.events),
        Page.text(
          row.sumOfWeights == Double(row.events)
            ? NumberText.grouped(row.events) : yield(row)),
        row.events > 0
          ? NumberText.percent(Double(row.negativeEvents) / Double(row.events)) : NumberText.dash,
        Page.text(NumberText.yield(row.effectiveEvents.rounded())),
      ]
    }
    let selection =
      data.selection.map { "Selection: <code>\(SVGText.escape($0))</code>. " } ?? ""
    let split = data.split.isEmpty ? "" : "Split: \(Page.text(data.split)). "
    return Page.paragraph(
      selection + split
        + "Methods learn from the training part; stopping and choices look at the validation "
        + "part; results are quoted for the test part, which nothing else used.")
      + Page.table(columns, rows)
      + Page.paragraph(
        "Σw: sum of event weights, signed, with error √Σw². Effective events: (Σw)²/Σw², the "
          + "number of unweighted events with the same relative error.", style: "note")
  }

  private func yield(_ row: ReportData.SampleRow) -> String {
    NumberText.withError(row.sumOfWeights, row.sumOfSquaredWeights.squareRoot())
  }

  private func weights() -> String {
    let policy =
      data.weights.text.isEmpty
      ? ""
      : "Policy for negative weights in training: <b>\(Page.text(data.weights.policy))</b>, "
        + Page.text(data.weights.text) + (data.weights.text.hasSuffix(".") ? "" : ".")
    guard !policy.isEmpty || !data.weights.balances.isEmpty else { return "" }
    let balances = Page.table(
      [
        Page.Column(title: "Class", isText: true), Page.Column(title: "Training Σw as read"),
        Page.Column(title: "Training Σw as balanced"),
      ],
      data.weights.balances.map {
        [
          Page.text($0.name), Page.text(NumberText.yield($0.before)),
          Page.text(NumberText.yield($0.after)),
        ]
      })
    return "<h3>Weights</h3>\n" + Page.paragraph(policy)
      + (data.weights.balances.isEmpty ? "" : balances)
  }

  /// The inputs: the most separating drawn, all in a table, their correlations.
  func inputs() -> String {
    guard !data.inputs.isEmpty else { return "" }
    let drawn = plots.inputs()
    let preprocessing =
      data.preprocessing.isEmpty
      ? ""
      : " Before the methods see them: "
        + data.preprocessing.map { Page.text($0) }.joined(separator: ", then ") + "."
    let reading =
      drawn.isEmpty || data.task == .regression
      ? ""
      : " Drawn are the \(drawn.count) that separate most by themselves, each class normalised to "
        + "unit area. ⟨S²⟩ = ½∫(ŝ − b̂)²/(ŝ + b̂) is 0 for equal and 1 for disjoint distributions. "
        + "An input that separates little alone may still help together with others."
    return Page.paragraph("\(data.inputs.count) inputs." + preprocessing + reading)
      + Page.figures(drawn, style: "plots small")
      + Page.details("All \(data.inputs.count) inputs", inputTable())
      + Page.details(
        "Correlations",
        plots.correlations().map { Page.figure($0, style: "large") }.joined())
  }

  private func inputTable() -> String {
    let classes = data.task == .regression ? [""] : data.classes
    let columns =
      [Page.Column(title: "Input", isText: true), Page.Column(title: "Separation ⟨S²⟩")]
      + classes.map {
        Page.Column(title: $0.isEmpty ? "Mean ± s.d." : "\(Page.text($0)): mean ± s.d.")
      }
    let rows = data.inputs.map { input -> [String] in
      let unit = input.unit.map { " \(Page.text($0))" } ?? ""
      return [
        "<code>\(SVGText.escape(input.name))</code>",
        input.separation.map { NumberText.fixed($0, 4) } ?? NumberText.dash,
      ]
        + classes.indices.map { index in
          guard input.means.indices.contains(index), input.deviations.indices.contains(index)
          else { return NumberText.dash }
          return Page.text(
            NumberText.significant(input.means[index], 3) + " ± "
              + NumberText.significant(input.deviations[index], 3)) + unit
        }
    }
    return Page.table(columns, rows)
  }
}
