extension Report {
  /// Efficiencies of test against train, compatibility of scores and a verdict for each method.
  func overtraining() -> String {
    let methods = ranking.ordered
    guard !methods.isEmpty else { return "" }
    let points = workingPoints()
    let classes = Set(methods.flatMap { $0.compatibilities.map(\.classIndex) }).sorted()
    let columns =
      [Page.Column(title: "Method", isText: true)]
      + points.map {
        Page.Column(title: "ε<sub>S</sub> at ε<sub>B</sub> = \(NumberText.fixed($0, 2))")
      } + classes.map { Page.Column(title: "KS p, \(Page.text(plots.className($0)))") }
      + [Page.Column(title: "Verdict", isText: true)]
    let rows = methods.map { method -> [String] in
      [Page.text(method.name)] + points.map { testAndTrain(method, $0) }
        + classes.map { index in
          method.compatibilities.first { $0.classIndex == index }.map {
            Page.text(NumberText.significant($0.ksProbability, 2))
          } ?? NumberText.dash
        } + [verdict(method).kind.rawValue]
    }
    return Page.paragraph(
      "A method overtrains when it learns peculiarities of the training events. Then it does "
        + "better on them than on events it never saw.") + Page.table(columns, rows)
      + Page.paragraph(
        "ε<sub>S</sub> on test events, in brackets on training events, each at the cut that "
          + "leaves ε<sub>B</sub> of that part's background. KS p: probability that train and "
          + "test scores of a class differ as much by chance (Kolmogorov-Smirnov).", style: "note")
  }

  private func testAndTrain(_ method: ReportData.MethodResult, _ background: Double) -> String {
    guard let point = method.workingPoints.first(where: { $0.backgroundEfficiency == background })
    else { return NumberText.dash }
    return NumberText.fixed(point.test, 3) + " (" + NumberText.fixed(point.train, 3) + ")"
  }

  private func verdict(_ method: ReportData.MethodResult) -> Verdict {
    Verdict.of(method, best: ranking.best)
  }

  /// Each method: what it is, its verdict, its plots, its options.
  func methods() -> String {
    ranking.ordered.map { method in
      let index = data.methods.firstIndex { $0.name == method.name } ?? 0
      return
        "<h3 id=\"method-\(ReportPlots.fileName(method.name))\">\(Page.text(method.name))</h3>\n"
        + Page.paragraph(description(method)) + Page.verdict(verdict(method))
        + Page.figures(plots.ofMethod(index)) + tables(method) + options(method)
    }.joined()
  }

  private func description(_ method: ReportData.MethodResult) -> String {
    let parameters = "\(NumberText.grouped(method.parameters)) parameters"
    let time = "trained in \(Page.text(NumberText.time(method.trainSeconds)))"
    let steps =
      method.history.map { history in
        ", \(NumberText.grouped(history.steps.count)) \(Page.text(history.unit))s"
          + (!history.stoppedEarly
            ? "" : history.values("validation_loss") == nil ? " (converged)" : " (stopped early)")
      } ?? ""
    return [
      method.type == method.name ? "" : Page.text(method.type), Page.text(method.summary),
      parameters, time + steps,
    ].filter { !$0.isEmpty }.joined(separator: "; ") + "."
  }

  /// What a model tells about itself; long tables are closed.
  private func tables(_ method: ReportData.MethodResult) -> String {
    (method.tables ?? []).map { table in
      let columns = table.columns.enumerated().map { place, title in
        Page.Column(
          title: Page.text(title),
          isText: table.rows.contains { $0[place].contains { $0.isLetter || "≤>".contains($0) } })
      }
      let content =
        Page.table(columns, table.rows.map { $0.map { Page.text($0) } })
        + Page.paragraph(Page.text(table.note), style: "note")
      return table.rows.count > 12
        ? Page.details(Page.text(table.title), content)
        : "<h4>\(Page.text(table.title))</h4>\n" + content
    }.joined()
  }

  private func options(_ method: ReportData.MethodResult) -> String {
    guard !method.options.isEmpty else { return "" }
    return Page.details(
      "Options of \(Page.text(method.name))",
      Page.table(
        [Page.Column(title: "Option", isText: true), Page.Column(title: "Value", isText: true)],
        method.options.map {
          ["<code>\(SVGText.escape($0.name))</code>", "<code>\(SVGText.escape($0.value))</code>"]
        }))
  }

  /// What is needed to make the same numbers again.
  func run() -> String {
    let facts: [(String, String)] = [
      ("Program", "Apus \(data.run.version)" + (data.run.commit.map { ", commit \($0)" } ?? "")),
      ("Command", data.run.command), ("Started", data.run.started),
      ("Took", data.run.seconds > 0 ? SVGText.plain(NumberText.time(data.run.seconds)) : ""),
      ("Seed", "\(data.run.seed)"), ("Threads", "\(data.run.threads)"),
      ("Machine", data.run.machine ?? ""),
    ]
    let list = facts.filter { !$0.1.isEmpty }.map { name, value in
      "<dt>\(name)</dt><dd>"
        + (name == "Command" ? "<code>\(SVGText.escape(value))</code>" : SVGText.escape(value))
        + "</dd>"
    }.joined()
    return Page.paragraph(
      "The same seed and the same number of threads on the same machine give the same numbers.")
      + "<dl>\(list)</dl>\n" + files()
      + (data.run.configuration.isEmpty
        ? ""
        : Page.details(
          "The merged configuration", "<pre>\(SVGText.escape(data.run.configuration))</pre>\n"))
  }

  private func files() -> String {
    guard !data.run.files.isEmpty else { return "" }
    return Page.table(
      [
        Page.Column(title: "File", isText: true), Page.Column(title: "Events"),
        Page.Column(title: "Bytes"), Page.Column(title: "Checksum", isText: true, isWide: true),
      ],
      data.run.files.map { file in
        [
          "<code>\(SVGText.escape(file.name))</code>",
          file.events.map { NumberText.grouped($0) } ?? NumberText.dash,
          NumberText.grouped(file.bytes),
          "<code class=\"hash\">\(SVGText.escape(file.checksum))</code>",
        ]
      })
  }
}
