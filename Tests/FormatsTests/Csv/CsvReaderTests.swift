import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

@Suite struct CsvReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func read(_ text: String, _ name: String = "t.csv", columns: [String]? = nil) throws -> EventTable
  {
    try readCSV(folder.write(text, name), columns: columns)
  }

  @Test func typesAreThoseOfTheWholeColumn() throws {
    let table = try read("a,b,c,d\n1,2,x,4\n-5,2.5,7,\n9223372036854775807,1e3,y,nan\n")
    #expect(try table.column("a").values == .int64([1, -5, .max]))
    #expect(try table.column("b").values == .float64([2, 2.5, 1000]))
    #expect(try table.column("c").values == .strings(["x", "7", "y"]))
    let d = try table.numbers("d")
    #expect(d[0] == 4 && d[1].isNaN && d[2].isNaN)
  }

  @Test func separatorsQuotesCommentsAndLineEndsAreUnderstood() throws {
    #expect(try read("a;b\n1;2\n").numbers("b") == [2])
    #expect(try read("a\tb\n1\t\n3\t4\n", "t.tsv").numbers("b")[1] == 4)
    #expect(try read("a b\n 1   2 \n3\t4\n", "t.txt").numbers("b") == [2, 4])
    #expect(try read("a,b\r\n1,2\r\n3,4\r\n").column("b").values == .int64([2, 4]))
    #expect(try read("# made by hand\n\na,b\n# more\n1,2\n\n3,4").numbers("b") == [2, 4])
    #expect(try read("\u{feff}a,b\n1,2\n").names == ["a", "b"])
    let quoted = try read("\"a,1\",b\n\"x\"\"y\n,z\",\"2\"\n")
    #expect(quoted.names == ["a,1", "b"])
    #expect(try quoted.texts("a,1") == ["x\"y\n,z"])
    #expect(try quoted.numbers("b") == [2])
  }

  @Test func headersAreFoundOrReplaced() throws {
    #expect(try read("1,2\n3,4\n").names == ["col0", "col1"])
    #expect(try read("1,2\n3,4\n").count == 2)
    #expect(try read("# x y\n1 2\n3 4\n", "t.dat").names == ["x", "y"])
    #expect(try read(",pt\n0,2\n").names == ["col0", "pt"])
    #expect(try read("pt,eta\n").count == 0)
  }

  @Test func headersOfTMVAGiveNamesAndTypes() throws {
    let table = try read(
      "px/F:py:E/D:run/I:n/b:ok/O:tag/C\n1.5 2 0.1 -7 200 1 7\n 0.1 nan 2 8 3 0 x\n", "t.txt")
    #expect(table.names == ["px", "py", "E", "run", "n", "ok", "tag"])
    #expect(try table.column("px").values == .float32([1.5, 0.1]))
    #expect(try table.numbers("py")[0] == 2 && table.numbers("py")[1].isNaN)
    #expect(try table.column("E").values == .float64([0.1, 2]))
    #expect(try table.column("run").values == .integers(.int32([-7, 8])))
    #expect(try table.column("n").values == .integers(.uint8([200, 3])))
    #expect(try table.column("ok").values == .integers(.bool([true, false])))
    #expect(try table.texts("tag") == ["7", "x"])
    #expect(try read("x:y/I\n1,2\n", "t.txt").column("x").values == .float32([1]))
    #expect(try read("x:y/I\n", "t.txt").column("y").values == .integers(.int32([])))
    // A unit is no type.
    #expect(try read("v_m/s\n1\n").names == ["v_m/s"])
    #expect(
      message { _ = try read("x/F:n/b\n1 2\n1 256\n", "t.txt") }.contains(
        "t.txt:n: a column of type /b must hold whole numbers of 8 bits without sign, but it holds others"
      ))
  }

  @Test func wordsForMissingInfiniteAndTruthAreNumbers() throws {
    let table = try read("a,b\nnan,True\nNA,false\n-inf,TRUE\nInfinity,False\n1,true\n")
    let a = try table.numbers("a")
    #expect(a[0].isNaN && a[1].isNaN)
    #expect(a[2...] == [-.infinity, .infinity, 1])
    #expect(try table.column("b").values == .int64([1, 0, 1, 0, 1]))
  }

  @Test func onlyTheWantedColumnsAreReadInTheirOrder() throws {
    let table = try read("a,b,c\n1,x,3\n4,y,6\n", columns: ["c", "a"])
    #expect(table.names == ["c", "a"])
    #expect(try table.numbers("a") == [1, 4])
    #expect(
      message { _ = try read("pt,eta\n1,2\n", columns: ["ptt"]) }.contains("Did you mean 'pt'?"))
  }

  /// Numbers that only a correct rounding gets right, and random ones; the judge is the standard
  /// library's own conversion.
  @Test func everyNumberIsExactToTheLastBit() throws {
    var texts = [
      "0.1", "-0.0", "-0", "1e22", "1e23", "8.5e-23", "9007199254740993",
      "9007199254740992.999999999",
      "1.7976931348623157e308", "1e309", "-1e400", "4.9e-324", "2.4703282292062327e-324",
      "2.2250738585072011e-308", "6.631236871469758276785396630275967e-4", "1e-400", "0.000001",
      "123456789012345678901234567890", "0.00000000000000000000000000000123456789012345678901",
      "1.00000000000000011102230246251565", "1.00000000000000011102230246251566", "+5.25", ".5",
      "5.",
      "7.2057594037927933e16", "1e-55", "12345678901234567e-40", "9223372036854775808",
      "-9223372036854775809", "1090544144181609348835077142190", "8.69293212890625000000e-01",
    ]
    var state: UInt64 = 7
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
    for _ in 0..<20_000 {
      let value = Double(bitPattern: next())
      if value.isFinite { texts.append("\(value)") }
      texts.append("\(Double(Float(Double(next() >> 40) / 65536 - 100)))")
      texts.append("\(Int64(bitPattern: next()) >> 3).\(next())")
      texts.append("\(next() % 100).\(next() % 10_000_000_000)e\(Int(next() % 120) - 60)")
      texts.append("0.\(next())\(next())")
    }
    let values = try read("x\n" + texts.joined(separator: "\n") + "\n").numbers("x")
    #expect(values.count == texts.count)
    for (text, value) in zip(texts, values) where value.bitPattern != Double(text)?.bitPattern {
      Issue.record("\(text) was read as \(value)")
    }
  }

  /// Chunks of a mebibyte meet in the middle of columns that change their type.
  @Test func largeFilesAreTheSameAsTheirRows() throws {
    let rows = 300_000
    var text = "i,x,s\n"
    for i in 0..<rows {
      text += "\(i),\(i == rows - 1 ? "0.5" : "\(i)"),\(i == rows / 2 ? "text" : "1")\n"
    }
    let path = try folder.write(text, "large.csv")
    for threads in [0, 1, 2] {
      let table = try readCSV(path, threads: threads)
      #expect(try table.column("i").values == .int64((0..<Int64(rows)).map { $0 }))
      #expect(try table.numbers("x") == (0..<rows).map { $0 == rows - 1 ? 0.5 : Double($0) })
      #expect(try table.texts("s").filter { $0 == "text" }.count == 1)
      #expect(try table.texts("s").count == rows)
    }
    let problem = textInNumericColumn(try readCSV(path).column("s"), of: path)
    #expect(problem.line == rows / 2 + 2)
    let ragged = try folder.write(text + "1,2\n", "ragged.csv")
    #expect(
      message { _ = try readCSV(ragged) }.contains("line \(rows + 2): every row must have 3 cells"))
  }

  /// A quote anywhere made runs of eight MiB, and a line end in quotes of more.
  @Test func quotesMadeRunsLarge() throws {
    let rows = 250_000
    var text = "i,s\n# a \" in a comment\n"
    for i in 0..<rows {
      let cell = i % 3 == 0 ? "\"one\n\"\"two\"\",\"" : i % 3 == 1 ? "5\" pipe" : " \"x\" "
      text += "\(i),\(cell)\n"
    }
    let path = try folder.write(text, "quotes.csv")
    let table = try openTable(path, whole: 0)
    #expect(table.count == rows)
    let bytesPerRow = Double(text.utf8.count) / Double(rows)
    #expect(table.pieces.map(\.count).max().map { Double($0) * bytesPerRow < 1.1e6 } == true)
    let read = try table.read(["i", "s"], rows: 0..<rows)
    let whole = try readCSV(path)
    #expect(try read.column("i").values == whole.column("i").values)
    #expect(try read.texts("s") == whole.texts("s"))
    #expect(try read.texts("s")[0..<3] == ["one\n\"two\",", "5\" pipe", "x"])
  }

  @Test func mistakesSayLineCauseAndRemedy() throws {
    #expect(
      message { _ = try read("a,b\n1,2\n1,2,3\n") }.hasSuffix(
        "t.csv, line 3: every row must have 2 cells, as the first has, but this one has 3: '1,2,3'. "
          + "Repair or remove the line; a cell that holds the separator must be in quotes."))
    #expect(message { _ = try read("a,b\n1\n") }.contains("line 2: every row must have 2 cells"))
    #expect(message { _ = try read("a,b\n1,\"2\n") }.contains("a quote must be closed"))
    #expect(message { _ = try read("") }.contains("the file is empty (0 bytes)"))
    #expect(message { _ = try read("# nothing\n\n") }.contains("the file holds no line with data"))
    #expect(message { _ = try read("a,a\n1,2\n") }.contains("two columns are named 'a'"))
    let table = try read("x,y\n1,2\n3,abc\n5,def\n")
    #expect(
      textInNumericColumn(try table.column("y"), of: folder.path("t.csv")).message.hasSuffix(
        "t.csv:y, line 3: a column that is used as numbers must hold nothing else, but there is the "
          + "cell 'abc'. Correct it, write nan for a missing number, or leave the column out of the "
          + "inputs."))
  }

  @Test func anyBytesGiveATableOrAnError() throws {
    let text = "# c\na,b,\"c d\"\n1,2.5e-3,\"x,\"\"y\"\r\n-7,nan,z\n3,,\"q\nr\"\n"
    try checkReader(folder.write(text, "whole.csv"), flips: 2000, cutsMayRead: true) {
      _ = try readCSV($0)
    }
    let typed = "px/F:py:run/I:n/b:tag/C\n1.5 2 3 4 a\n-1 nan -7 8 b\n"
    try checkReader(folder.write(typed, "typed.txt"), flips: 1000, cutsMayRead: true) {
      _ = try readCSV($0)
    }
    try checkReader(golden("table.csv.gz"), flips: 1000) { _ = try readCSV($0) }
  }

  @Test(.data("exercises/01-logistic.csv")) func theExercisesAreRead() throws {
    let path = try TestData.path("exercises/01-logistic.csv")
    let table = try readTable(path)
    #expect(table.names == ["x1", "x2", "label"] && table.count == 100)
    #expect(try table.numbers("x1")[0] == 2.67520094)
  }
}

@Suite struct CsvWriterTests {
  @Test func whatIsWrittenReadsBackBitByBit() throws {
    let folder = try TemporaryFolder()
    let table = try EventTable([
      Column("x", .float64([0.1, -0.0, 1e-300, .infinity, .leastNonzeroMagnitude, 1e22])),
      Column("f", .float32([0.1, 1, -2.5e-8, 16_777_216, 3.4e38, -0.0])),
      Column("k, odd", .int64([.min, .max, 0, 1, 2, 3])),
      Column("s", .strings(["a", "b,c", "d\"e", " f", "#g", "h\ni"])),
    ])
    for name in ["t.csv", "t.tsv", "t.csv.gz", "t.tsv.gz"] {
      let path = folder.path(name)
      try writeTable(table, to: path)
      let back = try readTable(path)
      #expect(back.names == table.names, "\(name)")
      #expect(try back.column("x").values == table.column("x").values, "\(name)")
      #expect(
        try back.numbers("f").map { Float($0).bitPattern }
          == [0.1, 1, -2.5e-8, 16_777_216, 3.4e38, -0.0].map { Float($0).bitPattern })
      #expect(try back.column("k, odd").values == table.column("k, odd").values, "\(name)")
      #expect(try back.column("s").values == table.column("s").values, "\(name)")
    }
    #expect(
      folder.names == ["t.csv", "t.csv.gz", "t.tsv", "t.tsv.gz"], "no temporary file is left")
  }
}
