import ApusEvents
import ApusKernels

/// Opens what a key of a table holds, with the friends that a tree names, and theirs.
func openWithFriends(_ file: RootFile, _ key: RootKey, _ name: String) throws -> any TableSource {
  let table = try openTable(file, key, name)
  guard let tree = table as? RootTable, !tree.friends.isEmpty else { return table }
  var finder = RootFriendFinder(visited: [file.path + ":" + name])
  finder.follow(tree, of: file, below: [], around: nil)
  return AlignedTable(tree, finder.found)
}

/// Follows the friends of a tree and the friends of these.
private struct RootFriendFinder {
  /// Trees that are open already: friends may name each other.
  var visited: Set<String>
  var found: [AlignedTable.Friend] = []

  /// Deeper than this nobody arranges friends.
  private static let greatestDepth = 8

  /// Adds the friends of a tree.
  /// - Parameters:
  ///   - tree: The tree whose friends are looked for.
  ///   - file: Its file.
  ///   - path: The names of the friends on the way to it.
  ///   - matched: The tree in the order of the first one, where an index brought it there.
  mutating func follow(
    _ tree: RootTable, of file: RootFile, below path: [String], around matched: MatchedTable?
  ) {
    var next: [(RootTable, RootFile, [String], MatchedTable?)] = []
    for friend in tree.friends {
      let known = Set(found.map(\.name))
      let name =
        known.contains(friend.name) ? (path + [friend.name]).joined(separator: ".") : friend.name
      do throws(FormatError) {
        let (other, table) = try Self.open(friend, of: file)
        // What names a tree that stands there already adds nothing.
        guard visited.insert(table.source).inserted else { continue }
        let beside = try Self.beside(table, tree, around: matched)
        found.append(.init(name: name, table: .success(beside), files: [other.path]))
        if path.count + 1 < Self.greatestDepth, !table.friends.isEmpty {
          next.append((table, other, path + [friend.name], beside as? MatchedTable))
        }
      } catch {
        found.append(.init(name: name, table: .failure(error)))
      }
    }
    for one in next { follow(one.0, of: one.1, below: one.2, around: one.3) }
  }

  /// A friend in the order of the first tree: by its index where it has one.
  private static func beside(
    _ friend: RootTable, _ tree: RootTable, around matched: MatchedTable?
  ) throws(FormatError) -> any TableSource {
    var table: any TableSource = friend
    if let index = friend.indexFormulas {
      let names = Set(friend.knownNames)
      guard !index.isEmpty, index.allSatisfy({ names.contains($0) }) else {
        throw FormatError(
          friend.source, "the index of a friend must be of columns",
          found: "it is of '\(index.joined(separator: "', '"))'",
          remedy: "Name the friend in the configuration, with columns to find its entries by: "
            + "'file.root:tree@run+event'.")
      }
      do { table = try MatchedTable(friend, to: tree, by: index) } catch {
        if let known = error as? FormatError { throw known }
        throw FormatError(
          friend.source, "the index of a friend must be of columns of both trees",
          found: (error as? any ApusError)?.message ?? "\(error)")
      }
    } else if friend.count != tree.count, matched != nil {
      throw FormatError(
        friend.source, "a friend must have as many entries as '\(tree.source)' (\(tree.count))",
        found: "it has \(friend.count)")
    }
    return matched.map { $0.alongside(table) } ?? table
  }

  /// Opens a friend: of the same file, or of one that ROOT would find from the working folder, or beside the tree's.
  private static func open(
    _ friend: RootFriend, of file: RootFile
  ) throws(FormatError) -> (RootFile, RootTable) {
    var other = file
    if isRemote(friend.file) {
      other = try RootFile(friend.file)
    } else if isRemote(file.path), !friend.file.isEmpty {
      other = try RootFile(splitPath(file.path).folder + "/" + friend.file)
    } else if !friend.file.isEmpty {
      let beside = splitPath(file.path).folder + "/" + friend.file
      let isBeside = !fileExists(friend.file).exists && fileExists(beside).exists
      other = try RootFile(isBeside ? beside : friend.file)
    }
    let (key, name) = try other.table(friend.tree)
    guard RootTree.isTree(key.className) else {
      throw FormatError(
        other.path, object: name, "a friend of a tree must be a tree", found: "it is an RNTuple")
    }
    return (other, try RootTable(other, key, path: name))
  }
}
