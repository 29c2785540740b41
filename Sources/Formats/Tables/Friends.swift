public import ApusEvents

/// How a friend is named: `name=file.root:tree@run+event`.
///
/// Without a name a friend is called as its tree, or as its file where no tree is named. Behind `@` stand the columns
/// by which its entries are found; without them it stands in the order of the table.
public struct FriendAddress: Sendable, Equatable {
  /// What its columns have in front.
  public var name: String
  /// The file, with its tree where that is named.
  public var address: String
  /// The columns, of the friend and of its table, that tell which entries belong together; empty for their order.
  public var index: [String] = []

  /// Reads a friend's address.
  public init(_ text: String) {
    var rest = text
    name = ""
    if let sign = text.firstIndex(of: "="), sign != text.startIndex,
      !text[..<sign].contains("://")
    {
      name = String(text[..<sign])
      rest = String(text[text.index(after: sign)...])
    }
    // A file whose own name has the sign wins.
    if let sign = rest.lastIndex(of: "@"), !rest[sign...].contains("/"), !fileExists(rest).exists {
      index = rest[rest.index(after: sign)...].split(separator: "+").map(String.init)
      rest = String(rest[..<sign])
    }
    address = rest
    if name.isEmpty { name = Self.name(of: rest) }
  }

  private static func name(of address: String) -> String {
    let file = splitPath(address).name
    let object = file.lastIndex(of: ":").map { file[file.index(after: $0)...] }
    let stem = (object ?? file.prefix { $0 != "." }).prefix { $0 != ";" }
    return String(stem.split(separator: "/").last ?? stem)
  }

  /// The address with another file, as ``init(_:)`` reads it.
  public func text(of file: String) -> String {
    name + "=" + file + (index.isEmpty ? "" : "@" + index.joined(separator: "+"))
  }
}

/// Opens a table with friends beside it.
/// - Parameters:
///   - path: The table, as ``openTable(_:tree:columns:whole:)`` takes it.
///   - tree: The tree, dataset, group or array of the table; nil where there is only one.
///   - friends: Tables as ``FriendAddress`` reads them: of as many entries, or with the columns by which theirs are
///     found. Finding them reads these columns of both tables at once.
///   - whole: The largest text or NPZ file that is read whole.
/// - Throws: ``FormatError`` where a friend can't be read, has another number of entries, or an index that does not tell
///   its entries apart.
public func openTable(
  _ path: String, tree: String? = nil, friends: [String], whole: Int = 256 << 20
) throws -> any TableSource {
  let table = try openTable(path, tree: tree, whole: whole)
  if friends.isEmpty { return table }
  var found: [AlignedTable.Friend] = []
  for friend in friends.map({ FriendAddress($0) }) {
    var other = try openTable(friend.address, whole: whole)
    let files = try TableAddress(friend.address).files + friendFiles(of: other)
    if !friend.index.isEmpty {
      other = try MatchedTable(other, to: table, by: friend.index)
    }
    guard other.count == table.count else {
      throw FormatError(
        friend.address, "a friend must have as many entries as '\(path)' (\(table.count))",
        found: "it has \(other.count)",
        remedy:
          "Make it again from this very table, or name the columns that say which entries belong together: "
          + "'\(friend.address)@run+event'.")
    }
    found.append(.init(name: friend.name, table: .success(other), files: files))
  }
  return AlignedTable(table, found)
}

/// The files of the friends of a table, also of those that it names itself.
public func friendFiles(of table: any TableSource) -> [String] {
  (table as? AlignedTable)?.files ?? []
}

/// What a reader of a table with friends should know: how many entries have no partner in one.
public func friendRemarks(_ table: any TableSource) -> [String] {
  (table as? AlignedTable)?.remarks ?? []
}
