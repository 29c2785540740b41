import ApusNeural
import ApusEngine
import ApusEvents
import Testing

@Suite struct EarlyStoppingTests {
  /// F17: a parabola with its minimum in epoch 20.
  @Test func stopsAtTheKnownMinimumOfACurve() {
    let rule = EarlyStopping(patience: 5, delta: 0)
    var (state, stopped) = (EarlyStopping.State(), 0)
    for epoch in 1...100 {
      let loss = Double((epoch - 20) * (epoch - 20)) / 100 + 1
      if rule.shouldStop(after: loss, &state) {
        stopped = epoch
        break
      }
    }
    #expect(stopped == 25)
    #expect(state.best == 1)
  }

  @Test func improvementsBelowDeltaDoNotCount() {
    let rule = EarlyStopping(patience: 3, delta: 0.1)
    var state = EarlyStopping.State()
    let stops = [1.0, 0.95, 0.92, 0.91].map { rule.shouldStop(after: $0, &state) }
    #expect(stops == [false, false, false, true])
  }

  /// A weight that walks through the minimum of the validation loss: the best epoch is restored, not the last.
  @Test func theBestEpochIsRestored() throws {
    // Training pulls w from 0 to 10, validation has its minimum at 3.
    let training = TrainingData(
      inputs: [Tensor([1] as [Float], shape: [1, 1])], targets: [Tensor([10] as [Float])])
    let validation = TrainingData(
      inputs: [Tensor([1] as [Float], shape: [1, 1])], targets: [Tensor([3] as [Float])])
    var settings = TrainingSettings()
    settings.optimizer = SGD()
    settings.learningRate = 0.01
    settings.epochs = 200
    settings.earlyStopping = EarlyStopping(patience: 4, delta: 0)
    let model = Dense(1, 1, bias: false, initialiser: .constant(0))
    let result = try Trainer<Dense>(.squared, settings).fit(
      model, on: training, validation: validation)
    #expect(result.stoppedEarly)
    #expect(result.history.count == result.bestEpoch + 4)
    #expect(abs(try result.model.weight.doubles()[0] - 3) < 0.1)
    settings.restoresBest = false
    let last = try Trainer<Dense>(.squared, settings).fit(
      model, on: training, validation: validation)
    #expect(try last.model.weight.doubles()[0] > 3.2)
    let watched = result.history.map {
      $0.values.first { $0.name == "validation_loss" }?.value ?? 0
    }
    #expect(watched.min() == watched[result.bestEpoch - 1])
  }
}
