/// What a method's numbers say about under- and overtraining, in words with the numbers behind them.
public struct Verdict: Sendable, Equatable {
  /// The judgement.
  public enum Kind: String, Sendable, Equatable, CaseIterable {
    /// Training and validation agree, and learning has settled.
    case fits
    /// It had not finished learning, or is too simple for what others find in the same events.
    case underfits
    /// It learned peculiarities of the training events.
    case overfits
    /// There is nothing to judge by.
    case unknown
  }

  /// The judgement.
  public var kind: Kind
  /// The reason with its numbers.
  public var reason: String

  /// Makes a verdict.
  public init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}

extension Verdict {
  /// Validation loss may rise by this share of its whole fall above its minimum before it counts.
  static let tolerableRise = 0.10
  /// So large a share of the whole fall within the last fifth of the steps means "still learning".
  static let unfinishedShare = 0.03
  /// A gap of AUC must exceed both: in standard deviations of the test AUC, and absolutely.
  static let significantGap = (deviations: 3.0, absolute: 0.01)

  /// Judges a history by the shape of its two loss curves.
  ///
  /// Overfits: after its minimum the validation loss rises by more than a tenth of its whole fall
  /// while the training loss goes on falling, and the state at the minimum was not kept. Underfits:
  /// training and validation agree and the validation loss is still falling at the end. Losses
  /// fluctuate, so each is compared over a fifth of the steps.
  public static func of(_ history: ReportData.History) -> Verdict {
    guard let validation = history.values("validation_loss"), validation.count >= 3,
      validation.allSatisfy(\.isFinite), let first = validation.first,
      let minimum = validation.min(), let best = validation.firstIndex(of: minimum)
    else {
      return Verdict(.unknown, "There is no validation loss to judge by.")
    }
    let fall = first - minimum
    let window = max(1, validation.count / 5)
    let late = mean(validation.suffix(window))
    let step = { (index: Int) in "\(history.unit) \(stepNumber(history, index))" }
    let training = history.values("loss").map { mean($0.suffix(window)) }
    let atBest = history.values("loss").flatMap { best < $0.count ? $0[best] : $0.last }
    let rise = late - minimum
    if fall <= 0 {
      return Verdict(.overfits, "The validation loss never fell below its first value.")
    }
    if rise > tolerableRise * fall, validation.count - best > window,
      (training ?? 0) < (atBest ?? .infinity)
    {
      let words =
        "the validation loss was lowest at \(step(best)) (\(text(minimum))) and then rose to "
        + "\(text(late)) while the training loss went on falling"
      if let kept = history.bestStep, kept <= stepValue(history, best + window) {
        return Verdict(
          .fits, "It began to overfit: \(words); the state of \(step(best)) was kept.")
      }
      return Verdict(.overfits, words.prefix(1).uppercased() + words.dropFirst() + ".")
    }
    let before = mean(validation.dropLast(window).suffix(window))
    let gain = before - late
    if gain > unfinishedShare * (first - late), !history.stoppedEarly, validation.count > window {
      return Verdict(
        .underfits,
        "The validation loss was still falling at the end (\(text(before)) to \(text(late)) in "
          + "the last fifth of the \(history.unit)s): train longer.")
    }
    return Verdict(.fits, "The validation loss settled at \(text(late)).")
  }

  /// Judges a method by its history, by train against test, and by what the best method reaches.
  public static func of(
    _ method: ReportData.MethodResult, best: ReportData.MethodResult? = nil
  ) -> Verdict {
    let shape = method.history.map { of($0) }
    if shape?.kind == .overfits, let shape { return shape }
    if let gap = aucGap(method) { return gap }
    if shape?.kind == .underfits, let shape { return shape }
    if let best, let lag = lag(method, behind: best) { return lag }
    if let shape, shape.kind == .fits { return shape.adding(agreement(method)) }
    let agreement = agreement(method)
    return agreement.isEmpty
      ? shape ?? Verdict(.unknown, "There is nothing to judge by.") : Verdict(.fits, agreement)
  }

  private func adding(_ text: String) -> Verdict {
    text.isEmpty ? self : Verdict(kind, reason + " " + text)
  }

  private static func aucGap(_ method: ReportData.MethodResult) -> Verdict? {
    guard let train = method.metrics(of: .train)?.auc, let test = method.metrics(of: .test),
      let auc = test.auc, let error = test.aucError, error > 0
    else { return nil }
    let gap = train - auc
    guard gap > significantGap.deviations * error, gap > significantGap.absolute else { return nil }
    return Verdict(
      .overfits,
      "AUC is \(NumberText.fixed(train, 4)) on training events but "
        + "\(NumberText.withError(auc, error)) on test events, "
        + "\(NumberText.fixed(gap / error, 1)) standard deviations lower. More events, fewer "
        + "parameters or regularisation would close the gap. The test results already include this."
    )
  }

  private static func lag(
    _ method: ReportData.MethodResult, behind best: ReportData.MethodResult
  ) -> Verdict? {
    guard method.name != best.name, let own = method.metrics(of: .test),
      let other = best.metrics(of: .test), let a = own.auc, let b = other.auc,
      let e = own.aucError, b - a > 5 * e, b - a > 0.02
    else { return nil }
    return Verdict(
      .underfits,
      "Train and test agree, but \(best.name) finds more in the same events (AUC higher by "
        + "\(NumberText.fixed(b - a, 3))): the method is too simple for them.")
  }

  private static func agreement(_ method: ReportData.MethodResult) -> String {
    guard let train = method.metrics(of: .train)?.auc, let test = method.metrics(of: .test),
      let auc = test.auc, let error = test.aucError, error > 0
    else { return "" }
    return "AUC of train and test differ by \(NumberText.significant((train - auc).magnitude, 2)) "
      + "(\(NumberText.fixed((train - auc).magnitude / error, 1)) standard deviations)."
  }

  private static func mean(_ values: some Collection<Double>) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  private static func text(_ value: Double) -> String { NumberText.significant(value, 3) }

  private static func stepValue(_ history: ReportData.History, _ index: Int) -> Double {
    history.steps.indices.contains(index)
      ? history.steps[index] : history.steps.last ?? Double(index + 1)
  }

  private static func stepNumber(_ history: ReportData.History, _ index: Int) -> Int {
    let value = stepValue(history, index)
    return value.isFinite && value.magnitude < 1e9 ? Int(value) : index + 1
  }
}
