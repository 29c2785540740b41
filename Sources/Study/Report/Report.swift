/// Returns the self-contained page of a run: HTML with its plots inline, no scripts, no other files.
public func renderReport(_ data: ReportData) -> String { "" }

/// Returns the plots of a run, each a complete SVG document under a file name without its extension.
public func plots(_ data: ReportData) -> [(name: String, svg: String)] { [] }
