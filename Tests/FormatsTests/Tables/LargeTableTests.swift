import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

/// Text tables and archives that are read piece by piece, as large ones are.
@Suite struct LargeTableTests {
  /// Text of some runs: comments, blank lines, quotes with line ends, a column that is real only near its end.
  private func text(_ rows: Int, quotes: Bool) -> String {
    var text = "k,x,late,word\n"
    for row in 0..<rows {
      if row % 997 == 3 { text += "# a comment\n\n" }
      let late = row == rows - 5 ? "0.5" : "\(row % 7)"
      let word = quotes && row % 5 == 0 ? "\"a\nb, \(row)\"" : "w\(row % 11)"
      text += "\(row),\(Double(row) * 0.125 - 3),\(late),\(word)\n"
    }
    return text
  }

  private func checkSame(_ path: String, _ label: String) throws {
    let whole = try readTable(path)
    let pieced = try openTable(path, whole: 0)
    #expect(pieced.count == whole.count && pieced.columnNames == whole.names, "\(label)")
    #expect(pieced.pieces.first?.lowerBound == 0 && pieced.pieces.last?.upperBound == whole.count)
    let n = whole.count
    for wanted in [0..<n, 0..<0, n / 3..<n / 3 + 100, n - 1..<n, 0..<7, 5..<max(5, n - 5)] {
      let rows = wanted.clamped(to: 0..<n)
      let read = try pieced.read(whole.names, rows: rows)
      let expected = try whole.read(whole.names, rows: rows)
      for column in expected.columns {
        #expect(
          read.columns.first { $0.name == column.name }?.values.isSame(as: column.values) ?? false,
          "\(label) \(column.name) \(rows)")
      }
    }
    #expect(pieced.schema.map(\.type) == whole.schema.map(\.type), "\(label)")
  }

  @Test(arguments: [false, true]) func textInRunsIsTheSame(_ quotes: Bool) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text(180_000, quotes: quotes), "events.csv")
    #expect(try openTable(path, whole: 0).pieces.count > (quotes ? 0 : 2))
    try checkSame(path, "quotes \(quotes)")
    try writeTable(try readTable(path), to: folder.path("events.csv.gz"))
    try checkSame(folder.path("events.csv.gz"), "gzip, quotes \(quotes)")
  }

  /// Events of a generator: a weight that only late events have, comments between events, and gzipped.
  @Test func leshouchesInRunsAreTheSame() throws {
    let folder = try TemporaryFolder()
    var text = """
      <LesHouchesEvents version="3.0">
      <header><initrwgt><weightgroup name="scale"><weight id="a">muR=2</weight></weightgroup></initrwgt></header>
      <init>
      2212 2212 6500 6500 0 0 1 1 3 1
      </init>

      """
    let particle = "21 -1 0 0 101 102 0.0 0.0 1.5E+02 1.5E+02 0.0 0. 9."
    for event in 0..<24_000 {
      if event % 5000 == 7 { text += "<!-- not the end: </event> -->\n" }
      let weights =
        "<wgt id='a'>\(event).5</wgt>" + (event > 20_000 ? "<wgt id='late'>2.5</wgt>" : "")
      let particles = [String](repeating: particle, count: event % 7).joined(separator: "\n")
      text += """
        <event>
        \(event % 7) 1 0.25 91.2 0.0078 0.118
        \(particles)
        <rwgt>\(weights)</rwgt>
        </event>

        """
    }
    let path = try folder.write(text + "</LesHouchesEvents>\n", "events.lhe")
    #expect(try openTable(path, whole: 0).pieces.count > 1)
    try checkSame(path, "lhe")
    #expect(try openTable(path, whole: 0).schema == openTable(path).schema)
    // A fault far behind keeps its line; a file that is cut off is told.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
    let bad = try folder.write(text + "<event>\n1 x\n</event>\n</LesHouchesEvents>\n", "bad.lhe")
    let found = message { _ = try openTable(bad, whole: 0) }
    #expect(found == message { _ = try readTable(bad) }, "\(found)")
    #expect(found.contains("line \(lines + 1)"), "\(found)")
    let cut = try folder.write(text, "cut.lhe")
    #expect(message { _ = try openTable(cut, whole: 0) }.contains("the file ends before"))
  }

  /// The header of TMVA gives types; a table of one row, of one line without an end, and of none.
  @Test(arguments: [
    "px/F:n/I:name/C\n1 2 a\n3 4 5\n", "a b\n1 2\n", "a,b\n1,2", "a,b\n", "1\t2\n3\t4\n",
  ]) func smallTextIsTheSame(_ text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, "small.txt")
    let whole = try readTable(path)
    let pieced = try openTable(path, whole: 0)
    let read = try pieced.read(whole.names, rows: 0..<whole.count)
    #expect(pieced.count == whole.count && pieced.schema == whole.schema)
    for (a, b) in zip(read.columns, whole.columns) {
      #expect(a.name == b.name && a.values.isSame(as: b.values), "\(text)")
    }
  }

  @Test func aRaggedRowIsNamedWithItsLine() throws {
    let folder = try TemporaryFolder()
    var text = text(150_000, quotes: false)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
    text += "1,2\n"
    let path = try folder.write(text, "ragged.csv")
    let found = message { _ = try openTable(path, whole: 0) }
    #expect(found == message { _ = try readTable(path) }, "\(found)")
    #expect(found.contains("line \(lines)"), "\(found)")
  }

  @Test func aFileThatChangesIsToldOf() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text(60_000, quotes: false), "changing.csv")
    let table = try openTable(path, whole: 0)
    _ = try folder.write(String(repeating: "1,2,3,4\n", count: 60_000), "changing.csv")
    let found = message { _ = try table.read(["k"], rows: 0..<table.count) }
    #expect(found.contains("changing.csv"), "\(found)")
  }

  /// Stored and deflated arrays, matrices, structures and lists.
  @Test func archivesInPiecesAreTheSame() throws {
    for name in ["stored.npz", "table.npz"]
    where FileManager.default.fileExists(atPath: golden(name)) { try checkSame(golden(name), name) }
    let folder = try TemporaryFolder()
    let table = try tableOfAllTypes(5000, nested: true)
    let path = folder.path("lists.npz")
    try writeTable(table, to: path)
    let names = ["i8", "u64", "f32", "text", "jag", "jag_flag", "jag_jag", "jag_text"]
    let whole = try readTable(path, columns: names)
    let pieced = try openTable(path, whole: 0)
    #expect(pieced.count == 5000 && Set(pieced.columnNames).isSuperset(of: names))
    // Forth, back to the start, and across.
    for rows in [0..<100, 100..<3000, 0..<5000, 4999..<5000, 17..<17] {
      let read = try pieced.read(whole.names, rows: rows)
      for column in whole.columns {
        let expected = column.values.selecting(rows)
        #expect(
          try read.column(column.name).values.isSame(as: expected), "\(column.name) \(rows)")
      }
    }
  }

  @Test func changedBytesGiveValuesOrAnError() throws {
    let folder = try TemporaryFolder()
    let table = try EventTable([
      Column("x", .float32((0..<40).map { Float($0) })), Column("k", .int64((0..<40).map { $0 })),
    ])
    func read(_ path: String) throws {
      let table = try openTable(path, whole: 0)
      _ = try table.read(table.columnNames, rows: 0..<table.count)
    }
    for name in ["small.npz", "small.csv.gz"] {
      let path = folder.path(name)
      try writeTable(table, to: path)
      try checkReader(path, flips: 600, seed: 3, cutsMayRead: false, read)
    }
    let events = """
      <LesHouchesEvents version="1.0">
      <init>
      2212 2212 6500 6500 0 0 1 1 3 1
      </init>
      <event>
      1 1 0.25 91.2 0.0078 0.118
      21 -1 0 0 101 102 0.0 0.0 1.5E+02 1.5E+02 0.0 0. 9.
      <rwgt><wgt id='a'>1.5</wgt></rwgt>
      </event>
      <event>
      0 1 0.25 91.2 0.0078 0.118
      </event>
      </LesHouchesEvents>

      """
    let text = "k,x,word\n1,2.5,\"a, b\"\n# no row\n-3,1e9,c\n"
    for (name, content) in [("small.lhe", events), ("small.csv", text)] {
      try checkReader(
        try folder.write(content, name), flips: 600, seed: 4, cutsMayRead: true, read)
    }
  }
}
