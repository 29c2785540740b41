internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// One piece of work on a thread of its own: for reading the next block while the current one is learned from.
///
/// The pool of threads is for loops; this is for work that waits for a disk. What it needs must be captured by
/// the closure. A value that nobody waits for is dropped when the thread ends.
public final class Background<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)
  private let gate = Gate()

  /// Starts the work; where the system gives no thread, it is done at once on the caller's.
  public init(_ work: @escaping @Sendable () throws -> Value) {
    let task = BackgroundTask { [self] in
      let result = Result { try work() }
      outcome.withLock { $0 = result }
      gate.open()
    }
    if !task.start() { task.body() }
  }

  /// Waits for the value, which is given once: memory is not held after that.
  public func wait() throws -> Value {
    gate.wait()
    let result = outcome.withLock { held in
      defer { held = nil }
      return held
    }
    guard let result else { preconditionFailure("a background value was taken twice") }
    return try result.get()
  }
}

/// A closure as an object, so that a C thread can carry it.
private final class BackgroundTask: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  /// Whether a thread could be made; it lives as long as the body runs.
  func start() -> Bool {
    let box = unsafe Unmanaged.passRetained(self)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = unsafe pthread_create(&thread, nil, runBackgroundTask, box.toOpaque())
    if code != 0 {
      unsafe box.release()
      return false
    }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return true
  }
}

#if canImport(Darwin)
  private func runBackgroundTask(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    unsafe Unmanaged<BackgroundTask>.fromOpaque(context).takeRetainedValue().body()
    return nil
  }
#else
  private func runBackgroundTask(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<BackgroundTask>.fromOpaque(context).takeRetainedValue().body()
    return nil
  }
#endif

/// A gate that is opened once; a semaphore whose memory does not move.
///
/// Why it is `@unchecked Sendable`: its only state is the address, a constant that is set before another thread can see
/// the gate; what lies there is changed by `sem_post` and `sem_wait` alone, which POSIX makes safe from any thread. It is
/// destroyed with the last reference to the gate, and a thread that is inside `open` or `wait` holds one: nobody can
/// still be waiting. `open` happens before the return of the `wait` that it lets through, so what was written before is seen after.
@safe private final class Gate: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    unsafe semaphore = .allocate(capacity: 1)
    unsafe sem_init(semaphore, 0, 0)
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  func open() { unsafe sem_post(semaphore) }

  func wait() {
    while unsafe sem_wait(semaphore) != 0, errno == EINTR {}
  }
}
