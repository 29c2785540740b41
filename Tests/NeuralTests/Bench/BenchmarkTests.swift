import ApusNeural
import Testing

@Suite struct BenchmarkTests {
  @Test func everyCaseIsKnownByItsNameAndTheSmallestRuns() throws {
    #expect(
      BenchmarkCase.all.map(\.name) == [
        "jet-mlp-128", "jet-mlp-1024", "higgs-dn-100", "higgs-dn-1000", "mnist-mlp-128",
      ])
    #expect(benchmarkCase("nothing") == nil)
    let result = try #require(benchmarkCase("jet-mlp-128")).run(threads: 1, seconds: 0.05)
    #expect(result.secondsPerStep > 0 && result.loss.isFinite)
    #expect(result.parameters == 16 * 64 + 64 + 64 * 32 + 32 + 32 * 32 + 32 + 32 * 5 + 5)
    #expect(try #require(benchmarkCase("mnist-mlp-128")).model.parameterCount == 669_706)
  }

  /// No share is more than all, and each says of which peak it is.
  @Test func theExplanationSaysOfWhichPeak() throws {
    let result = try #require(benchmarkCase("jet-mlp-128")).run(threads: 1, seconds: 0.05)
    let lines = result.explanation.split(separator: "\n")
    #expect(lines.count == result.costs.count + 4)
    for line in lines.dropFirst().prefix(result.costs.count) {
      let isNamed = line.contains(" % arithmetic") || line.contains(" %     memory")
      #expect(isNamed, "\(line)")
      let words = line.split(separator: " ")
      let place = words.firstIndex { $0 == "arithmetic" || $0 == "memory" } ?? 2
      #expect((Double(words[place - 2]) ?? 0) <= 99, "\(line)")
    }
    #expect(lines[lines.count - 2].hasPrefix("peak of arithmetic: "))
    #expect(
      lines[lines.count - 1].contains("16 KiB ") && lines[lines.count - 1].contains("64 MiB "))
  }
}
