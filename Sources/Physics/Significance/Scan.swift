public import ApusEvents

/// Which significance a scan maximises.
public enum SignificanceFigure: Sendable, Equatable {
  /// ``asimovSignificance(signal:background:uncertainty:)`` with a background uncertainty that is this
  /// share of the background.
  case asimov(relativeUncertainty: Double)
  /// S/√B.
  case signalOverRootBackground
  /// S/√(S+B).
  case signalOverRootTotal
  /// The score of the HiggsML challenge with this regularisation.
  case approximateMedian(regularisation: Double)

  /// The figure for expected numbers of events.
  public func value(signal: Double, background: Double) -> Double {
    switch self {
    case .asimov(let share):
      asimovSignificance(signal: signal, background: background, uncertainty: share * background)
    case .signalOverRootBackground:
      ApusPhysics.signalOverRootBackground(signal: signal, background: background)
    case .signalOverRootTotal:
      ApusPhysics.signalOverRootTotal(signal: signal, background: background)
    case .approximateMedian(let regularisation):
      approximateMedianSignificance(
        signal: signal, background: background, regularisation: regularisation)
    }
  }
}

/// The cut on a score with the largest expected significance.
/// - Parameters:
///   - roc: The curve of the score on events that trained nothing.
///   - signalEvents: How many signal events are expected before the cut; nil takes Σw.
///   - backgroundEvents: How many background events are expected before the cut; nil takes Σw.
///   - figure: What is maximised.
///   - minimumBackground: Cuts that leave fewer expected background events are passed over, since there
///     the simulation says nothing about the background.
/// - Returns: The working point with its yields in expected events, and its significance.
public func bestSignificance(
  _ roc: RocCurve, signalEvents: Double? = nil, backgroundEvents: Double? = nil,
  figure: SignificanceFigure = .asimov(relativeUncertainty: 0), minimumBackground: Double = 0
) -> (point: WorkingPoint, value: Double)? {
  roc.best(
    signalScale: (signalEvents ?? roc.signalTotal) / roc.signalTotal,
    backgroundScale: (backgroundEvents ?? roc.backgroundTotal) / roc.backgroundTotal
  ) { s, b in
    guard b > 0, b >= minimumBackground, s > 0 else { return .nan }
    return figure.value(signal: s, background: b)
  }
}
