import ApusEvents

/// Quantities of one particle, made of those that its columns have.
struct Particle {
  let term: FormulaObject.Term
  /// What to call it in messages.
  let name: String

  func needed(_ quantity: String, _ wanted: String, _ b: FormulaBuilder) throws(FormulaError)
    -> FormulaNode
  {
    if let node = term[quantity] { return node }
    let has = term.parts.map(\.quantity).joined(separator: ", ")
    throw b.fail("\(wanted) of '\(name)' needs its \(quantity), but it has only \(has).")
  }

  var isPolar: Bool { term["pt"] != nil && term["eta"] != nil && term["phi"] != nil }

  func pt(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if let pt = term["pt"] { return pt }
    let px = try needed("px", "pt", b)
    return b.hypotenuse(px, try needed("py", "pt", b))
  }

  func phi(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if let phi = term["phi"] { return phi }
    let px = try needed("px", "phi", b)
    return b.angle(y: try needed("py", "phi", b), x: px)
  }

  func eta(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if let eta = term["eta"] { return eta }
    let pz = try needed("pz", "eta", b)
    let pt = try pt(&b)
    return b.inverseHyperbolicSine(b.divide(pz, pt))
  }

  func px(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if let px = term["px"] { return px }
    let pt = try needed("pt", "px", b)
    let cosine = b.cosine(try needed("phi", "px", b))
    return b.multiply(pt, cosine)
  }

  func py(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if let py = term["py"] { return py }
    let pt = try needed("pt", "py", b)
    let sine = b.sine(try needed("phi", "py", b))
    return b.multiply(pt, sine)
  }

  func pz(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if let pz = term["pz"] { return pz }
    let pt = try needed("pt", "pz", b)
    let slope = b.hyperbolicSine(try needed("eta", "pz", b))
    return b.multiply(pt, slope)
  }

  /// |p|, for polar ones pt cosh η.
  func p(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if isPolar {
      let (pt, eta) = (try pt(&b), try eta(&b))
      let slope = b.hyperbolicCosine(eta)
      return b.multiply(pt, slope)
    }
    let (pt, pz) = (try pt(&b), try pz(&b))
    return b.hypotenuse(pt, pz)
  }

  /// Nil for a massless particle.
  func mass(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode? {
    if let m = term["m"] { return m }
    guard let e = term["e"] else { return nil }
    // (E − p)(E + p) loses less than E² − p².
    let p = try p(&b)
    let (difference, total) = (b.subtract(e, p), b.add(e, p))
    let square = b.multiply(difference, total)
    let zero = b.number(0)
    return b.squareRoot(b.maximum(square, zero))
  }

  func energy(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    if let e = term["e"] { return e }
    let p = try p(&b)
    guard let m = term["m"] else { return p }
    return b.hypotenuse(m, p)
  }

  /// √(pt² + m²).
  func transverseMass(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    let pt = try pt(&b)
    guard let m = try mass(&b) else { return pt }
    return b.hypotenuse(pt, m)
  }

  /// asinh(pz / √(pt² + m²)), which is η for a massless particle.
  func rapidity(_ b: inout FormulaBuilder) throws(FormulaError) -> FormulaNode {
    guard try mass(&b) != nil else { return try eta(&b) }
    let pz = try pz(&b)
    // A particle of no momentum and no mass counts with weight 0: its rapidity must only be finite.
    let across = b.nonZero(try transverseMass(&b))
    return b.inverseHyperbolicSine(b.divide(pz, across))
  }
}

/// The components of a sum of particles.
struct Momentum {
  var px: FormulaNode
  var py: FormulaNode
  var pz: FormulaNode
  var e: FormulaNode

  init(_ object: FormulaObject, _ b: inout FormulaBuilder) throws(FormulaError) {
    let all = object.particles
    px = try b.signedSum(all) { p, b throws(FormulaError) in try p.px(&b) }
    py = try b.signedSum(all) { p, b throws(FormulaError) in try p.py(&b) }
    pz = try b.signedSum(all) { p, b throws(FormulaError) in try p.pz(&b) }
    e = try b.signedSum(all) { p, b throws(FormulaError) in try p.energy(&b) }
  }
}

extension FormulaObject {
  var particles: [Particle] { terms.map { Particle(term: $0, name: name) } }

  /// The one particle that it is; nil for a sum or what is subtracted.
  var single: Particle? { terms.count == 1 && terms[0].sign > 0 ? particles[0] : nil }
}

extension FormulaBuilder {
  mutating func signedSum(
    _ particles: [Particle],
    _ quantity: (Particle, inout FormulaBuilder) throws(FormulaError) -> FormulaNode
  ) throws(FormulaError) -> FormulaNode {
    var total: FormulaNode?
    for particle in particles {
      let value = try quantity(particle, &self)
      if let sum = total {
        total = particle.term.sign > 0 ? add(sum, value) : subtract(sum, value)
      } else {
        total = particle.term.sign > 0 ? value : negate(value)
      }
    }
    return total ?? number(0)
  }

  /// The number itself, or 1 where it is 0: a divisor whose quotient does not count then.
  mutating func nonZero(_ x: FormulaNode) -> FormulaNode {
    let (zero, one) = (number(0), number(1))
    let isPositive = isGreater(x, zero)
    return choose(isPositive, x, one)
  }

  /// d − 2π round(d / 2π), which lies in [−π, π].
  mutating func deltaPhi(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode {
    let difference = subtract(a, b)
    let turns = round(multiply(difference, number(0.5 / .pi)))
    return subtract(difference, multiply(turns, number(2 * .pi)))
  }

  /// The square of sin(x/2) or sinh(x/2), doubled: 1 − cos x and cosh x − 1 without loss.
  mutating func twiceSquared(_ half: FormulaNode) -> FormulaNode { multiply(2, square(half)) }

  /// Twice the product of two four-momenta without their masses: (p + q)² − p² − q².
  ///
  /// 2 [mT₁ mT₂ (cosh Δy − 1) + (mT₁ mT₂ − pt₁ pt₂) + pt₁ pt₂ (1 − cos Δφ)], where each term is a product of
  /// positive numbers: nothing cancels, so particles that fly side by side keep their mass in single precision.
  mutating func twiceProduct(_ a: Particle, _ b: Particle) throws(FormulaError) -> FormulaNode {
    guard a.isPolar, b.isPolar else { return try cartesianProduct(a, b) }
    let (pt1, pt2) = (try a.pt(&self), try b.pt(&self))
    let (mt1, mt2) = (try a.transverseMass(&self), try b.transverseMass(&self))
    let (y1, y2) = (try a.rapidity(&self), try b.rapidity(&self))
    let (phi1, phi2) = (try a.phi(&self), try b.phi(&self))
    let across = multiply(pt1, pt2)
    let massive = multiply(mt1, mt2)
    let half = multiply(0.5, subtract(y1, y2))
    let along = multiply(massive, twiceSquared(hyperbolicSine(half)))
    let halfAngle = multiply(0.5, subtract(phi1, phi2))
    let around = multiply(across, twiceSquared(sine(halfAngle)))
    var total = add(along, around)
    let (m1, m2) = (try a.mass(&self), try b.mass(&self))
    if m1 != nil || m2 != nil {
      let zero = number(0)
      let (one, two) = (square(m1 ?? zero), square(m2 ?? zero))
      let both = multiply(one, two)
      let mixed = add(multiply(one, square(pt2)), multiply(two, square(pt1)))
      total = add(total, divide(add(both, mixed), nonZero(add(massive, across))))
    }
    return multiply(2, total)
  }

  private mutating func cartesianProduct(_ a: Particle, _ b: Particle) throws(FormulaError)
    -> FormulaNode
  {
    let x = multiply(try a.px(&self), try b.px(&self))
    let y = multiply(try a.py(&self), try b.py(&self))
    let z = multiply(try a.pz(&self), try b.pz(&self))
    let energies = multiply(try a.energy(&self), try b.energy(&self))
    return multiply(2, subtract(energies, add(add(x, y), z)))
  }

  /// m² of a sum of particles.
  mutating func squaredMass(_ particles: [Particle]) throws(FormulaError) -> FormulaNode {
    var total = number(0)
    for (i, a) in particles.enumerated() {
      if let m = try a.mass(&self) { total = add(total, square(m)) }
      for b in particles[(i + 1)...] {
        let product = try twiceProduct(a, b)
        total = a.term.sign == b.term.sign ? add(total, product) : subtract(total, product)
      }
    }
    return total
  }

  mutating func invariantMass(_ particles: [Particle]) throws(FormulaError) -> FormulaNode {
    if particles.count == 1 {
      guard let mass = try particles[0].mass(&self) else { return number(0) }
      return size(mass)
    }
    let square = try squaredMass(particles)
    let zero = number(0)
    return squareRoot(maximum(square, zero))
  }
}
