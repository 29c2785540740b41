/// The style sheet of the report: one column on a phone, two where there is room, clean on paper.
enum PageStyle {
  static let css = """
    :root { color-scheme: light; --ink: #1a1a1a; --soft: #5b5f66; --line: #d9dce1; --wash: #f5f7fa;
      --accent: #1f4fb4; --good: #1b7a43; --bad: #b3261e; --care: #8a5a00; }
    * { box-sizing: border-box; }
    html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: #fff; color: var(--ink);
      font: 16px/1.55 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", system-ui, sans-serif; }
    main, header, footer { max-width: 1160px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 40px; }
    h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 6px; letter-spacing: -0.01em; }
    h2 { font-size: 1.4rem; margin: 56px 0 12px; padding-top: 14px;
      border-top: 2px solid var(--ink); }
    main { counter-reset: section; } section { counter-increment: section; }
    h2::before { content: counter(section) "\\2002"; color: var(--soft); font-weight: 400; }
    h3 { font-size: 1.2rem; margin: 36px 0 6px; }
    h4 { font-size: 1rem; margin: 22px 0 4px; }
    section section { counter-increment: none; }
    p { margin: 8px 0; max-width: 46em; }
    .meta { color: var(--soft); font-size: 0.92rem; margin: 0; max-width: none; }
    .headline { font-size: 1.2rem; line-height: 1.45; margin: 26px 0 20px; padding: 18px 22px;
      background: var(--wash); border-left: 5px solid var(--accent); border-radius: 0 6px 6px 0; }
    .headline p { max-width: none; margin: 0; }
    .headline p + p { font-size: 1rem; margin-top: 8px; color: #33373d; }
    nav { border: 1px solid var(--line); border-radius: 6px; padding: 10px 18px; margin: 0 0 8px; }
    nav ol { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap;
      gap: 2px 22px; counter-reset: part; }
    nav li { counter-increment: part; }
    nav li::before { content: counter(part) "  "; color: var(--soft); }
    a { color: var(--accent); text-decoration: none; }
    a:hover { text-decoration: underline; }
    .scroll { overflow-x: auto; margin: 14px 0 6px; }
    table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums;
      border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }
    th, td { padding: 6px 16px 6px 0; text-align: right; vertical-align: top; white-space: nowrap; }
    th:last-child, td:last-child { padding-right: 4px; }
    th { font-weight: 600; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
    tbody tr + tr td { border-top: 1px solid var(--line); }
    th.text, td.text { text-align: left; }
    td.wide { white-space: normal; min-width: 20em; }
    th:first-child, td:first-child { position: sticky; left: 0; background: #fff; }
    tr.best td { background: #eef4ff; font-weight: 600; }
    .note { color: var(--soft); font-size: 0.88rem; max-width: 52em; }
    td .note { font-size: 0.9em; font-weight: 400; }
    .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr));
      gap: 22px 28px; margin: 18px 0; align-items: start; }
    .small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 12px 20px; }
    figure { margin: 0; min-width: 0; }
    figure svg { display: block; width: 100%; height: auto; max-width: 640px; }
    figure.large svg { max-width: 900px; }
    figcaption { color: var(--soft); font-size: 0.88rem; line-height: 1.45; margin: 4px 4px 0; }
    .verdict { margin: 10px 0; padding: 8px 14px; border-left: 4px solid var(--soft);
      background: var(--wash); max-width: none; }
    .verdict b { margin-right: 4px; }
    .fits { border-color: var(--good); } .fits b { color: var(--good); }
    .overfits { border-color: var(--bad); } .overfits b { color: var(--bad); }
    .underfits { border-color: var(--care); } .underfits b { color: var(--care); }
    .warnings { border: 1px solid #e5c07b; background: #fffaf0; border-radius: 6px;
      padding: 8px 20px 12px; margin: 16px 0; }
    .warnings ul { margin: 4px 0; padding-left: 1.2em; }
    details { margin: 14px 0; }
    summary { cursor: pointer; color: var(--accent); font-weight: 600; }
    pre { background: var(--wash); border: 1px solid var(--line); border-radius: 6px; padding: 12px 14px;
      overflow-x: auto; font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono",
        monospace; }
    code { font: 0.92em ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
    .hash { overflow-wrap: anywhere; white-space: normal; font-size: 0.82em; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 14px 0; }
    dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
    footer { color: var(--soft); font-size: 0.85rem; margin-top: 64px; padding-bottom: 40px; }
    @media (max-width: 600px) {
      body { font-size: 15px; }
      main, header, footer { padding-left: 16px; padding-right: 16px; }
      header { padding-top: 22px; } h1 { font-size: 1.6rem; } h2 { margin-top: 40px; }
      .headline { font-size: 1.06rem; padding: 14px 16px; }
      nav ol { flex-direction: column; }
      dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; }
    }
    @media print {
      @page { margin: 15mm 14mm; }
      body { font-size: 10pt; } main, header, footer { max-width: none; padding: 0; }
      header { padding-top: 0; } nav { display: none; }
      h2 { margin-top: 22pt; } h2, h3 { break-after: avoid; }
      figure, tr, .verdict, .headline, .warnings { break-inside: avoid; }
      .plots { grid-template-columns: 1fr 1fr; gap: 10pt 14pt; }
      .small { grid-template-columns: 1fr 1fr 1fr; gap: 6pt 10pt; }
      figure.large svg { width: 75%; } .note, figcaption { font-size: 8pt; }
      .scroll { overflow: visible; } table { font-size: 7.5pt; }
      th, td { padding-right: 7pt; } td.wide { min-width: 12em; }
      a { color: inherit; } pre { white-space: pre-wrap; }
      summary { list-style: none; } details::details-content { content-visibility: visible;
        display: block; height: auto; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    }
    """
}
