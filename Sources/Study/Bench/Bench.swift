internal import ApusEvents
internal import ApusKernels
internal import ApusNeural

/// Measures standard cases on this machine.
/// - Parameters:
///   - cases: Their names; all of them where there are none.
///   - json: Whether to print one JSON object a case.
///   - explain: A case whose plan is printed as well: each instruction with bytes, operations and time.
///   - threads: The most threads; nil for all cores.
///   - console: Where the results go.
public func bench(
  cases: [String], json: Bool, explain: String?, threads: Int?, console: Console
) throws {
  let asked = cases + (explain.map { cases.contains($0) ? [] : [$0] } ?? [])
  let chosen = try asked.isEmpty ? BenchmarkCase.all : asked.map(find)
  let width = chosen.map(\.name.count).max() ?? 0
  for one in chosen {
    let result = try one.run(threads: threads ?? defaultThreads())
    if json {
      console.say(line(result).text())
    } else {
      let gap = String(repeating: " ", count: width - result.name.count)
      console.say(
        "\(result.name)\(gap)  \(fixed(result.secondsPerStep * 1e6, 0)) us a step, "
          + "\(shortCount(result.samplesPerSecond)) events/s, \(result.threads) threads, "
          + "\(result.parameters) parameters, loss \(shortNumber(result.loss))")
    }
    if one.name == explain { console.say(result.explanation) }
  }
}

private func find(_ name: String) throws(StudyError) -> BenchmarkCase {
  if let one = benchmarkCase(name) { return one }
  let known = BenchmarkCase.all.map(\.name)
  throw .usage(
    "there is no benchmark '\(name)'. They are \(known.joined(separator: ", "))."
      + didYouMean(name, among: known))
}

private func line(_ result: BenchmarkResult) -> JSONValue {
  [
    "case": .string(result.name), "seconds_per_step": .number(result.secondsPerStep),
    "samples_per_second": .number(result.samplesPerSecond), "threads": .int(result.threads),
    "loss": .number(result.loss),
  ]
}
