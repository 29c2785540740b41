/// The class of the objects in a `TClonesArray` where only its entries name it.
extension RootTreeBranch {
  /// Looks into the first entry where the tree does not name the class: each array begins with it (`TLorentzVector;4`).
  mutating func nameClones(_ file: RootFile, _ path: String) {
    for i in branches.indices { branches[i].nameClones(file, path) }
    guard clonesName.isEmpty, className == "TClonesArray", branches.isEmpty, obstacle == nil,
      baskets.count > 0, baskets.starts[1] > 0
    else { return }
    let own = self
    let entry = try? RootToolbox().use { tools throws(FormatError) -> [UInt8] in
      let basket = try unsafe file.basket(own, 0, path: path, with: tools)
      return unsafe Array(basket.data.prefix(4096))
    }
    guard let entry else { return }
    var cursor = RootCursor(entry, RootPlace(file: file.path, object: path, offset: 0))
    clonesName = (try? Self.clonesName(&cursor, isNamed: leaves.first?.isNamed ?? false)) ?? ""
  }

  private static func clonesName(
    _ cursor: inout RootCursor, isNamed: Bool
  ) throws(FormatError) -> String {
    if isNamed {
      let length = Int(try cursor.integer(UInt8.self, for: "the name of a class"))
      try cursor.skip(length + 1, for: "the name of a class")
    }
    // The size of the array is that of the whole entry, and may pass what was read here.
    try cursor.skip(4, for: "the size of a TClonesArray")
    let version = try cursor.integer(UInt16.self, for: "the version of a TClonesArray")
    if version > 2 { try cursor.skipTObject() }
    if version > 1 { _ = try cursor.string(for: "the name of a TClonesArray") }
    let name = try cursor.string(for: "the class of a TClonesArray")
    return String(name.prefix { $0 != ";" })
  }
}
