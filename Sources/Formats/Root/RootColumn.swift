import ApusEvents

/// A column of a tree: a branch, one of its leaves, or a member of the objects in it.
struct RootColumn: Sendable {
  var description: ColumnDescription
  /// Other names by which it can be asked for: its path with slashes and with dots, the branch's own spelling.
  var aliases: [String]
  var branch: RootTreeBranch
  /// How it is written; nil where the description has an obstacle.
  var layout: RootLayout?
}

/// How the entries of a branch are written.
enum RootLayout: Sendable {
  /// Numbers of one count in every entry: `shape` is empty for one number; an entry has `stride` bytes, and they
  /// start `offset` bytes behind its start.
  case fixed(RootElement, shape: [Int], stride: Int, offset: Int)
  /// As many elements as an entry has room for, behind `header` bytes; `inner` is the shape of an element.
  case lists(RootElement, header: Int, inner: [Int], count: String?)
  /// Anything else; the column is the leaf of this number of the node's.
  case entries(RootNode, leaf: Int)
}

extension RootLayout {
  /// The type of the column, as NumPy's words have it.
  var typeName: String {
    func shaped(_ element: RootElement, _ shape: [Int]) -> String {
      element.typeName + shape.map { "[\($0)]" }.joined()
    }
    return switch self {
    case .fixed(let element, let shape, _, _): shaped(element, shape)
    case .lists(let element, _, let inner, _): "list<\(shaped(element, inner))>"
    case .entries(let node, let leaf): node.leaves[leaf].type
    }
  }
}

/// Finds the columns of a tree.
///
/// A branch gives one column of its own name, as the last part of uproot's keys; a branch of several leaves gives
/// `branch.leaf`, a branch of whole objects `branch.member` (`branch.member.member` of objects in objects). Brackets
/// of array sizes at the end are left away. Where two columns would have one name, those behind the first are named
/// by their path, with dots.
struct RootSchema {
  var columns: [RootColumn] = []
  private var parser: RootTypeParser
  private var names: Set<String> = []

  init(_ tree: RootTree, _ streamers: RootStreamers) {
    parser = RootTypeParser(streamers)
    for branch in tree.branches.flatMap(\.all) { add(branch) }
  }

  private mutating func add(_ branch: RootTreeBranch) {
    // What was split into branches below has no values of its own, but containers have their count.
    let isCounter =
      branch.leaves.count == 1 && branch.baskets.count > 0
      && (branch.type == 3 || branch.type == 4)
    guard branch.branches.isEmpty || isCounter else { return }
    do throws(RootObstacle) {
      if let obstacle = branch.obstacle { throw RootObstacle(obstacle) }
      if isCounter, !branch.branches.isEmpty {
        add(branch, "", .fixed(.int32, shape: [], stride: 4, offset: 0))
        return
      }
      for (suffix, layout) in try layouts(of: branch) { add(branch, suffix, layout) }
    } catch {
      add(branch, "", nil, obstacle: error.reason)
    }
  }

  private mutating func add(
    _ branch: RootTreeBranch, _ suffix: String, _ layout: RootLayout?, obstacle: String? = nil
  ) {
    let tail = suffix.isEmpty ? "" : "." + suffix
    let own = Self.withoutSizes(branch.name)
    let path = Self.withoutSizes(branch.path)
    let dotted = path.replacing("./", with: ".").replacing("/", with: ".") + tail
    var name = (own.last == "." ? String(own.dropLast()) : own) + tail
    if !names.insert(name).inserted {
      name = dotted
      var number = 2
      while !names.insert(name).inserted {
        name = dotted + "_\(number)"
        number += 1
      }
    }
    let slashed = branch.path + (suffix.isEmpty ? "" : "/" + suffix.replacing(".", with: "/"))
    let type = layout?.typeName ?? (branch.className.isEmpty ? branch.kind : branch.className)
    let title = branch.title == branch.name || Self.isLeafList(branch) ? "" : branch.title
    columns.append(
      RootColumn(
        description: ColumnDescription(
          name, type: type, title: title,
          obstacle: obstacle.map { "branch '\(branch.path)' can't be read: \($0)" }),
        aliases: [
          branch.name + tail, slashed, path + (suffix.isEmpty ? "" : "/" + suffix), dotted,
        ],
        branch: branch, layout: layout))
  }

  /// Whether a branch's title is only the list of its leaves (`x/F`), as ROOT makes it.
  private static func isLeafList(_ branch: RootTreeBranch) -> Bool {
    let parts = branch.title.split(separator: ":")
    return !parts.isEmpty
      && parts.allSatisfy { part in
        let pieces = part.split(separator: "/")
        return pieces.count == 2 && pieces[1].count == 1
      }
  }

  private static func withoutSizes(_ name: String) -> String {
    guard name.last == "]", let open = name.firstIndex(of: "[") else { return name }
    return String(name[..<open])
  }
}

extension RootSchema {
  /// The layouts of a branch without branches below it, each with what its column's name has behind the
  /// branch's.
  private mutating func layouts(of branch: RootTreeBranch) throws(RootObstacle)
    -> [(String, RootLayout)]
  {
    guard ["TBranch", "TBranchElement", "TBranchObject"].contains(branch.kind) else {
      throw RootObstacle("branches of class \(branch.kind) are not read")
    }
    guard let leaf = branch.leaves.first else { throw RootObstacle("it has no leaf") }
    if branch.leaves.count > 1 { return try leafList(branch) }
    if let element = try element(of: leaf, in: branch) {
      let (dims, isJagged) = Self.dimensions(leaf)
      if leaf.count != nil || isJagged && leaf.count == nil && leaf.kind != "TLeafElement" {
        return [("", .lists(element, header: 0, inner: dims, count: leaf.count))]
      }
      let width = dims.reduce(1, *)
      return [("", .fixed(element, shape: dims, stride: width * element.size, offset: 0))]
    }
    if leaf.kind == "TLeafElement", (41..<60).contains(leaf.type) {
      // One byte stands before the values, which fill the entry.
      let packed = RootPacking.element(type: leaf.type - 40, title: member(of: branch)?.title ?? "")
      guard let element = packed ?? RootElement(type: leaf.type - 40) else {
        throw RootObstacle("arrays of type \(leaf.type - 40) are not read")
      }
      return [("", .lists(element, header: 1, inner: [], count: nil))]
    }
    if leaf.kind == "TLeafC" { return [("", .entries(.text(.short(hasHeader: false)), leaf: 0))] }
    var node = try node(of: branch, leaf)
    if leaf.kind == "TLeafObject", leaf.isNamed { node = .named(branch.className, node) }
    if case .list(.version, .number(let element)) = node, element.isPlain {
      return [("", .lists(element, header: 10, inner: [], count: nil))]
    }
    let leaves = node.leaves
    guard !leaves.isEmpty else { throw RootObstacle("class \(branch.className) has no members") }
    return leaves.enumerated().map { ($1.path, .entries(node, leaf: $0)) }
  }

  /// The columns of a branch of several leaves, which stand side by side in every entry.
  private func leafList(_ branch: RootTreeBranch) throws(RootObstacle) -> [(String, RootLayout)] {
    var parts: [(name: String, element: RootElement, shape: [Int], offset: Int)] = []
    var stride = 0
    for leaf in branch.leaves {
      guard let element = try element(of: leaf, in: branch) else {
        throw RootObstacle("its leaf '\(leaf.name)' is not of numbers")
      }
      guard leaf.count == nil else {
        throw RootObstacle("one of several leaves ('\(leaf.name)') has no fixed size")
      }
      let (dims, _) = Self.dimensions(leaf)
      parts.append((leaf.name, element, dims, stride))
      stride += dims.reduce(1, *) * element.size
    }
    return parts.map {
      ($0.name, .fixed($0.element, shape: $0.shape, stride: stride, offset: $0.offset))
    }
  }

  /// The number of a leaf; nil where it holds something else.
  private func element(of leaf: RootLeaf, in branch: RootTreeBranch) throws(RootObstacle)
    -> RootElement?
  {
    switch leaf.kind {
    case "TLeafO": return .bool
    case "TLeafB": return leaf.isUnsigned ? .uint8 : .int8
    case "TLeafS": return leaf.isUnsigned ? .uint16 : .int16
    case "TLeafI": return leaf.isUnsigned ? .uint32 : .int32
    case "TLeafL", "TLeafG": return leaf.isUnsigned ? .uint64 : .int64
    case "TLeafF": return .float32
    case "TLeafD": return .float64
    case "TLeafF16", "TLeafD32":
      let type = leaf.kind == "TLeafF16" ? 19 : 9
      guard let element = RootPacking.element(type: type, title: leaf.title) else {
        throw RootObstacle("the packing of leaf '\(leaf.title)' is not understood")
      }
      return element
    case "TLeafElement":
      guard (0..<20).contains(leaf.type) || (21..<40).contains(leaf.type) else { return nil }
      let type = leaf.type % 20
      if type == 9 || type == 19 {
        return RootPacking.element(type: type, title: member(of: branch)?.title ?? "")
      }
      return type == 7 ? nil : RootElement(type: type)
    default: return nil
    }
  }

  /// The sizes in the brackets of a leaf's title, and whether one of them is a name.
  ///
  /// Brackets with a comma hold the range of a packed number.
  static func dimensions(_ leaf: RootLeaf) -> (dims: [Int], isJagged: Bool) {
    let parts = leaf.title.split(separator: "[").dropFirst().compactMap { part in
      part.firstIndex(of: "]").map { String(part[..<$0]) }
    }.filter { !$0.contains(",") }
    if leaf.kind == "TLeafC" { return ([], false) }
    var dims = parts.compactMap { Int($0) }.filter { $0 > 0 && $0 < 1 << 31 }
    let isJagged = dims.count < parts.count
    let total = dims.reduce((1, false)) { sum, size in
      let (value, overflow) = sum.0.multipliedReportingOverflow(by: size)
      return (value, sum.1 || overflow || value > 1 << 31)
    }
    if total.1 { return ([], isJagged) }
    // What the title does not say stands before it: `ROOT::Math::SVector<double, 6>` has no brackets.
    let (left, rest) = leaf.length.quotientAndRemainder(dividingBy: max(1, total.0))
    if left > 1, rest == 0, left < 1 << 31 { dims.insert(left, at: 0) }
    return (dims, isJagged)
  }

  /// The description of the member that a branch holds.
  private func member(of branch: RootTreeBranch) -> RootMember? {
    let name = Self.withoutSizes(String(branch.name.split(separator: ".").last ?? ""))
    for className in [branch.className, branch.parentName, branch.classAbove]
    where !className.isEmpty {
      if let found = member(name, of: className, depth: 0) { return found }
    }
    return nil
  }

  private func member(_ name: String, of className: String, depth: Int) -> RootMember? {
    guard depth < 20 else { return nil }
    let plain = RootTypeParser.plain(className)
    let found = parser.streamers.description(className) ?? parser.streamers.description(plain)
    for member in found?.members ?? [] {
      if member.kind == "TStreamerBase" {
        if let inner = self.member(name, of: member.name, depth: depth + 1) { return inner }
      } else if member.name == name {
        return member
      }
    }
    return nil
  }

  /// How the entries of a branch of objects are written.
  private mutating func node(of branch: RootTreeBranch, _ leaf: RootLeaf) throws(RootObstacle)
    -> RootNode
  {
    if branch.streamerType == 65 { return .text(.short(hasHeader: false)) }
    if branch.className == "TClonesArray" || branch.className == "TClonesArray*" {
      guard !branch.clonesName.isEmpty else {
        throw RootObstacle("the class of its TClonesArray is not named")
      }
      return .clones(try parser.record(branch.clonesName))
    }
    if branch.parentName.isEmpty {
      guard !branch.className.isEmpty else {
        throw RootObstacle("leaves of class \(leaf.kind) are not read")
      }
      return try parser.node(branch.className)
    }
    guard let member = member(of: branch) else {
      throw RootObstacle(
        "its class \(branch.className.isEmpty ? branch.parentName : branch.className) is not "
          + "described in the file")
    }
    return try memberNode(branch, member)
  }

  /// How a member that was split off is written.
  private mutating func memberNode(_ branch: RootTreeBranch, _ member: RootMember)
    throws(RootObstacle) -> RootNode
  {
    let type =
      [63, 68].contains(member.type)
      ? member.typeName.replacing("*", with: "") : member.typeName
    if branch.isInCollection {
      return .rest(try parser.node(type, hasHeader: false, textHasHeader: false))
    }
    let node = try parser.node(type, textHasHeader: true)
    return member.arrayLength > 0 && ![300, 500].contains(member.type)
      ? .array(shape: member.shape, node) : node
  }
}
