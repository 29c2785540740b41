internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The version of the program and of the library.
public let apusVersion = "0.1.0"

/// Where long work speaks: lines, warnings, and one line of progress that is redrawn on a terminal.
public struct Console: Sendable {
  /// Writes a line of results.
  public var say: @Sendable (String) -> Void
  /// Writes a line of warnings or errors.
  public var complain: @Sendable (String) -> Void
  /// Replaces the line of progress, where an empty text removes it; only called when `isTerminal`.
  public var redraw: @Sendable (String) -> Void
  /// Whether somebody watches; without, progress is plain lines now and then.
  public var isTerminal: Bool

  /// Makes a console from closures.
  public init(
    say: @escaping @Sendable (String) -> Void, complain: @escaping @Sendable (String) -> Void,
    redraw: @escaping @Sendable (String) -> Void = { _ in }, isTerminal: Bool = false
  ) {
    self.say = say
    self.complain = complain
    self.redraw = redraw
    self.isTerminal = isTerminal
  }

  /// A console that says nothing.
  public static let silent = Console(say: { _ in }, complain: { _ in })

  /// The terminal or log that the program was started from.
  ///
  /// Results go to standard output, complaints to standard error. Lines are written whole and at once, so
  /// that the log of a batch job is never behind.
  public static let standard = Console(
    say: { emit(bar.clear() + $0 + "\n", to: 1) },
    complain: { emit(bar.clear() + $0 + "\n", to: 2) },
    redraw: { emit(bar.draw($0), to: 1) },
    isTerminal: isatty(1) == 1 && isatty(2) == 1)
}

/// Remembers whether a line of progress stands on the terminal.
private final class ProgressLine: Sendable {
  private let drawn = Atomic<Bool>(false)

  func clear() -> String {
    drawn.exchange(false, ordering: .relaxed) ? "\r\u{1B}[K" : ""
  }

  func draw(_ text: String) -> String {
    let start = clear()
    if text.isEmpty { return start }
    drawn.store(true, ordering: .relaxed)
    return "\r" + text + "\u{1B}[K"
  }
}

private let bar = ProgressLine()

private func emit(_ text: String, to descriptor: Int32) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written < 0 {
      if errno == EINTR { continue }
      return
    }
    bytes = bytes.dropFirst(written)
  }
}
