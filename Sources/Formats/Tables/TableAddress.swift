import ApusKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a table is: one file or several, and what inside them.
struct TableAddress: Equatable {
  var files: [String]
  /// The dataset, group or array; nil where none is named.
  var object: String?

  /// Reads `file`, `file:object`, `folder/*.h5` and `folder/*.h5:object`.
  /// - Throws: ``FormatError`` where no file matches.
  init(_ text: String, object: String? = nil) throws(FormatError) {
    self.object = object
    if isRemote(text) {
      try RemoteName.checkIsNoPattern(text)
      let parts = object == nil ? RemoteName.split(text) : (file: text, object: nil)
      files = [parts.file]
      self.object = object ?? parts.object
      return
    }
    if fileExists(text).exists {
      files = [text]
      return
    }
    if object == nil, let colon = text.lastIndex(of: ":") {
      let front = String(text[..<colon])
      let matches = fileExists(front).exists ? [front] : Self.matches(front)
      if !matches.isEmpty, !front.isEmpty {
        files = matches
        self.object = String(text[text.index(after: colon)...])
        return
      }
    }
    files = Self.matches(text)
    guard files.isEmpty else { return }
    if Self.isPattern(text) {
      throw FormatError(
        text, "a pattern must match at least one file", found: "it matches none",
        remedy: "Try 'ls \(text)'; the working folder is where the program was started.")
    }
    // The reader's own words for what is wrong with the name.
    _ = try fileSize(text)
    files = [text]
  }

  private static func isPattern(_ text: String) -> Bool {
    text.contains { "*?[{".contains($0) }
  }

  /// The files that a pattern matches, in alphabetical order.
  private static func matches(_ pattern: String) -> [String] {
    guard isPattern(pattern) else { return [] }
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    guard unsafe glob(pattern, GLOB_BRACE, nil, &found) == 0, let paths = unsafe found.gl_pathv
    else { return [] }
    return unsafe (0..<Int(found.gl_pathc)).compactMap {
      unsafe paths[$0].map { unsafe String(cString: $0) }
    }
    .filter { !fileExists($0).isFolder }
  }
}
