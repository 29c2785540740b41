/// Pieces of HTML: tables, figures, sections.
///
/// All text that comes from data is escaped here or by the caller.
enum Page {
  /// A cell of a table: HTML that is already escaped.
  struct Column {
    var title: String
    /// Text stands left, numbers right.
    var isText = false
    /// Text that may wrap.
    var isWide = false
  }

  /// Plain text as HTML, with `^{}` and `_{}` typeset.
  static func text(_ text: String) -> String { SVGText.html(text) }

  /// A table of HTML cells, with the best row marked.
  static func table(_ columns: [Column], _ rows: [[String]], best: Int? = nil) -> String {
    func name(_ column: Column) -> String {
      column.isWide ? " class=\"text wide\"" : column.isText ? " class=\"text\"" : ""
    }
    let head = columns.map { "<th\(name($0))>\($0.title)</th>" }.joined()
    let body = rows.enumerated().map { index, row in
      "<tr\(index == best ? " class=\"best\"" : "")>"
        + zip(columns, row).map { "<td\(name($0))>\($1)</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    return "<div class=\"scroll\"><table><thead><tr>\(head)</tr></thead>\n<tbody>\(body)</tbody>"
      + "</table></div>\n"
  }

  /// Plots side by side, each with its caption.
  static func figures(_ entries: [ReportPlots.Entry], style: String = "plots") -> String {
    guard !entries.isEmpty else { return "" }
    return "<div class=\"\(style)\">\n" + entries.map { figure($0) }.joined() + "</div>\n"
  }

  /// One plot with its caption.
  static func figure(_ entry: ReportPlots.Entry, style: String = "") -> String {
    "<figure id=\"\(entry.name)\"\(style.isEmpty ? "" : " class=\"\(style)\"")>\n"
      + entry.figure.svg()
      + (entry.caption.isEmpty ? "" : "<figcaption>\(entry.caption)</figcaption>") + "</figure>\n"
  }

  /// A part that opens on a click and is open in print.
  static func details(_ summary: String, _ content: String) -> String {
    content.isEmpty ? "" : "<details><summary>\(summary)</summary>\n\(content)</details>\n"
  }

  /// A paragraph; nothing for no text.
  static func paragraph(_ html: String, style: String = "") -> String {
    html.isEmpty ? "" : "<p\(style.isEmpty ? "" : " class=\"\(style)\"")>\(html)</p>\n"
  }

  /// The verdict on a method.
  static func verdict(_ verdict: Verdict) -> String {
    let word =
      switch verdict.kind {
      case .fits: "Fits."
      case .underfits: "Underfits."
      case .overfits: "Overfits."
      case .unknown: "No verdict."
      }
    return "<div class=\"verdict \(verdict.kind.rawValue)\"><b>\(word)</b> "
      + text(verdict.reason) + "</div>\n"
  }
}
