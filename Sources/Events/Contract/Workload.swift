/// What a fit takes, roughly: for a dry run that warns before hours or gigabytes are spent.
public struct Workload: Sendable, Equatable {
  /// Bytes beside the events themselves.
  public var bytes: Double
  /// Operations of about a nanosecond each on one core: a product and sum of a loop over events.
  public var operations: Double
  /// Whether all threads share the operations.
  public var isParallel: Bool

  /// Makes a workload.
  public init(bytes: Double, operations: Double, isParallel: Bool = false) {
    self.bytes = bytes
    self.operations = operations
    self.isParallel = isParallel
  }

  /// The seconds on a number of threads.
  public func seconds(threads: Int) -> Double {
    operations * 1e-9 / (isParallel ? Double(max(1, threads)) : 1)
  }
}

/// The size of what is learned from.
public struct FitSize: Sendable, Equatable {
  /// Training events.
  public var events: Int
  /// Inputs.
  public var inputs: Int
  /// Classes; for numbers that of targets.
  public var classes: Int

  /// Makes a size.
  public init(events: Int, inputs: Int, classes: Int) {
    self.events = events
    self.inputs = inputs
    self.classes = classes
  }
}

extension Method {
  /// Some passes over the events' matrix of products, in double precision.
  public func workload(_ size: FitSize) -> Workload { .passes(size) }
}

extension Workload {
  /// Some passes over the events' matrix of products: least squares and densities of one dimension.
  public static func passes(_ size: FitSize) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    return Workload(bytes: 8 * events * inputs, operations: 10 * events * inputs * inputs)
  }
}
