public import ApusKernels

/// Why a number can't be computed from scores.
public enum MetricError: ApusError, Equatable {
  /// Two arrays that go together differ in length.
  case differentLengths(metric: String, what: String, Int, Int)
  /// Scores that are NaN or infinite.
  case notFinite(metric: String, what: String, count: Int, first: Int)
  /// The sum of weights of a class (or of all events) must be positive.
  case noWeight(metric: String, of: String, sum: Double)
  /// A label that is none of the classes.
  case label(metric: String, label: Int, classes: Int)
  /// The metric is not made for this task.
  case task(metric: String, task: String)

  /// All of these are failures of the work.
  public var kind: ErrorKind { .failure }

  /// What was asked, what must hold, what was found.
  public var message: String {
    switch self {
    case .differentLengths(let metric, let what, let a, let b):
      "\(metric): needs one entry an event, but there are \(a) scores and \(b) \(what)."
    case .notFinite(let metric, let what, let count, let first):
      "\(metric): \(what) must be finite numbers, but \(count) are NaN or infinite "
        + "(the first is entry \(first))."
    case .noWeight(let metric, let name, let sum):
      "\(metric): the sum of weights of \(name) must be positive, but is \(sum). "
        + "Are there events of it in this part of the split?"
    case .label(let metric, let label, let classes):
      "\(metric): labels must be in 0...\(classes - 1), but one is \(label)."
    case .task(let metric, let task): "\(metric): is not defined for \(task)."
    }
  }
}

/// Throws where a value is not finite.
func requireFinite(_ values: [Double], _ what: String, for metric: String) throws(MetricError) {
  guard let first = values.firstIndex(where: { !$0.isFinite }) else { return }
  let count = values.count { !$0.isFinite }
  throw MetricError.notFinite(metric: metric, what: what, count: count, first: first)
}

/// Throws where two arrays differ in length.
func requireEqual(_ a: Int, _ b: Int, _ what: String, for metric: String) throws(MetricError) {
  if a != b { throw MetricError.differentLengths(metric: metric, what: what, a, b) }
}

/// The sum of weights, which must be positive.
func positiveSum(_ weights: [Double], of name: String, for metric: String) throws(MetricError)
  -> Double
{
  let sum = weights.reduce(0, +)
  guard sum > 0 else { throw MetricError.noWeight(metric: metric, of: name, sum: sum) }
  return sum
}

/// Effective entries (Σw)²/Σw²: as many unweighted events carry the same statistical precision.
///
/// Zero for no events. Negative weights lower it.
public func effectiveEntries(_ weights: [Double]) -> Double {
  var (sum, squares) = (0.0, 0.0)
  for w in weights {
    sum += w
    squares += w * w
  }
  return squares > 0 ? sum * sum / squares : 0
}
