internal import CKernels

/// Sums over events that lie in a rule, and over weighted columns: what rule ensembles descend by.
///
/// A rule is a bit an event: bit i & 63 of word i / 64. Sums have a fixed order, so they are the same for any number of threads.
public enum TermKernels {
  /// Σ v over the events of a rule.
  public static func sum(_ bits: [UInt64], _ v: [Double]) -> Double {
    precondition(bits.count == (v.count + 63) / 64, "a bit an event")
    return unsafe ck_bits_sum(bits, Int64(v.count), v)
  }

  /// Adds `step` times the events' `times`, or `step` itself, for the events of a rule.
  public static func add(
    _ bits: [UInt64], _ step: Double, times: [Double]?, to target: inout [Double]
  ) {
    precondition(bits.count == (target.count + 63) / 64, "a bit an event")
    precondition(times.map { $0.count == target.count } ?? true, "a factor an event")
    unsafe ck_bits_add(bits, Int64(target.count), step, times, &target)
  }

  /// Σ v.
  public static func sum(_ v: [Double]) -> Double {
    unsafe ck_dot3(v, nil, nil, Int64(v.count))
  }

  /// Σ x y, or Σ x y z.
  public static func sum(_ x: [Double], _ y: [Double], _ z: [Double]? = nil) -> Double {
    precondition(x.count == y.count && z.map { $0.count == x.count } ?? true, "equal lengths")
    return unsafe ck_dot3(x, y, z, Int64(x.count))
  }

  /// Adds `step` x, or `step` x times `times`.
  public static func add(
    _ x: [Double], _ step: Double, times: [Double]?, to target: inout [Double]
  ) {
    precondition(x.count == target.count, "equal lengths")
    precondition(times.map { $0.count == target.count } ?? true, "a factor an event")
    unsafe ck_add_scaled(x, Int64(x.count), step, times, &target)
  }
}
