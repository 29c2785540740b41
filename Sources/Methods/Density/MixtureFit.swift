import ApusEvents
import ApusKernels

/// How a ``MixtureModel`` is fitted.
public struct MixtureSettings: Sendable {
  /// The form of the covariances.
  public enum Form: String, Sendable, CaseIterable {
    /// Each component has its own.
    case full
    /// Each has its own variances, without correlations.
    case diagonal
    /// Each has one variance.
    case spherical
    /// All components share one.
    case tied
  }

  /// The number of components.
  public var components: Int
  /// The form of the covariances.
  public var form = Form.full
  /// The most steps.
  public var iterations = 200
  /// Ends when the mean ln p gains less than this in a step.
  public var tolerance = 1e-5
  /// What is added to variances, so that none collapses onto one point.
  public var floor = 1e-6
  /// How many starts are tried.
  public var starts = 1

  /// Makes settings with the usual values.
  public init(components: Int) { self.components = components }
}

/// Fits a mixture of Gaussians by expectation and maximisation (Dempster, Laird, Rubin 1977).
///
/// Each step sets r_ik = π_k N_k(x_i)/p(x_i), π_k = Σ w r/Σ w, m_k = Σ w r x/Σ w r and C_k = Σ w r (x−m)(x−m)ᵀ/Σ w r plus the
/// floor; Σ w ln p never falls where weights are positive. Starts are drawn as k-means++ (Arthur and Vassilvitskii
/// 2007), with probabilities by |w|. The result does not depend on threads. Cost: n k d² a step.
struct MixtureFit {
  let points: [Double]
  let weights: [Double]
  let width: Int
  let settings: MixtureSettings
  let threads: Int
  private(set) var steps = 0

  init(
    points: [Double], weights: [Double], width: Int, settings: MixtureSettings, threads: Int
  ) {
    (self.points, self.weights, self.width) = (points, weights, width)
    (self.settings, self.threads) = (settings, threads)
  }

  private var components: Int { min(settings.components, weights.count) }
  private var total: Double { weights.reduce(0, +) }

  /// The best of the starts; nil where negative weights leave no mixture.
  mutating func best(seed: UInt64) -> (model: MixtureModel, logLikelihood: Double)? {
    var best: (model: MixtureModel, logLikelihood: Double)?
    for start in 0..<settings.starts {
      guard let found = run(seed: seed, start: start) else { continue }
      if found.logLikelihood > (best?.logLikelihood ?? -.infinity) { best = found }
    }
    return best
  }

  private mutating func run(seed: UInt64, start: Int) -> (
    model: MixtureModel, logLikelihood: Double
  )? {
    var generator = SplitMix64(seed: seed, stream: UInt64(start))
    let centres = seeds(&generator)
    guard var model = maximise(hardSums(centres)) else { return nil }
    var last = -Double.infinity
    for _ in 0..<settings.iterations {
      steps += 1
      let sums = expect(model)
      let value = sums[sums.count - 1] / total
      guard let next = maximise(sums) else { return nil }
      if abs(value - last) < settings.tolerance { break }
      (model, last) = (next, value)
    }
    let sums = expect(model)
    return (model, sums[sums.count - 1] / total)
  }

  private func point(_ i: Int) -> [Double] { Array(points[i * width..<(i + 1) * width]) }

  private func square(_ i: Int, _ centre: [Double]) -> Double {
    var sum = 0.0
    for j in 0..<width {
      let t = points[i * width + j] - centre[j]
      sum += t * t
    }
    return sum
  }

  /// Centres drawn with probability |w| D² of the distance D to the nearest so far.
  private func seeds(_ generator: inout SplitMix64) -> [[Double]] {
    var chances = weights.map { abs($0) }
    var nearest = [Double](repeating: .infinity, count: weights.count)
    var centres: [[Double]] = []
    for _ in 0..<components {
      let goal = generator.uniform() * chances.reduce(0, +)
      var (sum, chosen) = (0.0, 0)
      for i in chances.indices {
        sum += chances[i]
        if chances[i] > 0 { chosen = i }
        if sum > goal { break }
      }
      centres.append(point(chosen))
      for i in nearest.indices {
        nearest[i] = min(nearest[i], square(i, centres[centres.count - 1]))
        chances[i] = abs(weights[i]) * nearest[i]
      }
    }
    return centres
  }

  /// Sums of the points nearest to each centre.
  private func hardSums(_ centres: [[Double]]) -> [Double] {
    sums { x, logs in
      for k in centres.indices {
        var square = 0.0
        for j in x.indices { square += (x[j] - centres[k][j]) * (x[j] - centres[k][j]) }
        logs[k] = -1e6 * square
      }
    }
  }

  private func expect(_ model: MixtureModel) -> [Double] {
    sums { model.componentLogs($0, into: &$1) }
  }

  /// Σ w r, Σ w r x and Σ w r x xᵀ of each component, then Σ w ln p; in pieces that do not depend on threads.
  private func sums(_ logsOf: @Sendable ([Double], inout [Double]) -> Void) -> [Double] {
    let (count, size) = (weights.count, 1 + width + width * width)
    let (length, piece) = (components * size + 1, 2048)
    let pieces = (count + piece - 1) / piece
    let parts = parallelElements(pieces, grain: 1, threads: threads) { range in
      range.map { part in
        pieceSums(part * piece..<min((part + 1) * piece, count), size, length, logsOf)
      }
    }
    var result = [Double](repeating: 0, count: length)
    for part in parts { for i in 0..<length { result[i] += part[i] } }
    return result
  }

  private func pieceSums(
    _ range: Range<Int>, _ size: Int, _ length: Int,
    _ logsOf: @Sendable ([Double], inout [Double]) -> Void
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: length)
    var logs = [Double](repeating: 0, count: components)
    var x = [Double](repeating: 0, count: width)
    for i in range {
      for j in 0..<width { x[j] = points[i &* width &+ j] }
      logsOf(x, &logs)
      sums[length - 1] += weights[i] * softmax(&logs)
      for k in 0..<components {
        let r = weights[i] * logs[k]
        if abs(r) < 1e-300 { continue }
        let start = k &* size
        sums[start] += r
        for a in 0..<width {
          sums[start &+ 1 &+ a] += r * x[a]
          let (scaled, row) = (r * x[a], start &+ 1 &+ width &+ a &* width)
          for b in 0...a { sums[row &+ b] += scaled * x[b] }
        }
      }
    }
    return sums
  }

  private func maximise(_ sums: [Double]) -> MixtureModel? {
    let size = 1 + width + width * width
    var (shares, means, covariances) = ([Double](), [[Double]](), [[Double]]())
    for k in 0..<components {
      let start = k * size
      let own = sums[start]
      guard own > 1e-12 * total else { continue }
      let mean = (0..<width).map { sums[start + 1 + $0] / own }
      var covariance = [Double](repeating: 0, count: width * width)
      for a in 0..<width {
        for b in 0...a {
          let value = sums[start + 1 + width + a * width + b] / own - mean[a] * mean[b]
          covariance[a * width + b] = value
          covariance[b * width + a] = value
        }
      }
      shares.append(own)
      means.append(mean)
      covariances.append(covariance)
    }
    let sum = shares.reduce(0, +)
    let formed = form(covariances, shares.map { $0 / sum })
    return MixtureModel(shares: shares.map { $0 / sum }, means: means, covariances: formed)
  }

  private func form(_ covariances: [[Double]], _ shares: [Double]) -> [[Double]] {
    var all = covariances
    if settings.form == .tied {
      var mean = [Double](repeating: 0, count: width * width)
      for (share, one) in zip(shares, covariances) {
        for i in one.indices { mean[i] += share * one[i] }
      }
      all = covariances.map { _ in mean }
    }
    for k in all.indices {
      let trace = (0..<width).reduce(0) { $0 + all[k][$1 * (width + 1)] } / Double(width)
      for i in all[k].indices {
        let diagonal = i % (width + 1) == 0
        if !diagonal, settings.form == .diagonal || settings.form == .spherical { all[k][i] = 0 }
        if diagonal, settings.form == .spherical { all[k][i] = trace }
        if diagonal { all[k][i] += settings.floor }
      }
    }
    return all
  }
}

extension MixtureModel {
  /// Fits a mixture to weighted points; see ``MixtureSettings``.
  /// - Parameters:
  ///   - settings: How the mixture is fitted.
  ///   - width: The number of inputs of an event.
  ///   - points: Row-major, rows of `width` finite numbers.
  ///   - weights: One a point, of positive sum.
  ///   - seed: Where starts are drawn from.
  ///   - threads: The most threads to use; the result does not depend on it.
  /// - Returns: The mixture and its mean ln p; nil where negative weights leave no positive definite covariance.
  public static func fit(
    points: [Double], weights: [Double], width: Int, settings: MixtureSettings, seed: UInt64,
    threads: Int
  ) -> (model: MixtureModel, logLikelihood: Double)? {
    var fit = MixtureFit(
      points: points, weights: weights, width: width, settings: settings, threads: threads)
    return fit.best(seed: seed)
  }
}
