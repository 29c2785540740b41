import ApusEngine
import ApusEvents
import ApusPhysics
import TestSupport
import Testing

/// Four-vectors in formulas, against mpmath with 60 digits (`Tools/reference/vectors.py`).
@Suite struct VectorTests {
  static let names =
    ["pt", "eta", "phi", "m"].map { "a_" + $0 } + ["pt", "eta", "phi", "m"].map { "b_" + $0 }

  /// The particles of the reference: a row a pair.
  static func columns(_ key: String, _ width: Int) throws -> (rows: [[Double]], golden: JSONValue) {
    let golden = try loadGolden("vectors.json")
    let flat = golden.at(key).flat
    let rows = (0..<width).map { c in stride(from: c, to: flat.count, by: width).map { flat[$0] } }
    return (rows, golden)
  }

  static func formula(_ text: String, _ names: [String] = names) throws -> Formula {
    try Formula(text, columns: names, library: .physics)
  }

  /// Text, key of the reference, and the largest relative error in double precision.
  static let quantities: [(String, String, Double)] = [
    ("mass(a, b)", "mass", 2e-9), ("mass(a + b)", "mass", 2e-9), ("(a + b).M()", "mass", 2e-9),
    ("pt(a + b)", "pt", 1e-13), ("eta(a + b)", "eta", 1e-13), ("(a + b).phi", "phi", 1e-13),
    ("energy(a, b)", "energy", 1e-14), ("rapidity(a + b)", "rapidity", 1e-12),
    ("deltaR(a, b)", "deltaR", 1e-13), ("deltaPhi(a, b)", "deltaPhi", 1e-13),
    ("deltaPhi(a_phi, b)", "deltaPhi", 1e-13), ("mt(a, b)", "mt", 1e-13),
    ("mass(a_pt, a_eta, a_phi, a_m, b_pt, b_eta, b_phi, b_m)", "mass", 2e-9),
    ("mass(vector(a_pt, a_eta, a_phi, a_m) + vector(b_pt, b_eta, b_phi, b_m))", "mass", 2e-9),
  ]

  @Test(arguments: quantities) func agreesWithManyDigits(
    text: String, key: String, tolerance: Double
  ) throws {
    let (rows, golden) = try Self.columns("pairs", 8)
    let formula = try Self.formula(text)
    let inputs = formula.columns.map { name in rows[Self.names.firstIndex(of: name) ?? 0] }
    let values = try formula.evaluate(columns: inputs, count: rows[0].count)
    expectClose(
      values, golden.at("expected", key).flat, absolute: 1e-12, relative: tolerance, text)
  }

  @Test func sumsOfThreeAgree() throws {
    let (rows, golden) = try Self.columns("triples", 12)
    let names = ["a", "b", "c"].flatMap { p in ["pt", "eta", "phi", "m"].map { p + "_" + $0 } }
    for text in ["mass(a, b, c)", "mass(a + b + c)", "mass(a + (b + c))"] {
      let formula = try Self.formula(text, names)
      let inputs = formula.columns.map { name in rows[names.firstIndex(of: name) ?? 0] }
      let values = try formula.evaluate(columns: inputs, count: rows[0].count)
      expectClose(values, golden.at("triple_mass").flat, relative: 1e-11, text)
    }
  }

  /// In the graph, float32: the error is what rounding of angles costs, not E² − p² of large energies.
  @Test func singlePrecisionKeepsTheMassAtHighBoost() throws {
    let (rows, golden) = try Self.columns("pairs", 8)
    let formula = try Self.formula("mass(a, b)")
    let tensor = try formula.tensor { name in
      Tensor(rows[Self.names.firstIndex(of: name) ?? 0].map(Float.init))
    }
    let (values, wanted) = (try tensor.doubles(), golden.at("expected", "mass").flat)
    for i in values.indices {
      // The angle between two particles is known to half a unit in the last place of η and φ, 2·10⁻⁷.
      let energy = (rows[0][i] * rows[4][i]).squareRoot()
      let angle = 4e-7 * max(1, abs(rows[1][i]), abs(rows[5][i]))
      let tolerance = 4e-6 * wanted[i] + energy * angle
      #expect(abs(values[i] - wanted[i]) <= tolerance, "pair \(i): \(values[i]), \(wanted[i])")
    }
  }

  @Test func gradientsAreFinite() throws {
    let formula = try Self.formula("mass(a, b)")
    let values: [Double] = [30, 0.3, 1, 0, 40, -0.2, 2, 5]
    let inputs = values.map { Tensor([$0]) }
    let loss = try formula.tensor { inputs[Self.names.firstIndex(of: $0) ?? 0] }.sum()
    for slope in gradients(of: loss, withRespectTo: inputs) {
      #expect(try slope.doubles()[0].isFinite)
    }
  }

  @Test func aParticleOfNothingAddsNothing() throws {
    let formula = try Self.formula("mass(a, b)")
    let inputs = [0, 0.3, 1, 0, 40, -0.2, 2, 5].map { [$0] }
    expectClose(try formula.evaluate(columns: inputs, count: 1), [5])
  }

  @Test func objectsAreFoundByTheirColumns() throws {
    let cases: [([String], [String])] = [
      (
        ["jet_pt", "jet_eta", "jet_phi", "jet_mass", "jet_px"],
        ["jet_pt", "jet_eta", "jet_phi", "jet_mass"]
      ),
      (["jet.pt", "jet.eta", "jet.phi", "jet.E"], ["jet.pt", "jet.eta", "jet.phi", "jet.E"]),
      (["jet_px", "jet_py", "jet_pz", "jet_e"], ["jet_px", "jet_py", "jet_pz", "jet_e"]),
      (["jetPt", "jetEta", "jetPhi"], ["jetPt", "jetEta", "jetPhi"]),
      (
        ["jet.fP.fX", "jet.fP.fY", "jet.fP.fZ", "jet.fE"],
        ["jet.fP.fX", "jet.fP.fY", "jet.fP.fZ", "jet.fE"]
      ),
    ]
    for (columns, used) in cases {
      #expect(Set(try Self.formula("energy(jet)", columns).columns).isSubset(of: used))
      #expect(try Self.formula("mass(jet[0] + jet[1])", columns).columns == used)
    }
    #expect(
      try Self.formula("mt(MET, l)", ["MET_pt", "MET_phi", "l_pt", "l_eta", "l_phi"]).columns
        == ["MET_pt", "MET_phi", "l_pt", "l_phi"])
    // A column of that very name is no object.
    #expect(try Self.formula("a + 1", ["a", "a_pt", "a_eta", "a_phi"]).columns == ["a"])
  }

  @Test func listsOfObjectsGoThroughBracketsAndSums() throws {
    let starts = [0, 3, 4, 4]
    func column(_ name: String, _ values: [Float]) -> Column {
      Column(name, .jagged(Jagged(offsets: starts, content: .float32(values))))
    }
    let table = try EventTable([
      column("Jet_pt", [50, 40, 30, 20]), column("Jet_eta", [0.5, -1, 2, 0]),
      column("Jet_phi", [0, 3, -2, 1]), column("Jet_mass", [5, 4, 3, 2]),
      column("Jet_btag", [0.1, 0.9, 0.7, 0.2]), Column("met_pt", .float64([10, 20, 30])),
      Column("met_phi", .float64([0, 1, 2])),
    ])
    func value(_ text: String) throws -> [Double] {
      try Formula(text, columns: table.names, library: .physics).evaluate(on: table)
    }
    func same(_ a: String, _ b: String) throws {
      expectClose(try value(a), try value(b), relative: 1e-7, "\(a) and \(b)")
    }
    try same(
      "mass(sum(Jet))",
      "count(Jet_pt) == 3 ? mass(Jet[0], Jet[1], Jet[2]) : count(Jet_pt) == 1 ? 2 : 0")
    try same(
      "mass(sum(Jet[:2]))", "count(Jet_pt) > 1 ? mass(Jet[0] + Jet[1]) : count(Jet_pt) == 1 ? 2 : 0"
    )
    try same("pt(Jet[0])", "Jet_pt[0]")
    try same("Jet[-1].eta", "Jet_eta[-1]")
    try same("Jet[1].btag", "Jet_btag[1]")
    try same("Jet[Jet_btag > 0.5][0].pt", "Jet_pt[Jet_btag > 0.5][0]")
    try same("reversed(sorted(Jet, Jet_btag))[0].pt", "Jet_pt[argmax(Jet_btag)]")
    try same("max(deltaPhi(Jet, met))", "max(deltaPhi(Jet_phi, met_phi))")
    try same("sum(mt(Jet, met) > 30)", "sum(mt(Jet_pt, Jet_phi, met_pt, met_phi) > 30)")
    try same("max(deltaR(Jet, Jet[0]))", "max(deltaR(Jet_eta, Jet_phi, Jet_eta[0], Jet_phi[0]))")
    let missing = try Formula("mass(Jet[0] + Jet[1])", columns: table.names, library: .physics)
      .result(on: table)
    #expect(missing.missing.map { "\($0.access) \($0.events)" } == ["Jet[0] 1", "Jet[1] 2"])
  }

  static let mistakes: [(String, String)] = [
    ("mass(a_pt, b_pt)", "takes 4 arguments a particle, got 2."),
    ("a", "is an object with pt, eta, phi, m"),
    ("a * 2", "is an object with pt, eta, phi, m"),
    ("deltaR(a, 3)", "takes objects or numbers, not both."),
    ("sqrt(a)", "takes numbers, but 'a' is an object"), ("a.charge", "'a' has no 'charge'"),
    ("mass(met, a)", "pz of 'met' needs its eta"),
    ("eta(met)", "eta of 'met' needs its pz, but it has only pt, phi."),
    ("mass(a, c)", "there is no column 'c'."),
  ]

  @Test(arguments: mistakes) func mistakesAreNamed(text: String, expected: String) {
    let names = Self.names + ["met_pt", "met_phi"]
    let error = #expect(throws: FormulaError.self) { try Self.formula(text, names) }
    #expect(error?.reason.contains(expected) == true, "\(error?.reason ?? "")")
  }

  @Test func withoutColumnsTheMistakeIsOneThatColumnsMayMend() {
    for text in ["mass(jet1, jet2)", "mass(jet[0] + jet[1])", "jet[0].pt > 3", "deltaR(a, b)"] {
      let error = #expect(throws: FormulaError.self) { try Formula(text, library: .physics) }
      #expect(error?.cause == .needsColumns, "\(text)")
    }
    let wrong = #expect(throws: FormulaError.self) { try Formula("sqrt(a, b)", library: .physics) }
    #expect(wrong?.cause == .text)
  }
}
