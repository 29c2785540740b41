import ApusEvents

/// Fits along falling penalties, of which the best is chosen.
struct RulePath {
  let rules: [Rule]
  let lines: [ClippedLine]
  let steps: Int
  let context: FitContext
  /// The smallest penalty as a share of the largest.
  private static let end = 1e-3
  /// How precise a fit on the path is, and the last one.
  private static let (rough, fine) = (1e-3, 1e-6)
  /// Ends when the watched loss was not the least for so many steps.
  private static let patience = 8

  /// The penalty of the least loss of events that are watched.
  func best(_ sample: Sample, _ watched: Sample, label: Int) throws -> Double {
    let terms = RuleTerms(sample, rules: rules, lines: lines, threads: context.threads)
    let other = RuleTerms(watched, rules: rules, lines: lines, threads: context.threads)
    var descent = start(sample, terms, label)
    let judge = start(watched, other, label)
    let most = descent.largestPenalty
    var best = (penalty: most, loss: Double.infinity, step: 0)
    for (step, penalty) in penalties(most, to: most * RulePath.end, in: steps).enumerated() {
      guard descent.descend(penalty: penalty, precision: RulePath.rough) else { break }
      let loss = judge.loss(forms(descent, other))
      if loss < best.loss { best = (penalty, loss, step) }
      if step - best.step >= RulePath.patience { break }
      try tell(step, [("loss", descent.loss(descent.forms)), ("validation_loss", loss)], sample)
    }
    return best.penalty
  }

  /// The coefficients at a penalty, reached along the path.
  func fit(_ sample: Sample, _ terms: RuleTerms, label: Int, to penalty: Double) throws -> (
    constant: Double, beta: [Double]
  ) {
    var descent = start(sample, terms, label)
    let path = penalties(descent.largestPenalty, to: penalty, in: max(steps / 4, 2))
    for (step, now) in path.enumerated() {
      let precision = step == path.count - 1 ? RulePath.fine : RulePath.rough
      guard descent.descend(penalty: now, precision: precision) else {
        throw FitError.diverged(
          method: RuleEnsemble.name,
          detail:
            "the coefficients left the range of numbers; raise 'lambda', or set 'negative_weights: pair'."
        )
      }
      try tell(step, [("loss", descent.loss(descent.forms))], sample)
    }
    return (descent.constant, descent.beta)
  }

  /// Falling penalties, evenly in logarithm; only the last where the first is not above it.
  private func penalties(_ most: Double, to least: Double, in steps: Int) -> [Double] {
    guard most > least, least > 0 else { return [max(least, 1e-300)] }
    let ratio = logarithm(least / most)
    return (1...steps).map {
      $0 == steps ? least : most * exponential(ratio * Double($0) / Double(steps))
    }
  }

  private func start(_ sample: Sample, _ terms: RuleTerms, _ label: Int) -> SparseDescent {
    let isLogistic = sample.task != .regression
    return SparseDescent(
      terms,
      targets: isLogistic ? sample.labels.map { Int($0) == label ? 1 : 0 } : sample.targets,
      weights: sample.weights, isLogistic: isLogistic, threads: context.threads)
  }

  private func forms(_ descent: SparseDescent, _ terms: RuleTerms) -> [Double] {
    var forms = [Double](repeating: descent.constant, count: terms.count)
    for j in descent.beta.indices where descent.beta[j] != 0 {
      terms.add(j, descent.beta[j], times: nil, to: &forms)
    }
    return forms
  }

  private func tell(_ step: Int, _ values: [(name: String, value: Double)], _ sample: Sample)
    throws
  {
    context.report(
      .init(step: step + 1, steps: steps, unit: "penalty", events: sample.count, values: values))
    if context.shouldStop() {
      throw FitError.interrupted(method: RuleEnsemble.name, step: step + 1)
    }
  }
}
