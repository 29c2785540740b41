import ApusEngine
import ApusEvents
import TestSupport
import Testing

/// NaN, infinities, both zeros, the largest, the smallest and subnormal numbers through every function of one
/// and two arguments, against NumPy and PyTorch (`Tools/reference/operations.py`).
///
/// The sign of a zero is not promised in four places: where a written 0 is added or subtracted, in the maximum and
/// minimum of two zeros, in the sign (-0 here, 0 in NumPy) and in relu (0 here, -0 in PyTorch) of -0.
@Suite struct SpecialValueTests {
  private let golden: JSONValue

  init() throws { golden = try loadGolden("operations.json").at("specials") }

  private func compare(
    _ found: [Double], _ wanted: [Double], _ dtype: DType, _ what: String, signedZero: Bool = true,
    _ describe: (Int) -> String
  ) {
    let unit: Double = dtype == .float32 ? 0x1p-23 : 0x1p-52
    let smallest: Double = dtype == .float32 ? 0x1p-149 : 0x1p-1074
    #expect(found.count == wanted.count)
    for (index, (a, b)) in zip(found, wanted).enumerated() {
      let near = abs(a - b) <= 4 * unit * abs(b) + 2 * smallest
      let isSame = (a.isNaN && b.isNaN) || a == b || (near && a.isFinite)
      let signs = !signedZero || a != 0 || b != 0 || a.sign == b.sign
      if !isSame || !signs {
        Issue.record("\(dtype) \(what)(\(describe(index))) is \(a), expected \(b)")
      }
    }
  }

  private func specials(_ dtype: DType) throws -> [Double] {
    golden.at("\(dtype)", "values").numbers
  }

  @Test(arguments: [DType.float32, .float64])
  func functionsOfOneArgument(_ dtype: DType) throws {
    let x = try specials(dtype)
    // Once as a short tail, once as full vectors with a tail.
    for copies in [1, 19] {
      let repeated = (0..<copies).flatMap { _ in x }
      let input = try Tensor(repeated).cast(to: dtype).detached()
      for entry in golden.at("\(dtype)", "unary").members {
        let function = try #require(OperationTable.unary[entry.key])
        let wanted = entry.value.numbers
        compare(
          try function([input]).doubles(), (0..<copies).flatMap { _ in wanted }, dtype, entry.key,
          signedZero: !["relu", "sign"].contains(entry.key)
        ) { "\(repeated[$0])" }
      }
    }
  }

  @Test(arguments: [DType.float32, .float64])
  func functionsOfTwoArguments(_ dtype: DType) throws {
    let x = try specials(dtype)
    let n = x.count
    let a = try Tensor((0..<n * n).map { x[$0 / n] }).cast(to: dtype).detached()
    let b = try Tensor((0..<n * n).map { x[$0 % n] }).cast(to: dtype).detached()
    for entry in golden.at("\(dtype)", "binary").members {
      let function = try #require(OperationTable.binary[entry.key])
      compare(
        try function([a, b]).doubles(), entry.value.numbers, dtype, entry.key,
        signedZero: !["maximum", "minimum"].contains(entry.key)
      ) { "\(x[$0 / n]), \(x[$0 % n])" }
    }
  }

  /// A number that is written in the formula takes other paths than one in memory: immediate operands, folded
  /// constants, powers by products.
  @Test(arguments: [DType.float32, .float64])
  func numbersWrittenInTheFormula(_ dtype: DType) throws {
    let x = try specials(dtype)
    let n = x.count
    let input = try Tensor(x).cast(to: dtype).detached()
    for entry in golden.at("\(dtype)", "binary").members {
      let function = try #require(OperationTable.binary[entry.key])
      let wanted = entry.value.numbers
      let signed = !["maximum", "minimum", "add", "subtract"].contains(entry.key)
      for (place, value) in x.enumerated() {
        let number = Tensor(value, dtype: dtype).broadcast(to: [n])
        compare(
          try function([input, number]).doubles(), (0..<n).map { wanted[$0 * n + place] }, dtype,
          "\(entry.key) with a written number on the right, ", signedZero: signed
        ) { "\(x[$0]), \(value)" }
        compare(
          try function([number, input]).doubles(), (0..<n).map { wanted[place * n + $0] }, dtype,
          "\(entry.key) with a written number on the left, ", signedZero: signed
        ) { "\(value), \(x[$0])" }
        let both = try function([Tensor(value, dtype: dtype), Tensor(x[0], dtype: dtype)]).doubles()
        compare(both, [wanted[place * n]], dtype, entry.key, signedZero: signed) { _ in
          "\(value), NaN"
        }
      }
    }
  }

  @Test func zerosOfBothSignsAreKeptApartInPlansAndConstants() throws {
    let x = try Tensor([1] as [Double]).detached()
    #expect(try (x / 0.0).doubles() == [.infinity])
    #expect(try (x / -0.0).doubles() == [-.infinity])
    #expect(try (x / 0.0 - x / -0.0).doubles() == [.infinity])
  }

  @Test func reductionsOfSpecialValues() throws {
    let inf = Double.infinity
    for dtype in [DType.float32, .float64] {
      func row(_ values: [Double]) throws -> Tensor {
        try Tensor(values).cast(to: dtype).detached()
      }
      #expect(try row([1, .nan, 3]).max().scalar().isNaN)
      #expect(try row([1, .nan, 3]).min().scalar().isNaN)
      #expect(try row([1, .nan, 3]).sum().scalar().isNaN)
      #expect(try row([inf, 1]).sum().scalar() == inf)
      #expect(try row([inf, -inf]).sum().scalar().isNaN)
      #expect(try row([-inf, -inf]).logSumExp().scalar() == -inf)
      #expect(try row([inf, 1]).logSumExp().scalar() == inf)
      #expect(try row([-inf, 0]).logSumExp().scalar() == 0)
      #expect(try row([.nan, 0]).logSumExp().scalar().isNaN)
      #expect(try row([-inf, 0, -inf]).softmax().doubles() == [0, 1, 0])
      #expect(try row([2, .nan, -inf, inf]).sorted().doubles().prefix(3) == [-inf, 2, inf])
      #expect(try row([2, .nan, -inf, inf]).argSorted().doubles() == [2, 0, 3, 1])
      #expect(try row([2, .nan, -inf, inf]).argSorted(descending: true).doubles().last == 1)
    }
  }
}
