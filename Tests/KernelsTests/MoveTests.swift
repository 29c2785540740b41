import CKernels
import Testing

struct MoveTests {
  @Test func gatherTakesRowsByIndex() {
    for indexType in [CK_I32, CK_I64] {
      for (outer, axis, inner) in [(1, 5, 1), (1, 7, 16), (3, 4, 2), (2, 9, 33)] {
        let x = Memory(CK_F32, (0..<outer * axis * inner).map { Double($0) })
        var dice = Dice(1)
        let index = Memory(indexType, (0..<20).map { _ in Double(dice.next() % UInt64(axis)) })
        let out = Memory(CK_F32, count: outer * 20 * inner)
        let bad = ck_gather(
          4, x.pointer, index.pointer, indexType, out.pointer, Int64(outer), Int64(axis),
          Int64(inner), 20, 2)
        #expect(bad == -1)
        for o in 0..<outer {
          for i in 0..<20 {
            for k in 0..<inner {
              #expect(out[(o * 20 + i) * inner + k] == x[(o * axis + Int(index[i])) * inner + k])
            }
          }
        }
      }
    }
  }

  @Test func anIndexOutsideIsNamedAndNothingIsWritten() {
    let x = Memory(CK_F32, [1, 2, 3])
    let out = Memory(CK_F32, [7, 7, 7, 7])
    for wrong in [3.0, -1] {
      let index = Memory(CK_I64, [0, 2, wrong, 1])
      #expect(ck_gather(4, x.pointer, index.pointer, CK_I64, out.pointer, 1, 3, 1, 4, 1) == 2)
      #expect(
        ck_scatter_add(CK_F32, out.pointer, index.pointer, CK_I64, x.pointer, 1, 3, 1, 4, 1) == 2)
    }
    #expect(out.values == [7, 7, 7, 7] && x.values == [1, 2, 3])
  }

  @Test func scatterAddsRowsThatRepeat() {
    for dtype in [CK_F32, CK_F64, CK_I32, CK_I64] {
      for (outer, axis, inner) in [(1, 4, 1), (2, 3, 5), (1, 6, 40)] {
        var dice = Dice(4)
        let n = 30
        let x = Memory(dtype, (0..<outer * n * inner).map { _ in Double(dice.next() % 9) })
        let index = Memory(CK_I32, (0..<n).map { _ in Double(dice.next() % UInt64(axis)) })
        let out = Memory(dtype, (0..<outer * axis * inner).map { Double($0 % 5) })
        var wanted = out.values
        for o in 0..<outer {
          for i in 0..<n {
            for k in 0..<inner {
              wanted[(o * axis + Int(index[i])) * inner + k] += x[(o * n + i) * inner + k]
            }
          }
        }
        let bad = ck_scatter_add(
          dtype, x.pointer, index.pointer, CK_I32, out.pointer, Int64(outer), Int64(axis),
          Int64(inner), Int64(n), 2)
        #expect(bad == -1 && out.values == wanted)
      }
    }
  }

  @Test func stridedCopiesMatchAPlainLoop() {
    let shapes: [[Int]] = [
      [], [1], [7], [3, 4], [64, 65], [2, 3, 4], [5, 1, 6, 2], [300, 300], [2, 3, 2, 3, 2],
    ]
    for (case_, shape) in shapes.enumerated() {
      for dtype in [CK_U8, CK_F32, CK_F64] {
        for (from, to) in [
          (Layout.contiguous, Layout.contiguous), (.transposed, .contiguous),
          (.contiguous, .transposed),
          (.spaced, .contiguous), (.contiguous, .spaced), (.scalar, .contiguous),
          (.row, .contiguous),
          (.column, .contiguous),
        ] {
          let count = shape.reduce(1, *)
          let inStrides = from.strides(shape)
          let outStrides = to.strides(shape)
          let x = random(dtype, count: from.reach(shape), seed: UInt64(case_))
          let out = Memory(dtype, count: to.reach(shape))
          let wanted = Memory(dtype, count: to.reach(shape))
          for i in 0..<count {
            var (rest, source, target) = (i, 0, 0)
            for d in stride(from: shape.count - 1, through: 0, by: -1) {
              source += rest % shape[d] * inStrides[d]
              target += rest % shape[d] * outStrides[d]
              rest /= shape[d]
            }
            wanted[target] = x[source]
          }
          ck_copy_strided(
            ck_size(dtype), x.pointer, inStrides.map(Int64.init), out.pointer,
            outStrides.map(Int64.init),
            shape.map(Int64.init), Int32(shape.count), 2)
          #expect(out.bytes == wanted.bytes, "\(shape) from \(from) to \(to)")
        }
      }
    }
  }

  @Test func negativeStridesReverse() {
    let x = Memory(CK_I32, [1, 2, 3, 4])
    let out = Memory(CK_I32, count: 4)
    ck_copy_strided(4, x.pointer + 12, [-1], out.pointer, [1], [4], 1, 1)
    #expect(out.values == [4, 3, 2, 1])
  }

  @Test func fillAndIota() {
    for dtype in [CK_F32, CK_F64, CK_I32, CK_I64, CK_U8] {
      let x = Memory(dtype, count: 12)
      ck_fill(dtype, x.pointer, 12, 3)
      #expect(x.values == Array(repeating: 3, count: 12))
      ck_iota(dtype, x.pointer, 2, 3, 2)
      #expect(x.values == [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2])
    }
  }

  @Test(arguments: [0, 1, 2, 3, 64, 65, 1000, 5000])
  func sortIsStableWithNaNLast(n: Int) {
    for dtype in [CK_F32, CK_F64, CK_I32, CK_I64, CK_U8] {
      for descending in [false, true] {
        let rows = 3
        let x = random(dtype, count: rows * n, seed: UInt64(n) + 2)
        let sorted = Memory(dtype, count: rows * n)
        let order = Memory(CK_I64, count: rows * n)
        ck_sort(
          dtype, x.pointer, sorted.pointer, order.pointer.assumingMemoryBound(to: Int64.self),
          Int64(rows), Int64(n),
          descending ? 1 : 0, 2)
        for row in 0..<rows {
          let values = (0..<n).map { x[row * n + $0] }
          // Swift's sort is stable.
          let wanted = (0..<n).sorted { i, j in
            if values[i].isNaN || values[j].isNaN { return !values[i].isNaN && values[j].isNaN }
            return descending ? values[i] > values[j] : values[i] < values[j]
          }
          #expect(
            (0..<n).map { Int(order[row * n + $0]) } == wanted,
            "type \(dtype.rawValue), \(n) elements")
          let same = (0..<n).allSatisfy {
            let (a, b) = (sorted[row * n + $0], values[wanted[$0]])
            return a == b || (a.isNaN && b.isNaN)
          }
          #expect(same)
        }
      }
    }
  }
}
