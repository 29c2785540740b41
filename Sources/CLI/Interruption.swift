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

/// Makes Ctrl-C and SIGTERM a request to stop after the step that runs; a second one ends at once.
///
/// The handler does only what POSIX allows in one: it changes a lock-free number, writes, and exits.
func installInterruptionHandler() {
  // The global must exist before the first signal.
  _ = isInterrupted()
  // A parent may have left them blocked; the mask is inherited.
  var wanted = sigset_t()
  sigemptyset(&wanted)
  sigaddset(&wanted, SIGINT)
  sigaddset(&wanted, SIGTERM)
  sigprocmask(SIG_UNBLOCK, &wanted, nil)
  signal(SIGINT, handleSignal)
  signal(SIGTERM, handleSignal)
}

private func handleSignal(_: Int32) {
  if interruptions.add(1, ordering: .relaxed).oldValue > 0 { _exit(1) }
  let text: StaticString =
    "\nStopping after this step; what was learned is kept. Once more to stop at once.\n"
  _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
}
