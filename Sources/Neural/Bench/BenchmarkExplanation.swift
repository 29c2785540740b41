internal import ApusEngine
internal import ApusKernels

extension BenchmarkResult {
  /// The plan as a table: for each instruction its bytes, operations, time, and its share of the machine's peak.
  ///
  /// The peak is that of arithmetic or that of memory, whichever the instruction is nearer to, and the table says which. That
  /// of memory is measured for working sets of several sizes, since caches are many times faster: an instruction is compared
  /// with the largest set that is not larger than what it reads and writes.
  public var explanation: String {
    let peak = Machine.measuredPeak(threads: threads)
    var rows = [["#", "µs", "share", "kB", "Mflop", "of peak", "instruction"]]
    let total = costs.reduce(0) { $0 + $1.seconds }
    for (number, cost) in costs.enumerated() {
      rows.append([
        String(number), decimals(cost.seconds * 1e6, 1),
        decimals(100 * cost.seconds / total, 1) + " %",
        decimals(Double(cost.bytes) / 1e3, 1), decimals(Double(cost.flops) / 1e6, 2),
        peak.share(of: cost), cost.summary,
      ])
    }
    rows.append(["", decimals(total * 1e6, 1), "100 %", "", "", "", "all instructions"])
    let widths = (0..<6).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      (0..<6).map { String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }
        .joined(separator: "  ") + "  " + row[6]
    }
    return lines.joined(separator: "\n") + "\n" + peak.words(threads: threads)
  }
}

extension MachinePeak {
  /// "83 % arithmetic", or "40 % memory"; a share that the noise of two measurements carries past all is "> 99 %".
  fileprivate func share(of cost: InstructionCost) -> String {
    guard cost.seconds > 0 else { return "-" }
    let arithmetic = Double(cost.flops) * 1e-9 / cost.seconds / gigaflops
    let memory =
      Double(cost.bytes) * 1e-9 / cost.seconds / gigabytesPerSecond(forBytes: cost.bytes)
    let nearer = max(arithmetic, memory)
    guard nearer.isFinite else { return "-" }
    let text = nearer > 0.99 ? "> 99 %" : decimals(100 * nearer, 0) + " %"
    return text + (arithmetic > memory ? " arithmetic" : "     memory")
  }

  /// The rates themselves.
  fileprivate func words(threads: Int) -> String {
    let sets = memory.map { bytes, rate in
      (bytes < 1 << 20 ? "\(bytes >> 10) KiB " : "\(bytes >> 20) MiB ") + decimals(rate, 0)
    }
    return
      "peak of arithmetic: \(decimals(gigaflops, 0)) Gflop/s (a product of large matrices on \(threads == 1 ? "one thread" : "\(threads) threads"))\n"
      + "peak of memory, GB/s by working set: " + sets.joined(separator: ", ") + "\n"
  }
}

/// A number with a fixed number of decimals.
private func decimals(_ value: Double, _ places: Int) -> String {
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  guard value.isFinite, Swift.abs(value) < 1e15 else { return "\(value)" }
  let whole = Int((value * scale).rounded())
  let digits = String(Swift.abs(whole))
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let sign = whole < 0 ? "-" : ""
  return places == 0 ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
}
