import ApusEngine
import ApusEvents
import TestSupport
import Testing

/// Formulas over lists, against awkward-array (`Tools/reference/formulas.py`).
@Suite struct JaggedFormulaTests {
  /// The columns of the reference, in the types that files have.
  static func table() throws -> (table: EventTable, cases: [JSONValue]) {
    let golden = try loadGolden("formulas.json")
    let columns = golden.at("columns")
    func starts(_ name: String) -> [Int] {
      columns.at(name).flat.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int($1)) }
    }
    let jets = starts("counts")
    func jagged(_ name: String, _ values: Column.Values) -> Column {
      Column(name, .jagged(Jagged(offsets: jets, content: values)))
    }
    let tracks = Jagged(
      offsets: starts("track_counts"), content: .float64(columns.at("track").flat))
    let grid = Jagged(
      count: jets.count - 1, of: [2, 3], content: .float64(columns.at("grid").flat))
    let table = try EventTable([
      jagged("jet_pt", .float64(columns.at("jet_pt").flat)),
      jagged("jet_eta", .float64(columns.at("jet_eta").flat)),
      jagged("idx", .integers(.uint8(columns.at("idx").flat.map { UInt8($0) }))),
      Column("met", .float64(columns.at("met").flat)),
      Column("k", .integers(.int16(columns.at("k").flat.map { Int16($0) }))),
      jagged("track", .jagged(tracks)), Column("grid", .jagged(grid)),
      jagged("good", .integers(.bool(columns.at("jet_pt").flat.map { $0 > 50 }))),
      Column("flag", .integers(.bool(columns.at("met").flat.map { $0 > 40 }))),
    ])
    return (table, golden.at("cases").items ?? [])
  }

  @Test func equalsAwkwardArray() throws {
    let (table, cases) = try Self.table()
    #expect(cases.count > 60)
    for one in cases {
      let text = one["formula"]?.text ?? ""
      let formula = try Formula(text, columns: table.names)
      let wanted = (one["values"]?.items ?? []).map { $0.double ?? .nan }
      let offsets = one["offsets"]?.items?.compactMap(\.integer)
      if let offsets {
        // Lists of lists are compared list by list through a reduction; here they have one level.
        let result = try formula.lists(on: table)
        #expect(result.offsets == offsets, "\(text)")
        expectClose(result.numbers, wanted, absolute: 1e-12, relative: 1e-14, text)
      } else {
        expectClose(
          try formula.evaluate(on: table), wanted, absolute: 1e-12, relative: 1e-13, text)
      }
    }
  }

  @Test func theBlocksOfALargeTableFitTogether() throws {
    let (table, _) = try Self.table()
    let rows = (0..<30_000).map { $0 * 7 % table.count }
    let large = table.selecting(rows: rows)
    for text in ["sum(jet_pt)", "jet_pt[1]", "max(sum(track))", "sum(jet_pt[jet_pt > met])"] {
      let formula = try Formula(text)
      let small = try formula.evaluate(on: table)
      expectClose(try formula.evaluate(on: large), rows.map { small[$0] }, text)
    }
    let lists = try Formula("jet_pt[jet_eta > 0] - met").lists(on: large)
    let own = try Formula("jet_pt[jet_eta > 0] - met").lists(on: table)
    let (starts, few) = (try #require(lists.offsets), try #require(own.offsets))
    #expect(starts.count == 30_001 && starts.last == lists.numbers.count)
    for i in stride(from: 0, to: 30_000, by: 997) {
      let row = rows[i]
      #expect(
        lists.numbers[starts[i]..<starts[i + 1]] == own.numbers[few[row]..<few[row + 1]][...])
    }
  }

  @Test func truthsOfAColumnKeepElements() throws {
    let (table, _) = try Self.table()
    let byColumn = try Formula("sum(jet_pt[good])").evaluate(on: table)
    #expect(byColumn == (try Formula("sum(jet_pt[jet_pt > 50])").evaluate(on: table)))
    #expect(
      try Formula("count(good)").evaluate(on: table) == Formula("sum(good)").evaluate(on: table))
  }

  @Test func whatDoesNotExistGetsTheStatedValueAndIsCounted() throws {
    let (table, _) = try Self.table()
    let counts = try Formula("count(jet_pt)").evaluate(on: table)
    let short = counts.count { $0 < 3 }
    let result = try Formula("2 * jet_pt[2]").result(on: table, missing: -999)
    #expect(result.numbers.count { $0 == -999 } == short)
    #expect(result.missing.map { "\($0.access) \($0.events)" } == ["jet_pt[2] \(short)"])
    // What a formula provides for is not missing.
    for text in ["count(jet_pt) > 2 ? jet_pt[2] : 0", "Alt$(jet_pt[2], 0)", "jet_pt[2] > 5"] {
      #expect(try Formula(text).result(on: table).missing.isEmpty, "\(text)")
    }
    // Every comparison with what does not exist is false, also `!=`.
    let different = try Formula("jet_pt[2] != -1").evaluate(on: table)
    let there = try Formula("count(jet_pt) > 2").evaluate(on: table)
    #expect(different == there)
    let two = try Formula("jet_pt[2] + max(jet_eta)").result(on: table)
    #expect(two.missing.map(\.access) == ["jet_pt[2]", "max(jet_eta)"])
    #expect(two.missing.map(\.events) == [short, counts.count { $0 == 0 }])
    #expect(try Formula("jet_pt[0] > 0").evaluate(on: table) == counts.map { $0 > 0 ? 1 : 0 })
  }

  static let mistakes: [(String, String)] = [
    ("jet_pt", "it gives a list for every event where one number is needed."),
    ("met[0]", "'met' must be a list here, but it is one number an event"),
    ("sum(met)", "'met' must be a list here"),
    ("sum(jet_pt + track[0])", "lists beside each other must be of one length, but in entry "),
    (
      "sum(jet_pt[jet_eta[:1] > 0])", "lists beside each other must be of one length, but in entry "
    ),
    ("jet_pt[0.5]", "a place in a list must be a whole number, but '0.5' is 0.5."),
    ("jet_pt[met > 3]", "'met > 3' is one truth an event, which can't choose elements of 'jet_pt'"),
    ("sum(jet_pt[:met])", "the bounds of a part of 'jet_pt' must be whole numbers, got "),
    ("track[0][1][2]", "'track[0][1]' must be a list here"),
  ]

  @Test(arguments: mistakes) func mistakesSayWhereAndWhy(text: String, expected: String) throws {
    let (table, _) = try Self.table()
    let formula = try Formula(text, columns: table.names)
    let error = #expect(throws: FormulaError.self) { try formula.evaluate(on: table) }
    #expect(error?.reason.hasPrefix(expected) == true, "\(error?.reason ?? "")")
    #expect(error?.cause == .values)
  }

  @Test func theFirstEventOfDifferentLengthIsNamed() throws {
    let (table, _) = try Self.table()
    let formula = try Formula("sum(jet_pt + jet_pt[:2])")
    let error = #expect(throws: FormulaError.self) { try formula.evaluate(on: table) }
    #expect(
      error?.reason
        == "lists beside each other must be of one length, but in entry 3 'jet_pt' has 3 values and "
        + "'jet_pt[:2]' has 2.")
    #expect(error?.position == 4)
  }

  @Test func aliasesStandForFormulas() throws {
    let (table, _) = try Self.table()
    let aliases = ["hard": "jet_pt > low", "low": "30 + 0 * met", "ht": "sum(jet_pt[hard])"]
    let formula = try Formula("ht / 2", columns: table.names, aliases: aliases)
    #expect(formula.columns == ["jet_pt", "met"])
    let plain = try Formula("sum(jet_pt[jet_pt > 30]) / 2")
    #expect(try formula.evaluate(on: table) == plain.evaluate(on: table))
    func failure(_ text: String, _ aliases: [String: String]) -> FormulaError? {
      #expect(throws: FormulaError.self) {
        try Formula(text, columns: table.names, aliases: aliases)
      }
    }
    #expect(failure("a", ["a": "b + 1", "b": "a"])?.reason.contains("a → b → a") == true)
    #expect(
      failure("a", ["a": "met +"])?.reason == "the alias 'a': it ends where a value must follow.")
    #expect(failure("met", ["met": "1"])?.reason.contains("both a column and an alias") == true)
    let unknown = failure("x + a + y", ["a": "mett"])
    #expect(
      unknown?.cause
        == .unknownColumns([
          .init(name: "x", formula: "x + a + y", position: 0),
          .init(name: "mett", formula: "mett", position: 0, alias: "a"),
          .init(name: "y", formula: "x + a + y", position: 8),
        ]))
    // A name that stands for itself many times costs nothing: each alias is read once.
    var deep = ["a0": "met"]
    for i in 1..<45 { deep["a\(i)"] = "a\(i - 1) + a\(i - 1)" }
    let doubled = try Formula("a44", columns: ["met"], aliases: deep)
    #expect(try doubled.evaluate(columns: [[1]], count: 1) == [Double(1 << 44)])
  }

  @Test func listsAreNoPartOfTheGraph() throws {
    #expect(try Formula("sqrt(met) + k").isElementwise)
    let formula = try Formula("met + jet_pt[0]")
    #expect(!formula.isElementwise)
    let error = #expect(throws: FormulaError.self) { try formula.tensor { _ in Tensor([1.0]) } }
    #expect(error?.position == 6)
  }
}
