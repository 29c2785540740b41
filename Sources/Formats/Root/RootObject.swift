/// An object of a ROOT file that was read member by member, as the file describes its class.
///
/// The members of base classes stand beside its own: names do not repeat in the classes that are read so.
final class RootObject {
  let className: String
  var version = 0
  var members: [String: RootValue] = [:]
  /// The elements of a list or array of objects.
  var elements: [RootObject?] = []
  /// The bytes of an embedded basket.
  var basket: RootEmbeddedBasket?
  /// Why members are missing, where some are.
  var obstacle: String?

  init(_ className: String) { self.className = className }

  func text(_ name: String) -> String {
    if case .text(let value)? = members[name] { return value }
    return ""
  }

  func integer(_ name: String) -> Int? {
    switch members[name] {
    case .integer(let value): Int(value)
    case .real(let value): Int(exactly: value.rounded(.towardZero))
    default: nil
    }
  }

  func real(_ name: String) -> Double? {
    switch members[name] {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }

  func integers(_ name: String) -> [Int64] {
    if case .integers(let values)? = members[name] { return values }
    return []
  }

  func reals(_ name: String) -> [Double] {
    switch members[name] {
    case .integers(let values): values.map { Double($0) }
    case .reals(let values): values
    default: []
    }
  }

  func object(_ name: String) -> RootObject? {
    if case .object(let value)? = members[name] { return value }
    return nil
  }

  /// The objects of a member that is a list.
  func list(_ name: String) -> [RootObject] { object(name)?.elements.compactMap(\.self) ?? [] }
}

/// The value of a member.
enum RootValue {
  case integer(Int64)
  case real(Double)
  case text(String)
  case integers([Int64])
  case reals([Double])
  case object(RootObject)
}

/// A basket that stands in its tree's object, uncompressed, instead of at a place of its own.
struct RootEmbeddedBasket: Sendable {
  /// The number of its entries.
  var count: Int
  /// The size of the key that stood before the data; positions of entries count from its start.
  var keySize: Int
  /// The data of the entries.
  var data: [UInt8]
  /// The positions of the entries, big-endian, 32 bits each; nil where all entries have one size.
  var positions: [UInt8]?
}
