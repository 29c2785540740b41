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
}
