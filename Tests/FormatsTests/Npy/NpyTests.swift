import ApusEvents
import ApusFormats
import TestSupport
import Testing

/// The golden files are made by Tools/reference/formats.py.
@Suite struct NpyTests {
  let x = [-1, -0.5, 0, 0.5, 1, 1.5]

  @Test func arraysOfEveryTypeAreRead() throws {
    #expect(try readTable(golden("column.npy")).column("column").values == .float64(x))
    let matrix = try readTable(golden("matrix_fortran_big_endian.npy"))
    #expect(matrix.names == ["col0", "col1", "col2"])
    #expect(try matrix.column("col1").values == .integers(.int32([1, 4, 7, 10])))
    let half = try readTable(golden("half.npy")).numbers("half")
    #expect(half[0] == 0.5 && half[1] == -2 && half[2] == 0x1p-24 && half[3] == .infinity)
    #expect(half[4].isNaN && half[5] == 65504)
    #expect(
      try readTable(golden("unsigned.npy")).column("unsigned").values
        == .integers(.uint64([0, .max, 7])))
    #expect(try readTable(golden("text.npy")).texts("text") == ["tt\u{304}", "H", ""])
  }

  @Test func cubesAreFlattenedInCOrder() throws {
    let cube = try readTable(golden("cube_fortran.npy"))
    #expect(try (0..<6).map { try cube.numbers("col\($0)")[1] } == [6, 7, 8, 9, 10, 11])
  }

  @Test func recordsBecomeNamedColumns() throws {
    let table = try readTable(golden("record.npy"))
    #expect(table.names == ["pt", "id", "is_b", "tag", "p_0", "p_1", "p_2", "in_a"])
    #expect(try table.column("pt").values == .float32(x.map(Float.init)))
    #expect(try table.column("id").values == .integers(.int16([-2, -1, 0, 1, 2, 3])))
    #expect(
      try table.column("is_b").values
        == .integers(.bool([false, false, false, true, true, true])))
    #expect(try table.texts("tag")[3] == "jet")
    #expect(try table.numbers("p_2") == [2, 5, 8, 11, 14, 17])
    #expect(try table.numbers("in_a") == [250, 251, 252, 253, 254, 255])
    #expect(try readTable(golden("record.npy"), columns: ["in_a", "pt"]).names == ["in_a", "pt"])
  }

  @Test func archivesBecomeTables() throws {
    let stored = try readTable(golden("stored.npz"))
    #expect(stored.names == ["x", "k", "m_0", "m_1"])
    #expect(try stored.numbers("m_1") == [1, 3, 5, 7, 9, 11])
    let deflated = try readTable(golden("deflated.npz"))
    #expect(try deflated.column("x").values == .float32(x.map(Float.init)))
    #expect(try deflated.texts("label") == ["s", "b", "s", "b", "s", "b"])
    #expect(try readTable(golden("lengths.npz") + ":y").count == 4)
    #expect(
      message { _ = try readTable(golden("lengths.npz")) }.contains(
        "arrays of one table must have one length, but 'x' has 6 and 'y' has 4"))
    #expect(
      message { _ = try readTable(golden("lengths.npz") + ":yy") }.contains("Did you mean 'y'"))
  }

  @Test func valuesAndOffsetsAreJaggedColumns() throws {
    let table = try readTable(golden("jagged.npz"))
    #expect(table.names == ["n", "pt", "hits"])
    let inner = Jagged(offsets: [0, 2, 2, 3, 4], content: .integers(.int16([1, 2, 3, 4])))
    #expect(
      try table.column("pt").values
        == .jagged(Jagged(offsets: [0, 2, 2, 3], content: .float32([0.5, 1.5, 2.5]))))
    #expect(
      try table.column("hits").values
        == .jagged(Jagged(offsets: [0, 1, 1, 4], content: .jagged(inner))))
    #expect(try readTable(golden("jagged.npz"), columns: ["hits"]).count == 3)
    #expect(try readTable(golden("jagged.npz") + ":pt").names == ["pt"])
    #expect(
      message { _ = try readTable(golden("bad_offsets.npz")) }.contains(
        "bad_offsets.npz:pt.offsets: offsets must be whole numbers from 0, never fall, and end with "
          + "the 3 values of 'pt', but they run from 0 to 4."))
  }

  @Test(arguments: ["column", "matrix_fortran_big_endian", "cube_fortran", "record", "text"])
  func anyRunOfEventsIsThatPartOfTheWhole(_ name: String) throws {
    let table = try NpyTable(golden(name + ".npy"))
    let whole = try readTable(golden(name + ".npy"))
    #expect(table.columnNames == whole.names && table.count == whole.count)
    #expect(table.schema.map(\.type) == whole.columns.map(\.values.typeName))
    #expect(table.pieces == [0..<whole.count])
    for rows in [0..<whole.count, 1..<2, 0..<1, 1..<1] {
      let part = try table.read(whole.names, rows: rows)
      for column in whole.columns {
        #expect(
          try part.column(column.name).values == column.values.selecting(Array(rows)), "\(name)")
      }
    }
  }

  /// `zip64.npz` is what Python writes where it takes 100 bytes for 4 GiB.
  @Test(arguments: [1, 100, 1000, 1 << 40]) func archivesPassFourGibibytes(_ limit: Int) throws {
    let folder = try TemporaryFolder()
    let entries = try ["column", "half", "matrix_fortran_big_endian"].map {
      (name: $0 + ".npy", content: try readFile(golden($0 + ".npy")))
    }
    try writeZip(entries, to: folder.path("t.npz"), wideFrom: limit)
    for name in ["column", "half"] {
      let table = try readTable(folder.path("t.npz") + ":" + name)
      #expect(
        try Checksum.of(table.column(name).values)
          == Checksum.of(readTable(golden(name + ".npy")).columns[0].values))
    }
    let kept = try readTable(golden("zip64.npz") + ":column").column("column").values
    #expect(kept == .float64(x))
    try checkReader(golden("zip64.npz"), flips: 400) { _ = try readNPZ($0, array: "column") }
  }

  @Test func pythonObjectsAreRefusedWithARemedy() {
    #expect(
      message { _ = try readTable(golden("objects.npy")) }.contains(
        "an array must hold numbers or text, but this one holds Python objects."))
  }

  @Test func whatIsWrittenReadsBack() throws {
    let folder = try TemporaryFolder()
    let table = try EventTable([
      Column("x", .float64([0.1, .infinity])), Column("f", .float32([-0.0, 1.5])),
      Column("it's", .int64([.min, .max])), Column("s", .strings(["Z\u{2070}", ""])),
    ])
    for name in ["t.npy", "t.npz"] {
      try writeTable(table, to: folder.path(name))
      let back = try readTable(folder.path(name))
      #expect(back.names == table.names)
      for column in table.columns {
        #expect(try back.column(column.name).values == column.values, "\(name) \(column.name)")
      }
    }
  }

  @Test(
    arguments: [
      "column.npy", "record.npy", "matrix_fortran_big_endian.npy", "text.npy", "stored.npz",
      "deflated.npz",
    ])
  func anyBytesGiveATableOrAnError(name: String) throws {
    try checkReader(golden(name), flips: 2000) { _ = try readTable($0) }
  }
}
