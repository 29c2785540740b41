import ApusEvents
import TestSupport
import Testing

/// Padded lists of two quantities and three entries behind one plain input, with a mask.
@Suite struct PaddedTests {
  static let block = ConstituentBlock(first: 1, length: 3, width: 2, hasMask: true)
  static let rows: [Float] = [
    10, 4, 1, 2, 3, 0, 0, 1, 1, 0,
    20, 6, 5, 0, 0, 0, 0, 1, 0, 0,
    60, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ]

  private func fitted(_ names: [String]) throws -> (Preprocessing, Sample) {
    let sample = Sample(
      inputs: Self.rows, features: ["x"] + Self.block.names(["pt", "eta"]), labels: [0, 1, 0],
      weights: [1, -2, 1], classes: ["b", "s"], task: .binary, constituents: Self.block)
    return (try Preprocessing(fitting: sample, with: names), sample)
  }

  @Test func namesFollowTheEntries() {
    #expect(
      Self.block.names(["pt", "eta"]) == [
        "pt[0]", "eta[0]", "pt[1]", "eta[1]", "pt[2]", "eta[2]", "mask[0]", "mask[1]", "mask[2]",
      ])
    #expect(Self.block.count == 9)
  }

  @Test func entriesAreScaledAndPaddingStaysZero() throws {
    let (chain, sample) = try fitted(["standardize"])
    let out = chain.apply(sample.inputs).map(Double.init)
    // Entries with |w|: pt 4, 2 with 1 and 6 with 2: mean 4.5, variance (0.25 + 6.25 + 2 · 2.25) / 4 = 2.75.
    let deviation = 2.75.squareRoot()
    expectClose(out[1], (4 - 4.5) / deviation, absolute: 1e-6)
    expectClose(out[3], (2 - 4.5) / deviation, absolute: 1e-6)
    expectClose(out[11], (6 - 4.5) / deviation, absolute: 1e-6)
    #expect(
      out[5...6] == [0, 0] && out[13...16] == [0, 0, 0, 0] && out[21...29].allSatisfy { $0 == 0 })
    #expect(out[7...9] == [1, 1, 0])
    // The plain input is standardised as ever: mean (10 + 40 + 60) / 4.
    expectClose(out[0] + 2 * out[10] + out[20], 0, absolute: 1e-6)
    expectClose(
      chain.invert(chain.apply(sample.inputs)).map(Double.init), sample.inputs.map(Double.init),
      absolute: 1e-5)
    #expect(chain.apply(sample).constituents == Self.block)
  }

  @Test func itsRecordBringsItBack() throws {
    for names in [["standardize"], ["minmax", "pca"], []] {
      let (chain, sample) = try fitted(names)
      let again = try Preprocessing(chain.record, features: sample.features)
      #expect(again.apply(sample.inputs) == chain.apply(sample.inputs))
    }
    let (chain, sample) = try fitted(["standardize"])
    #expect(throws: RecordError.self) {
      try Preprocessing(chain.record, features: Array(sample.features.dropLast()))
    }
    #expect(try fitted([]).0.apply(sample.inputs) == sample.inputs)
  }

  @Test func chosenEventsKeepTheirLists() throws {
    let (_, sample) = try fitted([])
    #expect(sample.selecting([2, 0]).constituents == Self.block)
  }
}
