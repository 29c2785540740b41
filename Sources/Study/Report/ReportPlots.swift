/// Makes the plots of a report from its data, a function for each kind of plot.
struct ReportPlots {
  let data: ReportData

  /// A plot with its file name and the words below it.
  struct Entry {
    var name: String
    var figure: Figure
    /// How to read it.
    var caption: String
  }

  /// All plots in the order of the report.
  func all() -> [Entry] {
    comparison() + weights() + inputs() + correlations()
      + data.methods.indices.flatMap { ofMethod($0) }
  }

  /// The plots of one method.
  func ofMethod(_ index: Int) -> [Entry] {
    let method = data.methods[index]
    return scores(method) + history(method) + significance(method) + confusion(method)
      + regression(method) + importances(method)
  }

  /// A figure with the run's labels.
  func figure(_ axes: Axes, _ summary: String, width: Double = 560, height: Double = 460) -> Figure
  {
    Figure(
      axes, width: width, height: height, secondary: data.label, right: data.rightLabel,
      summary: summary)
  }

  /// The colour of a method: its place in the configuration.
  func color(of method: ReportData.MethodResult) -> String {
    Palette.color(data.methods.firstIndex { $0.name == method.name } ?? 0)
  }

  /// The line pattern of a method, so that more methods than colours stay apart.
  func dash(of method: ReportData.MethodResult) -> Series.Dash {
    let place = data.methods.firstIndex { $0.name == method.name } ?? 0
    return Series.Dash.allCases[place / Palette.cycle.count % Series.Dash.allCases.count]
  }

  /// A class's name; for an index that does not exist, its number.
  func className(_ index: Int) -> String {
    data.classes.indices.contains(index) ? data.classes[index] : "all events"
  }

  /// A text as part of a file name: letters, digits, `-` and `_` are kept.
  static func fileName(_ text: String) -> String {
    String(
      text.map {
        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "_"
      })
  }
}

extension ReportData.Histogram {
  /// Whether edges, sums and variances fit together and there is something to draw.
  var isDrawable: Bool {
    !sums.isEmpty && edges.count == sums.count + 1 && variances.count == sums.count
      && edges.allSatisfy(\.isFinite)
  }

  /// The same distribution with unit area, as a density; nil when the sum of weights is not positive.
  func density() -> ReportData.Histogram? {
    let total = sums.reduce(0, +)
    guard isDrawable, total.isFinite, total > 0 else { return nil }
    var result = self
    for bin in sums.indices {
      let width = edges[bin + 1] - edges[bin]
      let scale = width > 0 ? 1 / (total * width) : 0
      result.sums[bin] *= scale
      result.variances[bin] *= scale * scale
    }
    return result
  }
}
