/// Results of parts of a loop, in the order of the parts, made on the pool of threads.
///
/// The body must depend on nothing but its range; it runs on several threads at once. Parts depend on `threads`, so a
/// result is the same for any number of threads only where each element is made on its own.
/// - Parameters:
///   - count: The loop is 0..<count.
///   - grain: The fewest elements of a part.
///   - threads: The most threads to use.
///   - body: The elements of a range.
/// - Returns: All elements in order.
public func parallelElements<T: Sendable>(
  _ count: Int, grain: Int, threads: Int, _ body: @Sendable (Range<Int>) -> [T]
) -> [T] {
  // More parts than threads, so that a thread that the system keeps waiting holds little up.
  let parts = max(1, min(threads > 1 ? 4 * threads : 1, count / max(grain, 1)))
  if parts == 1 { return count > 0 ? body(0..<count) : [] }
  return Parallel.map(parts, threads: threads) { part in
    body(count * part / parts..<count * (part + 1) / parts)
  }.flatMap { $0 }
}
