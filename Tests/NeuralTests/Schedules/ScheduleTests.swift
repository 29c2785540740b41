import ApusNeural
import ApusEvents
import TestSupport
import Testing

@Suite struct ScheduleTests {
  private func rates(_ schedule: Schedule, epochs: Double, from: Double = 0.1) -> [Double] {
    (0..<30).map { from * schedule.factor(epoch: Double($0), epochs: epochs) }
  }

  @Test func ratesEqualPyTorch() throws {
    let golden = try loadGolden("schedules.json")
    func check(_ name: String, _ found: [Double], _ count: Int = 30) {
      expectClose(
        Array(found.prefix(count)), Array(golden.at("cases", name, "rates").flat.prefix(count)),
        absolute: 1e-12, name)
    }
    check("constant", rates(.constant, epochs: 30))
    check("step", rates(.step(every: 7, factor: 0.5), epochs: 30))
    check("exponential", rates(.exponential(factor: 0.9), epochs: 30))
    check("cosine", rates(.cosine(floor: 0), epochs: 30))
    check("cosine_with_floor", rates(.cosine(floor: 0.1), epochs: 20), 20)
    // PyTorch's cycle rises in 0.3·30 - 1 = 8 steps and ends at step 29.
    let cycle = Schedule.oneCycle(rise: 8.0 / 29, start: 1.0 / 25, end: 1.0 / 25 / 1e4)
    check("one_cycle", rates(cycle, epochs: 29, from: 1))
    check("warm_up", rates(.warmUp(epochs: 5, start: 0.1, then: .constant), epochs: 30))
    check(
      "warm_up_cosine", rates(.warmUp(epochs: 5, start: 0.1, then: .cosine(floor: 0)), epochs: 30))
  }

  @Test func reduceOnPlateauEqualsPyTorch() throws {
    let golden = try loadGolden("schedules.json").at("cases", "reduce_on_plateau")
    let schedule = Schedule.plateau(factor: 0.1, patience: 2, threshold: 1e-4, floor: 1e-3)
    var (state, found) = (Schedule.Plateau(), [Double]())
    for loss in golden.at("losses").flat {
      found.append(0.1 * schedule.factor(epoch: 0, epochs: 30, plateau: state))
      schedule.watch(loss, &state)
    }
    expectClose(found, golden.at("rates").flat, absolute: 1e-12)
  }
}
