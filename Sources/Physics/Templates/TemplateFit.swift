public import ApusEvents
public import ApusKernels

/// The yields of several processes in a histogram of data, by a fit of their shapes.
///
/// Maximises the extended likelihood of μ_i = Σ_j ν_j t_ji expected events in bin i, with templates t_j of sum one: Σ_i (n_i ln μ_i − μ_i).
/// The errors are those of the data, from the second derivatives, and of the templates: their bins fluctuate by √Σw², at a fixed
/// sum, which moves the point where the slopes vanish. (Barlow and Beeston 1993, doi:10.1016/0010-4655(93)90005-W, fit the
/// templates as well, as TFractionFitter does; here they keep their shape and only add to the errors, to first order.)
///
/// Weighted data enter by the scaled Poisson likelihood, each bin's divided by Σw²/Σw (Bohm and Zech 2014). Yields are at least 0.
/// Bins in which nothing is expected of any template must be empty.
public struct TemplateFit: Sendable {
  /// The expected events ν of each template.
  public let yields: [Double]
  /// The covariance of the yields, row-major.
  public let covariance: [Double]
  /// 2 ln of the likelihood ratio to a model that fits each bin; about χ² with bins − templates degrees of freedom.
  public let deviance: Double

  /// The standard deviations of the yields.
  public var errors: [Double] {
    yields.indices.map { covariance[$0 * (yields.count + 1)].squareRoot() }
  }

  /// The share of each template; they sum to one.
  public var fractions: [Double] {
    let total = yields.reduce(0, +)
    return yields.map { $0 / total }
  }

  /// The standard deviations of the fractions, with the correlations of the yields.
  public var fractionErrors: [Double] {
    let (n, total) = (yields.count, yields.reduce(0, +))
    return fractions.enumerated().map { j, share in
      let slopes = (0..<n).map { (($0 == j ? 1 : 0) - share) / total }
      var sum = 0.0
      for a in 0..<n { for b in 0..<n { sum += slopes[a] * covariance[a * n + b] * slopes[b] } }
      return max(sum, 0).squareRoot()
    }
  }

  /// Fits templates to data; all histograms must have the same edges, and only what lies inside them counts.
  /// - Parameters:
  ///   - data: The data.
  ///   - templates: The shapes, with their own statistical errors √Σw².
  ///   - templateErrors: Whether these count in the errors.
  /// - Throws: ``TemplateError``.
  public init(data: Histogram, templates: [Histogram], templateErrors: Bool = true)
    throws(TemplateError)
  {
    try TemplateFit.check(data, templates)
    var search = TemplateSearch(data, templates)
    search.climb()
    yields = search.yields
    deviance = search.deviance
    guard let covariance = search.covariance(templateErrors: templateErrors) else {
      throw TemplateError(
        reason:
          "the templates can't be told apart: two of them have the same shape, or one is a mixture of "
          + "others. Join them, or use finer bins.")
    }
    self.covariance = covariance
  }

  private static func check(_ data: Histogram, _ templates: [Histogram]) throws(TemplateError) {
    guard !templates.isEmpty, templates.count <= data.count else {
      throw TemplateError(
        reason:
          "\(templates.count) templates can't be fitted to \(data.count) bins; there must be at "
          + "least one, and a bin for each.")
    }
    for (j, template) in templates.enumerated() {
      guard template.edges == data.edges else {
        throw TemplateError(reason: "template \(j) has other bins than the data.")
      }
      guard template.sum > 0, template.sums.allSatisfy({ $0 >= 0 }) else {
        throw TemplateError(
          reason:
            "template \(j) must have no negative bin and a positive sum, found \(template.sum). "
            + "Join bins that negative weights have emptied.")
      }
    }
    guard data.sum > 0, data.sums.allSatisfy({ $0 >= 0 }) else {
      throw TemplateError(
        reason: "the data must have no negative bin and a positive sum, found \(data.sum).")
    }
    for i in data.sums.indices
    where data.sums[i] > 0 && templates.allSatisfy({ $0.sums[i] == 0 }) {
      throw TemplateError(
        reason:
          "bin \(i) holds \(data.sums[i]) of the data and nothing of any template. Join it with a "
          + "neighbour, or simulate more events.")
    }
  }
}

/// Why templates can't be fitted.
public struct TemplateError: ApusError, Equatable {
  /// What must hold, what was found, what to try.
  public let reason: String
  /// A failure of the work.
  public var kind: ErrorKind { .failure }
  /// The whole sentence.
  public var message: String { "Template fit: \(reason)" }
}
