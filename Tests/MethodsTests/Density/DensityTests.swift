import ApusEvents
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct DensityTests {
  @Test func theBatteryHoldsWithOtherOptions() throws {
    try checkMethod(NaiveBayes.self, options: [("density", .text("histogram"))])
    try checkMethod(ProjectiveLikelihood.self, options: [("density", .text("kde"))])
    try checkMethod(ProjectiveLikelihood.self, options: [("order", .text("0"))])
    try checkMethod(
      KernelDensity.self, options: [("adaptive", .flag(true)), ("widths", .text("multivariate"))])
    try checkMethod(
      KernelDensity.self,
      options: [
        ("kernel", .text("epanechnikov")), ("bandwidth", .real(0.5)), ("priors", .text("equal")),
      ])
    try checkMethod(
      GaussianMixture.self, options: [("components", .integer(2)), ("covariance", .text("tied"))])
  }

  /// 1e-6 because scikit-learn's floor of variances is of the largest input, ours of each.
  @Test func naiveBayesAgreesWithTheReference() throws {
    let canon = try Canon()
    expectClose(
      try canon.scores(NaiveBayes.self, [], canon.sample), canon.golden.at("naive_bayes").flat,
      absolute: 1e-6)
  }

  /// 1e-5: kernels are summed in single precision here.
  @Test(arguments: ["gaussian", "epanechnikov", "tophat"])
  func kernelDensityAgreesWithTheReference(kernel: String) throws {
    let canon = try Canon()
    let answer = canon.golden.at("kernel_density", kernel)
    let scores = try canon.scores(
      KernelDensity.self,
      [
        ("kernel", .text(kernel)), ("bandwidth", .text("\(answer.at("bandwidth").flat[0])")),
        ("scale", .flag(false)), ("tolerance", .real(0)),
      ], canon.sample)
    expectClose(scores, answer.at("probabilities").flat, absolute: 1e-5)
  }

  @Test func theToleranceIsKept() throws {
    let sample = DiscriminantTests.gaussians(20_000, seed: 4)
    for adaptive in [false, true] {
      func ratio(_ tolerance: Double) throws -> [Double] {
        try fitted(
          KernelDensity.self, [("tolerance", .real(tolerance)), ("adaptive", .flag(adaptive))],
          sample
        ).map { log($0 / (1 - $0)) }
      }
      // The widths of adaptive kernels come from densities of this tolerance, too.
      let most = zip(try ratio(0), try ratio(1e-3)).map { abs($0 - $1) }.max() ?? 0
      #expect(most < (adaptive ? 0.1 : 2.1e-3), "adaptive \(adaptive): \(most)")
    }
  }

  /// The density is that of the kernels, so its integral is one: for every kernel, width and weight.
  @Test(arguments: ["gaussian", "epanechnikov", "tophat"], [false, true])
  func densitiesIntegrateToOne(kernel: String, adaptive: Bool) throws {
    // The score against a class of known flat density gives the density: p/(1−p) times that.
    let side = 160
    func lattice(_ side: Int, _ step: Float) -> [Float] {
      let ticks = (0..<side).map { (Float($0) - Float(side - 1) / 2) * step }
      return ticks.flatMap { y in ticks.flatMap { x in [x, y] } }
    }
    let grid = lattice(side, 0.1)
    var sample = DiscriminantTests.gaussians(400, seed: 9)
    let fine = lattice(80, 0.25)
    sample.inputs += fine
    sample.labels = sample.labels.map { _ in 1 } + (0..<6400).map { _ in 0 }
    sample.weights = (0..<400).map { 0.5 + Double($0 % 5) } + (0..<6400).map { _ in 1 }
    let model = try made(
      KernelDensity.self,
      [
        ("kernel", .text(kernel)), ("adaptive", .flag(adaptive)), ("bandwidth", .text("0.5")),
        ("scale", .flag(false)), ("priors", .text("equal")), ("tolerance", .real(0)),
      ]
    ).fit(sample, validation: nil, context: silent())
    let p = try model.scores(for: grid, count: side * side, threads: 2)
    var integral = 0.0
    for score in p { integral += score / (1 - score) / 400 * 0.01 }
    // The grid of the flat class is no flat density for a kernel with a sharp edge.
    #expect(abs(integral - 1) < (kernel == "gaussian" ? 0.002 : 0.05), "\(integral)")
  }

  /// P10: a mixture of three planted Gaussians is found again, with weights.
  @Test func mixturesFindPlantedGaussians() throws {
    var generator = SplitMix64(seed: 8)
    let (truth, count) = ([(-3.0, 0.0, 0.5), (0.0, 2.0, 1.0), (4.0, -1.0, 0.8)], 90_000)
    var (points, weights) = ([Double](), [Double]())
    for i in 0..<count {
      let (x, y, width) = truth[i % 3]
      points += [x + width * generator.normal(), y + width * generator.normal()]
      weights.append(i % 2 == 0 ? 1.5 : 0.5)
    }
    var settings = MixtureSettings(components: 3)
    settings.starts = 3
    let found = try #require(
      MixtureModel.fit(
        points: points, weights: weights, width: 2, settings: settings, seed: 1, threads: 2))
    let order = (0..<3).sorted { found.model.means[$0][0] < found.model.means[$1][0] }
    for (k, planted) in zip(order, truth) {
      expectClose(found.model.means[k], [planted.0, planted.1], absolute: 0.02)
      expectClose(found.model.shares[k], 1 / 3, absolute: 0.01)
      expectClose(found.model.covariances[k][0], planted.2 * planted.2, absolute: 0.02)
    }
  }

  @Test func mixturesAgreeWithTheReference() throws {
    let answer = try loadGolden("canon.json").at("mixture")
    var settings = MixtureSettings(components: 3)
    (settings.tolerance, settings.iterations, settings.starts) = (1e-13, 2000, 5)
    let points = answer.at("points").flat
    let found = try #require(
      MixtureModel.fit(
        points: points, weights: points.indices.dropFirst(points.count / 2).map { _ in 1 },
        width: 2, settings: settings, seed: 2, threads: 2))
    let order = (0..<3).sorted { found.model.means[$0][0] < found.model.means[$1][0] }
    expectClose(order.map { found.model.shares[$0] }, answer.at("shares").flat, absolute: 1e-5)
    expectClose(order.flatMap { found.model.means[$0] }, answer.at("means").flat, absolute: 1e-4)
    expectClose(
      order.flatMap { found.model.covariances[$0] }, answer.at("covariances").flat, absolute: 1e-4)
    expectClose(
      found.logLikelihood, answer.at("mean_log_likelihood").flat[0], absolute: 1e-8)
  }

  /// One component a class is the quadratic discriminant.
  @Test func oneComponentIsTheQuadraticDiscriminant() throws {
    let sample = toySample(.multiclass, events: 300)
    expectClose(
      try fitted(GaussianMixture.self, [("components", .integer(1)), ("floor", .real(0))], sample),
      try fitted(Quadratic.self, [], sample), absolute: 1e-6)
  }

  /// Where inputs are independent within the classes, a product of densities is the best there is.
  @Test(arguments: ["naive_bayes", "likelihood", "kde", "gaussian_mixture"])
  func independentInputsAreSeparatedAsWellAsCanBe(name: String) throws {
    let type = try #require(classicalMethods.first { $0.name == name })
    func draw(_ count: Int, _ seed: UInt64) -> Sample {
      var generator = SplitMix64(seed: seed)
      let labels = (0..<count).map { Int32($0 % 2) }
      return Sample(
        inputs: labels.flatMap {
          [Float(generator.normal()) + Float($0), Float(generator.normal())]
        },
        features: ["x", "y"], labels: labels, weights: labels.map { _ in 1 },
        classes: ["b", "s"], task: .binary)
    }
    let (values, _) = resolve(ConfigurationValue(.null), against: type.options, path: "")
    let model = try type.init(options: values).fit(
      draw(8000, 1), validation: nil, context: silent())
    let test = draw(20_000, 2)
    let scores = try model.scores(for: test.inputs, count: test.count, threads: 2)
    let area = try RocCurve(scores: scores, labels: test.labels, weights: test.weights).area
    // Φ(1/√2) = 0.7602; its error for 20,000 events is 0.0034.
    #expect(area > 0.7602 - 0.009, "\(name): \(area)")
  }

  @Test func singularCovariancesAreNamed() throws {
    var sample = toySample(.binary, events: 100)
    sample.inputs = (0..<100).flatMap { [sample.inputs[2 * $0], 2 * sample.inputs[2 * $0]] }
    #expect(
      refusal(KernelDensity.self, [("widths", .text("multivariate"))], sample)
        == "kde: the covariance of the inputs in class 'background' is singular: an input is constant "
        + "or a combination of others there. Leave it out, or take 'widths: product'.")
    #expect(throws: OptionProblems.self) {
      try made(KernelDensity.self, [("bandwidth", .text("wide"))])
    }
  }
}
