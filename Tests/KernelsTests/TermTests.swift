import ApusKernels
import TestSupport
import Testing

/// Sums over the events of rules against loops over single events.
@Suite struct TermTests {
  @Test(arguments: [0, 1, 7, 63, 64, 65, 200, 1003]) func sumsAreThoseOfSingleEvents(count: Int) {
    var dice = Dice(UInt64(count))
    let v = (0..<count).map { _ in dice.unit() * 4 - 2 }
    let w = (0..<count).map { _ in dice.unit() * 4 - 2 }
    for density in [0, 0.1, 0.5, 1] {
      let has = (0..<count).map { _ in dice.unit() < density }
      var bits = [UInt64](repeating: 0, count: (count + 63) / 64)
      for i in 0..<count where has[i] { bits[i / 64] |= 1 << UInt64(i % 64) }
      let plain = (0..<count).reduce(0.0) { has[$1] ? $0 + v[$1] : $0 }
      expectClose(TermKernels.sum(bits, v), plain, absolute: 1e-12)
      var (once, times) = (w, w)
      TermKernels.add(bits, 0.5, times: nil, to: &once)
      TermKernels.add(bits, 0.5, times: v, to: &times)
      #expect(once == (0..<count).map { has[$0] ? w[$0] + 0.5 : w[$0] })
      expectClose(times, (0..<count).map { has[$0] ? w[$0] + 0.5 * v[$0] : w[$0] }, absolute: 1e-15)
    }
    expectClose(TermKernels.sum(v), v.reduce(0, +), absolute: 1e-11)
    let product = (0..<count).reduce(0.0) { $0 + v[$1] * w[$1] }
    expectClose(TermKernels.sum(v, w), product, absolute: 1e-11)
    let squares = (0..<count).reduce(0.0) { $0 + v[$1] * v[$1] * w[$1] }
    expectClose(TermKernels.sum(v, v, w), squares, absolute: 1e-11)
    var (plain, scaled) = (w, w)
    TermKernels.add(v, 2, times: nil, to: &plain)
    TermKernels.add(v, 2, times: w, to: &scaled)
    expectClose(plain, zip(v, w).map { 2 * $0 + $1 }, absolute: 1e-14)
    expectClose(scaled, zip(v, w).map { 2 * $0 * $1 + $1 }, absolute: 1e-14)
  }
}
