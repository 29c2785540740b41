/// Who has to act on an error: the user who typed something, or the world around the program.
public enum ErrorKind: Int32, Sendable {
  /// The work failed: a file that is not there, a disk that is full, training that diverged.
  case failure = 1
  /// The command or the configuration is wrong; nothing was started.
  case usage = 2
}

/// An error that a user reads.
///
/// Its message says what was asked, what must hold, what was found, where, and what to try.
public protocol ApusError: Error, Sendable, CustomStringConvertible {
  /// The whole message, in plain words, without a trailing newline.
  var message: String { get }
  /// Which exit code the program ends with.
  var kind: ErrorKind { get }
}

extension ApusError {
  /// The message, so that printing an error prints what a user can act on.
  public var description: String { message }
}

/// Returns the known names nearest to one that is not known, best first.
///
/// Distance is the number of single-letter insertions, deletions, substitutions and swaps of
/// neighbours (Damerau-Levenshtein, restricted), ignoring case; names further than half of their
/// length are left out, and names that contain the asked one come along.
/// - Parameters:
///   - name: The name that was asked for.
///   - known: The names that exist.
///   - limit: How many to return at most.
public func nearestNames(to name: String, among known: [String], limit: Int = 3) -> [String] {
  let asked = Array(name.lowercased())
  let ranked = known.compactMap { candidate -> (String, Int)? in
    let letters = Array(candidate.lowercased())
    let distance = editDistance(asked, letters)
    let contained = !asked.isEmpty && candidate.lowercased().contains(name.lowercased())
    guard contained || distance * 2 <= max(asked.count, letters.count) else { return nil }
    return (candidate, contained ? min(distance, 2) : distance)
  }
  return ranked.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(limit).map(\.0)
}

/// Returns the sentence that offers near names, or an empty string where none is near.
public func didYouMean(_ name: String, among known: [String]) -> String {
  let near = nearestNames(to: name, among: known)
  return near.isEmpty
    ? "" : " Did you mean " + near.map { "'\($0)'" }.joined(separator: ", ") + "?"
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1] + [Int](repeating: 0, count: b.count)
    for j in 0..<b.count {
      row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
      }
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
