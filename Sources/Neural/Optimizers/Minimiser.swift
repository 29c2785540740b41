/// Where a minimiser stands between two steps: enough to go on with the same bits.
public struct Descent: Sendable, Equatable {
  /// The point that was reached.
  public var point: [Double]
  /// The objective there.
  public var value: Double
  /// Its gradient there.
  public var slope: [Double]
  /// What the rule remembers of earlier steps.
  public var memory: [[Double]]

  /// Starts, or goes on, at a point.
  public init(_ objective: Objective, at point: [Double], memory: [[Double]] = []) throws {
    self.point = point
    self.memory = memory
    (value, slope) = try objective(point)
  }

  /// Moves to a point whose value and gradient are known.
  mutating func move(to place: Place) {
    (point, value, slope) = (place.point, place.value, place.slope)
  }

  typealias Place = (point: [Double], value: Double, slope: [Double])
}

/// A rule that minimises an objective over all events.
public protocol Minimiser: Sendable {
  /// What a configuration calls it.
  var name: String { get }
  /// The matrix that it asks its objective for.
  var curvature: Curvature { get }
  /// Makes one step.
  /// - Returns: Whether there was one to make: false at the end of the descent, which is then unchanged.
  func advance(_ descent: inout Descent, _ objective: Objective) throws -> Bool
}

/// The matrix of second order that a minimiser works with.
public enum Curvature: Sendable, Hashable {
  /// None: the rule works with gradients alone.
  case none
  /// All second derivatives.
  case hessian
  /// The Fisher metric of the model's outputs.
  case metric
}

extension Minimiser {
  /// Gradients alone, unless a rule says otherwise.
  public var curvature: Curvature { .none }

  /// Minimises from a point.
  /// - Returns: The last point, its value, and the steps done.
  public func minimise(
    _ objective: Objective, from start: [Double], steps: Int
  ) throws -> (point: [Double], value: Double, steps: Int) {
    var descent = try Descent(objective, at: start)
    for step in 0..<steps {
      guard try advance(&descent, objective) else { return (descent.point, descent.value, step) }
    }
    return (descent.point, descent.value, steps)
  }
}
