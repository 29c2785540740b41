/// What a `TTree` says of itself: its branches and where their data lie.
struct RootTree: Sendable {
  var name: String
  var title: String
  /// The path of the tree in its file.
  var path: String
  var entries: Int
  var branches: [RootTreeBranch]
  /// The trees that stand beside it, as it says itself.
  var friends: [RootFriend]
  /// Where events are found by numbers of theirs (`TTree::BuildIndex`), not by their order alone: the formulas of
  /// these numbers, empty where they are not known.
  var index: [String]?

  /// Reads the tree of a key.
  /// - Throws: ``FormatError`` where the object is no tree or is damaged.
  init(_ file: RootFile, _ key: RootKey, path: String) throws(FormatError) {
    let cursor = try file.object(key, path: path)
    var reader = RootObjectReader(cursor, try file.streamers())
    let object = try reader.object(key.className)
    guard let entries = object.integer("fEntries"), let branches = object.object("fBranches") else {
      throw cursor.wrong(
        "a tree must have branches",
        object.obstacle ?? "this object of class \(key.className) has none")
    }
    guard entries >= 0 else {
      throw cursor.wrong("the number of a tree's entries must not be negative", "it is \(entries)")
    }
    name = object.text("fName")
    title = object.text("fTitle")
    self.path = path
    self.entries = entries
    // A damaged tree may name a branch again and again.
    var budget = 1_000_000
    var made: [RootTreeBranch] = []
    for branch in branches.elements {
      if let branch { made.append(RootTreeBranch(branch, above: nil, budget: &budget)) }
    }
    self.branches = made
    friends = object.list("fFriends").map {
      RootFriend(name: $0.text("fName"), file: $0.text("fTitle"), tree: $0.text("fTreeName"))
    }
    index = object.object("fTreeIndex").map { index in
      [index.text("fMajorName"), index.text("fMinorName")].filter { !$0.isEmpty && $0 != "0" }
    }
  }

  /// Whether objects of a class are trees.
  static func isTree(_ className: String) -> Bool {
    ["TTree", "TNtuple", "TNtupleD"].contains(className)
  }
}

/// A tree whose entries stand beside those of another (`TFriendElement`).
struct RootFriend: Sendable {
  /// The name that its columns have in front.
  var name: String
  /// Its file; empty where it is the tree's own.
  var file: String
  var tree: String
}

/// A branch: what it holds and where its baskets lie.
struct RootTreeBranch: Sendable {
  var name: String
  var title: String
  /// Its path in the tree, with the branches above it and slashes between.
  var path: String
  /// ROOT's class of the branch itself.
  var kind: String
  var leaves: [RootLeaf]
  var branches: [RootTreeBranch]
  var baskets: RootBaskets
  /// The class that the branch holds, or whose member it is; of branches of members only.
  var className: String
  /// The class of which it is a member; empty for a branch at the top.
  var parentName: String
  /// The class of the elements where it holds a `TClonesArray`; empty where only the entries name it.
  var clonesName: String
  /// The class that the branch above holds.
  var classAbove: String
  /// Whether the branch above is a `TClonesArray` or a container that was split.
  var isInCollection: Bool
  /// How the branch came to be: 0 a leaf, 2 a member class, 3 a `TClonesArray`, 4 a container, 31 and 41 members
  /// of those.
  var type: Int
  /// ROOT's type number of what it holds; -1 for a whole object.
  var streamerType: Int
  /// Why it can't be read, where its data are elsewhere or of a class unknown.
  var obstacle: String?

  init(_ object: RootObject, above: RootTreeBranch?, depth: Int = 0, budget: inout Int) {
    name = object.text("fName")
    title = object.text("fTitle")
    path = above.map { $0.path + "/" + object.text("fName") } ?? object.text("fName")
    kind = object.className
    leaves = object.list("fLeaves").map { RootLeaf($0) }
    className = object.text("fClassName")
    parentName = object.text("fParentName")
    clonesName = object.text("fClonesName")
    classAbove = above?.className ?? ""
    isInCollection =
      above.map { $0.type == 3 || $0.type == 4 || $0.className == "TClonesArray" } ?? false
    type = object.integer("fType") ?? 0
    streamerType = object.integer("fStreamerType") ?? -1
    branches = []
    let found = RootBaskets(object)
    baskets = found ?? RootBaskets()
    obstacle = object.obstacle
    if found == nil { obstacle = "the list of its baskets contradicts itself" }
    if !object.text("fFileName").isEmpty {
      obstacle =
        "its data are in another file, '\(object.text("fFileName"))', which is not followed"
    }
    budget -= 1
    guard depth < 50, budget > 0 else { return }
    let own = self
    var made: [RootTreeBranch] = []
    for branch in object.list("fBranches") where branch !== object && budget > 0 {
      made.append(RootTreeBranch(branch, above: own, depth: depth + 1, budget: &budget))
    }
    branches = made
  }

  /// This branch and all below, in the order of the file.
  var all: [RootTreeBranch] { [self] + branches.flatMap(\.all) }
}

/// A leaf: one variable of a branch.
struct RootLeaf: Sendable {
  var name: String
  var title: String
  var kind: String
  /// The number of values of a fixed array.
  var length: Int
  var isUnsigned: Bool
  /// ROOT's type number, of leaves of members only.
  var type: Int
  /// Whether the name of an object's class stands before it; of leaves of whole objects only.
  var isNamed: Bool
  /// The leaf that holds the number of values of each entry; nil where that is fixed.
  var count: String?

  init(_ object: RootObject) {
    name = object.text("fName")
    title = object.text("fTitle")
    kind = object.className
    length = object.integer("fLen") ?? 1
    isUnsigned = object.integer("fIsUnsigned") ?? 0 != 0
    type = object.integer("fType") ?? 0
    isNamed = object.className == "TLeafObject" && object.integer("fVirtual") ?? 1 != 0
    count = object.object("fLeafCount")?.text("fName")
  }
}

/// Where the baskets of a branch lie.
struct RootBaskets: Sendable {
  /// The positions of the baskets in the file.
  var seeks: [Int]
  /// Their sizes in the file.
  var sizes: [Int]
  /// The first entry of each basket, those in the tree's object included, and behind them the number of all.
  var starts: [Int]
  /// Baskets that stand in the tree's object.
  var embedded: [RootEmbeddedBasket]

  /// The number of baskets of both kinds.
  var count: Int { starts.count - 1 }

  /// No baskets.
  init() { (seeks, sizes, starts, embedded) = ([], [], [0], []) }

  /// Takes the baskets of a branch; nil where their list contradicts itself.
  init?(_ object: RootObject) {
    let allSeeks = object.integers("fBasketSeek")
    let allSizes = object.integers("fBasketBytes")
    let allStarts = object.integers("fBasketEntry")
    let entries = object.integer("fEntries") ?? 0
    // ROOT keeps room for more than it wrote.
    let written = min(object.integer("fWriteBasket") ?? 0, allSeeks.count, allSizes.count)
    var count = 0
    while count < written, allSeeks[count] != 0, count < allStarts.count { count += 1 }
    seeks = allSeeks.prefix(count).map { Int($0) }
    sizes = allSizes.prefix(count).map { Int($0) }
    starts = allStarts.prefix(count).map { Int($0) }
    embedded = object.list("fBaskets").compactMap(\.basket)
    let inTree = embedded.reduce(0) { $0 + $1.count }
    // The end of the last basket in the file: said by the list itself, unless that is full.
    var end = count < allStarts.count ? Int(allStarts[count]) : entries - inTree
    if count == 0 { end = 0 }
    starts.append(end)
    if end == entries { embedded = [] }
    for basket in embedded { starts.append(starts[starts.count - 1] &+ basket.count) }
    let rises = starts.first == 0 && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
    guard rises, seeks.allSatisfy({ $0 > 0 && $0 < 1 << 60 }), sizes.allSatisfy({ $0 > 0 }) else {
      return nil
    }
  }
}
