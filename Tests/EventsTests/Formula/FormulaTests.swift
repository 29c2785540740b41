import ApusEngine
import ApusEvents
import Foundation
import TestSupport
import Testing

@Suite struct FormulaTests {
  static let table: EventTable = {
    let columns: [Column] = [
      Column("x", .float64([1, 2, -3, .nan])), Column("y", .float32([4, 0.5, 2, 1])),
      Column("n_jets", .int64([3, 4, 5, 6])), Column("jet.pt", .float64([10, 20, 30, 40])),
      Column("odd name-1", .float64([1, 1, 2, 2])), Column("text", .strings(["a", "b", "c", "d"])),
    ]
    guard let table = try? EventTable(columns, source: "test.csv") else {
      preconditionFailure("the columns have one length")
    }
    return table
  }()

  /// Every value stands for the four events of the table.
  static let cases: [(String, [Double])] = [
    ("1 + 2 * 3", [7, 7, 7, 7]), ("(1 + 2) * 3", [9, 9, 9, 9]),
    ("2 ^ (3 ^ 2)", [512, 512, 512, 512]), ("0x10 + true + false", [17, 17, 17, 17]),
    ("int(-2.7) + 10 * int(2.7)", [18, 18, 18, 18]), ("fmod(-7, 3)", [-1, -1, -1, -1]),
    ("erf(y)", [4, 0.5, 2, 1].map { erf($0) }), ("sq(3) + std::sqrt(4)", [11, 11, 11, 11]),
    ("TMath::Nint(2.5) + TMath::Nint(n_jets / 2)", [4, 4, 4, 5]),
    ("-2 ^ 2", [-4, -4, -4, -4]), ("2 ** -1", [0.5, 0.5, 0.5, 0.5]), ("8 / 4 / 2", [1, 1, 1, 1]),
    ("7 - 2 - 1", [4, 4, 4, 4]), ("- - 3", [3, 3, 3, 3]), ("n_jets % 3", [0, 1, 2, 0]),
    ("-1 % 3", [2, 2, 2, 2]), ("x + y", [5, 2.5, -1, .nan]), ("x > 1", [0, 1, 0, 0]),
    ("x <= 1", [1, 0, 1, 0]), ("x != 1", [0, 1, 1, 1]), ("x == 1", [1, 0, 0, 0]),
    ("!(x > 1)", [1, 0, 1, 1]), ("not x > 1", [1, 0, 1, 1]),
    ("n_jets >= 4 && y > 1", [0, 0, 1, 0]), ("n_jets >= 4 and y > 1 or x == 1", [1, 0, 1, 0]),
    ("(n_jets >= 4) & (y > 1)", [0, 0, 1, 0]), ("(x > 1) | ~(y > 1)", [0, 1, 0, 1]),
    ("x || 0", [1, 1, 1, 0]), ("x > 0 ? y : -y", [4, 0.5, -2, -1]),
    ("x > 1 ? 1 : x < 0 ? 2 : 3", [3, 1, 2, 3]), ("jet.pt * 2", [20, 40, 60, 80]),
    ("`odd name-1` + 1", [2, 2, 3, 3]), ("sqrt(x)", [1, sqrt(2), .nan, .nan]),
    ("log10(100)", [2, 2, 2, 2]), ("log2(n_jets)", [log2(3), 2, log2(5), log2(6)]),
    ("min(y, 1, n_jets)", [1, 0.5, 1, 1]), ("max(x, 0)", [1, 2, 0, .nan]),
    ("hypot(3, n_jets)", [sqrt(18), 5, sqrt(34), sqrt(45)]),
    ("where(x > 0, 1, 0)", [1, 1, 0, 0]), ("isnan(x) + 2 * isfinite(x)", [2, 2, 2, 1]),
    ("round(2.5) + floor(-0.5) + ceil(0.5) + sign(-3)", [1, 1, 1, 1]),
    ("atan2(1, -1) / pi", [0.75, 0.75, 0.75, 0.75]),
    ("1e3 + .5 + 2.", [1002.5, 1002.5, 1002.5, 1002.5]),
    ("abs(x) + exp(0) + pow(2, 3)", [10, 11, 12, .nan]),
    ("tan(0.3) - sin(0.3) / cos(0.3)", [0, 0, 0, 0]),
    ("asin(sin(0.5)) + acos(cos(0.5)) + atan(tan(0.5))", [1.5, 1.5, 1.5, 1.5]),
    ("cosh(1) - sinh(1) - exp(-1) + tanh(0)", [0, 0, 0, 0]),
  ]

  @Test(arguments: cases) func hasItsValue(text: String, expected: [Double]) throws {
    let formula = try Formula(text, columns: FormulaTests.table.names)
    expectClose(try formula.evaluate(on: FormulaTests.table), expected, absolute: 1e-12)
    let again = try Formula(formula.source, columns: formula.columns)
    #expect(again == formula)
  }

  /// What NumPy and TTree::Draw give for whole numbers.
  static let bits: [(String, [Double])] = [
    ("n_jets & 1", [1, 0, 1, 0]), ("(n_jets & 1) == 1", [1, 0, 1, 0]),
    ("n_jets | 8", [11, 12, 13, 14]), ("~n_jets", [-4, -5, -6, -7]),
    ("n_jets & (y > 1)", [1, 0, 1, 0]), ("(n_jets & 4) > 0 && y > 1", [0, 0, 1, 0]),
    ("n_jets >> 1", [1, 2, 2, 3]), ("-n_jets >> 1", [-2, -2, -3, -3]),
    ("1 << n_jets", [8, 16, 32, 64]), ("(n_jets >> 1) & 1", [1, 0, 0, 1]),
    ("n_jets & 0x6", [2, 4, 4, 6]), ("x & 1", [1, 0, 1, .nan]), ("n_jets & 4 | 1", [1, 5, 5, 5]),
    ("1 + n_jets & 4", [4, 4, 4, 4]), ("n_jets << 2 + 1", [24, 32, 40, 48]),
    ("0x10000000000000 | n_jets", [3, 4, 5, 6].map { 0x1p52 + $0 }),
  ]

  @Test(arguments: bits) func bitsOfWholeNumbersWereTakenForTruths(text: String, expected: [Double])
    throws
  {
    let formula = try Formula(text, columns: FormulaTests.table.names)
    expectClose(try formula.evaluate(on: FormulaTests.table), expected, absolute: 0)
    let refusal = #expect(throws: FormulaError.self) { try formula.tensor { _ in Tensor([1.0]) } }
    #expect(refusal?.reason.contains("no part of the graph") == true)
  }

  @Test func bitsOfColumnsOfTruthsAreLogic() throws {
    let table = try EventTable(
      [
        Column("o", .integers(.bool([true, true, false, false]))),
        Column("q", .integers(.bool([true, false, true, false]))),
        Column("f", .float32([2.5, 1, 1, 1])), Column("big", .float64([1e17, 1, 1, 1])),
      ], source: "test.root")
    for (text, expected) in [
      ("o & q", [1.0, 0, 0, 0]), ("o | q", [1, 1, 1, 0]), ("~o", [0, 0, 1, 1]),
      ("o & ~q", [0, 1, 0, 0]), ("o & 3", [1, 1, 0, 0]), ("1 << 64 * o", [.nan, .nan, 1, 1]),
    ] {
      expectClose(try Formula(text).evaluate(on: table), expected, absolute: 0)
    }
    for (text, reason) in [
      (
        "big % 10",
        "'%' needs all digits of a number, which formulas have up to 2^53, but 'big' goes beyond."
      ),
      (
        "f & 1", "'&' takes truths or whole numbers up to 2^53, but 'f' is 2.5."
      ), ("o | big", "'|' takes truths or whole numbers up to 2^53, but 'big' is 1e+17."),
      ("o ^ q", "'^' is the power; that one of two truths holds is 'a != b'."),
    ] {
      let error = #expect(throws: FormulaError.self) { try Formula(text).evaluate(on: table) }
      #expect(error?.reason.hasPrefix(reason) == true)
    }
  }

  @Test func definitionsHaveNames() throws {
    let formula = try Formula("m_2 = x * 2")
    #expect(formula.name == "m_2" && formula.columns == ["x"] && !formula.isColumn)
    #expect(try Formula(" x ").isColumn)
    #expect(try Formula("x + y").name == "x + y")
    #expect(try Formula("z = x == y").name == "z")
    #expect(try formula.selects(on: FormulaTests.table) == [true, true, true, false])
  }

  static let mistakes: [(String, String)] = [
    ("lep_pt > 25", "there is no column 'lep_pt'. Did you mean 'lepton_pt'?|0"),
    ("sqrrt(lepton_pt)", "there is no function 'sqrrt'. Did you mean 'sqrt'?|0"),
    (
      "a > 1 & b < 2",
      "'&' binds tighter than comparisons in other languages; write '&&', or put both sides in parentheses.|6"
    ),
    (
      "a > 1 && b < 2 & o",
      "'&' binds tighter than comparisons in other languages; write '&&', or put both sides in parentheses.|15"
    ),
    (
      "not b < 2 & o",
      "'&' binds tighter than comparisons in other languages; write '&&', or put both sides in parentheses.|10"
    ),
    (
      "a & 4 == 4",
      "'&' binds tighter than comparisons in other languages; write '&&', or put both sides in parentheses.|2"
    ),
    (
      "2 ^ 3 ** 2",
      "ROOT reads a^b^c as (a^b)^c, NumPy as a^(b^c); put one of the powers in parentheses.|4"
    ),
    (
      "(a > 1) ^ (b < 2)",
      "'^' is the power; that one of two conditions holds is 'a != b'.|0"
    ), ("0xg", "'0xg' is no hexadecimal number up to 2^53.|0"),
    ("a < b < 3", "comparisons can't be chained; write 'a < b && b < c'.|6"),
    ("!a > 1", "'!' binds tighter than '>'; write '!(a > b)'.|0"),
    ("a = b + 1 = 2", "'=' does not compare; write '=='.|10"),
    ("a +", "it ends where a value must follow.|3"),
    ("(a + b", "this '(' is not closed.|0"), ("a + b)", "')' closes nothing.|5"),
    ("2a", "a number can't go on with 'a'; is an operator missing, as in 2 * x?|1"),
    ("a b", "an operator is missing before this.|2"), ("", "it is empty.|0"),
    ("a ? b", "'?' needs a ':' with the other value.|5"),
    ("sqrt(a, b)", "sqrt(x) takes 1 argument, got 2.|0"),
    ("mass(a, b)", "there is no function 'mass'. Did you mean 'Max$', 'abs', 'max'?|0"),
    ("a[0", "this '[' is not closed.|1"),
    ("a[]", "the brackets are empty; write a place, as in [0], or a part, as in [:2].|1"),
    ("a]", "']' closes nothing.|1"), ("[a]", "'[' must stand behind a list, as in jet_pt[0].|0"),
    ("a[::2]", "parts of lists have no step; reversed(x) turns a list round.|3"),
    ("a.", "'.' has no meaning in a formula. Put a column name that needs it in backticks.|1"),
    ("(a).b", "'.b' asks for a quantity of an object, but numbers stand before it.|0"),
    (
      "Iteration$ < 2",
      "'Iteration$' is not known here; places(list) gives 0, 1, 2 ... for a list.|0"
    ),
    ("a == 'x'", "texts can't be compared in formulas; use a column of numbers.|5"),
    ("a, b", "',' stands outside of a function's arguments.|1"),
    ("* a", "'*' must not stand here.|0"),
    ("a $ b", "'$' has no meaning in a formula. Put a column name that needs it in backticks.|2"),
    ("`a", "a column name in backticks is empty or not closed.|0"),
    ("1e999", "'1e999' is no number of double precision.|0"),
  ]

  @Test(arguments: mistakes) func mistakesArePointedAt(text: String, expected: String) {
    do {
      _ = try Formula(text, columns: ["lepton_pt", "a", "b"])
      Issue.record("'\(text)' was accepted")
    } catch { #expect("\(error.reason)|\(error.position)" == expected) }
  }

  @Test func messagesShowTheFormulaWithACaret() {
    let error = #expect(throws: FormulaError.self) { try Formula("1 + qqqqqq", columns: ["bar"]) }
    #expect(error?.message == "in the formula: there is no column 'qqqqqq'.\n  1 + qqqqqq\n      ^")
    let long = String(repeating: "a + ", count: 60) + "zzzzzz"
    let message = (#expect(throws: FormulaError.self) { try Formula(long, columns: ["a"]) })?
      .message
    let lines = (message ?? "").split(separator: "\n")
    #expect(lines.count == 3 && lines[1].hasSuffix("+ zzzzzz"))
    #expect(lines.last?.count == (lines[1].count - 5))
  }

  @Test func noTextOverflowsTheStack() throws {
    for part in ["(", "-", "!", "sqrt(", "1^", "1?", "1?1:", "not ", "x[", "x[0,"] {
      let text = String(repeating: part, count: 19_000 / part.count)
      #expect(throws: FormulaError.self) { try Formula(text) }
    }
    #expect(throws: FormulaError.self) { try Formula(String(repeating: "(", count: 100_000)) }
    let chain = try Formula(String(repeating: "x+", count: 9_000) + "x")
    #expect(try chain.evaluate(columns: [[2, 3]], count: 2) == [18_002, 27_003])
  }

  @Test func randomTextsGiveAFormulaOrAnError() {
    var generator = SplitMix64(seed: 5)
    let pieces = [
      "a", "b", "1", "(", ")", "+", "-", "*", "^", "&&", "!", "?", ":", ",", "sqrt(", "max(", "`",
      " ", "=", "<", "<<", "&", "~", "0x1", "|", ".", "[", "]", "Sum$(", "sorted(",
    ]
    var good = 0
    for _ in 0..<20_000 {
      let text = (0..<generator.below(9)).map { _ in pieces[generator.below(pieces.count)] }
        .joined()
      if let formula = try? Formula(text, columns: ["a", "b"]) {
        good += 1
        let values = [[1.0, 2], [3, 4]].prefix(formula.columns.count)
        // Indices of flat columns are refused when they are evaluated.
        let result = try? formula.evaluate(columns: Array(values), count: 2)
        #expect(result == nil || result?.count == 2)
      }
    }
    #expect(good > 200)
  }

  @Test(arguments: FormulaTests.cases) func meansTheSameInTheGraph(text: String, expected: [Double])
    throws
  {
    let formula = try Formula(text, columns: FormulaTests.table.names)
    let tensor = try formula.tensor { name in
      let column = FormulaTests.table.columns.first { $0.name == name }
      return Tensor(column?.doubles ?? [], shape: [4])
    }
    let values = try tensor.doubles()
    expectClose(
      values.count == 4 ? values : Array(repeating: values[0], count: 4), expected,
      absolute: formula.columns.isEmpty ? 1e-5 : 1e-12)
  }

  @Test func theGraphHasGradients() throws {
    let formula = try Formula("a * a * sin(b) + (a > 1 ? b : 0)")
    let (a, b) = (Tensor([0.5, 2.0]), Tensor([0.3, 0.7]))
    let loss = try formula.tensor { $0 == "a" ? a : b }.sum()
    let slopes = gradients(of: loss, withRespectTo: [a, b])
    expectClose(try slopes[0].doubles(), [2 * 0.5 * sin(0.3), 4 * sin(0.7)])
    expectClose(try slopes[1].doubles(), [0.25 * cos(0.3), 4 * cos(0.7) + 1])
  }

  @Test func columnsThatAreMissingOrTextAreRefused() throws {
    let formula = try Formula("1 + z")
    let error = #expect(throws: FormulaError.self) { try formula.evaluate(on: FormulaTests.table) }
    #expect(error?.position == 4)
    #expect(
      error?.reason.hasPrefix("test.csv: there is no column 'z' among its 6 columns.") == true)
    #expect(throws: FormulaError.self) { try Formula("text + 1").evaluate(on: FormulaTests.table) }
  }

  @Test func tablesAreFilteredAndExtended() throws {
    let formula = try Formula("good = n_jets >= 4 && y < 2")
    let kept = FormulaTests.table.filtered(try formula.selects(on: FormulaTests.table))
    #expect(kept.count == 2)
    #expect(try kept.column("text").values == .strings(["b", "d"]))
    let more = try kept.adding(Column("z", .float64([1, 2])))
    #expect(more.names.last == "z" && more.source == "test.csv")
    #expect(throws: TableError.self) { try kept.adding(Column("z", .float64([1]))) }
  }
}

/// Columns of every width: numbers of 64 bits without a sign were once taken for the bits of numbers next to 0.
@Suite struct FormulaIntegerTests {
  @Test(arguments: [
    Integers.int8([7, 99]), .int16([7, 99]), .int32([7, 99]), .uint8([7, 99]), .uint16([7, 99]),
    .uint32([7, 99]), .uint64([7, 99]),
  ])
  func wholeNumbersOfEveryWidthAreNumbers(_ values: Integers) throws {
    let table = try EventTable([
      Column("event", .integers(values)),
      Column("list", .jagged(Jagged(offsets: [0, 1, 2], content: .integers(values)))),
    ])
    let plain = try Formula("event % 10").evaluate(on: table)
    #expect(plain == [7, 9])
    let sum = try Formula("sum(list) + 1").evaluate(on: table)
    #expect(sum == [8, 100])
  }
}
