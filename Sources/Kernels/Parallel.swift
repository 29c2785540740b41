internal import CKernels

/// Loops over the pool of threads that all kernels share.
public enum Parallel {
  /// Runs `body` for 0..<count, on as many threads as the machine has.
  ///
  /// Iterations are handed out one by one, so they may differ in length. They run in any order and at the same
  /// time; `body` must write only what is its own. Called from within another such loop it runs on the
  /// caller's thread. Worth it from about 10 µs an iteration.
  /// - Parameters:
  ///   - count: The number of iterations.
  ///   - threads: The most threads to use; 0 for all. One runs the loop in order on the caller's thread.
  ///   - body: What to do with an iteration.
  public static func forEach(
    _ count: Int, threads: Int = 0, _ body: @Sendable (Int) -> Void
  ) {
    if count <= 1 || threads == 1 {
      for i in 0..<max(0, count) { body(i) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let box = LoopBody(body: body)
      withExtendedLifetime(box) {
        // Each piece is one iteration, or a run of them where there are more than the pool counts or few threads.
        unsafe ck_parallel_for(
          Int64(count), 1, Int32(min(count, threads > 0 ? threads : 0xFFFF)),
          { context, begin, end in
            guard let context = unsafe context else { return }
            let loop = unsafe Unmanaged<LoopBody>.fromOpaque(context).takeUnretainedValue()
            for i in begin..<end { loop.body(Int(i)) }
          }, unsafe Unmanaged.passUnretained(box).toOpaque())
      }
    }
  }

  /// Runs `body` for 0..<count and returns what it gives, in order.
  public static func map<Result: Sendable>(
    _ count: Int, threads: Int = 0, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    var results = [Result?](repeating: nil, count: count)
    unsafe results.withUnsafeMutableBufferPointer { slots in
      // Each iteration writes its own element, and nothing else touches them before all are done.
      nonisolated(unsafe) let slots = unsafe slots
      forEach(count, threads: threads) { unsafe slots[$0] = body($0) }
    }
    return results.compactMap(\.self)
  }
}

/// A closure as an object, so that C can carry it.
private final class LoopBody: Sendable {
  let body: @Sendable (Int) -> Void

  init(body: @escaping @Sendable (Int) -> Void) { self.body = body }
}
