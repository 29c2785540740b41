import CKernels
import Foundation
import TestSupport
import Testing

private let sizes = [0, 1, 2, 3, 17, 1000]

/// The definition: one loop, in double.
private func reduced(_ op: ck_reduce_op, _ x: [Double], _ outer: Int, _ axis: Int, _ inner: Int)
  -> [Double]
{
  var result: [Double] = []
  for o in 0..<outer {
    for i in 0..<inner {
      let row = (0..<axis).map { x[(o * axis + $0) * inner + i] }
      switch op {
      case CK_RSUM: result.append(row.reduce(0, +))
      case CK_RPROD: result.append(row.reduce(1, *))
      case CK_RMAX: result.append(row.contains { $0.isNaN } ? .nan : row.max() ?? -.infinity)
      case CK_RMIN: result.append(row.contains { $0.isNaN } ? .nan : row.min() ?? .infinity)
      case CK_RLOGSUMEXP:
        let top = row.max() ?? -.infinity
        result.append(top.isInfinite ? top : top + log(row.reduce(0) { $0 + exp($1 - top) }))
      default:
        var best = 0
        for (k, value) in row.enumerated() where !row[best].isNaN {
          if value.isNaN || (op == CK_RARGMAX ? value > row[best] : value < row[best]) { best = k }
        }
        result.append(Double(best))
      }
    }
  }
  return result
}

struct ReduceTests {
  @Test(
    arguments: [CK_RSUM, CK_RPROD, CK_RMAX, CK_RMIN, CK_RLOGSUMEXP, CK_RARGMAX, CK_RARGMIN].map(
      \.rawValue))
  func matchesAPlainLoop(operation: UInt32) {
    let op = ck_reduce_op(operation)
    for dtype in [CK_F32, CK_F64] {
      var dice = Dice(UInt64(operation) + 1)
      for (outer, inner) in [(1, 1), (3, 1), (200, 1), (1, 7), (1, 300), (4, 3), (2, 65)] {
        for axis in sizes {
          let x = Memory(
            dtype, (0..<outer * axis * inner).map { _ in Double(Float(dice.unit() * 2 - 0.9)) })
          let isPosition = op == CK_RARGMAX || op == CK_RARGMIN
          let out = Memory(isPosition ? CK_I64 : dtype, count: outer * inner)
          ck_reduce(op, dtype, x.pointer, out.pointer, Int64(outer), Int64(axis), Int64(inner), 2)
          // A sum of float32 may be off by its terms' roundings within a block of sixteen.
          let scale =
            dtype == CK_F32
            ? 4e-7 * Double(max(axis, 1)).squareRoot() * (op == CK_RSUM ? 4 : 1) : 1e-13
          expectClose(
            out.values, reduced(op, x.values, outer, axis, inner),
            absolute: scale * (op == CK_RPROD ? 0 : 1),
            relative: op == CK_RPROD ? 1e-4 : scale,
            "op \(operation) of type \(dtype.rawValue) over \(outer) x \(axis) x \(inner)")
        }
      }
    }
  }

  @Test func integersReduceExactly() {
    for dtype in [CK_I32, CK_I64, CK_U8, CK_BOOL] {
      let small = dtype == CK_U8 || dtype == CK_BOOL
      for (outer, axis, inner) in [(3, 5, 1), (1, 40, 6), (2, 100, 1)] {
        var dice = Dice(3)
        let x = Memory(
          dtype,
          (0..<outer * axis * inner).map { _ in
            small ? Double(dice.next() % 2) : Double(dice.next() % 100) - 50
          })
        for op in [CK_RMAX, CK_RMIN] + (small ? [] : [CK_RSUM]) {
          let out = Memory(dtype, count: outer * inner)
          ck_reduce(op, dtype, x.pointer, out.pointer, Int64(outer), Int64(axis), Int64(inner), 1)
          #expect(out.values == reduced(op, x.values, outer, axis, inner))
        }
      }
    }
  }

  @Test func emptyAxesGiveTheNeutralElement() {
    let wanted: [(ck_reduce_op, Double)] = [
      (CK_RSUM, 0), (CK_RPROD, 1), (CK_RMAX, -.infinity), (CK_RMIN, .infinity),
      (CK_RLOGSUMEXP, -.infinity),
    ]
    for (op, value) in wanted {
      let x = Memory(CK_F32, count: 0)
      let out = Memory(CK_F32, [9, 9, 9])
      ck_reduce(op, CK_F32, x.pointer, out.pointer, 3, 0, 1, 1)
      #expect(out.values == [value, value, value])
    }
  }

  @Test func logSumExpSurvivesInfinitiesAndLargeNumbers() {
    let rows: [[Double]] = [
      [-.infinity, -.infinity], [.infinity, 1], [1000, 1000], [-1000, -1000], [.nan, 1],
      [-.infinity, 2],
    ]
    let x = Memory(CK_F32, rows.flatMap { $0 })
    let out = Memory(CK_F32, count: rows.count)
    ck_reduce(CK_RLOGSUMEXP, CK_F32, x.pointer, out.pointer, Int64(rows.count), 2, 1, 1)
    let wanted = [-Double.infinity, .infinity, 1000 + log(2), -1000 + log(2), .nan, 2]
    expectClose(out.values, wanted, relative: 1e-7)
  }

  @Test func nanWinsExtremesAndTheirPositions() {
    let x = Memory(CK_F32, [1, .nan, 3, .nan])
    let position = Memory(CK_I64, count: 1)
    ck_reduce(CK_RARGMAX, CK_F32, x.pointer, position.pointer, 1, 4, 1, 1)
    #expect(position[0] == 1)
    let least = Memory(CK_F32, count: 1)
    ck_reduce(CK_RMIN, CK_F32, x.pointer, least.pointer, 1, 4, 1, 1)
    #expect(least[0].isNaN)
  }

  /// Ten million tenths in float32: a running sum in single precision is off by percents.
  @Test func longSumsKeepTheirPrecision() {
    let n = 10_000_000
    let x = Memory(CK_F32, count: n)
    ck_fill(CK_F32, x.pointer, Int64(n), 0.1)
    for (axis, inner) in [(n, 1), (n / 10, 10)] {
      let out = Memory(CK_F32, count: inner)
      ck_reduce(CK_RSUM, CK_F32, x.pointer, out.pointer, 1, Int64(axis), Int64(inner), 2)
      for sum in out.values { expectClose(sum, Double(Float(0.1)) * Double(axis), relative: 3e-7) }
    }
  }

  @Test func threadsDoNotChangeBits() {
    for (outer, axis, inner) in [
      (1, 1_000_000, 1), (1, 100_000, 28), (1, 1000, 300), (1000, 300, 1),
    ] {
      var dice = Dice(8)
      let x = Memory(CK_F32, (0..<outer * axis * inner).map { _ in dice.unit() })
      let outs = (1...2).map { threads in
        let out = Memory(CK_F32, count: outer * inner)
        ck_reduce(
          CK_RSUM, CK_F32, x.pointer, out.pointer, Int64(outer), Int64(axis), Int64(inner),
          Int32(threads))
        return out.bytes
      }
      #expect(outs[0] == outs[1])
    }
  }

  @Test func runningSumsGoEitherWay() {
    for dtype in [CK_F32, CK_F64, CK_I32, CK_I64] {
      let x = Memory(dtype, (0..<24).map { Double($0 % 7) - 2 })
      for (outer, axis, inner) in [(2, 4, 3), (1, 24, 1), (24, 1, 1), (1, 2, 12)] {
        for reverse in [false, true] {
          let out = Memory(dtype, count: 24)
          ck_cumsum(
            dtype, x.pointer, out.pointer, Int64(outer), Int64(axis), Int64(inner), reverse ? 1 : 0,
            2)
          for o in 0..<outer {
            for i in 0..<inner {
              for a in 0..<axis {
                let range = reverse ? a..<axis : 0..<a + 1
                let sum = range.reduce(0.0) { $0 + x[(o * axis + $1) * inner + i] }
                #expect(out[(o * axis + a) * inner + i] == sum)
              }
            }
          }
        }
      }
    }
  }
}
