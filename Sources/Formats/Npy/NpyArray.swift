import ApusEvents

/// One array of an .npy file: what its header says, and its bytes.
///
/// Format: numpy.lib.format, versions 1 to 3.
struct NpyArray {
  /// One field of an element: a plain array has a single one without a name.
  struct Field: Equatable {
    var name: String
    var type: ElementType
    var isBigEndian: Bool
    /// Bytes from the start of the element.
    var offset: Int
    /// How many values of the type the field holds.
    var count: Int
  }

  var fields: [Field]
  var elementSize: Int
  var shape: [Int]
  var isFortran: Bool
  /// The position of the first element.
  var start: Int

  /// The largest number of columns that one array may become.
  static let mostColumns = 100_000

  var isStructured: Bool { fields.count != 1 || !fields[0].name.isEmpty }
  var rows: Int { shape.first ?? 1 }
  /// How many elements a row holds.
  var width: Int { shape.dropFirst().reduce(1, *) }

  /// Reads the header, and checks that all elements lie within the bytes, or within the `size` of a file of
  /// which they are the start.
  init(
    _ bytes: [UInt8], file: String, object: String? = nil, size: Int? = nil
  ) throws(FormatError) {
    var cursor = Cursor(bytes, file: file, object: object)
    func wrong(_ expected: String, _ found: String, _ remedy: String = "") -> FormatError {
      FormatError(
        file, object: object, offset: cursor.position, expected, found: found, remedy: remedy)
    }
    guard bytes.starts(with: Self.magic) else {
      throw wrong("an .npy array must start with \\x93NUMPY", "it starts otherwise")
    }
    _ = try cursor.take(6, for: "the header")
    let version = try cursor.integer(UInt8.self, for: "the header")
    _ = try cursor.take(1, for: "the header")
    guard (1...3).contains(version) else {
      throw wrong("the .npy version must be 1, 2 or 3", "it is \(version)")
    }
    let length =
      version == 1
      ? Int(try cursor.integer(UInt16.self, for: "the header's length"))
      : Int(try cursor.integer(UInt32.self, for: "the header's length"))
    let header = try cursor.take(length, for: "the header")
    guard let literal = PythonLiteral.parse(Array(bytes[header])), let descr = literal["descr"],
      case .flag(let isFortran)? = literal["fortran_order"],
      case .sequence(let sizes)? = literal["shape"]
    else {
      throw wrong("the header must hold descr, fortran_order and shape", "it does not")
    }
    var shape: [Int] = []
    for size in sizes {
      guard case .integer(let n) = size, n >= 0 else {
        throw wrong("sizes must be whole numbers", "one is not")
      }
      shape.append(n)
    }
    do {
      (fields, elementSize) = try NpyType.fields(of: descr)
    } catch {
      throw wrong(error.expected, error.found, error.remedy)
    }
    self.isFortran = isFortran
    self.shape = shape
    start = cursor.position
    let total = shape.reduce((elementSize, false)) {
      let (product, overflow) = $0.0.multipliedReportingOverflow(by: $1)
      return (product, $0.1 || overflow)
    }
    let remaining = (size ?? bytes.count) - start
    guard !total.1, total.0 <= remaining else {
      throw wrong(
        "an array of \(shape) elements of \(elementSize) bytes must lie within the file",
        "\(remaining) bytes are left",
        "The file was cut off or is damaged; copy it again from its source.")
    }
  }

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

  /// The names of the columns that the array becomes: its own for one dimension, `name_0`, `name_1` and
  /// so on for more; fields have their own names.
  func columnNames(_ name: String, matrixPrefix: String) -> [String] {
    fields.flatMap { field -> [String] in
      let inner = width * field.count
      if isStructured {
        return inner == 1 ? [field.name] : (0..<inner).map { "\(field.name)_\($0)" }
      }
      return shape.count < 2 ? [name] : (0..<inner).map { "\(matrixPrefix)\($0)" }
    }
  }

  /// The columns in the order of their names; only those wanted are read.
  func columns(
    _ names: [String], wanted: Set<String>?, bytes: [UInt8]
  ) -> [Column] {
    var columns: [Column] = []
    var next = 0
    for field in fields {
      for element in 0..<width {
        for k in 0..<field.count {
          defer { next += 1 }
          guard wanted?.contains(names[next]) ?? true else { continue }
          let elements = StridedElements(
            type: field.type, isBigEndian: field.isBigEndian,
            start: start + field.offset + k * field.type.size
              + elementSize * (isFortran ? rows * fortranPlace(element) : element),
            stride: isFortran ? elementSize : elementSize * width, count: rows)
          unsafe columns.append(
            Column(names[next], bytes.withUnsafeBytes { unsafe elements.values($0) }))
        }
      }
    }
    return columns
  }

  /// Where the element of a row stands when the first index runs fastest, in rows.
  private func fortranPlace(_ element: Int) -> Int {
    var rest = element
    var place = 0
    let inner = Array(shape.dropFirst())
    for axis in inner.indices.reversed() {
      let index = rest % inner[axis]
      rest /= inner[axis]
      place += index * inner[..<axis].reduce(1, *)
    }
    return place
  }
}

/// NumPy's names for types.
enum NpyType {
  struct Unknown: Error {
    var expected: String
    var found: String
    var remedy = ""
  }

  /// The fields of an element and its size in bytes.
  static func fields(
    of descr: PythonLiteral
  ) throws(Unknown) -> (fields: [NpyArray.Field], size: Int) {
    if case .text(let code) = descr {
      let (type, isBigEndian) = try plain(code)
      let field = NpyArray.Field(
        name: "", type: type, isBigEndian: isBigEndian, offset: 0, count: 1)
      return ([field], type.size)
    }
    guard case .sequence(let items) = descr else { throw unreadable("a type that is no text") }
    var fields: [NpyArray.Field] = []
    let size = try append(items, prefix: "", at: 0, to: &fields)
    guard size > 0, fields.count <= NpyArray.mostColumns else { throw unreadable("\(size) bytes") }
    return (fields, size)
  }

  private static func append(
    _ items: [PythonLiteral], prefix: String, at start: Int, to fields: inout [NpyArray.Field]
  ) throws(Unknown) -> Int {
    var offset = start
    for item in items {
      guard case .sequence(let parts) = item, parts.count >= 2 else {
        throw unreadable("a field without a name and a type")
      }
      let name = prefix + (try fieldName(parts[0]))
      let count = try parts.count > 2 ? product(parts[2]) : 1
      if case .sequence(let inner) = parts[1] {
        guard count == 1 else { throw unreadable("an array of structures in field '\(name)'") }
        offset += try append(inner, prefix: name + "_", at: offset, to: &fields)
      } else if case .text(let code) = parts[1] {
        // Unnamed void fields are padding.
        if name == prefix, code.hasPrefix("|V"), let padding = Int(code.dropFirst(2)), padding >= 0,
          padding < 1 << 20
        {
          offset += padding
          continue
        }
        let (type, isBigEndian) = try plain(code)
        fields.append(
          .init(name: name, type: type, isBigEndian: isBigEndian, offset: offset, count: count))
        offset += type.size * count
      } else {
        throw unreadable("field '\(name)' without a type")
      }
      guard fields.count <= NpyArray.mostColumns, offset < 1 << 30 else {
        throw unreadable("an element that is too large")
      }
    }
    return offset - start
  }

  private static func fieldName(_ part: PythonLiteral) throws(Unknown) -> String {
    switch part {
    case .text(let name): return name
    // A field with a title: (title, name).
    case .sequence(let pair):
      if pair.count == 2, case .text(let name) = pair[1] { return name }
      throw unreadable("a field without a name")
    default: throw unreadable("a field without a name")
    }
  }

  private static func product(_ shape: PythonLiteral) throws(Unknown) -> Int {
    var sizes: [PythonLiteral] = [shape]
    if case .sequence(let items) = shape { sizes = items }
    var count = 1
    for size in sizes {
      guard case .integer(let n) = size, n >= 0, n <= NpyArray.mostColumns else {
        throw unreadable("a field of an odd shape")
      }
      count *= n
      guard count <= NpyArray.mostColumns else { throw unreadable("a field that is too large") }
    }
    return count
  }

  /// A plain type such as `<f8`.
  static func plain(_ code: String) throws(Unknown) -> (type: ElementType, isBigEndian: Bool) {
    var letters = Substring(code)
    var isBigEndian = false
    if let order = letters.first, "<>|=".contains(order) {
      isBigEndian = order == ">"
      letters.removeFirst()
    }
    guard let kind = letters.first, let size = Int(letters.dropFirst()), size >= 0, size < 1 << 24
    else { throw unreadable(code) }
    switch (kind, size) {
    case ("f", 2), ("f", 4), ("f", 8): return (.real(bytes: size), isBigEndian)
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8):
      return (.integer(bytes: size, isSigned: true), isBigEndian)
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8):
      return (.integer(bytes: size, isSigned: false), isBigEndian)
    case ("b", 1): return (.flag, false)
    case ("S", 1...), ("a", 1...): return (.text(bytes: size), false)
    case ("U", 1...): return (.wideText(characters: size), isBigEndian)
    default: throw unreadable(code)
    }
  }

  private static func unreadable(_ code: String) -> Unknown {
    if code == "|O" || code == "O" {
      return Unknown(
        expected: "an array must hold numbers or text", found: "this one holds Python objects",
        remedy: "Save it again with a plain dtype: 'array.astype(float)'.")
    }
    return Unknown(
      expected: "an array must hold numbers, flags or text of a known type",
      found: "its type is \(code)",
      remedy: "Convert it with NumPy: 'array.astype(\"f8\")'.")
  }
}
