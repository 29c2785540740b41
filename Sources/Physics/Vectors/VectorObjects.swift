public import ApusEvents

/// How columns are named that belong to one particle, or to one list of them.
///
/// `jet` stands for `jet_pt, jet_eta, jet_phi, jet_m` (also `jet.pt` or `jetPt`, `mass` for `m`, `energy` or `e` in the
/// mass's place, or `px, py, pz, e`), and for a TLorentzVector's `jet.fP.fX, jet.fP.fY, jet.fP.fZ, jet.fE`. What a particle
/// does not have is only missed where a function needs it: `MET_pt, MET_phi` will do for a transverse mass. A
/// particle without mass and energy is massless.
public struct VectorObjects: FormulaObjects {
  /// Makes the rules.
  public init() {}

  /// How columns of a quantity may end.
  static let endings: [(quantity: String, words: [String])] = [
    ("pt", ["pt", "pT", "Pt", "PT", "fPt", "fCoordinates.fPt"]),
    ("eta", ["eta", "Eta", "ETA", "fEta", "fCoordinates.fEta"]),
    ("phi", ["phi", "Phi", "PHI", "fPhi", "fCoordinates.fPhi"]),
    ("m", ["m", "mass", "M", "Mass", "fM", "fCoordinates.fM"]),
    ("px", ["px", "pX", "Px", "PX", "fP.fX", "fP_fX", "fX", "fCoordinates.fX"]),
    ("py", ["py", "pY", "Py", "PY", "fP.fY", "fP_fY", "fY", "fCoordinates.fY"]),
    ("pz", ["pz", "pZ", "Pz", "PZ", "fP.fZ", "fP_fZ", "fZ", "fCoordinates.fZ"]),
    ("e", ["e", "E", "energy", "Energy", "fE", "fT", "fCoordinates.fT"]),
  ]

  /// The columns that a word behind a name may mean.
  private func candidates(_ name: String, _ ending: String) -> [String] {
    let joined = [name + "_" + ending, name + "." + ending]
    // `jetPt`, but not `jetpt` or `eventE`: two letters in a row tell a quantity from a chance.
    return ending.count > 1 && ending.first?.isUppercase == true && ending.last?.isLowercase == true
      ? joined + [name + ending] : joined
  }

  /// Finds the columns of a particle: a direction, or a momentum.
  public func columns(of name: String, exists: (String) -> Bool)
    -> [(quantity: String, column: String)]?
  {
    var found: [(quantity: String, column: String)] = []
    for (quantity, words) in Self.endings {
      let all = words.flatMap { candidates(name, $0) }
      if let column = all.first(where: exists) { found.append((quantity, column)) }
    }
    let has = Set(found.map(\.quantity))
    let isPolar = has.contains("phi") && (has.contains("pt") || has.contains("eta"))
    let isCartesian = has.isSuperset(of: ["px", "py"])
    guard isPolar || isCartesian else { return nil }
    // One set: where both are there, the polar one, which loses nothing at high boost.
    let isWholePolar = has.isSuperset(of: ["pt", "eta", "phi"])
    let unused: Set<String> =
      isPolar && (isWholePolar || !isCartesian) ? ["px", "py", "pz"] : ["pt", "eta", "phi"]
    return found.filter { !unused.contains($0.quantity) }
  }

  /// The columns of further quantities: `jet[0].btag` is `jet_btag[0]`.
  public func columns(of name: String, further quantity: String) -> [String] {
    [name + "_" + quantity, name + "." + quantity, name + quantity]
  }

  /// The sum of all particles of each list.
  public func sum(_ object: FormulaObject, with b: inout FormulaBuilder) throws(FormulaError)
    -> FormulaObject
  {
    let total = try Momentum(object, &b)
    let parts = [
      ("px", b.sumOfList(total.px)), ("py", b.sumOfList(total.py)), ("pz", b.sumOfList(total.pz)),
      ("e", b.sumOfList(total.e)),
    ]
    return FormulaObject(name: "sum(\(object.name))", terms: [.init(parts: parts)])
  }
}

extension FormulaLibrary {
  /// The standard functions and those of four-vectors.
  public static let physics = FormulaLibrary(
    functions: FormulaLibrary.standard.functions + vectorFunctions, objects: VectorObjects())
}
