import ApusEvents
import TestSupport
import Testing

/// How fast formulas are on a million events with five jets each; the peer is `Tools/reference/formula_speed.py`.
@Suite(.slow, .serialized) struct FormulaSpeedTests {
  static let table: EventTable? = {
    let events = 1_000_000
    var random = SplitMix64(seed: 1)
    var starts = [0]
    for _ in 0..<events { starts.append(starts[starts.count - 1] + random.below(11)) }
    func column(_ name: String, _ low: Float, _ high: Float) -> Column {
      let values = (0..<starts[events]).map { _ in low + (high - low) * Float(random.uniform()) }
      return Column(name, .jagged(Jagged(offsets: starts, content: .float32(values))))
    }
    let met = (0..<events).map { _ in Float(80 * random.uniform()) }
    return try? EventTable([
      column("jet_pt", 20, 100), column("jet_eta", -3, 3), column("jet_phi", -3, 3),
      column("jet_mass", 1, 10), Column("met", .float32(met)),
    ])
  }()

  @Test(arguments: [
    "met * 2 + 1", "sum(jet_pt)", "max(jet_pt)", "jet_pt[0]", "jet_pt[2]", "count(jet_pt > 30)",
    "sum(jet_pt[jet_pt > 30 && abs(jet_eta) < 2.5])", "max(jet_pt / met)",
    "sum(jet_pt * cos(jet_phi))", "sorted(jet_pt)[0]",
  ]) func ofOneFormula(text: String) throws {
    let table = try #require(Self.table)
    let formula = try Formula(text)
    var best = Duration.seconds(99)
    for _ in 0..<3 {
      let start = ContinuousClock.now
      #expect(try formula.evaluate(on: table).count == table.count)
      best = min(best, ContinuousClock.now - start)
    }
    print("\(text): \(best)")
  }
}
