public import ApusKernels

extension Sample {
  /// Refuses training events that no method can learn from, with the event and the column.
  ///
  /// Every input, weight and target must be finite, every class must have events, and the weights of each
  /// class (of all events for regression) must have a positive sum.
  /// - Parameters:
  ///   - method: The name of the method that asks, for the message.
  ///   - missing: Whether NaN in an input is a missing value and may stay.
  /// - Throws: ``FitError/unusable(method:reason:)``.
  public func checkUsable(for method: String, missing: Bool = false) throws(FitError) {
    guard count > 0, !features.isEmpty else {
      throw .unusable(
        method: method, reason: "the training sample needs events and inputs, found none.")
    }
    try checkInputs(for: method, missing: missing)
    try checkAnswers(for: method)
  }

  /// The part of ``checkUsable(for:missing:)`` that looks at inputs.
  /// - Parameters:
  ///   - method: The name of the method that asks, for the message.
  ///   - missing: Whether NaN in an input is a missing value and may stay.
  ///   - first: The number of the first event, where these are some of more.
  /// - Throws: ``FitError/unusable(method:reason:)``.
  public func checkInputs(for method: String, missing: Bool = false, from first: Int = 0)
    throws(FitError)
  {
    if let place = inputs.firstIndex(where: { missing ? $0.isInfinite : !$0.isFinite }) {
      throw .unusable(
        method: method,
        reason:
          "input '\(features[place % features.count])' of training event \(first + place / features.count) is "
          + "\(inputs[place]); every input must be a finite number\(missing ? ", or NaN where it is missing" : ""). "
          + "Select the events, or replace the value.")
    }
  }

  /// The part of ``checkUsable(for:missing:)`` that looks at weights, targets and classes.
  /// - Throws: ``FitError/unusable(method:reason:)``.
  public func checkAnswers(for method: String) throws(FitError) {
    func unusable(_ reason: String) -> FitError { .unusable(method: method, reason: reason) }
    if let place = weights.firstIndex(where: { !$0.isFinite }) {
      throw unusable(
        "the weight of training event \(place) is \(weights[place]); it must be finite.")
    }
    if let place = targets.firstIndex(where: { !$0.isFinite }) {
      let name = classes.isEmpty ? "target" : "target '\(classes[place % targetCount])'"
      throw unusable(
        "the \(name) of training event \(place / targetCount) is \(targets[place]); it must be finite."
      )
    }
    if task != .regression,
      let place = labels.firstIndex(where: { !classes.indices.contains(Int($0)) })
    {
      throw unusable(
        "the label of training event \(place) is \(labels[place]); there are \(classes.count) classes."
      )
    }
    for (name, positions) in zip(groupNames, positionsByClass) {
      if positions.isEmpty {
        throw unusable("there are no training events of class '\(name)'; every class needs some.")
      }
      let sum = positions.reduce(0.0) { $0 + weights[$1] }
      guard sum > 0 else {
        throw unusable(
          "the training events of '\(name)' must have a positive sum of weights, found \(sum) for "
            + "\(positions.count) events.")
      }
    }
  }
}

/// Why a model file does not hold what a method needs.
public struct RecordError: ApusError, Equatable {
  /// The method that should read it.
  public var method: String
  /// What must hold, what was found.
  public var reason: String
  /// Makes an error.
  public init(method: String, reason: String) {
    self.method = method
    self.reason = reason
  }

  /// A fault of the file.
  public var kind: ErrorKind { .failure }
  /// What must hold, what was found.
  public var message: String { "the saved model is no model of '\(method)': \(reason)" }
}
