import ApusEvents
import TestSupport
import Testing

@Suite struct DataCheckTests {
  @Test func whatIsNotANumberIsFoundWithItsPlace() throws {
    let table = try EventTable(
      [
        Column("pt", .float32([10, .nan, 30, .nan])),
        Column("eta", .float64([1, 2, .infinity, 3])),
        Column("m", .float64([-999, 80, 91, -999])),
        Column("name", .strings(["a", "b", "c", "d"])),
        Column("good", .int64([1, 2, 3, 4])),
      ], source: "events.csv")
    let findings = checkTable(table, columns: table.names)
    #expect(
      findings.map(\.message) == [
        "events.csv: column 'pt': 2 entries are NaN, the first is entry 1. Leave such events out with "
          + "'selection: !isnan(pt)', or give the value a meaning with 'where'.",
        "events.csv: column 'eta': 1 entry is infinite, the first is entry 2. Leave such events out with "
          + "'selection: isfinite(eta)', or look at how the column is made.",
        "events.csv: column 'm': 2 entries are -999, the first is entry 0; that looks like a mark for "
          + "'no value'. Leave such events out with 'selection', or replace it: 'where(m == -999, 0, m)'.",
        "events.csv: column 'name': holds texts, but an input must be numbers. Leave it out of 'inputs'.",
      ])
    #expect(findings.map(\.severity) == [.error, .error, .warning, .error])
    #expect(findings.map(\.count) == [2, 1, 2, 4])
    #expect(DataProblems(findings)?.errors.count == 3)
    #expect(DataProblems([findings[2]]) == nil)
  }

  @Test func sentinelsMustStandApart() {
    let spread = (0..<100).map { Double($0) * 20 - 1000 }
    #expect(checkColumn("x", spread + [-999, -999], source: "").isEmpty)
    #expect(checkColumn("x", [1, 2, 3, -999], source: "").isEmpty, "once is no pattern")
    let long = (0..<300).map { Double($0 * $0) }
    #expect(checkColumn("pt", long + [-99, -99], source: "").count == 1)
    #expect(
      checkColumn("x", [-999, -999, -999], source: "").isEmpty,
      "a constant column is another matter")
  }

  @Test func samplesThatCannotTrainAreExplainedAllAtOnce() {
    let sample = Sample(
      inputs: [1, 5, 1, 2, 5, 2, 3, 5, 3, 4, 5, 4], features: ["x", "c", "again"],
      labels: [0, 0, 1, 1], weights: [0, 0, -1, 0.5], classes: ["b", "s", "t"], task: .multiclass)
    let findings = checkSample(sample, source: "training")
    #expect(
      findings.map(\.message) == [
        "training: all 2 weights of 'b' are zero. Check the weight expression.",
        "training: the weights of 's' add up to -0.5, but the sum must be positive. Check the weight "
          + "expression's sign.",
        "training: there are no events of 't'. Check the files, the selection, and the label column.",
        "training: column 'c': is 5 for all 4 events, so nothing can be learned from it. Leave it out of "
          + "'inputs'.",
        "training: column 'again': repeats 'x' for every event. Leave one of them out of 'inputs'.",
      ])
    #expect(findings.filter { $0.severity == .error }.count == 3)
    var bad = sample
    bad.inputs[4] = .infinity
    bad.weights[1] = .nan
    let more = checkSample(bad)
    #expect(more.contains { $0.column == "c" && $0.entry == 1 && $0.severity == .error })
    #expect(more.first?.text.hasPrefix("1 event weights are NaN or infinite") == true)
  }

  @Test func soundSamplesPass() {
    #expect(checkSample(toySample(.binary, events: 50)).isEmpty)
    #expect(checkSample(toySample(.regression, events: 50)).isEmpty)
  }
}
