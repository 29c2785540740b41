import ApusEvents

/// Returns the self-contained page of a run: HTML with its plots inline, no scripts, no other files.
///
/// The same data always give the same bytes. Every text that came from the user is escaped; a number
/// that does not exist or is not finite is shown as a dash.
public func renderReport(_ data: ReportData) -> String { Report(data).html() }

/// Returns the plots of a run, each a complete SVG document under a file name without its extension.
public func plots(_ data: ReportData) -> [(name: String, svg: String)] {
  ReportPlots(data: data).all().map { ($0.name, $0.figure.svg()) }
}

/// Writes the page of a run, section by section.
struct Report {
  let data: ReportData
  let plots: ReportPlots
  let ranking: Ranking

  init(_ data: ReportData) {
    self.data = data
    plots = ReportPlots(data: data)
    ranking = Ranking(data)
  }

  func html() -> String {
    let sections = sections().filter { !$0.content.isEmpty }
    let contents = sections.map {
      "<li><a href=\"#\($0.name)\">\($0.title)</a></li>"
    }.joined()
    let body = sections.map {
      "<section id=\"\($0.name)\"><h2>\($0.title)</h2>\n\($0.content)</section>\n"
    }.joined()
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="Apus \(Page.text(data.run.version))">
      <title>\(SVGText.escape(SVGText.plain(data.title)))</title>
      <style>
      \(PageStyle.css)
      </style></head><body>
      <header><h1>\(Page.text(data.title))</h1>
      <p class="meta">\(metaLine)</p>
      <div class="headline"><p>\(ranking.headline)</p>\(Page.paragraph(labelLine))</div>
      <nav aria-label="Contents"><ol>\(contents)</ol></nav></header>
      <main>
      \(body)</main>
      <footer>Written by Apus \(Page.text(data.run.version)). This page is one file and needs no
      network; every plot is also in the folder <code>plots</code> beside it.</footer>
      </body></html>

      """
  }

  private func sections() -> [(name: String, title: String, content: String)] {
    [
      ("comparison", "Comparison", comparison()),
      ("events", "Events and weights", events()),
      ("inputs", "Inputs", inputs()),
      ("overtraining", "Overtraining", overtraining()),
      ("methods", "Methods one by one", methods()),
      ("run", "How to repeat this", run()),
    ]
  }

  private var metaLine: String {
    [
      data.label.isEmpty ? "" : "<i>\(Page.text(data.label))</i>",
      Page.text(data.rightLabel ?? ""), Page.text(data.run.started),
      data.run.seconds > 0 ? "took " + NumberText.time(data.run.seconds) : "",
      "seed \(data.run.seed)",
    ].filter { !$0.isEmpty }.joined(separator: " · ")
  }

  private var labelLine: String {
    switch data.task {
    case .binary:
      guard data.classes.count == 2 else { return "" }
      return "Label 1 is signal: here <b>\(Page.text(data.classes[1]))</b>; label 0 is background: "
        + "<b>\(Page.text(data.classes[0]))</b>. A larger score is more like signal."
    case .multiclass:
      return "Classes, by their labels from 0: "
        + data.classes.map { "<b>\(Page.text($0))</b>" }.joined(separator: ", ") + "."
    case .regression: return ""
    }
  }
}
