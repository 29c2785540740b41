import ApusEvents

/// The first line of a text file for TMVA and `TTree::ReadFile`: names with types, `px/F:py:run/I`.
///
/// A type is one letter: F and D are float32 and float64; B, S, I, L int8 to int64; b, s, i, l the same
/// without sign; O a truth value, C text. A name without a type has that of the name before; the first is F.
struct TmvaHeader: Equatable {
  var names: [String]
  var types: [Character]

  static let letters = "FDBSILbsilOC"

  /// Reads a header; nil where the line is none: it needs a type, and a colon or a type of F, D or I.
  init?(_ line: some Sequence<UInt8>) {
    let text = String(decoding: Array(line), as: UTF8.self)
    let trimmed = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
    let fields = String(trimmed).split(separator: ":", omittingEmptySubsequences: false)
    var type: Character = "F"
    var isTyped = false
    names = []
    types = []
    for field in fields {
      let parts = field.split(separator: "/", omittingEmptySubsequences: false)
      guard let name = parts.first, Self.isName(name), parts.count <= 2 else { return nil }
      if parts.count == 2 {
        guard parts[1].count == 1, let letter = parts[1].first, Self.letters.contains(letter) else {
          return nil
        }
        type = letter
        isTyped = true
      }
      names.append(String(name))
      types.append(type)
    }
    guard isTyped, names.count > 1 || "FDI".contains(types[0]) else { return nil }
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.first, first.isLetter || first == "_" else { return false }
    return text.allSatisfy { $0.isLetter || $0.isNumber || "_.".contains($0) }
  }

  /// The values of a column in the type that the header gives it.
  /// - Throws: ``FormatError`` where a value is none of that type.
  static func typed(
    _ values: Column.Values, _ type: Character, column: String, file: String
  ) throws(FormatError) -> Column.Values {
    if type == "C" { return values }
    if let doubles = values.doubles, "FD".contains(type) {
      return type == "D" ? .float64(doubles) : .float32(doubles.map { Float($0) })
    }
    if case .int64(let whole) = values, let narrow = narrowed(whole, type) { return narrow }
    let bits = ["b": "8", "s": "16", "i": "32", "l": "64"][type.lowercased()]
    let kind =
      bits.map { "whole numbers of \($0) bits\(type.isLowercase ? " without sign" : "")" }
      ?? ("FD".contains(type) ? "numbers" : "truth values")
    throw FormatError(
      file, object: column, "a column of type /\(type) must hold \(kind)",
      found: "it holds others", remedy: "Write another type into the first line.")
  }

  private static func narrowed(_ values: [Int64], _ type: Character) -> Column.Values? {
    func all<T: FixedWidthInteger>(_ type: T.Type) -> [T]? {
      guard values.allSatisfy({ T(exactly: $0) != nil }) else { return nil }
      return values.map { T(truncatingIfNeeded: $0) }
    }
    return switch type {
    case "B": all(Int8.self).map { .integers(.int8($0)) }
    case "S": all(Int16.self).map { .integers(.int16($0)) }
    case "I": all(Int32.self).map { .integers(.int32($0)) }
    case "b": all(UInt8.self).map { .integers(.uint8($0)) }
    case "s": all(UInt16.self).map { .integers(.uint16($0)) }
    case "i": all(UInt32.self).map { .integers(.uint32($0)) }
    case "l": all(UInt64.self).map { .integers(.uint64($0)) }
    case "L": .int64(values)
    case "O":
      values.allSatisfy { $0 == 0 || $0 == 1 } ? .integers(.bool(values.map { $0 == 1 })) : nil
    default: nil
    }
  }
}
