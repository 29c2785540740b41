import ApusKernels

/// Names of files on other machines.
package enum RemoteName {
  /// How a file is reached.
  enum Way { case http, xrootd }

  /// The way to a name; nil for a file of this machine.
  static func way(_ path: String) -> Way? {
    if path.hasPrefix("https://") || path.hasPrefix("http://") { return .http }
    if path.hasPrefix("root://") || path.hasPrefix("roots://") || path.hasPrefix("xroot://") {
      return .xrootd
    }
    return nil
  }

  /// The file and, behind a colon, the part of it that a name asks for.
  ///
  /// Addresses have colons of their own, so the file must end in one of the endings of tables there.
  package static func split(_ text: String) -> (file: String, object: String?) {
    var end = text.endIndex
    while let colon = text[..<end].lastIndex(of: ":") {
      let front = text[..<colon]
      let path = front.prefix { $0 != "?" }
      if endings.contains(where: { path.hasSuffix($0) }) {
        return (String(front), String(text[text.index(after: colon)...]))
      }
      end = colon
    }
    return (text, nil)
  }

  private static let endings = [".root", ".h5", ".hdf5", ".npz"]

  /// Refuses patterns: nobody tells which files a server has.
  static func checkIsNoPattern(_ text: String) throws(FormatError) {
    let path = text.prefix { $0 != "?" }
    guard path.contains(where: { "*[{".contains($0) }) else { return }
    throw FormatError(
      text, "a file of another machine must be named in full", found: "this is a pattern",
      remedy:
        "Servers do not tell which files they have: list the names, one a line, under 'files'.",
      kind: .usage)
  }
}

/// Whether a name is that of a file on another machine: `https://…`, `http://…`, `root://…`.
public func isRemote(_ path: String) -> Bool { RemoteName.way(path) != nil }
