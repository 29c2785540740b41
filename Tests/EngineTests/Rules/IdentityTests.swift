import ApusEngine
import TestSupport
import Testing

/// Identities that hold whatever the numbers are.
@Suite struct IdentityTests {
  private let x = Tensor((-400...400).map { Double($0) * 0.05 })

  @Test func sigmoidAndItsMirrorAddToOne() throws {
    let sum = x.sigmoid() + (-x).sigmoid()
    expectClose(try sum.doubles(), [Double](repeating: 1, count: 801), absolute: 1e-12)
  }

  @Test func sigmoidAndTanhAreOneFunction() throws {
    expectClose(
      try (2 * x.sigmoid()).doubles(), try (1 + (x / 2).tanh()).doubles(), absolute: 1e-12)
    expectClose(
      try x.tanh().doubles(), try (2 * (2 * x).sigmoid() - 1).doubles(), absolute: 1e-12)
  }

  private func slope(_ f: (Tensor) -> Tensor) throws -> [Double] {
    try gradient(of: f(x).sum(), withRespectTo: x).doubles()
  }

  @Test func derivativesOfActivationsAreTheirFormulas() throws {
    let (sigmoid, tanh) = (try x.sigmoid().doubles(), try x.tanh().doubles())
    expectClose(try slope { $0.sigmoid() }, sigmoid.map { $0 * (1 - $0) }, absolute: 1e-12)
    expectClose(try slope { $0.tanh() }, tanh.map { 1 - $0 * $0 }, absolute: 1e-12)
    expectClose(
      try slope { $0.atan() }, try x.doubles().map { 1 / ($0 * $0 + 1) }, absolute: 1e-12)
    // It saturates: at the ends of the range hardly anything is left.
    #expect(try slope { $0.sigmoid() }[0] < 1e-8)
  }

  @Test(arguments: [DType.float32, .float64])
  func softmaxIsAProbabilityThatAShiftDoesNotChange(_ dtype: DType) throws {
    let tolerance = dtype == .float32 ? 1e-6 : 1e-14
    let rows = Tensor((0..<60).map { Double(($0 * 37) % 41) * 0.25 - 5 }, shape: [10, 6]).cast(
      to: dtype)
    let p = try rows.softmax().doubles()
    #expect(p.allSatisfy { $0 > 0 && $0 < 1 })
    let sums = try rows.softmax().cast(to: .float64).sum(axes: [1]).doubles()
    expectClose(sums, [Double](repeating: 1, count: 10), absolute: tolerance, relative: 0)
    expectClose(try (rows + 128).softmax().doubles(), p, absolute: tolerance, relative: 0)
    expectClose(
      try rows.logSoftmax().exp().doubles(), p, absolute: tolerance, relative: tolerance)
  }

  @Test(arguments: [DType.float32, .float64])
  func softmaxOfLargeNumbersNeitherOverflowsNorVanishes(_ dtype: DType) throws {
    let row = Tensor([1e4, -1e4, 0, 1e4]).cast(to: dtype)
    let tolerance = dtype == .float32 ? 1e-7 : 1e-15
    expectClose(try row.softmax().doubles(), [0.5, 0, 0, 0.5], absolute: tolerance)
    let low = Tensor([-1e4, -1e4]).cast(to: dtype)
    expectClose(try low.softmax().doubles(), [0.5, 0.5], absolute: tolerance)
    // The difference of logarithms keeps its digits beside 10⁴.
    let near = Tensor([1e4, 1e4 + 1, 1e4 - 2]).cast(to: dtype)
    let exact = try Tensor([0, 1, -2]).logSoftmax().doubles()
    expectClose(try near.logSoftmax().doubles(), exact, absolute: 2 * tolerance, relative: 3e-7)
    let slope = gradient(of: (row.softmax() * row).sum(), withRespectTo: row)
    #expect(try slope.isFinite().cast(to: .float64).sum().scalar() == 4)
    #expect(try row.logSoftmax().doubles().allSatisfy(\.isFinite))
  }

  @Test func sortedElementsAreThoseAtTheSortedPlaces() throws {
    let values = Tensor((0..<257).map { Double(($0 * 101) % 64) })
    for descending in [false, true] {
      let places = values.argSorted(descending: descending)
      #expect(
        try values.gathered(places).doubles()
          == (try values.sorted(descending: descending).doubles()))
      #expect(Set(try places.doubles()).count == 257)
    }
  }

  /// gather and scatterAdd are each other's adjoint: ⟨gather x, y⟩ = ⟨x, scatterAdd y⟩.
  @Test func gatherAndScatterAddAreAdjoint() throws {
    let index = Tensor([4, 0, 4, 2, 1, 4] as [Int32])
    let a = Tensor((0..<15).map { Double($0) * 0.3 - 2 }, shape: [5, 3])
    let b = Tensor((0..<18).map { Double(($0 * 5) % 7) - 3 }, shape: [6, 3])
    expectClose(
      try (a.gathered(index) * b).sum().scalar(),
      try (a * b.scatterAdded(index, count: 5)).sum().scalar(), relative: 1e-13)
  }
}
