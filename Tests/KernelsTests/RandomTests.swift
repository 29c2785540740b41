import CKernels
import Foundation
import TestSupport
import Testing

private func draw(
  _ kind: ck_random_kind, _ dtype: ck_dtype, count: Int, seed: [Int64] = [1, 2], stream: UInt64 = 3,
  threads: Int32 = 2
) -> Memory {
  let out = Memory(dtype, count: count)
  ck_random(kind, dtype, out.pointer, Int64(count), seed, stream, threads)
  return out
}

/// SplitMix64's mix, as ck.h defines the stream's part of the counter.
private func mix64(_ x: UInt64) -> UInt64 {
  var dice = Dice(x)
  return dice.next()
}

struct RandomTests {
  /// Known answers of the authors' library (Random123, kat_vectors, "philox 4x32 10").
  @Test func philoxGivesTheKnownAnswers() {
    let cases: [(counter: [UInt32], key: [UInt32], wanted: [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [.max, .max, .max, .max], [.max, .max],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for (counter, key, wanted) in cases {
      var out = [UInt32](repeating: 0, count: 4)
      ck_philox(counter, key, &out)
      #expect(out == wanted)
    }
  }

  /// The vectorised generator against the block function, by the rule in ck.h.
  @Test func everyElementComesFromItsOwnBlock() {
    let seed: [Int64] = [-5_000_000_007, 77]
    let stream: UInt64 = 9_876_543_210
    let words = draw(CK_BITS, CK_I64, count: 1000, seed: seed, stream: stream)
    let mixed = mix64(stream ^ mix64(UInt64(bitPattern: seed[1])))
    let key = UInt64(bitPattern: seed[0])
    for i in 0..<1000 {
      var out = [UInt32](repeating: 0, count: 4)
      ck_philox(
        [UInt32(i / 4), 0, UInt32(truncatingIfNeeded: mixed), UInt32(mixed >> 32)],
        [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)], &out)
      #expect(words[i] == Double(out[i % 4]))
    }
    let uniform = draw(CK_UNIFORM, CK_F32, count: 1000, seed: seed, stream: stream)
    for i in 0..<1000 { #expect(uniform[i] == Double(UInt32(words[i]) >> 8) * 0x1p-24) }
    let wide = draw(CK_UNIFORM, CK_F64, count: 500, seed: seed, stream: stream)
    for i in 0..<500 {
      let bits = UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1])
      #expect(wide[i] == Double(bits >> 11) * 0x1p-53)
    }
  }

  @Test func anElementDependsNeitherOnTheLengthNorOnThreads() {
    for dtype in [CK_F32, CK_F64] {
      for kind in [CK_UNIFORM, CK_NORMAL] {
        let long = draw(kind, dtype, count: 200_000)
        let single = draw(kind, dtype, count: 200_000, threads: 1)
        #expect(long.bytes == single.bytes)
        for n in [0, 1, 2, 63, 65, 130] {
          let short = draw(kind, dtype, count: n)
          #expect(short.values == Array(long.values.prefix(n)))
        }
      }
    }
  }

  @Test func aHundredSeedsAndStreamsAllDiffer() {
    var seen: Set<[UInt8]> = []
    for i in 0..<100 {
      seen.insert(draw(CK_UNIFORM, CK_F32, count: 16, seed: [Int64(i), 0]).bytes)
      seen.insert(draw(CK_UNIFORM, CK_F32, count: 16, seed: [0, Int64(i + 1)]).bytes)
      seen.insert(draw(CK_UNIFORM, CK_F32, count: 16, seed: [0, 0], stream: UInt64(i + 100)).bytes)
    }
    #expect(seen.count == 300)
  }

  @Test func uniformNumbersFillTheirInterval() {
    for dtype in [CK_F32, CK_F64] {
      let n = 400_000
      let x = draw(CK_UNIFORM, dtype, count: n).values
      #expect(x.allSatisfy { $0 >= 0 && $0 < 1 })
      let mean = x.reduce(0, +) / Double(n)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
      // Five standard errors.
      expectClose(mean, 0.5, absolute: 5 * (1 / 12.0 / Double(n)).squareRoot())
      expectClose(variance, 1 / 12.0, absolute: 5 * (1 / 180.0 / Double(n)).squareRoot())
    }
  }

  @Test func normalNumbersHaveTheMomentsOfAGaussian() {
    for dtype in [CK_F32, CK_F64] {
      let n = 400_000
      let x = draw(CK_NORMAL, dtype, count: n).values
      #expect(x.allSatisfy { $0.isFinite })
      // Moments 1 to 4 and their variances: 1, 2 (m4 - 1), 15, 96.
      for (power, wanted, spread) in [(1.0, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
        let moment = x.reduce(0) { $0 + pow($1, power) } / Double(n)
        expectClose(
          moment, wanted, absolute: 5 * (spread / Double(n)).squareRoot(), "moment \(power)")
      }
      // Neighbours come from one pair of uniforms, and must not be correlated.
      let neighbours =
        stride(from: 0, to: n, by: 2).reduce(0.0) { $0 + x[$1] * x[$1 + 1] } / Double(n / 2)
      expectClose(neighbours, 0, absolute: 5 / Double(n / 2).squareRoot())
      expectClose(x.filter { abs($0) > 3 }.count < n / 300 ? 1 : 0, 1)
    }
  }
}
