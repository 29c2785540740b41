import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How often the user pressed Ctrl-C (or a batch system asked the program to end).
private let interruptions = Atomic<Int>(0)

/// Whether the program was asked to stop; polled after each step of long work.
@Sendable func isInterrupted() -> Bool { interruptions.load(ordering: .relaxed) > 0 }

/// Makes Ctrl-C, SIGTERM and the end of the terminal (SIGHUP) a request to stop after the step that runs; a second one ends at once.
///
/// A thread of its own waits for them, and this one and all that it starts block them: a handler could run within a matrix product, whose stack
/// may lie in the heap (`Documentation/decisions/032-signals-have-a-thread.md`). Threads that libraries started before the program began, as
/// OpenBLAS does, multiply no matrices for us and get a handler. Under `nohup` the end of the terminal stays ignored.
func installInterruptionHandler() {
  // The global must exist before the first signal.
  _ = isInterrupted()
  let isAttached = !isIgnored(SIGHUP)
  for number in awaitedSignals(withHangUp: isAttached) { signal(number, noteSignal) }
  var awaited = signalSet(withHangUp: isAttached)
  pthread_sigmask(SIG_BLOCK, &awaited, nil)
  #if canImport(Darwin)
    var thread: pthread_t?
  #else
    var thread = pthread_t()
  #endif
  pthread_create(
    &thread, nil,
    { isAttached in
      waitForSignals(withHangUp: isAttached != nil)
      return nil
    }, isAttached ? UnsafeMutableRawPointer(bitPattern: 1) : nil)
}

private func awaitedSignals(withHangUp isAttached: Bool) -> [Int32] {
  [SIGINT, SIGTERM] + (isAttached ? [SIGHUP] : [])
}

private func signalSet(withHangUp isAttached: Bool) -> sigset_t {
  var set = sigset_t()
  sigemptyset(&set)
  for number in awaitedSignals(withHangUp: isAttached) { sigaddset(&set, number) }
  return set
}

private func waitForSignals(withHangUp isAttached: Bool) {
  var awaited = signalSet(withHangUp: isAttached)
  var number: Int32 = 0
  while sigwait(&awaited, &number) == 0 { noteSignal(number) }
}

/// Does only what POSIX allows in a handler: changes a lock-free number, writes, and exits.
private func noteSignal(_: Int32) {
  if interruptions.add(1, ordering: .relaxed).oldValue > 0 { _exit(1) }
  let text: StaticString =
    "\nStopping after this step; what was learned is kept. Once more to stop at once.\n"
  _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
}

/// Whether whoever started the program had it ignore a signal.
private func isIgnored(_ number: Int32) -> Bool {
  var action = sigaction()
  sigaction(number, nil, &action)
  #if canImport(Glibc)
    let handler = action.__sigaction_handler.sa_handler
  #else
    let handler = action.__sigaction_u.__sa_handler
  #endif
  return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}
