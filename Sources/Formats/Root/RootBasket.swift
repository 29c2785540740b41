import ApusKernels
import Synchronization

/// The data of one basket in memory, for as long as its decompressor is not used again.
@unsafe struct RootBasket {
  /// The number of entries.
  var count: Int
  /// The bytes of the entries, one behind the other.
  var data: UnsafeRawBufferPointer
  /// The positions of the entries, big-endian, 32 bits each; nil where all entries have one size.
  var positions: UnsafeRawPointer?
  /// What the positions count from: the size of the key before the data.
  var keySize: Int
  /// Where it comes from, for messages.
  var place: RootPlace
}

/// The sizes that stand before a basket's data.
struct RootBasketSizes: Sendable {
  var stored: Int
  var keySize: Int
  var plain: Int
  var count: Int
  /// The size of the entries' data; positions stand behind them.
  var data: Int

  /// How many bytes of a record surely hold them: keys are this long at most, unless names are very long.
  static let usualSize = 512

  /// Reads them from the start of a record; nil where more bytes than these are needed.
  init?(_ head: UnsafeRawBufferPointer, _ place: RootPlace) throws(FormatError) {
    guard head.count >= 18 else { return nil }
    func number(_ offset: Int) -> Int {
      unsafe Int(Int32(bigEndian: head.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }
    func short(_ offset: Int) -> Int {
      unsafe Int(UInt16(bigEndian: head.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }
    stored = number(0)
    plain = number(6)
    keySize = short(14)
    guard keySize >= 26 + RootBasketHeader.size, stored >= keySize, plain >= 0 else {
      throw place.error(
        "a basket must hold its own key",
        "it has \(stored) bytes, its key \(keySize), its data \(plain)")
    }
    guard head.count >= keySize else { return nil }
    let own = keySize - RootBasketHeader.size
    count = number(own + 10)
    data = number(own + 14) - keySize
    guard count >= 0, data >= 0, data <= plain else {
      throw place.error(
        "a basket's entries must lie within its data",
        "\(count) entries end at byte \(data) of \(plain)")
    }
  }
}

extension RootFile {
  /// Reads the sizes of a basket that is in the file.
  func basketSizes(_ branch: RootTreeBranch, _ number: Int, _ place: RootPlace) throws(FormatError)
    -> RootBasketSizes
  {
    let baskets = branch.baskets
    if number >= baskets.seeks.count {
      let basket = baskets.embedded[number - baskets.seeks.count]
      return RootBasketSizes(basket)
    }
    let (seek, stored) = (baskets.seeks[number], baskets.sizes[number])
    var wanted = min(RootBasketSizes.usualSize, stored)
    while true {
      let head = try bytes(at: seek, count: wanted, place.object, for: "a basket")
      let found = try unsafe head.withUnsafeBufferPointer { bytes throws(FormatError) in
        try unsafe RootBasketSizes(UnsafeRawBufferPointer(bytes), place)
      }
      if let found {
        guard found.stored <= stored else { throw Self.tooLarge(found, stored, place) }
        return found
      }
      guard wanted < stored else {
        throw place.error("a basket must hold its own key", "it has only \(stored) bytes")
      }
      wanted = min(stored, wanted * 16)
    }
  }

  private static func tooLarge(_ found: RootBasketSizes, _ stored: Int, _ place: RootPlace)
    -> FormatError
  {
    place.error(
      "a basket must have the size that its tree says (\(stored) bytes)",
      "it says \(found.stored) itself")
  }

  /// Reads a basket and decompresses it into the memory of a decompressor.
  func basket(_ branch: RootTreeBranch, _ number: Int, path: String, with tools: RootDecompressor)
    throws(FormatError) -> RootBasket
  {
    let baskets = branch.baskets
    guard number < baskets.seeks.count else {
      return unsafe baskets.embedded[number - baskets.seeks.count].basket(
        RootPlace(file: self.path, object: path, offset: 0), tools)
    }
    let (seek, size) = (baskets.seeks[number], baskets.sizes[number])
    var place = RootPlace(file: self.path, object: path, offset: seek)
    // The size is checked against the file before memory is taken for it.
    guard size <= self.size, seek <= self.size - size else {
      throw place.error(
        "a basket must lie within the file",
        "it needs \(size) bytes there, and the file has \(self.size) in all")
    }
    let stored = unsafe tools.roomForStored(size)
    try unsafe read(into: stored, at: seek, path, for: "a basket")
    guard let sizes = try unsafe RootBasketSizes(UnsafeRawBufferPointer(stored), place) else {
      throw place.error("a basket must hold its own key", "it has only \(size) bytes")
    }
    guard sizes.stored <= size else { throw Self.tooLarge(sizes, size, place) }
    let body = unsafe UnsafeRawBufferPointer(rebasing: stored[sizes.keySize..<sizes.stored])
    place.offset = seek + sizes.keySize
    guard body.count != sizes.plain else { return try unsafe RootBasket(sizes, body, place) }
    place.isDecompressed = true
    try unsafe RootDecompressor.checkClaim(body, size: sizes.plain, place)
    let plain = unsafe tools.roomForPlain(sizes.plain)
    try unsafe tools.decompress(body, into: plain, place)
    return try unsafe RootBasket(sizes, UnsafeRawBufferPointer(plain), place)
  }
}

extension RootBasket {
  /// Finds the parts of a basket's decompressed data.
  init(_ sizes: RootBasketSizes, _ plain: UnsafeRawBufferPointer, _ place: RootPlace)
    throws(FormatError)
  {
    unsafe count = sizes.count
    unsafe data = unsafe UnsafeRawBufferPointer(rebasing: plain[..<sizes.data])
    unsafe keySize = sizes.keySize
    unsafe self.place = place
    unsafe positions = nil
    guard plain.count > sizes.data else { return }
    let room = (plain.count - sizes.data - 4) / 4
    guard unsafe room >= count else {
      throw place.error(
        at: sizes.data, of: plain.count, "a basket must hold the position of every entry",
        unsafe "there is room for \(room) of \(count)")
    }
    unsafe positions = unsafe plain.baseAddress.map { unsafe $0 + sizes.data + 4 }
  }

  /// Where an entry's bytes are.
  func range(of entry: Int) throws(FormatError) -> Range<Int> {
    guard unsafe positions != nil else {
      throw unsafe place.error(
        "a basket must hold the position of every entry", "this one has none")
    }
    let start = unsafe position(entry)
    let end = unsafe entry + 1 < count ? position(entry + 1) : data.count
    guard start >= 0, start <= end, unsafe end <= data.count else {
      throw unsafe place.error(
        "an entry must lie within its basket",
        unsafe "entry \(entry) goes from byte \(start) to \(end) of \(data.count)")
    }
    return start..<end
  }

  private func position(_ entry: Int) -> Int {
    guard let positions = unsafe positions else { return 0 }
    let value = unsafe positions.loadUnaligned(fromByteOffset: 4 * entry, as: Int32.self)
    return unsafe Int(Int32(bigEndian: value)) - keySize
  }
}

extension RootEmbeddedBasket {
  /// The basket in the memory of a decompressor.
  fileprivate func basket(_ place: RootPlace, _ tools: RootDecompressor) -> RootBasket {
    let room = unsafe tools.roomForPlain(data.count + (positions?.count ?? 0))
    unsafe room.copyBytes(from: data)
    var start: UnsafeRawPointer?
    if let positions, let base = room.baseAddress {
      unsafe UnsafeMutableRawBufferPointer(rebasing: room[data.count...]).copyBytes(from: positions)
      unsafe start = unsafe UnsafeRawPointer(base + data.count)
    }
    return unsafe RootBasket(
      count: count, data: UnsafeRawBufferPointer(rebasing: room[..<data.count]), positions: start,
      keySize: keySize, place: place)
  }
}

extension RootBasketSizes {
  /// The sizes of a basket that stands in its tree.
  fileprivate init(_ basket: RootEmbeddedBasket) {
    stored = 0
    keySize = basket.keySize
    count = basket.count
    data = basket.data.count
    plain = data + (basket.positions.map { $0.count + 4 } ?? 0)
  }
}

/// Decompressors that threads borrow, so that none is made twice.
///
/// A decompressor is in the list or with one thread, never both; that makes it safe to hand over.
final class RootToolbox: Sendable {
  private struct Box: @unchecked Sendable {
    let tools: RootDecompressor
  }

  private let free = Mutex<[Box]>([])

  /// Runs `body` with a decompressor that nobody else has.
  func use<Result>(_ body: (RootDecompressor) throws(FormatError) -> Result) throws(FormatError)
    -> Result
  {
    let box = free.withLock { $0.popLast() } ?? Box(tools: RootDecompressor())
    defer { free.withLock { $0.append(box) } }
    return try body(box.tools)
  }
}
