import ApusNeural
import ApusEngine
import ApusEvents
import TestSupport
import Testing

@Suite struct LossTests {
  static let pairs: [(String, Loss)] = [
    ("mse", .squared), ("mse_vector", .squared), ("mae", .absolute), ("mae_vector", .absolute),
    ("bce_with_logits", .binaryCrossEntropyFromLogits), ("bce", .binaryCrossEntropy),
    ("cross_entropy_with_logits", .crossEntropyFromLogits), ("huber", .huber(delta: 1)),
    ("huber_half", .huber(delta: 0.5)), ("mape", .absolutePercentage), ("hinge", .hinge),
    ("quantile", .quantile(0.3)), ("focal", .focal(gamma: 2)),
  ]

  @Test(arguments: pairs.indices)
  func valuesAndGradientsEqualPyTorchForEveryKindOfWeights(number: Int) throws {
    let (name, loss) = Self.pairs[number]
    let golden = try loadGolden("losses.json")
    let one = golden.at("cases", name)
    let prediction = tensor(one.at("prediction"))
    let isClass = name.hasPrefix("cross")
    let target =
      isClass ? Tensor(one.at("target").flat.map { Int64($0) }) : tensor(one.at("target"))
    expectClose(
      try loss.perEvent(prediction, target).doubles(), one.at("losses", "per_event").flat,
      absolute: 1e-12, name)
    for kind in ["one", "positive", "signed"] {
      let weights = tensor(golden.at("weights", kind))
      let value = loss(prediction, target, weights: weights)
      let slope = gradient(of: value, withRespectTo: prediction)
      let expected = one.at("losses", kind)
      expectClose(try value.doubles(), expected.at("value").flat, absolute: 1e-12, name)
      expectClose(
        try slope.doubles(), expected.at("gradient").flat, absolute: 1e-12, "\(name) \(kind)")
    }
  }

  @Test func theGaussianLikelihoodEqualsPyTorch() throws {
    let golden = try loadGolden("losses.json")
    let one = golden.at("cases", "gaussian_nll")
    let mean = tensor(one.at("prediction")).expanded(at: 1)
    let spread = tensor(one.at("log_variance")).expanded(at: 1)
    let prediction = Tensor.concatenate([mean, spread], axis: 1)
    let target = tensor(one.at("target"))
    for kind in ["one", "positive", "signed"] {
      let value = Loss.gaussian(
        prediction, target, weights: tensor(golden.at("weights", kind)))
      let expected = one.at("losses", kind)
      expectClose(try value.doubles(), expected.at("value").flat, absolute: 1e-12)
      for (input, name) in [(mean, "gradient"), (spread, "gradient1")] {
        expectClose(
          try gradient(of: value, withRespectTo: input).doubles(), expected.at(name).flat,
          absolute: 1e-12, name)
      }
    }
  }

  /// A09: minimising binary cross-entropy is maximising the Bernoulli likelihood.
  @Test func binaryCrossEntropyIsTheBernoulliLikelihood() throws {
    let p = [0.2, 0.9, 0.5, 0.01], y = [0.0, 1, 1, 0]
    var likelihood = 1.0
    for (p, y) in zip(p, y) { likelihood *= y == 1 ? p : 1 - p }
    let logarithm = try Tensor(likelihood, dtype: .float64).log().scalar()
    expectClose(
      try Loss.binaryCrossEntropy(Tensor(p), Tensor(y)).scalar(), -logarithm / 4, absolute: 1e-12)
    let logits = Tensor(p).log() - (1 - Tensor(p)).log()
    expectClose(
      try Loss.binaryCrossEntropyFromLogits(logits, Tensor(y)).scalar(), -logarithm / 4,
      absolute: 1e-12)
  }

  @Test func logitsOfAHundredAreStable() throws {
    let z = Tensor([100, -100, 100, -100] as [Float])
    let y = Tensor([1, 0, 0, 1] as [Float])
    expectClose(
      try Loss.binaryCrossEntropyFromLogits.perEvent(z, y).doubles(), [0, 0, 100, 100],
      absolute: 1e-6)
  }

  @Test func oneHotTargetsEqualClassNumbers() throws {
    let logits = Tensor([1, 2, 3, 0, -1, 0.5] as [Double], shape: [2, 3])
    let hot = Tensor([0, 0, 1, 1, 0, 0] as [Double], shape: [2, 3])
    expectClose(
      try Loss.crossEntropyFromLogits.perEvent(logits, hot).doubles(),
      try Loss.crossEntropyFromLogits.perEvent(logits, Tensor([2, 0] as [Int32])).doubles())
  }

  @Test func inverseVarianceAndReconstructionFollowTheirFormulas() throws {
    let estimate = Tensor([1, 2] as [Double], shape: [2, 1])
    let truth = Tensor([3, 2, 4, 0.5] as [Double], shape: [2, 2])
    expectClose(try Loss.inverseVariance.perEvent(estimate, truth).doubles(), [1, 16])
    let x = Tensor([1, 2, 3, 4] as [Double], shape: [2, 2])
    expectClose(try Loss.reconstruction.perEvent(x, x + 2).doubles(), [8, 8])
    let weights = Tensor([3, -1] as [Double])
    expectClose(try Loss.inverseVariance(estimate, truth, weights: weights).scalar(), (3 - 16) / 2)
  }

  @Test func aWrongShapeFailsInWords() {
    let loss = Loss.crossEntropyFromLogits(Tensor.ones([3]), Tensor([1] as [Int32]))
    #expect(loss.failure?.message.contains("[batch, classes]") == true)
    #expect(Loss.squared(Tensor.ones([3, 2]), Tensor.ones([4])).failure != nil)
  }

  @Test func penaltiesFollowTheirFormulas() throws {
    let w = Tensor([1, -2, 3] as [Double])
    let mask = Tensor([1, 1, 0] as [Double])
    expectClose(try Penalty(l1: 0.5)(w, mask: mask).scalar(), 1.5)
    expectClose(try Penalty(l2: 0.5)(w, mask: mask).scalar(), 2.5)
    expectClose(
      try Penalty(lp: 2, power: 3)(w, mask: mask).scalar(), 18, absolute: 1e-9)
    expectClose(
      try gradient(of: Penalty(l1: 0.1, l2: 0.5)(w, mask: mask), withRespectTo: w).doubles(),
      [1.1, -2.1, 0])
    let atZero = gradient(
      of: Penalty(lp: 1, power: 0.5)(w * 0, mask: mask), withRespectTo: w)
    #expect(try atZero.doubles().allSatisfy(\.isFinite))
  }
}
