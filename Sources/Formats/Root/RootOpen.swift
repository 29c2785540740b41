import ApusEvents
import ApusKernels

/// Opens a tree or an RNTuple of a ROOT file.
/// - Parameters:
///   - path: The file.
///   - object: `tree`, `directory/tree` or `tree;2`; a directory that holds one tree; nil where the file does.
func openRoot(_ path: String, _ object: String?) throws -> any TableSource {
  let file = try RootFile(path)
  let (key, name) = try file.table(object)
  return try openWithFriends(file, key, name)
}

/// Opens what a key of a table holds: a tree or an RNTuple.
func openTable(_ file: RootFile, _ key: RootKey, _ name: String) throws -> any TableSource {
  key.className == RNTupleTable.className
    ? try RNTupleTable(file, key, path: name) : try RootTable(file, key, path: name)
}

extension RootFile {
  /// Whether objects of a class hold events.
  static func isTable(_ className: String) -> Bool {
    RootTree.isTree(className) || className == RNTupleTable.className
  }

  /// The key of a tree: of this address, or the only one.
  func table(_ object: String?) throws(FormatError) -> (key: RootKey, path: String) {
    var folder = ""
    if let object, !object.allSatisfy({ $0 == "/" }) {
      let found = try key(object)
      if Self.isTable(found.key.className) { return found }
      guard Self.isDirectory(found.key.className) else {
        throw FormatError(
          path, object: object, "a table must be a tree",
          found: "this is an object of class \(found.key.className)",
          remedy: try listOfTrees(), kind: .usage)
      }
      folder = found.path + "/"
    }
    let all = try newestTables().filter { $0.path.hasPrefix(folder) }
    if all.count == 1 { return all[0] }
    throw FormatError(
      path, object: object, "one tree must be meant",
      found: all.isEmpty ? "the file holds none there" : "there are \(all.count)",
      remedy: try listOfTrees(), kind: all.isEmpty ? .failure : .usage)
  }

  /// The trees of the file, of each the newest cycle.
  func newestTables() throws(FormatError) -> [(key: RootKey, path: String)] {
    var best: [String: (key: RootKey, path: String)] = [:]
    var order: [String] = []
    for one in try tree() where Self.isTable(one.key.className) {
      if let known = best[one.path] {
        if known.key.cycle < one.key.cycle { best[one.path] = one }
      } else {
        best[one.path] = one
        order.append(one.path)
      }
    }
    return order.compactMap { best[$0] }
  }

  private func listOfTrees() throws(FormatError) -> String {
    let names = try newestTables().map(\.path)
    guard let first = names.first else { return "'apus inspect \(path)' shows what it holds." }
    return "Name one, for example '\(path):\(first)'. There are: "
      + names.prefix(12).joined(separator: ", ") + "."
  }
}

/// What a ROOT file holds, as `inspect` shows it: trees with their columns, directories, other objects.
func rootItems(
  _ path: String, _ object: String?, _ count: Int
) throws -> (items: [FileDescription.Item], notes: [(key: String, value: String)]) {
  let file = try RootFile(path)
  let wanted = object?.split(separator: "/").joined(separator: "/") ?? ""
  var items: [FileDescription.Item] = []
  for (key, name) in try file.tree() {
    let full = "\(name);\(key.cycle)"
    guard wanted.isEmpty || name == wanted || full == wanted || name.hasPrefix(wanted + "/") else {
      continue
    }
    items.append(try rootItem(file, key, name, count))
  }
  if items.isEmpty, !wanted.isEmpty { _ = try file.key(wanted) }
  let version = "\(file.version / 10000).\(file.version / 100 % 100)/\(file.version % 100)"
  var notes = [(key: "ROOT version", value: version)]
  if try file.rootDirectory().isRecovered {
    notes.append(("recovered", "the list of keys is missing; found by walking over the records"))
  }
  return (items, notes)
}

private func rootItem(
  _ file: RootFile, _ key: RootKey, _ name: String, _ count: Int
) throws -> FileDescription.Item {
  let shown = key.cycle == 1 ? name : "\(name);\(key.cycle)"
  if RootHistogram.isHistogram(key.className) {
    return try RootHistogram(file, key, path: name).item(shown)
  }
  guard RootFile.isTable(key.className) else {
    let kind = RootFile.isDirectory(key.className) ? "directory" : key.className
    return FileDescription.Item(path: shown, kind: kind, shape: [], columns: [])
  }
  let table = try openWithFriends(file, key, name)
  return FileDescription.Item(
    path: shown, kind: "table", shape: [table.count], columns: shownColumns(of: table, count))
}
