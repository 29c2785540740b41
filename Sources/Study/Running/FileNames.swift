internal import ApusFormats
internal import ApusKernels
internal import FoundationEssentials

/// The folder that relative names of a configuration start from.
func configurationFolder(_ path: String) -> String {
  let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  return URL(fileURLWithPath: absolute).deletingLastPathComponent().path
}

/// The files of a name or pattern: beside the configuration, else in the current folder.
/// - Throws: ``StudyError/noFiles(pattern:folder:)``, or ``StudyError/unreadable(_:what:near:)`` for a plain name.
func expandFiles(_ pattern: String, base: String) throws(StudyError) -> [String] {
  // Files of other machines are looked for when they are opened.
  if isRemote(pattern) { return [pattern] }
  // `file.h5:group` names a part of a file; a colon in a file's own name wins.
  if let colon = pattern.lastIndex(of: ":"), colon != pattern.startIndex,
    let files = try? expandPlain(String(pattern[..<colon]), base: base),
    (try? expandPlain(pattern, base: base)) == nil
  {
    return files.map { $0 + pattern[colon...] }
  }
  return try expandPlain(pattern, base: base)
}

private func expandPlain(_ pattern: String, base: String) throws(StudyError) -> [String] {
  if pattern.hasPrefix("/") || pattern.hasPrefix("~") {
    return try existing(pattern, full: home(pattern), base: base)
  }
  let beside = base + "/" + pattern
  let found = matches(beside)
  // What lies under the current folder is shown the short way that the user typed.
  let here = FileManager.default.currentDirectoryPath + "/"
  if !found.isEmpty {
    return found.map { $0.hasPrefix(here) ? String($0.dropFirst(here.count)) : $0 }
  }
  return try existing(pattern, full: pattern, base: base)
}

private func home(_ path: String) -> String {
  guard path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] else {
    return path
  }
  return home + path.dropFirst(1)
}

private func existing(_ pattern: String, full: String, base: String) throws(StudyError) -> [String]
{
  let found = matches(full)
  if !found.isEmpty { return found }
  if full.contains("*") || full.contains("?") { throw .noFiles(pattern: pattern, folder: base) }
  let near = Set(nearbyFiles(full) + nearbyFiles(base + "/" + pattern))
    .subtracting([URL(fileURLWithPath: full).lastPathComponent]).sorted()
  for place in [base + "/" + pattern, full] {
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place) else {
      continue
    }
    throw .unreadable(pattern, what: "the events behind this link to '\(target)'", near: near)
  }
  throw .unreadable(pattern, what: "the events", near: near)
}

/// All files that fit a path whose parts may hold `*` and `?`, sorted by name.
func matches(_ pattern: String) -> [String] {
  if !pattern.contains("*"), !pattern.contains("?") {
    return FileManager.default.fileExists(atPath: pattern) ? [pattern] : []
  }
  var found = [pattern.hasPrefix("/") ? "/" : ""]
  for part in pattern.split(separator: "/").map(String.init) {
    found = found.flatMap { folder -> [String] in
      let start = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
      if !part.contains("*"), !part.contains("?") {
        return FileManager.default.fileExists(atPath: start + part) ? [start + part] : []
      }
      let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
      return names.filter { fits($0, part) && ($0.first != "." || part.first == ".") }.sorted()
        .map { start + $0 }
    }
  }
  return found
}

/// Whether a name fits a pattern in which `*` stands for any letters and `?` for one.
///
/// Cost: the product of the lengths at most; no pattern makes it slow.
func fits(_ name: String, _ pattern: String) -> Bool {
  let (letters, signs) = (Array(name), Array(pattern))
  var (i, j) = (0, 0)
  var star: (sign: Int, letter: Int)?
  while i < letters.count {
    if j < signs.count, signs[j] == "*" {
      star = (j, i)
      j += 1
    } else if j < signs.count, signs[j] == "?" || signs[j] == letters[i] {
      i += 1
      j += 1
    } else if let last = star {
      star = (last.sign, last.letter + 1)
      (i, j) = (last.letter + 1, last.sign + 1)
    } else {
      return false
    }
  }
  return signs[j...].allSatisfy { $0 == "*" }
}
