import ApusEvents

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ReportPlots {
  /// Score distributions, train as points over test filled.
  func scores(_ method: ReportData.MethodResult) -> [Entry] {
    let kinds = Set(method.scores.map(\.score)).sorted()
    return kinds.compactMap { kind in
      let own = method.scores.filter { $0.score == kind }
      let series = scoreSeries(own, .test) + scoreSeries(own, .train)
      guard !series.isEmpty else { return nil }
      let isBinary = data.task == .binary
      let axes = Axes(
        x: Axis(isBinary ? "Score of \(method.name)" : "Score for \(className(kind))"),
        // The events of the other classes crowd near zero and would hide the rest of a linear axis.
        y: Axis("Normalised to unit area", kind: isBinary ? .linear : .logarithmic),
        series: series, legend: .above, legendColumns: isBinary ? 2 : 3)
      return Entry(
        name: "scores_" + Self.fileName(method.name)
          + (isBinary ? "" : "_" + Self.fileName(className(kind))),
        figure: figure(axes, "Score distributions of \(method.name), train and test"),
        caption: "Areas: test events; points with errors √Σw²: training events. They should "
          + "agree. " + compatibility(method))
    }
  }

  private func compatibility(_ method: ReportData.MethodResult) -> String {
    guard !method.compatibilities.isEmpty else { return "" }
    return "Kolmogorov-Smirnov p-value: "
      + method.compatibilities.map {
        "\(SVGText.escape(className($0.classIndex))) "
          + SVGText.html(NumberText.significant($0.ksProbability, 2))
      }.joined(separator: ", ") + ". A small one (below 0.01) speaks of overtraining."
  }

  private func scoreSeries(
    _ scores: [ReportData.ScoreHistogram], _ part: ReportData.Part
  ) -> [Series] {
    let own = scores.filter { $0.part == part }.sorted { $0.classIndex > $1.classIndex }
    return own.compactMap { score in
      guard let shape = score.histogram.density() else { return nil }
      let color = Palette.color(ofClass: score.classIndex, among: data.classes.count)
      let name = className(score.classIndex) + (part == .test ? " (test)" : " (train)")
      if part == .train {
        return .histogramPoints(
          edges: shape.edges, values: shape.sums, variances: shape.variances,
          label: data.task == .binary ? name : nil, color: darker(color),
          marker: score.classIndex == 1 ? .circle : .square)
      }
      let fill: Series.Fill =
        data.task != .binary ? .none : score.classIndex == 1 ? .solid : .hatched
      return Series(
        .histogram(edges: shape.edges, values: shape.sums),
        label: data.task == .binary ? name : className(score.classIndex), color: color,
        lineWidth: 2, fill: fill)
    }
  }

  /// A darker shade for points upon their own area.
  private func darker(_ color: String) -> String {
    let shades = [
      "#5790fc": "#1f4fb4", "#f89c20": "#b06500", "#e42536": "#96101d", "#964a8b": "#5e2657",
      "#9c9ca1": "#5d5d62", "#7a21dd": "#4a0c92",
    ]
    return shades[color] ?? color
  }

  /// Loss of training and validation at each step, and the validation AUC below.
  func history(_ method: ReportData.MethodResult) -> [Entry] {
    guard let history = method.history, history.steps.count > 1 else { return [] }
    // Models of one target each have a loss each.
    let targets = history.values("loss") == nil ? method.targets.map(\.target) : []
    return targets.isEmpty
      ? self.history(method, history, of: nil)
      : targets.flatMap { self.history(method, history, of: $0) }
  }

  private func history(
    _ method: ReportData.MethodResult, _ history: ReportData.History, of target: String?
  ) -> [Entry] {
    let lines = lossLines(history, target.map { "_" + $0 } ?? "")
    guard !lines.isEmpty else { return [] }
    let kept = history.bestStep.map {
      [Series(.vertical($0), label: "kept", color: "#5d5d62", lineWidth: 1.4, dash: .dashed)]
    }
    let limits = (history.steps.first ?? 0)...max(history.steps.last ?? 1, 1)
    let x = Axis(history.unit.prefix(1).uppercased() + history.unit.dropFirst(), range: limits)
    let title = target.map { "Loss of \($0)" } ?? "Loss"
    var panels = [Axes(x: x, y: Axis(title), series: (kept ?? []) + lines)]
    if let auc = history.values("validation_auc"), auc.contains(where: \.isFinite) {
      let line = Series(.curve(x: history.steps, y: auc), color: Palette.color(3), lineWidth: 2.2)
      let marks = (kept ?? []).map { mark in
        var mark = mark
        mark.label = nil
        return mark
      }
      panels.append(Axes(x: x, y: Axis("Valid. AUC"), series: marks + [line], legend: .none))
    }
    return [
      Entry(
        name: "history_" + Self.fileName(method.name)
          + (target.map { "_" + Self.fileName($0) } ?? ""),
        figure: Figure(
          panels: panels, heights: panels.count == 2 ? [2.2, 1] : [1], secondary: data.label,
          right: data.rightLabel, summary: "Training history of \(method.name)"),
        caption: historyCaption(history, lines.count)
          + (history.bestStep == nil ? "" : "The dashed line marks the state that was kept."))
    ]
  }

  private func historyCaption(_ history: ReportData.History, _ lines: Int) -> String {
    let unit = SVGText.escape(history.unit)
    guard lines > 1 else {
      return "The loss on training events after each \(unit). "
    }
    return "The loss on training and on validation events after each \(unit). Both falling: still "
      + "learning. Validation rising while training falls: overtraining. "
  }

  private func lossLines(_ history: ReportData.History, _ suffix: String) -> [Series] {
    let kinds = [
      ("loss", "training", Palette.color(0)), ("validation_loss", "validation", Palette.color(2)),
    ]
    return kinds.compactMap { name, label, color in
      guard let values = history.values(name + suffix), values.contains(where: \.isFinite) else {
        return nil
      }
      return Series(
        .curve(x: history.steps, y: values), label: label, color: color, lineWidth: 2.4)
    }
  }

  /// The significance of the signal above each cut.
  func significance(_ method: ReportData.MethodResult) -> [Entry] {
    guard hasPhysicalYields else { return [] }
    let cuts = method.cuts.filter { $0.signal > 0 && $0.background > 0 }
    guard cuts.count > 1 else { return [] }
    let x = cuts.map(\.cut)
    let simple = cuts.map { $0.signal / ($0.signal + $0.background).squareRoot() }
    let asimov = cuts.map { asimovSignificance(signal: $0.signal, background: $0.background) }
    let axes = Axes(
      x: Axis("Cut on the score of \(method.name)"), y: Axis("Expected significance  [σ]"),
      series: [
        Series(
          .curve(x: x, y: asimov), label: "Asimov", color: Palette.color(0), lineWidth: 2.4),
        Series(
          .curve(x: x, y: simple), label: "S/√(S+B)", color: Palette.color(1), lineWidth: 2.4,
          dash: .dashed),
      ])
    return [
      Entry(
        name: "significance_" + Self.fileName(method.name),
        figure: figure(axes, "Expected significance against the cut, \(method.name)"),
        caption: "Expected significance of counting the test events above a cut, with the sums of "
          + "weights as yields and no uncertainty of the background (Asimov: arXiv:1007.1727). "
          + "Choose a cut on validation events, not on this curve's highest point.")
    ]
  }

  /// Whether the weights make yields; a sample of unit weights has as many events as were generated.
  private var hasPhysicalYields: Bool {
    let known = data.samples.filter { $0.events > 0 }
    return known.isEmpty || known.contains { $0.sumOfWeights != Double($0.events) }
  }

  /// √(2((s+b)ln(1+s/b) − s)), the median significance of a counting experiment (arXiv:1007.1727).
  private func asimovSignificance(signal s: Double, background b: Double) -> Double {
    max(0, 2 * ((s + b) * log1p(s / b) - s)).squareRoot()
  }

  /// Which class the events of each class were assigned to.
  func confusion(_ method: ReportData.MethodResult) -> [Entry] {
    let count = data.classes.count
    guard data.task == .multiclass, method.confusion.count == count, count > 1 else { return [] }
    let edges = (0...count).map(Double.init)
    let rows = method.confusion.map { row -> [Double] in
      let total = row.reduce(0, +)
      return row.map { total > 0 ? 100 * $0 / total : .nan }
    }
    let axes = Axes(
      x: Axis("Assigned class", categories: data.classes),
      y: Axis("True class", categories: data.classes.reversed()),
      series: [
        Series(
          .cells(
            xEdges: edges, yEdges: edges, rows: rows.reversed(), map: .sequential(maximum: 100),
            decimals: 1))
      ], legend: .none)
    return [
      Entry(
        name: "confusion_" + Self.fileName(method.name),
        figure: figure(axes, "Confusion matrix of \(method.name)"),
        caption: "Of the weighted test events of each true class (row), the percentage that was "
          + "assigned to each class (column). Rows sum to 100.")
    ]
  }

  /// The most important inputs.
  func importances(_ method: ReportData.MethodResult) -> [Entry] {
    let shown = Array(method.importances.prefix(15).reversed())
    guard !shown.isEmpty else { return [] }
    let ends = shown.flatMap { [$0.value - ($0.error ?? 0), $0.value + ($0.error ?? 0)] }
      .filter(\.isFinite)
    let (low, high) = (min(ends.min() ?? 0, 0), max(ends.max() ?? 0, 0))
    let margin = high > low ? 0.04 * (high - low) : 1
    let axes = Axes(
      x: Axis(
        importanceTitle(method), range: (low < 0 ? low - margin : 0)...high + margin),
      y: Axis("", categories: shown.map(\.input)),
      series: [
        Series(
          .bars(values: shown.map(\.value), errors: shown.map { $0.error ?? 0 }),
          color: color(of: method))
      ], legend: .none)
    return [
      Entry(
        name: "importance_" + Self.fileName(method.name),
        figure: figure(
          axes, "Importance of the inputs for \(method.name)",
          height: 140 + 24 * Double(shown.count)),
        caption: importanceCaption(method))
    ]
  }

  private func importanceTitle(_ method: ReportData.MethodResult) -> String {
    guard method.importanceKind == .permutation else { return "Importance" }
    switch data.task {
    case .binary: return "Rise of 1 − AUC"
    case .multiclass: return "Rise of the loss"
    case .regression:
      return method.targets.count > 1 ? "Rise of the RMSE in deviations" : "Rise of the RMSE"
    }
  }

  private func importanceCaption(_ method: ReportData.MethodResult) -> String {
    let name = SVGText.escape(method.name)
    guard method.importanceKind == .permutation else {
      return "How much \(name) needs each input: shares of one, by its own measure."
    }
    return "How much worse \(name) does where an input is shuffled among "
      + "\(NumberText.grouped(method.importanceEvents ?? 0)) events that it did not learn from (those of training where there are no "
      + "others). Inputs that stand for each other share their importance."
  }
}
