import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// The lectures' exercises on their own points: W01, W02, C04, C07, F13.
@Suite struct ExerciseTests {
  /// W01: the optimum is BCE 0.158305 at w = (1.16586, 1.15770), b = -0.12567, with 91 % right.
  @Test(.data("exercises/01-logistic.csv")) func logisticRegressionReachesTheOptimum() throws {
    let data = try exercise("01-logistic.csv")
    var settings = TrainingSettings()
    settings.epochs = 100
    let result = try Trainer<Dense>(.binaryCrossEntropyFromLogits, settings).fit(
      Dense(2, 1, initialiser: .constant(0)), with: LBFGS(), on: data)
    let loss = try Loss.binaryCrossEntropyFromLogits(
      result.model(data.inputs[0]), data.targets[0]
    ).scalar()
    #expect(loss <= 0.1584, "\(loss)")
    expectClose(try result.model.weight.doubles(), [1.16586, 1.15770], absolute: 2e-4)
    expectClose(try result.model.bias?.doubles() ?? [], [-0.12567], absolute: 2e-4)
    #expect(try accuracy(result.model, data) == 0.91)
  }

  /// W01 once more, with mini-batches and Adam, as one would train a network.
  @Test(.data("exercises/01-logistic.csv")) func adamReachesTheOptimumToo() throws {
    let data = try exercise("01-logistic.csv")
    var settings = TrainingSettings()
    settings.batch = 20
    settings.epochs = 300
    settings.learningRate = 0.05
    settings.schedule = .cosine(floor: 0)
    let result = try Trainer<Dense>(.binaryCrossEntropyFromLogits, settings).fit(
      Dense(2, 1, initialiser: .constant(0)), on: data)
    let loss = try Loss.binaryCrossEntropyFromLogits(
      result.model(data.inputs[0]), data.targets[0]
    ).scalar()
    #expect(loss <= 0.1584, "\(loss)")
  }

  /// W02: a net of ten hidden units gets at least 99 of the 100 points.
  @Test(.data("exercises/02-mlp.csv")) func tenHiddenUnitsPartTheSecondExercise() throws {
    let data = try exercise("02-mlp.csv")
    var settings = TrainingSettings()
    settings.batch = 20
    settings.epochs = 600
    settings.learningRate = 0.02
    let net = Sequential(key: RandomKey(seed: 1)) {
      Dense(2, 10, activation: .relu)
      Dense(10, 1)
    }
    let result = try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings).fit(net, on: data)
    #expect(try accuracy(result.model, data) >= 0.99)
  }

  /// F13: steps on all points until BCE < 0.165 from w = 0, a rate for each rule.
  @Test(.data("exercises/01-logistic.csv"))
  func theRaceOfOptimizersHasAWinnerThatIsNotPlainDescent() throws {
    let data = try exercise("01-logistic.csv")
    let rules: [(rule: any Optimizer, rate: Double)] = [
      (SGD(), 0.5), (SGD(momentum: 0.9), 0.5), (SGD(momentum: 0.9, nesterov: true), 0.5),
      (RMSProp(), 0.1), (Adagrad(), 0.5), (Adadelta(epsilon: 1e-3), 1), (Adam(), 0.1),
      (Nadam(), 0.1),
    ]
    var steps: [String: Int] = [:]
    for (rule, rate) in rules {
      var settings = TrainingSettings()
      settings.batch = nil
      settings.epochs = 2000
      settings.optimizer = rule
      settings.learningRate = rate
      settings.restoresBest = false
      let history = try Trainer<Dense>(.binaryCrossEntropyFromLogits, settings).fit(
        Dense(2, 1, initialiser: .constant(0)), on: data
      ).history
      let place = history.firstIndex { $0.values[0].value < 0.165 }
      #expect(place != nil, "\(rule.name) did not arrive")
      steps[rule.name] = place
    }
    let table = steps.sorted { $0.value < $1.value }.map { "\($0.key) \($0.value)" }
    print("steps to BCE < 0.165: " + table.joined(separator: ", "))
    #expect((steps["adam"] ?? 9999) < (steps["sgd"] ?? 0))
    #expect((steps["nesterov"] ?? 9999) < (steps["sgd"] ?? 0))
  }
}
