internal import ApusEvents
internal import Synchronization

/// Shows how far a method has come: a line that is redrawn on a terminal, plain lines now and then in a log.
final class ProgressBar: Sendable {
  private struct State {
    var last: ContinuousClock.Instant?
    var firstStep = 0
  }

  private let console: Console
  private let method: String
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(console: Console, method: String) {
    self.console = console
    self.method = method
  }

  /// Takes a line of progress.
  func report(_ progress: FitContext.Progress) {
    let elapsed = seconds(since: start)
    let show = state.withLock { state in
      // A resumed fit begins in the middle: the rate counts only the steps of this session.
      if state.firstStep == 0 { state.firstStep = progress.step }
      let pause = console.isTerminal ? 0.1 : 10
      let due = state.last.map { seconds(since: $0) >= pause } ?? true
      if due || progress.step == progress.steps { state.last = .now }
      return (due || progress.step == progress.steps, state.firstStep)
    }
    guard show.0 else { return }
    let done = progress.step - show.1 + 1
    let text = Self.line(method, progress, done: done, elapsed: elapsed, bar: console.isTerminal)
    if console.isTerminal { console.redraw(text) } else { console.say(text) }
  }

  /// Removes the line from a terminal.
  func finish() { if console.isTerminal { console.redraw("") } }

  /// The line: bar, step, values, rate and the time left.
  static func line(
    _ method: String, _ progress: FitContext.Progress, done: Int, elapsed: Double, bar: Bool
  ) -> String {
    let (step, steps) = (progress.step, max(progress.steps, progress.step))
    var parts = ["\(progress.unit) \(step)/\(steps)"]
    parts += progress.values.map { "\($0.name) \(shortNumber($0.value))" }
    if elapsed > 0, progress.events > 0 {
      parts.append(shortCount(Double(progress.events * done) / elapsed) + " events/s")
    }
    if step < steps, elapsed > 0 {
      parts.append(duration(elapsed / Double(done) * Double(steps - step)) + " left at most")
    }
    let drawn = bar ? " [" + blocks(step, of: steps) + "]" : ":"
    return "\(method)\(drawn) " + parts.joined(separator: ", ")
  }

  private static func blocks(_ step: Int, of steps: Int) -> String {
    let width = 20
    let full = steps > 0 ? min(width, step * width / steps) : width
    return String(repeating: "=", count: full) + String(repeating: " ", count: width - full)
  }
}
