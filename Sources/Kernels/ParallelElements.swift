internal import CKernels

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
  _ count: Int, grain: Int, threads: Int, _ body: (Range<Int>) -> [T]
) -> [T] {
  // More parts than threads, so that a thread that the system keeps waiting holds little up.
  let parts = max(1, min(threads > 1 ? 4 * threads : 1, count / max(grain, 1)))
  if parts == 1 { return count > 0 ? body(0..<count) : [] }
  var results = [[T]](repeating: [], count: parts)
  results.withUnsafeMutableBufferPointer { results in
    withoutActuallyEscaping(body) { body in
      let job = PartsJob(results: results, count: count, body: body)
      withExtendedLifetime(job) {
        ck_parallel_for(
          Int64(parts), 1, Int32(parts),
          { context, begin, end in
            let job = Unmanaged<AnyObject>.fromOpaque(context!).takeUnretainedValue()
            (job as? any Parts)?.run(Int(begin)..<Int(end))
          }, Unmanaged.passUnretained(job as AnyObject).toOpaque())
      }
    }
  }
  return results.flatMap { $0 }
}

private protocol Parts: AnyObject {
  func run(_ parts: Range<Int>)
}

private final class PartsJob<T>: Parts {
  let results: UnsafeMutableBufferPointer<[T]>
  let count: Int
  let body: (Range<Int>) -> [T]

  init(
    results: UnsafeMutableBufferPointer<[T]>, count: Int, body: @escaping (Range<Int>) -> [T]
  ) {
    (self.results, self.count, self.body) = (results, count, body)
  }

  func run(_ parts: Range<Int>) {
    for part in parts {
      let range = count * part / results.count..<count * (part + 1) / results.count
      results[part] = body(range)
    }
  }
}
