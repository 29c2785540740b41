import ApusEngine
public import ApusEvents
import ApusKernels

/// Least squares: the linear or polynomial function of the inputs nearest to the targets.
///
/// Minimises Σ w (t − f(x))² + l2 |β|² by the normal equations. f is a sum over products of Legendre polynomials
/// of the inputs, each scaled to [−1, 1] on the training events, up to a total degree: all polynomials of that
/// degree, in a basis that stays well conditioned. Weights enter as they are; where negative weights leave no
/// least value, the fit ends with a message. Repeated terms get coefficient 0. Cost: n t² for t terms.
public struct LinearRegression: Method {
  /// The name in YAML.
  public static let name = "linear"
  /// Other names that are accepted.
  public static let aliases = ["linear_regression", "least_squares"]
  /// One sentence on what it does.
  public static let summary =
    "Linear or polynomial regression by least squares, with as many inputs as there are."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.regression]
  /// Its options.
  public static let options = usualOptions(degree: 1)

  /// The options with a usual degree.
  static func usualOptions(degree: Int) -> [OptionDescription] {
    [
      degreeOption(degree),
      OptionDescription(
        "l2", aliases: ["alpha", "ridge"], .real(0...Double.infinity), default: .real(0),
        "Strength of the penalty l2 |β|² beside the weighted sum of squares, in scaled inputs."),
    ]
  }
  /// One factorisation serves all targets.
  public static let takesSeveralTargets = true
  /// The most terms that are fitted.
  static let termLimit = 2000

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Refuses a polynomial of too many terms.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try PolynomialBasis.check(values, facts) }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let squares = try WeightedSquares(
      training, degree: values.integer("degree") ?? 1, method: LinearRegression.name)
    let n = squares.size
    var matrix = squares.matrix
    let l2 = (values.real("l2") ?? 0) / squares.weightUnit
    for j in 1..<max(n, 1) { matrix[j * n + j] += l2 }
    guard let factor = Cholesky(matrix, size: n) else {
      throw WeightedSquares.unbounded(LinearRegression.name)
    }
    return PolynomialResponse(
      method: LinearRegression.name, basis: squares.basis,
      coefficients: squares.sides.map(factor.solve))
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try PolynomialResponse(record, method: name)
  }
}

/// Products of Legendre polynomials of scaled inputs.
struct PolynomialBasis: Sendable, Equatable {
  var degree: Int
  /// The degree in each input of each term; the first term is constant.
  var powers: [[Int]]
  /// The middle of each input's range.
  var centres: [Double]
  /// Half of each input's range.
  var halves: [Double]

  init(degree: Int, powers: [[Int]], centres: [Double], halves: [Double]) {
    (self.degree, self.powers, self.centres, self.halves) = (degree, powers, centres, halves)
  }

  init(_ sample: Sample, degree: Int, powers: [[Int]]) {
    let width = sample.features.count
    var (low, high) = (
      [Double](repeating: .infinity, count: width), [Double](repeating: -.infinity, count: width)
    )
    for i in 0..<sample.count where sample.weights[i] != 0 {
      for j in 0..<width {
        low[j] = min(low[j], Double(sample.inputs[i * width + j]))
        high[j] = max(high[j], Double(sample.inputs[i * width + j]))
      }
    }
    self.init(
      degree: degree, powers: powers, centres: zip(low, high).map { ($0 + $1) / 2 },
      halves: zip(low, high).map { $1 > $0 ? ($1 - $0) / 2 : 1 })
  }

  /// All degrees whose sum is at most `degree`; nil where there are more than `limit`.
  static func powers(width: Int, degree: Int, limit: Int) -> [[Int]]? {
    var all: [[Int]] = [[Int](repeating: 0, count: width)]
    var last = [(powers: all[0], from: 0)]
    for _ in 0..<degree {
      var next: [(powers: [Int], from: Int)] = []
      for (powers, from) in last {
        for j in from..<width {
          var more = powers
          more[j] += 1
          next.append((more, j))
          if all.count + next.count > limit { return nil }
        }
      }
      all += next.map(\.powers)
      last = next
    }
    return all
  }

  /// Puts the terms of an event into `row`.
  func fill(_ row: inout [Double], _ inputs: [Float], _ i: Int) {
    let width = centres.count
    var table = [Double](repeating: 1, count: width * (degree + 1))
    for j in 0..<width {
      let x = (Double(inputs[i * width + j]) - centres[j]) / halves[j]
      let start = j * (degree + 1)
      if degree >= 1 { table[start + 1] = x }
      for n in 1..<max(degree, 1) {
        let (a, b) = (Double(2 * n + 1) * x * table[start + n], Double(n) * table[start + n - 1])
        table[start + n + 1] = (a - b) / Double(n + 1)
      }
    }
    for (t, powers) in self.powers.enumerated() {
      var product = 1.0
      for j in 0..<width where powers[j] > 0 { product *= table[j * (degree + 1) + powers[j]] }
      row[t] = product
    }
  }
}

/// A learned polynomial, or one a target.
struct PolynomialResponse: Response {
  let method: String
  let basis: PolynomialBasis
  /// The coefficients of all terms, for each target.
  let coefficients: [[Double]]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { coefficients.count * basis.powers.count }

  init(method: String, basis: PolynomialBasis, coefficients: [[Double]]) {
    (self.method, self.basis, self.coefficients) = (method, basis, coefficients)
  }

  init(_ record: ModelRecord, method: String) throws {
    self.method = method
    let reader = try RecordReader(record, method: method)
    let (width, degree) = (try reader.count("inputs"), try reader.count("degree"))
    guard degree <= 30,
      let powers = PolynomialBasis.powers(
        width: width, degree: degree, limit: LinearRegression.termLimit)
    else { throw reader.fail("its degree \(degree) has too many terms.") }
    basis = PolynomialBasis(
      degree: degree, powers: powers, centres: try reader.numbers("centres", count: width),
      halves: try reader.numbers("halves", count: width))
    let count = reader.json["outputs"] == nil ? 1 : try reader.count("outputs")
    let all = try reader.numbers("coefficients", count: count * powers.count)
    coefficients = (0..<count).map { Array(all[$0 * powers.count..<($0 + 1) * powers.count]) }
    guard count > 0 else { throw reader.fail("it has no target.") }
    guard basis.halves.allSatisfy({ $0 > 0 }) else { throw reader.fail("a range is empty.") }
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(
      inputs, count: count, width: basis.centres.count, method: method)
    var row = [Double](repeating: 0, count: basis.powers.count)
    var scores: [Double] = []
    scores.reserveCapacity(count * coefficients.count)
    for i in 0..<count {
      basis.fill(&row, inputs, i)
      for own in coefficients {
        scores.append(zip(row, own).reduce(0) { $0 + $1.0 * $1.1 })
      }
    }
    return scores
  }

  func record() throws -> ModelRecord {
    var members: [JSONValue.Member] = [
      .init("method", .string(method)), .init("task", .string(Task.regression.rawValue)),
      .init("inputs", .int(basis.centres.count)), .init("degree", .int(basis.degree)),
    ]
    if coefficients.count > 1 { members.append(.init("outputs", .int(coefficients.count))) }
    return ModelRecord(
      description: JSONValue.object(members).text(),
      tensors: [
        ("coefficients", Tensor(coefficients.flatMap { $0 })),
        ("centres", Tensor(basis.centres, shape: [basis.centres.count])),
        ("halves", Tensor(basis.halves, shape: [basis.halves.count])),
      ])
  }
}
