import ApusEvents
import ApusKernels

/// The header of a safetensors file: names, types and places of its tensors, and its metadata.
///
/// Format: a length of eight bytes (little-endian), a JSON object padded with blanks to a multiple of
/// eight, then the data without gaps (github.com/huggingface/safetensors).
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var type: String
    var shape: [Int]
    /// The bytes behind the header.
    var range: Range<Int>
  }

  /// The largest header that is believed, as the public reader has it.
  static let largest = 100_000_000

  /// Bytes an element, of the types that the format has.
  static let sizes = [
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2,
    "U16": 2, "I8": 1, "U8": 1, "BOOL": 1,
  ]

  var metadata: [String: String] = [:]
  /// In the order of the header.
  var entries: [Entry] = []
  /// The position of the first byte of data.
  var dataStart: Int

  /// Reads a header, and checks every size and place against the file's size.
  init(_ bytes: [UInt8], file: String, fileSize: Int) throws(FormatError) {
    var cursor = Cursor(bytes, file: file)
    let length = try cursor.integer(UInt64.self, for: "a model file's header")
    guard length <= UInt64(min(Self.largest, max(0, fileSize - 8))) else {
      throw FormatError(
        file, offset: 0, "a model file's header must lie within the file",
        found: "it claims \(length) bytes, and the file has \(fileSize)", remedy: damaged)
    }
    let text = try cursor.take(Int(length), for: "a model file's header")
    dataStart = cursor.position
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONValue(parsing: Array(bytes[text]))
    } catch {
      throw FormatError(
        file, offset: 8 + error.offset, "a model file's header must be JSON",
        found: "it is not: \(error.reason)", remedy: damaged)
    }
    guard case .object(let members) = json else {
      throw FormatError(
        file, offset: 8, "a model file's header must be a JSON object", found: "it is not",
        remedy: damaged)
    }
    for member in members {
      if member.key == "__metadata__" {
        for note in member.value.members { metadata[note.key] = note.value.text }
      } else {
        entries.append(try Self.entry(member, file: file))
      }
    }
    try checkPlaces(file: file, dataSize: fileSize - dataStart)
  }

  private static func entry(_ member: JSONValue.Member, file: String) throws(FormatError) -> Entry {
    func wrong(_ found: String) -> FormatError {
      FormatError(
        file, object: member.key,
        "a tensor must have a dtype, a shape and data_offsets that fit together", found: found,
        remedy: damaged)
    }
    guard let type = member.value["dtype"]?.text, let size = sizes[type] else {
      throw wrong("its dtype is '\(member.value["dtype"]?.text ?? "missing")'")
    }
    let shape = member.value["shape"]?.items?.map { $0.integer ?? -1 } ?? [-1]
    let places = member.value["data_offsets"]?.items?.map { $0.integer ?? -1 } ?? []
    guard shape.allSatisfy({ $0 >= 0 }) else { throw wrong("its shape is none") }
    guard places.count == 2, places[0] >= 0, places[1] >= places[0] else {
      throw wrong("its data_offsets are \(places)")
    }
    var total = size
    for length in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: length)
      guard !overflow else { throw wrong("its shape is \(shape)") }
      total = product
    }
    guard total == places[1] - places[0] else {
      throw wrong(
        "\(type) of shape \(shape) needs \(total) bytes, and it has \(places[1] - places[0])")
    }
    return Entry(name: member.key, type: type, shape: shape, range: places[0]..<places[1])
  }

  /// The data must be covered exactly: no overlap, no gap, nothing behind.
  private func checkPlaces(file: String, dataSize: Int) throws(FormatError) {
    var end = 0
    for entry in entries.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound == end else {
        throw FormatError(
          file, object: entry.name, offset: dataStart + entry.range.lowerBound,
          "the tensors must lie one behind the other",
          found: entry.range.lowerBound < end ? "two overlap" : "there is a gap", remedy: damaged)
      }
      end = entry.range.upperBound
    }
    guard end == dataSize else {
      throw FormatError(
        file, offset: dataStart, "the tensors must fill the file",
        found: "they need \(end) bytes of data and the file has \(dataSize)", remedy: damaged)
    }
    var names: Set<String> = []
    for entry in entries where !names.insert(entry.name).inserted {
      throw FormatError(
        file, object: entry.name, "tensors must have different names", found: "two have this one",
        remedy: damaged)
    }
  }
}

private let damaged = "The file was cut off or is damaged; copy or make it again."
