import CKernels
import Foundation
import TestSupport
import Testing

/// A function of the tile programs, its definition in double, and the |x| up to which the bound is promised.
struct Elementary: Sendable, CustomTestStringConvertible {
  let name: String
  let op: UInt32
  let limit: Double
  let definition: @Sendable (Double) -> Double
  var testDescription: String { name }

  static let all: [Elementary] = [
    .init(name: "exp", op: CK_EXP.rawValue, limit: .infinity) { exp($0) },
    .init(name: "expm1", op: CK_EXPM1.rawValue, limit: .infinity) { expm1($0) },
    .init(name: "log", op: CK_LOG.rawValue, limit: .infinity) { log($0) },
    .init(name: "log1p", op: CK_LOG1P.rawValue, limit: .infinity) { log1p($0) },
    .init(name: "tanh", op: CK_TANH.rawValue, limit: .infinity) { tanh($0) },
    .init(name: "sigmoid", op: CK_SIGMOID.rawValue, limit: .infinity) {
      $0 < 0 ? exp($0) / (1 + exp($0)) : 1 / (1 + exp(-$0))
    },
    .init(name: "erf", op: CK_ERF.rawValue, limit: .infinity) { erf($0) },
    .init(name: "sin", op: CK_SIN.rawValue, limit: .infinity) { sin($0) },
    .init(name: "cos", op: CK_COS.rawValue, limit: .infinity) { cos($0) },
    .init(name: "rsqrt", op: CK_RSQRT.rawValue, limit: .infinity) { 1 / $0.squareRoot() },
    .init(name: "recip", op: CK_RECIP.rawValue, limit: .infinity) { 1 / $0 },
  ]
}

/// The error of a float in units in the last place of the exact value.
private func unitsOff(_ got: Float, _ exact: Double) -> Double {
  if exact.isNaN || got.isNaN { return exact.isNaN && got.isNaN ? 0 : .infinity }
  let rounded = Float(exact)
  if rounded.isInfinite || got.isInfinite { return rounded == got ? 0 : .infinity }
  return abs(Double(got) - exact) / Double(max(rounded.ulp, Float.leastNonzeroMagnitude))
}

/// The worst error over the floats whose bits are first, first + step, first + 2 step, ...
private func worstError(_ function: Elementary, first: UInt64, step: UInt64) -> (
  units: Double, at: Float
) {
  let block = 1 << 16
  let input = Memory(CK_F32, count: block)
  let output = Memory(CK_F32, count: block)
  let x = input.pointer.assumingMemoryBound(to: Float.self)
  let y = output.pointer.assumingMemoryBound(to: Float.self)
  var worst = (units: 0.0, at: Float(0))
  var bits = first
  while bits < 1 << 32 {
    var n = 0
    while n < block, bits < 1 << 32 {
      x[n] = Float(bitPattern: UInt32(bits))
      bits += step
      n += 1
    }
    let slots = [inputSlot(input, [n], .contiguous), outputSlot(output)]
    runTiles(CK_F32, slots, [instruction(ck_tile_op(function.op), 1, 0)], count: n, threads: 1)
    for i in 0..<n {
      let units = unitsOff(y[i], function.definition(Double(x[i])))
      if units > worst.units { worst = (units, x[i]) }
    }
  }
  return worst
}

struct ElementaryFunctionTests {
  /// Every exponent, about two million mantissas; subnormals, infinities and NaN among them.
  @Test(arguments: Elementary.all)
  func isWithinTwoUnitsInTheLastPlace(function: Elementary) {
    let worst = worstError(function, first: 0, step: 2039)
    #expect(worst.units <= 2, "\(function.name)(\(worst.at)) is off by \(worst.units) units")
  }

  @Test(.tags(.slow), .slow, arguments: Elementary.all)
  func isWithinTwoUnitsForEveryFloat(function: Elementary) {
    let worst = worstError(function, first: 0, step: 1)
    #expect(worst.units <= 2, "\(function.name)(\(worst.at)) is off by \(worst.units) units")
  }

  @Test func zerosKeepTheirSign() {
    for op in [CK_TANH, CK_ERF, CK_SIN, CK_EXPM1, CK_LOG1P] {
      let input = Memory(CK_F32, [0.0, -0.0])
      let output = Memory(CK_F32, count: 2)
      runTiles(
        CK_F32, [inputSlot(input, [2], .contiguous), outputSlot(output)], [instruction(op, 1, 0)],
        count: 2, threads: 1)
      #expect(output[0] == 0 && output[0].sign == .plus, "op \(op.rawValue)")
      #expect(output[1] == 0 && output[1].sign == .minus, "op \(op.rawValue)")
    }
  }
}
