/// A function of the formula language, built from the operations that every evaluation knows.
struct FormulaFunction: Sendable {
  let name: String
  var aliases: [String] = []
  let arguments: String
  let summary: String
  /// Allowed numbers of arguments; `step` repeats the group, as for mass.
  let count: Int
  var step = 0
  /// What an object's name stands for.
  var quantities: [String] = []
  let build: @Sendable (inout FormulaParser, [Int]) -> Int

  func accepts(_ n: Int) -> Bool {
    if step > 0 { return n >= count && (n - count) % step == 0 }
    return n == count
  }

  var countWords: String {
    if step > 0 {
      return count == step ? "\(count) arguments a particle" : "at least \(count) arguments"
    }
    return count == 1 ? "1 argument" : "\(count) arguments"
  }

  /// How columns of an object may end.
  static let endings: [String: [String]] = [
    "pt": ["pt", "pT", "Pt", "PT"], "eta": ["eta", "Eta", "ETA"], "phi": ["phi", "Phi", "PHI"],
    "m": ["m", "mass", "M", "Mass"],
  ]

  static func one(
    _ name: String, _ op: Formula.UnaryFunction, _ summary: String, _ aliases: [String] = []
  )
    -> FormulaFunction
  {
    FormulaFunction(name: name, aliases: aliases, arguments: "x", summary: summary, count: 1) {
      $0.emit(.unary(op, $1[0]))
    }
  }

  static let all: [FormulaFunction] = [
    one("abs", .abs, "absolute value", ["fabs"]), one("sqrt", .sqrt, "square root; NaN below 0"),
    one("exp", .exp, "e to the power of x"), one("log", .log, "natural logarithm", ["ln"]),
    FormulaFunction(name: "log10", arguments: "x", summary: "decimal logarithm", count: 1) {
      $0.scaledLog($1[0], 0.43429448190325182)
    },
    FormulaFunction(name: "log2", arguments: "x", summary: "binary logarithm", count: 1) {
      $0.scaledLog($1[0], 1.4426950408889634)
    },
    one("sin", .sin, "sine"), one("cos", .cos, "cosine"), one("tan", .tan, "tangent"),
    one("asin", .asin, "arc sine"), one("acos", .acos, "arc cosine"),
    one("atan", .atan, "arc tangent"),
    FormulaFunction(name: "atan2", arguments: "y, x", summary: "angle of (x, y)", count: 2) {
      $0.emit(.binary(.atan2, $1[0], $1[1]))
    },
    one("sinh", .sinh, "hyperbolic sine"), one("cosh", .cosh, "hyperbolic cosine"),
    one("tanh", .tanh, "hyperbolic tangent"),
    FormulaFunction(name: "min", arguments: "a, b, ...", summary: "the smallest", count: 2, step: 1)
    {
      $0.chain(.min, $1)
    },
    FormulaFunction(name: "max", arguments: "a, b, ...", summary: "the largest", count: 2, step: 1)
    {
      $0.chain(.max, $1)
    },
    FormulaFunction(name: "pow", arguments: "x, y", summary: "x to the power of y", count: 2) {
      $0.emit(.binary(.power, $1[0], $1[1]))
    },
    one("floor", .floor, "largest whole number not above x"),
    one("ceil", .ceil, "smallest whole number not below x"),
    one("round", .round, "nearest whole number, halves to even"),
    one("sign", .sign, "-1, 0 or 1"),
    FormulaFunction(name: "hypot", arguments: "x, y", summary: "√(x² + y²)", count: 2) {
      $0.hypotenuse($1[0], $1[1])
    },
    FormulaFunction(
      name: "where", arguments: "condition, a, b", summary: "a where the condition is true, else b",
      count: 3
    ) { $0.emit(.select($1[0], $1[1], $1[2])) },
    one("isnan", .isnan, "1 where x is NaN"),
    one("isfinite", .isfinite, "1 where x is neither NaN nor infinite"),
    FormulaFunction(
      name: "deltaPhi", aliases: ["delta_phi", "dphi"], arguments: "phi1, phi2",
      summary: "phi1 − phi2 in [−π, π]", count: 2, quantities: ["phi"]
    ) { $0.deltaPhi($1[0], $1[1]) },
    FormulaFunction(
      name: "deltaR", aliases: ["delta_r", "dR", "dr"], arguments: "eta1, phi1, eta2, phi2",
      summary: "√(Δη² + Δφ²); objects may be named: deltaR(jet1, jet2)", count: 4,
      quantities: ["eta", "phi"]
    ) { p, a in
      let eta = p.emit(.binary(.subtract, a[0], a[2]))
      return p.hypotenuse(eta, p.deltaPhi(a[1], a[3]))
    },
    FormulaFunction(
      name: "mass", aliases: ["invariantMass"], arguments: "pt1, eta1, phi1, m1, pt2, ...",
      summary: "invariant mass of the particles; objects may be named: mass(jet1, jet2)", count: 4,
      step: 4, quantities: ["pt", "eta", "phi", "m"]
    ) { $0.invariantMass($1) },
    FormulaFunction(
      name: "mt", aliases: ["transverseMass"], arguments: "pt1, phi1, pt2, phi2",
      summary: "transverse mass √(2 pt1 pt2 (1 − cos Δφ))", count: 4, quantities: ["pt", "phi"]
    ) { $0.transverseMass($1) },
    FormulaFunction(
      name: "px", arguments: "pt, phi", summary: "pt cos φ", count: 2, quantities: ["pt", "phi"]
    ) {
      $0.product($1[0], $0.emit(.unary(.cos, $1[1])))
    },
    FormulaFunction(
      name: "py", arguments: "pt, phi", summary: "pt sin φ", count: 2, quantities: ["pt", "phi"]
    ) {
      $0.product($1[0], $0.emit(.unary(.sin, $1[1])))
    },
    FormulaFunction(
      name: "pz", arguments: "pt, eta", summary: "pt sinh η", count: 2, quantities: ["pt", "eta"]
    ) {
      $0.product($1[0], $0.emit(.unary(.sinh, $1[1])))
    },
    FormulaFunction(
      name: "energy", arguments: "pt, eta, m", summary: "√(m² + pt² cosh² η)", count: 3,
      quantities: ["pt", "eta", "m"]
    ) { $0.energy($1[0], $1[1], $1[2]) },
  ]
}

/// How functions of kinematics are made of simple operations.
extension FormulaParser {
  mutating func product(_ a: Int, _ b: Int) -> Int { emit(.binary(.multiply, a, b)) }
  mutating func sum(_ a: Int, _ b: Int) -> Int { emit(.binary(.add, a, b)) }

  mutating func scaledLog(_ x: Int, _ factor: Double) -> Int {
    product(emit(.unary(.log, x)), emit(.number(factor)))
  }

  mutating func chain(_ function: Formula.BinaryFunction, _ arguments: [Int]) -> Int {
    arguments.dropFirst().reduce(arguments[0]) { emit(.binary(function, $0, $1)) }
  }

  mutating func hypotenuse(_ a: Int, _ b: Int) -> Int {
    emit(.unary(.sqrt, sum(product(a, a), product(b, b))))
  }

  /// d − 2π round(d / 2π), which lies in [−π, π].
  mutating func deltaPhi(_ a: Int, _ b: Int) -> Int {
    let difference = emit(.binary(.subtract, a, b))
    let turns = emit(.unary(.round, product(difference, emit(.number(0.5 / .pi)))))
    return emit(.binary(.subtract, difference, product(turns, emit(.number(2 * .pi)))))
  }

  mutating func energy(_ pt: Int, _ eta: Int, _ m: Int) -> Int {
    hypotenuse(m, product(pt, emit(.unary(.cosh, eta))))
  }

  /// √(2 pt₁ pt₂ (1 − cos Δφ)).
  mutating func transverseMass(_ a: [Int]) -> Int {
    let cosine = emit(.unary(.cos, deltaPhi(a[1], a[3])))
    let rest = emit(.binary(.subtract, emit(.number(1)), cosine))
    return emit(.unary(.sqrt, product(product(emit(.number(2)), product(a[0], a[2])), rest)))
  }

  /// m² = Σ mᵢ² + 2 Σ_{i<j} (EᵢEⱼ − ptᵢ ptⱼ (cos Δφ + sinh ηᵢ sinh ηⱼ)), at least 0.
  ///
  /// Pair by pair less is lost to rounding than in E² − p².
  mutating func invariantMass(_ a: [Int]) -> Int {
    let particles = stride(from: 0, to: a.count, by: 4).map { Array(a[$0..<$0 + 4]) }
    let energies = particles.map { energy($0[0], $0[1], $0[3]) }
    let rapidities = particles.map { emit(.unary(.sinh, $0[1])) }
    var total = product(particles[0][3], particles[0][3])
    for p in particles.dropFirst() { total = sum(total, product(p[3], p[3])) }
    for i in particles.indices {
      for j in particles.indices where j > i {
        let (p, q) = (particles[i], particles[j])
        let cosine = emit(.unary(.cos, emit(.binary(.subtract, p[2], q[2]))))
        let along = sum(cosine, product(rapidities[i], rapidities[j]))
        let momenta = product(product(p[0], q[0]), along)
        let pair = emit(.binary(.subtract, product(energies[i], energies[j]), momenta))
        total = sum(total, product(emit(.number(2)), pair))
      }
    }
    return emit(.unary(.sqrt, emit(.binary(.max, total, emit(.number(0))))))
  }
}
