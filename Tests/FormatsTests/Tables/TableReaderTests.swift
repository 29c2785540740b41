import ApusEvents
import ApusFormats
import ApusKernels
import TestSupport
import Testing

@Suite struct TableReaderTests {
  @Test func theContentDecidesNotTheName() throws {
    let folder = try TemporaryFolder()
    let table = try EventTable([Column("x", .float64([1, 2]))])
    try writeTable(table, to: folder.path("a.h5"))
    try writeTable(table, to: folder.path("a.npz"))
    try writeTable(table, to: folder.path("a.csv.gz"))
    for name in ["a.h5", "a.npz", "a.csv.gz"] {
      let bytes = try readFile(folder.path(name))
      try writeFile(bytes, to: folder.path("disguised.csv"))
      #expect(try readTable(folder.path("disguised.csv")).numbers("x") == [1, 2], "\(name)")
    }
  }

  @Test func severalFilesAreOneTable() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("x,k\n1,1\n2,2\n", "part_1.csv")
    _ = try folder.write("k,x\n3,3.5\n", "part_2.csv")
    let table = try readTable(folder.path("part_*.csv"))
    #expect(try table.column("x").values == .float64([1, 2, 3.5]))
    #expect(try table.column("k").values == .int64([1, 2, 3]))
    _ = try folder.write("x,kk\n1,1\n", "part_3.csv")
    let words = message { _ = try readTable(folder.path("part_*.csv")) }
    #expect(words.contains("part_3.csv: files of one table must have the columns of"))
    #expect(words.contains("this one lacks 'k' and has besides 'kk'"))
    _ = try folder.write("x,k\n1,abc\n", "part_3.csv")
    #expect(
      message { _ = try readTable(folder.path("part_*.csv")) }.contains(
        "'k' holds string here and int64 in"))
    #expect(try readTable(folder.path("part_{1,2}.csv"), columns: ["x"]).count == 3)
  }

  /// Files are opened one by one as they are needed; one that another program writes meanwhile is named.
  @Test(arguments: ["root", "parquet", "h5", "csv"])
  func filesThatChangeAreNamed(_ ending: String) throws {
    let folder = try TemporaryFolder()
    func write(_ count: Int, _ name: String) throws {
      let values = (0..<count).map { Double($0) }
      try writeTable(
        try EventTable([Column("x", .float64(values))]), to: folder.path(name + "." + ending))
    }
    for number in 1...3 { try write(10 * number, "part_\(number)") }
    let table = try openTable(folder.path("part_*." + ending))
    #expect(try table.read(["x"], rows: 0..<60).numbers("x").count == 60)
    try write(21, "part_2")
    let text = message { _ = try table.read(["x"], rows: 0..<60) }
    #expect(
      text.contains(
        "part_2.\(ending): a file must not change while it is read, but it has 21 events and had 20"
      ),
      "\(text)")
    try writeFile([], to: folder.path("part_2." + ending))
    let empty = message { _ = try openTable(folder.path("part_*." + ending)) }
    #expect(empty.contains("part_2.\(ending): a file to read must hold something"), "\(empty)")
    try writeTable(
      try EventTable([Column("y", .float64([1]))]), to: folder.path("part_2." + ending))
    let other = message { _ = try openTable(folder.path("part_*." + ending)) }
    #expect(
      other.contains("part_2.\(ending)") && other.contains("lacks 'x' and has besides 'y'"),
      "\(other)")
  }

  @Test func inspectShowsWhatAFileHolds() throws {
    let h5 = try inspect(golden("compound.h5"))
    #expect(h5.format == "HDF5")
    #expect(h5.items.map(\.path) == ["constituents", "jets"])
    #expect(h5.items[1].kind == "table" && h5.items[1].shape == [6])
    #expect(h5.items[1].columns[0].first == ["-1.0", "-0.5", "0.0", "0.5"])
    #expect(h5.text.contains("jets (table, 6 entries)"))
    #expect(h5.text.contains("  pt    float32    -1.0, -0.5, 0.0, 0.5 ..."))
    #expect(h5.text.contains("  seed: 7"))
    let columns = try inspect(golden("columns.h5"))
    #expect(columns.items.map(\.path) == ["events", "events/p"])
    #expect(
      columns.items[0].columns.map(\.type) == [
        "float32", "float64", "int16", "bool", "string[2]", "string", "float16",
      ])
    #expect(try inspect(golden("table.csv.gz")).text.contains("k  int64    -2, -1, 0, 1 ..."))
    #expect(try inspect(golden("record.npy")).items[0].columns[4].type == "float64[3]")
    #expect(try inspect(golden("stored.npz")).items.map(\.path) == ["x", "k", "m"])
    #expect(try inspect(golden("labels.idx.gz")).items[0].shape == [2, 3])
    let model = try inspect(golden("public.safetensors"))
    #expect(model.notes.map(\.value) == ["test"])
    #expect(Set(model.items.map(\.path)) == ["w", "b", "flag", "half", "steps"])
  }
}
