internal import CKernels

/// A loss of gradient boosting: what it costs to score an event so and so.
public enum BoostingLoss: Sendable, Equatable {
  /// ln(1 + e^∓score) for target 1 (−) and 0 (+): two classes.
  case logistic
  /// ½ (score − target)².
  case squared
  /// |score − target|.
  case absolute
  /// ½ e² for |e| = |score − target| up to δ, beyond it δ (|e| − ½ δ).
  case huber(Double)
  /// The pinball loss: (1 − α) e above the target and −α e below it; its least value is the quantile α.
  case quantile(Double)
  /// e^score − target · score: the score is the logarithm of the mean.
  case poisson
  /// −ln of the probability of the target by a softmax over this many scores.
  case softmax(Int)
  /// Gradients and curvatures come from the caller.
  case given

  /// The number of scores an event.
  public var outputs: Int {
    if case .softmax(let classes) = self { return classes }
    return 1
  }

  var kind: ck_loss_kind {
    switch self {
    case .logistic: CK_LOSS_LOGISTIC
    case .squared: CK_LOSS_SQUARED
    case .absolute: CK_LOSS_ABSOLUTE
    case .huber: CK_LOSS_HUBER
    case .quantile: CK_LOSS_QUANTILE
    case .poisson: CK_LOSS_POISSON
    case .softmax: CK_LOSS_SOFTMAX
    case .given: CK_LOSS_GIVEN
    }
  }

  var parameter: Double {
    switch self {
    case .huber(let value), .quantile(let value): value
    default: 0
    }
  }

  /// The weighted sum of the losses of events, in a fixed order: any number of threads gives the same bits.
  /// - Parameters:
  ///   - scores: `outputs` numbers an event.
  ///   - targets: The class or the number of each event.
  ///   - weights: The weight of each event.
  ///   - threads: The most threads to use.
  public func sum(
    scores: [Double], targets: BoostingTargets, weights: [Double], threads: Int
  ) -> Double {
    unsafe described(scores, targets, weights, output: 0) { loss in
      unsafe ck_loss_sum(&loss, Int32(threads))
    }
  }

  /// Hands the loss of events to a loop.
  func described<Result>(
    _ scores: [Double], _ targets: BoostingTargets, _ weights: [Double], output: Int,
    _ body: (inout ck_loss) -> Result
  ) -> Result {
    precondition(
      scores.count == weights.count * outputs && targets.count == weights.count, "shapes")
    let (numbers, classes) = targets.parts
    // Logistic and softmax losses look at classes, others at numbers.
    precondition(takesClasses == numbers.isEmpty || weights.isEmpty, "targets of the loss's kind")
    return unsafe scores.withUnsafeBufferPointer { scores in
      unsafe numbers.withUnsafeBufferPointer { numbers in
        unsafe classes.withUnsafeBufferPointer { classes in
          unsafe weights.withUnsafeBufferPointer { weights in
            var loss = unsafe ck_loss(
              kind: kind, parameter: parameter, outputs: Int32(outputs), output: Int32(output),
              rows: Int64(weights.count), scores: scores.baseAddress, targets: numbers.baseAddress,
              classes: classes.baseAddress, weights: weights.baseAddress, gradients: nil,
              curvatures: nil, weight_limit: 0, weight_size: 0)
            return unsafe body(&loss)
          }
        }
      }
    }
  }

  private var takesClasses: Bool {
    switch self {
    case .logistic, .softmax: true
    default: false
    }
  }
}

/// What each event should be scored as.
public enum BoostingTargets: Sendable {
  /// The class, in a quarter of the memory of a number.
  case classes([UInt16])
  /// The number.
  case numbers([Double])

  /// The number of events.
  public var count: Int {
    switch self {
    case .classes(let classes): classes.count
    case .numbers(let numbers): numbers.count
    }
  }

  /// The class or the number of an event.
  public subscript(event: Int) -> Double {
    switch self {
    case .classes(let classes): Double(classes[event])
    case .numbers(let numbers): numbers[event]
    }
  }

  /// All of them as numbers.
  public var doubles: [Double] {
    switch self {
    case .classes(let classes): classes.map { Double($0) }
    case .numbers(let numbers): numbers
    }
  }

  var parts: (numbers: [Double], classes: [UInt16]) {
    switch self {
    case .classes(let classes): ([], classes)
    case .numbers(let numbers): (numbers, [])
    }
  }
}
