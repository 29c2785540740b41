import ApusEngine
import ApusEvents

/// A linear model of the terms of a polynomial, for classes.
struct PolynomialLogistic: Response {
  let basis: PolynomialBasis
  let inner: LinearResponse
  var history: [FitContext.Progress] { inner.history }
  var parameterCount: Int { inner.parameterCount }

  init(basis: PolynomialBasis, inner: LinearResponse) { (self.basis, self.inner) = (basis, inner) }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(
      inputs, count: count, width: basis.centres.count, method: LogisticRegression.name)
    return try inner.scores(for: basis.terms(inputs, count: count), count: count, threads: threads)
  }

  func record() throws -> ModelRecord {
    let record = try inner.record()
    var members = try JSONValue(parsing: record.description).members
    members += [
      .init("degree", .int(basis.degree)), .init("columns", .int(basis.centres.count)),
    ]
    return ModelRecord(
      description: JSONValue.object(members).text(),
      tensors: record.tensors + [
        ("centres", Tensor(basis.centres, shape: [basis.centres.count])),
        ("halves", Tensor(basis.halves, shape: [basis.halves.count])),
      ])
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: LogisticRegression.name)
    let (width, degree) = (try reader.count("columns"), try reader.count("degree"))
    guard degree <= 30, width > 0,
      let powers = PolynomialBasis.powers(
        width: width, degree: degree, limit: LinearRegression.termLimit)
    else { throw reader.fail("its degree \(degree) has too many terms.") }
    basis = PolynomialBasis(
      degree: degree, powers: powers, centres: try reader.numbers("centres", count: width),
      halves: try reader.numbers("halves", count: width))
    inner = try LinearResponse(record, method: LogisticRegression.name)
    guard basis.halves.allSatisfy({ $0 > 0 }), inner.coefficients[0].count == powers.count - 1
    else {
      throw reader.fail("its coefficients do not fit its degree.")
    }
  }
}

extension PolynomialBasis {
  /// The terms of events without the constant one, in single precision, row-major.
  func terms(_ inputs: [Float], count: Int) -> [Float] {
    var row = [Double](repeating: 0, count: powers.count)
    var rows: [Float] = []
    rows.reserveCapacity(count * (powers.count - 1))
    for i in 0..<count {
      fill(&row, inputs, i)
      for t in 1..<max(powers.count, 1) { rows.append(Float(row[t])) }
    }
    return rows
  }
}

extension PolynomialBasis {
  /// Refuses a 'degree' that gives too many terms.
  static func check(_ options: OptionValues, _ facts: StudyFacts) throws(OptionProblems) {
    let (degree, limit) = (options.integer("degree") ?? 1, LinearRegression.termLimit)
    guard let width = facts.inputs?.count,
      powers(width: width, degree: degree, limit: limit) == nil
    else { return }
    throw OptionProblems([
      .init(
        path: "degree",
        text:
          "a polynomial of degree \(degree) of \(width) inputs has more than \(limit) terms. Lower the degree, "
          + "or take fewer inputs.")
    ])
  }
}
