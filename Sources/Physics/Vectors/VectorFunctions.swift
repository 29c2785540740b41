import ApusEvents

private typealias Count = FormulaFunction.Count

/// A function of the sum of one or more objects.
private func quantity(
  _ name: String, _ aliases: [String], _ summary: String, numbers: Count? = nil,
  arguments: String = "a, b, ...", from parts: [String] = [],
  _ build:
    @escaping @Sendable (inout FormulaBuilder, [Particle]) throws(FormulaError) -> FormulaNode
) -> FormulaFunction {
  FormulaFunction(
    name, aliases: aliases, arguments: arguments, summary, numbers: numbers,
    objects: Count(1, step: 1)
  ) { b, terms throws(FormulaError) in
    .value(try build(&b, particles(terms, parts)))
  }
}

/// The particles of all arguments: those of objects, or groups of numbers.
private func particles(_ terms: [FormulaTerm], _ parts: [String]) -> [Particle] {
  var all: [Particle] = []
  var numbers: [FormulaNode] = []
  for term in terms {
    switch term {
    case .object(let object): all += object.particles
    case .value(let node): numbers.append(node)
    }
  }
  for start in stride(from: 0, to: numbers.count, by: max(1, parts.count)) {
    let own = parts.enumerated().map { ($1, numbers[start + $0]) }
    all.append(Particle(term: .init(parts: own), name: "a particle"))
  }
  return all
}

/// A function of two objects, or of so many numbers for each.
private func pair(
  _ name: String, _ aliases: [String], _ arguments: String, _ summary: String, from parts: [String],
  isMixed: Bool = false,
  _ build:
    @escaping @Sendable (inout FormulaBuilder, Particle, Particle) throws(FormulaError) ->
    FormulaNode
) -> FormulaFunction {
  FormulaFunction(
    name, aliases: aliases, arguments: arguments, summary, numbers: Count(2 * parts.count),
    objects: Count(2), isMixed: isMixed
  ) { b, terms throws(FormulaError) in
    var two: [Particle] = []
    if terms.allSatisfy({ $0.value != nil }) {
      two = particles(terms, parts)
    } else {
      for term in terms { two.append(try one(term, parts, &b)) }
    }
    return .value(try build(&b, two[0], two[1]))
  }
}

/// An object as one particle: a sum by its components.
private func one(_ term: FormulaTerm, _ parts: [String], _ b: inout FormulaBuilder)
  throws(FormulaError) -> Particle
{
  switch term {
  case .value(let node): return Particle(term: .init(parts: [(parts[0], node)]), name: "a number")
  case .object(let object):
    if let single = object.single { return single }
    let sum = try Momentum(object, &b)
    let parts = [("px", sum.px), ("py", sum.py), ("pz", sum.pz), ("e", sum.e)]
    return Particle(term: .init(parts: parts), name: object.name)
  }
}

/// A quantity of the sum of all arguments, from the sum's components where there are several.
private func component(
  _ name: String, _ aliases: [String], _ summary: String, numbers: Count? = nil,
  arguments: String = "a, b, ...", from parts: [String] = [],
  _ value: @escaping @Sendable (Particle, inout FormulaBuilder) throws(FormulaError) -> FormulaNode
) -> FormulaFunction {
  quantity(
    name, aliases, summary, numbers: numbers, arguments: arguments, from: parts
  ) { b, all throws(FormulaError) in
    let object = FormulaObject(name: all[0].name, terms: all.map(\.term))
    return try value(try one(.object(object), parts, &b), &b)
  }
}

/// Makes an object of numbers.
private func constructor(
  _ name: String, _ aliases: [String], _ parts: [String], least: Int, _ summary: String
) -> FormulaFunction {
  FormulaFunction(
    name, aliases: aliases, arguments: parts.joined(separator: ", "), summary,
    numbers: Count(least, step: least < parts.count ? 1 : 0)
  ) { b, terms throws(FormulaError) in
    guard terms.count <= parts.count else {
      throw b.fail("\(name)(\(parts.joined(separator: ", "))) takes \(parts.count) arguments.")
    }
    let own = zip(parts, terms.compactMap(\.value)).map { ($0, $1) }
    return .object(FormulaObject(name: name + "(...)", terms: [.init(parts: own)]))
  }
}

/// The functions of four-vectors.
///
/// A sum of objects is written `a + b` or given as several arguments.
let vectorFunctions: [FormulaFunction] = [
  constructor(
    "vector", ["PtEtaPhiMVector"], ["pt", "eta", "phi", "m"], least: 3,
    "a particle; massless without m"),
  constructor(
    "PtEtaPhiEVector", [], ["pt", "eta", "phi", "e"], least: 4, "a particle by its energy"),
  constructor("PxPyPzEVector", [], ["px", "py", "pz", "e"], least: 4, "a particle by components"),
  constructor(
    "PxPyPzMVector", [], ["px", "py", "pz", "m"], least: 4, "a particle by its momentum"),
  quantity(
    "mass", ["invariantMass", "M", "m"],
    "invariant mass of the sum: mass(jet1, jet2), mass(jet[0] + jet[1])",
    numbers: Count(4, step: 4), arguments: "a, b, ... or pt1, eta1, phi1, m1, pt2, ...",
    from: ["pt", "eta", "phi", "m"]
  ) { b, all throws(FormulaError) in try b.invariantMass(all) },
  component("pt", ["Pt"], "transverse momentum of the sum") { p, b throws(FormulaError) in
    try p.pt(&b)
  },
  component("eta", ["Eta", "pseudorapidity"], "pseudorapidity of the sum, asinh(pz / pt)") {
    p, b throws(FormulaError) in try p.eta(&b)
  },
  component("phi", ["Phi"], "azimuth of the sum, in [−π, π]") { p, b throws(FormulaError) in
    try p.phi(&b)
  },
  component(
    "px", ["Px"], "pt cos φ", numbers: Count(2), arguments: "a, b, ... or pt, phi",
    from: ["pt", "phi"]
  ) { p, b throws(FormulaError) in try p.px(&b) },
  component(
    "py", ["Py"], "pt sin φ", numbers: Count(2), arguments: "a, b, ... or pt, phi",
    from: ["pt", "phi"]
  ) { p, b throws(FormulaError) in try p.py(&b) },
  component(
    "pz", ["Pz"], "pt sinh η", numbers: Count(2), arguments: "a, b, ... or pt, eta",
    from: ["pt", "eta"]
  ) { p, b throws(FormulaError) in try p.pz(&b) },
  component("p", ["P"], "size of the momentum") { p, b throws(FormulaError) in try p.p(&b) },
  component(
    "energy", ["E", "e"], "√(m² + p²)", numbers: Count(3), arguments: "a, b, ... or pt, eta, m",
    from: ["pt", "eta", "m"]
  ) { p, b throws(FormulaError) in
    if let m = p.term["m"], !p.isPolar, p.term["eta"] != nil {
      let (pt, eta) = (try p.pt(&b), try p.eta(&b))
      return b.hypotenuse(m, b.multiply(pt, b.hyperbolicCosine(eta)))
    }
    return try p.energy(&b)
  },
  quantity("rapidity", ["Rapidity", "y"], "½ log((E + pz) / (E − pz)) of the sum") {
    b, all throws(FormulaError) in
    if all.count == 1, all[0].term.sign > 0 { return try all[0].rapidity(&b) }
    let object = FormulaObject(name: all[0].name, terms: all.map(\.term))
    let sum = try Momentum(object, &b)
    let (mass, pt) = (try b.invariantMass(all), b.hypotenuse(sum.px, sum.py))
    return b.inverseHyperbolicSine(b.divide(sum.pz, b.hypotenuse(mass, pt)))
  },
  component("theta", ["Theta"], "polar angle") { p, b throws(FormulaError) in
    let (pt, pz) = (try p.pt(&b), try p.pz(&b))
    return b.angle(y: pt, x: pz)
  },
  pair(
    "deltaPhi", ["delta_phi", "dphi", "DeltaPhi"], "phi1, phi2 or a, b",
    "φ1 − φ2 in [−π, π]; numbers and objects may be mixed", from: ["phi"], isMixed: true
  ) { b, x, y throws(FormulaError) in
    let (one, two) = (try x.phi(&b), try y.phi(&b))
    return b.deltaPhi(one, two)
  },
  pair(
    "deltaEta", ["delta_eta", "deta"], "eta1, eta2 or a, b", "η1 − η2", from: ["eta"], isMixed: true
  ) { b, x, y throws(FormulaError) in
    let (one, two) = (try x.eta(&b), try y.eta(&b))
    return b.subtract(one, two)
  },
  pair(
    "deltaR", ["delta_r", "dR", "dr", "DeltaR"], "a, b or eta1, phi1, eta2, phi2", "√(Δη² + Δφ²)",
    from: ["eta", "phi"]
  ) { b, x, y throws(FormulaError) in
    let (eta1, eta2) = (try x.eta(&b), try y.eta(&b))
    let (phi1, phi2) = (try x.phi(&b), try y.phi(&b))
    return b.hypotenuse(b.subtract(eta1, eta2), b.deltaPhi(phi1, phi2))
  },
  pair(
    "mt", ["transverseMass"], "a, b or pt1, phi1, pt2, phi2", "√(2 pt1 pt2 (1 − cos Δφ))",
    from: ["pt", "phi"]
  ) { b, x, y throws(FormulaError) in
    let across = b.multiply(try x.pt(&b), try y.pt(&b))
    let half = b.multiply(0.5, b.subtract(try x.phi(&b), try y.phi(&b)))
    let sine = b.size(b.sine(half))
    return b.multiply(2, b.multiply(b.squareRoot(across), sine))
  },
]
