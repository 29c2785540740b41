/// Descriptions of classes that a writer puts into its files, so that any version of ROOT can read them.
struct RootClassTable {
  private struct Class {
    var name: Substring
    var version: UInt32
    var checksum: UInt32
    var members: [[Substring]] = []
  }

  private var classes: [Class] = []

  /// Reads a table such as ``tree``.
  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let parts = line.drop { $0 == " " }.split(separator: "|", omittingEmptySubsequences: false)
      if line.hasPrefix(" ") {
        classes[classes.count - 1].members.append(parts)
      } else {
        classes.append(
          Class(
            name: parts[0], version: UInt32(parts[1]) ?? 0,
            checksum: UInt32(parts[2], radix: 16) ?? 0))
      }
    }
  }

  /// The list as it stands in a file: a `TList` of `TStreamerInfo`.
  func list(headerSize: Int) -> [UInt8] {
    var buffer = RootBuffer(headerSize: headerSize)
    buffer.versioned(5) {
      $0.tObject()
      $0.append("")
      $0.append(Int32(classes.count))
      for entry in classes {
        $0.object("TStreamerInfo") { Self.append(entry, &$0) }
        $0.append(UInt8(0))
      }
    }
    return buffer.bytes
  }

  private static func append(_ entry: Class, _ buffer: inout RootBuffer) {
    buffer.versioned(9) {
      $0.tNamed(String(entry.name), "", bits: 0x0001_0000)
      $0.append(entry.checksum, entry.version)
      $0.object("TObjArray") {
        $0.versioned(3) {
          $0.tObject()
          $0.append("")
          $0.append(Int32(entry.members.count), Int32(0))
          for member in entry.members { append(member, &$0) }
        }
      }
    }
  }

  /// The class of a member's description and its version, by the letter of the table.
  private static let kinds: [Substring: (name: String, version: UInt16)] = [
    "B": ("TStreamerBase", 3), "T": ("TStreamerBasicType", 2), "S": ("TStreamerString", 2),
    "O": ("TStreamerObject", 2), "P": ("TStreamerObjectPointer", 2), "A": ("TStreamerObjectAny", 2),
    "V": ("TStreamerBasicPointer", 2), "L": ("TStreamerSTL", 3),
  ]

  private static func append(_ member: [Substring], _ buffer: inout RootBuffer) {
    guard let kind = kinds[member[0]] else { return }
    let numbers = member.map { Int32($0) ?? 0 }
    buffer.object(kind.name) {
      $0.versioned(kind.version) {
        $0.versioned(4) {
          $0.tNamed(String(member[1]), String(member[5]))
          $0.append(numbers[2], numbers[3], Int32(0), Int32(0))
          // The checksum of a base class stands where others have the sizes of an array.
          let checksum = member[0] == "B" ? UInt32(member[7], radix: 16) ?? 0 : 0
          $0.append(UInt32(0), checksum, UInt32(0), UInt32(0), UInt32(0))
          $0.append(String(member[4]))
        }
        switch member[0] {
        case "B": $0.append(numbers[6])
        case "V":
          $0.append(numbers[6])
          $0.append(String(member[7]))
          $0.append(String(member[8]))
        case "L": $0.append(numbers[6], numbers[7])
        default: break
        }
      }
    }
  }
}
