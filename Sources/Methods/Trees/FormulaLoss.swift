import ApusEngine
import ApusEvents

/// A loss that a user writes as a formula of `score` and `target`; slopes and curvatures come from the engine.
///
/// `(score - target)^4`, `log1p(exp(-(2 * target - 1) * score))`. For two classes the target is 0 or 1. Where the second derivative is
/// negative an event counts with curvature 0, so that steps go down.
struct FormulaLoss: Sendable {
  let formula: Formula

  init(_ text: String) throws {
    do throws(FormulaError) {
      formula = try Formula(text)
    } catch {
      throw OptionProblems([.init(path: "loss.formula", text: error.message)])
    }
    let unknown = formula.columns.filter { $0 != "score" && $0 != "target" }
    guard unknown.isEmpty, formula.columns.contains("score"), formula.isElementwise else {
      throw OptionProblems([
        .init(
          path: "loss.formula",
          text:
            "must be a formula of 'score' and 'target', such as '(score - target)^4'; found '\(text)'."
        )
      ])
    }
  }

  /// The loss of each event with its first and second derivative in the score, for a weight of one.
  func slopes(_ scores: [Double], _ targets: [Double]) throws -> (
    losses: [Double], gradients: [Double], curvatures: [Double]
  ) {
    let score = Tensor(scores), target = Tensor(targets)
    let losses = try formula.tensor { $0 == "score" ? score : target }
    let first = gradient(of: losses.sum(), withRespectTo: score)
    let second = gradient(of: first.sum(), withRespectTo: score)
    try Tensor.evaluate([losses, first, second])
    return (
      try losses.doubles(), try first.doubles(), try second.doubles().map { max($0, 0) }
    )
  }

  /// The best constant score, by Newton's method from 0; as far as that leads in 50 steps.
  func start(_ targets: [Double], _ weights: [Double]) throws -> Double {
    var score = 0.0
    for _ in 0..<50 {
      let s = try slopes(targets.map { _ in score }, targets)
      var (g, h) = (0.0, 0.0)
      for i in weights.indices {
        g += weights[i] * s.gradients[i]
        h += weights[i] * s.curvatures[i]
      }
      guard h > 0, g.isFinite, h.isFinite else { return score }
      let step = min(max(-g / h, -2), 2)
      score += step
      if abs(step) < 1e-10 { break }
    }
    return score
  }
}
