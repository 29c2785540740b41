import ApusStudy
import Testing

/// Diagnosis of under- and overfitting from training histories.
@Suite struct VerdictTests {
  @Test func risingValidationLossOverfits() {
    let verdict = Verdict.of(SyntheticReport.history(steps: 40, best: 12, rise: 0.004))
    #expect(verdict.kind == .overfits)
    #expect(verdict.reason.contains("lowest at epoch 12"))
  }

  @Test func overfittingThatWasStoppedInTimeFits() {
    var history = SyntheticReport.history(steps: 40, best: 12, rise: 0.004)
    history.bestStep = 12
    let verdict = Verdict.of(history)
    #expect(verdict.kind == .fits)
    #expect(verdict.reason.contains("the state of epoch 12 was kept"))
  }

  @Test func lossThatStillFallsUnderfits() {
    let verdict = Verdict.of(SyntheticReport.history(steps: 6, best: 6, rise: 0))
    #expect(verdict.kind == .underfits)
    #expect(verdict.reason.contains("train longer"))
  }

  @Test func settledLossFits() {
    #expect(Verdict.of(SyntheticReport.history(steps: 300, best: 300, rise: 0)).kind == .fits)
  }

  @Test func lossThatNeverFallsIsNotAFit() {
    let history = ReportData.History(
      steps: [1, 2, 3, 4],
      series: [.init(name: "validation_loss", values: [0.5, 0.6, 0.7, 0.8])])
    #expect(Verdict.of(history).kind == .overfits)
  }

  @Test func missingOrBadLossesGiveNoVerdict() {
    let empty = ReportData.History(steps: [], series: [])
    let bad = ReportData.History(
      steps: [1, 2, 3], series: [.init(name: "validation_loss", values: [1, .nan, 2])])
    for history in [empty, bad] { #expect(Verdict.of(history).kind == .unknown) }
  }

  static func method(train: Double, test: Double, error: Double, name: String = "a")
    -> ReportData.MethodResult
  {
    .init(
      name: name, type: "mlp",
      metrics: [.init(part: .train, auc: train), .init(part: .test, auc: test, aucError: error)])
  }

  @Test func gapBetweenTrainAndTestOverfitsOnlyWhenSignificant() {
    #expect(Verdict.of(Self.method(train: 0.90, test: 0.85, error: 0.005)).kind == .overfits)
    #expect(Verdict.of(Self.method(train: 0.90, test: 0.85, error: 0.02)).kind == .fits)
    #expect(Verdict.of(Self.method(train: 0.805, test: 0.80, error: 0.001)).kind == .fits)
  }

  @Test func methodFarBehindTheBestUnderfits() {
    let best = Self.method(train: 0.86, test: 0.85, error: 0.005, name: "deep")
    let simple = Self.method(train: 0.751, test: 0.75, error: 0.005, name: "fisher")
    let verdict = Verdict.of(simple, best: best)
    #expect(verdict.kind == .underfits)
    #expect(verdict.reason.contains("deep finds more"))
    #expect(Verdict.of(best, best: best).kind == .fits)
  }
}
