import ApusEvents
import ApusFormats
import TestSupport
import Testing

/// The golden files are made by Tools/reference/formats.py.
@Suite struct Hdf5Tests {
  let x = [-1, -0.5, 0, 0.5, 1, 1.5]

  @Test func aGroupOfColumnsIsATable() throws {
    let table = try readTable(golden("columns.h5"))
    #expect(table.names == ["pt", "eta", "id", "is_b", "tag", "name", "half", "p_0", "p_1"])
    #expect(try table.column("pt").values == .float32(x.map(Float.init)))
    #expect(try table.column("eta").values == .float64(x))
    #expect(try table.column("id").values == .integers(.int16([-2, -1, 0, 1, 2, 3])))
    #expect(
      try table.column("is_b").values
        == .integers(.bool([false, false, false, true, true, true])))
    #expect(try table.texts("tag") == ["s", "bb", "s", "bb", "s", "bb"])
    #expect(try table.texts("name") == ["top", "", "Higgs", "W", "Z\u{2070}", "g"])
    #expect(try table.column("half").values == .float32(x.map(Float.init)))
    #expect(try table.numbers("p_1") == [1, 3, 5, 7, 9, 11])
    #expect(try readTable(golden("columns.h5"), columns: ["p_1", "eta"]).names == ["p_1", "eta"])
    #expect(try readTable(golden("columns.h5") + ":events/eta").names == ["eta"])
    #expect(try readTable(golden("columns.h5"), tree: "/events/").count == 6)
  }

  /// Chunks that were shuffled and deflated are unpacked on all threads, whole and in part.
  @Test(arguments: [0..<1000, 100..<300, 128..<256, 999..<1000])
  func shuffledChunksAreJoined(_ rows: Range<Int>) throws {
    let table = try openTable(golden("shuffled.h5")).read(["d", "f", "s", "k", "b"], rows: rows)
    let d = rows.map { Double($0) * 0.37 - 5 }
    #expect(try table.column("d").values == .float64(d))
    #expect(try table.column("f").values == .float32(d.map(Float.init)))
    #expect(try table.column("s").values == .integers(.int16(rows.map { Int16($0 - 500) })))
    #expect(try table.column("k").values == .int64(rows.map { Int64($0 * $0 * $0) }))
    #expect(try table.column("b").values == .integers(.uint8(rows.map { UInt8($0 % 251) })))
  }

  @Test func lzfIsUnpacked() throws {
    let table = try openTable(golden("lzf.h5"))
    let all = Array(0..<300)
    let columns = try table.read(["d", "k", "m_1", "noise", "past"], rows: 0..<300)
    #expect(try columns.column("d").values == .float64(all.map { Double($0 % 7) * 0.5 }))
    #expect(try columns.column("k").values == .int64(all.map { Int64($0 / 10) }))
    #expect(try columns.column("m_1").values == .integers(.int16(all.map { Int16($0 % 5) })))
    #expect(
      try columns.column("noise").values
        == .integers(.uint8(all.map { UInt8($0 * $0 * 7919 % 251) })))
    #expect(try columns.column("past").values == .float64(all.map { Double($0) * 0.5 }))
  }

  @Test func aFilterThatIsNotThereCostsItsColumnOnly() throws {
    #expect(
      try openTable(golden("lzf.h5")).columnNames == ["d", "k", "m_0", "m_1", "noise", "past"])
    let error = #expect(throws: FormatError.self) {
      try readTable(golden("lzf.h5") + ":events/blosc")
    }
    #expect(
      error?.message.contains(
        "data compressed by the filter 32001 that the HDF5 library here lacks") == true,
      "\(error?.message ?? "none")")
  }

  @Test func aLaterFormatWasCalledDamage() throws {
    let table = try openTable(golden("newer.h5"))
    #expect(
      try table.read(["y"], rows: 0..<8).column("y").values == .float64((0..<8).map(Double.init)))
    // A later library reads it.
    guard !table.columnNames.contains("x") else { return }
    let error = #expect(throws: FormatError.self) { try readTable(golden("newer.h5") + ":x") }
    #expect(
      error?.message.contains("a later HDF5 than") == true, "\(error?.message ?? "none")")
  }

  @Test func manyDatasetsWereCalledAnEndlessFile() throws {
    let folder = try TemporaryFolder()
    let names = (0..<1500).map { "column_\($0)" }
    let columns = names.enumerated().map { Column($1, .float32([Float($0), 1, 2])) }
    let path = folder.path("many.h5")
    try writeTable(try EventTable(columns, source: "test"), to: path)
    let table = try readTable(path)
    #expect(table.names == names)
    #expect(try table.column("column_700").values == .float32([700, 1, 2]))
  }

  @Test func aStructureIsATable() throws {
    let table = try readTable(golden("compound.h5"))
    #expect(table.names == ["pt", "id", "is_b", "tag", "p_0", "p_1", "p_2", "in_a", "in_b"])
    #expect(table.source.hasSuffix("compound.h5:jets"))
    #expect(try table.column("pt").values == .float32(x.map(Float.init)))
    #expect(
      try table.column("is_b").values
        == .integers(.bool([false, false, false, true, true, true])))
    #expect(try table.texts("tag")[5] == "jet")
    #expect(try table.numbers("p_2") == [2, 5, 8, 11, 14, 17])
    #expect(try table.column("in_b").values == .float32(x.map(Float.init)))
    let constituents = try readTable(golden("compound.h5") + ":constituents")
    #expect(
      constituents.names == [
        "constituents_0", "constituents_1", "constituents_2", "constituents_3",
      ])
    #expect(try constituents.numbers("constituents_3") == [3, 7, 11, 15, 19, 23])
    #expect(try readTable(golden("matrix.h5")).numbers("m_2") == [2, 5, 8, 11])
  }

  @Test func aFrameOfPandasIsATable() throws {
    let table = try readTable(golden("pandas.h5"))
    #expect(table.names == ["pt", "eta", "n"] && table.source.hasSuffix("pandas.h5:df"))
    #expect(try table.numbers("eta") == x.map { 2 * $0 })
    #expect(
      try readTable(golden("pandas.h5"), columns: ["n"]).numbers("n") == [-2, -1, 0, 1, 2, 3])
  }

  @Test func wrongOrMissingNamesListWhatThereIs() throws {
    #expect(
      message { _ = try readTable(golden("two_tables.h5")) }.contains(
        "one table must be meant, but the file holds 2. Name one, for example '"))
    #expect(
      message { _ = try readTable(golden("two_tables.h5")) }.contains("There are: test, train."))
    #expect(try readTable(golden("two_tables.h5") + ":test").count == 2)
    #expect(
      message { _ = try readTable(golden("columns.h5") + ":event") }.contains(
        "Did you mean 'events'"))
    #expect(
      message { _ = try readTable(golden("columns.h5"), columns: ["ptt"]) }.contains(
        "Did you mean 'pt'"))
    #expect(
      message { _ = try readTable(golden("lengths.h5")) }.contains(
        "'x' has 6 entries and 'y' has 4"))
    #expect(try readTable(golden("lengths.h5"), columns: ["y"]).count == 4)
  }

  @Test func attributesAreRead() throws {
    let notes = try readHDF5Attributes(golden("columns.h5"), of: "events")
    #expect(notes["note"] == .text("made by hand"))
    #expect(notes["energy"] == .real(13.6) && notes["runs"] == .integer(3))
  }

  @Test func whatIsWrittenReadsBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("scores.h5")
    let many = (0..<200_000).map { Double($0) * 0.25 }
    try writeHDF5(to: path) { file in
      try file.write("test/z", many)
      try file.write("test/label", many.map { Int8($0 > 10 ? 1 : 0) })
      try file.write(
        "test/probability", many.map(Float.init) + many.map(Float.init), shape: [many.count, 2])
      try file.write("test/event", many.map { Int64($0) })
      try file.write("test/a", many.map { $0 > 1000 ? "signal" : "\u{3b2}" })
      try file.setAttribute("seed", .integer(7))
      try file.setAttribute("title", .text("Higgs search"), of: "test")
      try file.setAttribute("auc", .real(0.5), of: "test/z")
    }
    let table = try readTable(path)
    #expect(table.names == ["z", "label", "probability_0", "probability_1", "event", "a"])
    #expect(try table.column("z").values == .float64(many))
    #expect(try table.numbers("label") == many.map { $0 > 10 ? 1 : 0 })
    #expect(try table.numbers("probability_1")[1] == 0.75)
    #expect(try table.texts("a")[5000] == "signal" || table.texts("a")[5000] == "\u{3b2}")
    #expect(try table.texts("a") == many.map { $0 > 1000 ? "signal" : "\u{3b2}" })
    #expect(try readHDF5Attributes(path)["seed"] == .integer(7))
    #expect(try readHDF5Attributes(path, of: "test")["title"] == .text("Higgs search"))
    #expect(try readHDF5Attributes(path, of: "test/z")["auc"] == .real(0.5))
    try writeTable(table, to: folder.path("copy.h5"))
    #expect(try readTable(folder.path("copy.h5")).column("z").values == .float64(many))
    let empty = try EventTable([Column("x", .float64([])), Column("s", .strings([]))])
    try writeTable(empty, to: folder.path("empty.h5"))
    #expect(try readTable(folder.path("empty.h5")).names == ["x", "s"])
    #expect(
      message {
        try writeHDF5(to: path) {
          try $0.write("a", [1.0]); try $0.write("a", [1.0])
        }
      }.contains("a name used twice"))
  }

  @Test func listsAndWidthsReadBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("all.h5")
    for n in [0, 1, 40_000] {
      let table = try ParquetWriterTests.table(n)
      try writeTable(table, to: path)
      let back = try readTable(path)
      #expect(back.names == table.names)
      for column in table.columns {
        let found = try back.column(column.name).values
        #expect(Checksum.of(found) == Checksum.of(column.values), "\(column.name) of \(n)")
        #expect(found.typeName == column.values.typeName)
      }
    }
    let source = try Hdf5Table(path)
    let whole = try readTable(path)
    #expect(source.count == 40_000 && source.columnNames == whole.names)
    for rows in [0..<1, 7..<39_000, 39_999..<40_000, 5..<5, 0..<40_000] {
      let part = try source.read(whole.names, rows: rows)
      for column in whole.columns {
        let expected = Checksum.of(column.values.selecting(Array(rows)))
        #expect(
          Checksum.of(try part.column(column.name).values) == expected, "\(column.name) \(rows)")
      }
    }
  }

  @Test(arguments: ["columns.h5", "compound.h5", "pandas.h5", "matrix.h5"])
  func anyRunOfEventsIsThatPartOfTheWhole(_ name: String) throws {
    let table = try openTable(golden(name))
    let whole = try readTable(golden(name))
    #expect(table.schema.map(\.type) == whole.columns.map(\.values.typeName))
    #expect(table.columnNames == whole.names)
    for rows in [0..<whole.count, 1..<3, 2..<2] {
      let part = try table.read(whole.names, rows: rows)
      for column in whole.columns {
        #expect(
          try part.column(column.name).values == column.values.selecting(Array(rows)), "\(name)")
      }
    }
  }

  /// The library takes files in memory for the same where their names are, which two writers' once were.
  @Test func twoFilesAreWrittenAtTheSameTime() throws {
    let folder = try TemporaryFolder()
    try writeHDF5(to: folder.path("a.h5")) { a in
      try a.write("x", [1.0])
      try writeHDF5(to: folder.path("b.h5")) { try $0.write("x", [2.0]) }
      try a.write("y", [3.0])
    }
    #expect(try readTable(folder.path("a.h5")).names == ["x", "y"])
    #expect(try readTable(folder.path("b.h5")).numbers("x") == [2])
  }

  @Test func manyTasksReadAtTheSameTime() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<16 { group.addTask { try readTable(golden("columns.h5")).count } }
      for try await count in group { #expect(count == 6) }
    }
  }

  /// Cut files; changed bytes are another test, because the library itself is not safe against them.
  @Test(arguments: ["columns.h5", "compound.h5", "two_tables.h5", "matrix.h5"])
  func aCutFileGivesATableOrAnError(name: String) throws {
    // The last bytes may be unused space, so that a cut there need not harm.
    try checkReader(golden(name), flips: 0, stride: 41, cutsMayRead: true) {
      _ = try readTable($0 + (name == "two_tables.h5" ? ":train" : ""))
    }
  }

  /// Each of these bytes makes libhdf5 1.10.8 crash or read for ever; the child process finds out first.
  @Test func damageThatCrashesTheLibraryIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("damaged.h5")
    for (name, place, byte) in [
      ("columns.h5", 9309, UInt8(76)), ("columns.h5", 9335, 68), ("compound.h5", 6047, 117),
    ] {
      var bytes = try readFile(golden(name))
      bytes[place] = byte
      try writeFile(bytes, to: path)
      let words = message { _ = try readTable(path) }
      #expect(words == "no error" || words.contains("damaged.h5"), "\(name) \(place): \(words)")
    }
  }
}
