import CHDF5

/// One column that an element of a dataset gives: a number or text at an offset.
struct Hdf5Leaf {
  enum Kind: Equatable {
    case plain(ElementType, isBigEndian: Bool)
    /// A pointer to text that the library allocates.
    case variableText
    /// A type that a column can't hold, in words.
    case unreadable(String)
  }

  /// The name within the element: a member's, `member_0` for the first of an array, or empty.
  var name: String
  var offset: Int
  var kind: Kind

  var typeName: String {
    switch kind {
    case .plain(let type, _): type.name
    case .variableText: "string"
    case .unreadable(let why): why
    }
  }
}

/// What an element of a dataset consists of.
struct Hdf5Layout {
  /// What type the library shall deliver.
  enum Memory {
    /// The file's own, which costs no conversion.
    case asStored
    /// An odd number format, converted to float64 or int64.
    case float64
    case int64
  }

  var leaves: [Hdf5Leaf] = []
  var elementSize: Int
  var isCompound: Bool
  var memory = Memory.asStored

  /// The layout of a dataset that can't be read.
  init(unreadable why: String) {
    (elementSize, isCompound) = (1, false)
    leaves = [Hdf5Leaf(name: "", offset: 0, kind: .unreadable(why))]
  }

  /// Reads the description of a type; nil where the library fails on it.
  init?(_ type: hid_t) {
    elementSize = Int(clamping: H5Tget_size(type))
    let kind = H5Tget_class(type)
    isCompound = kind == H5T_COMPOUND
    guard elementSize > 0, elementSize < 1 << 26, append(type, name: "", offset: 0, depth: 0) else {
      return nil
    }
    if leaves.count == 1, leaves[0].name.isEmpty, case .unreadable = leaves[0].kind,
      kind == H5T_FLOAT || kind == H5T_INTEGER || kind == H5T_ENUM
    {
      memory = kind == H5T_FLOAT ? .float64 : .int64
      elementSize = 8
      leaves[0].kind = .plain(
        kind == H5T_FLOAT ? .real(bytes: 8) : .integer(bytes: 8, isSigned: true),
        isBigEndian: Self.machineIsBigEndian)
    }
  }

  static let machineIsBigEndian = 1.bigEndian == 1

  private mutating func append(_ type: hid_t, name: String, offset: Int, depth: Int) -> Bool {
    guard depth < 16, leaves.count < NpyArray.mostColumns else { return false }
    let size = Int(clamping: H5Tget_size(type))
    guard size > 0, offset + size <= elementSize else { return false }
    switch H5Tget_class(type) {
    case H5T_COMPOUND: return appendMembers(type, name: name, offset: offset, depth: depth)
    case H5T_ARRAY: return appendArray(type, name: name, offset: offset, depth: depth)
    default:
      leaves.append(Hdf5Leaf(name: name, offset: offset, kind: Self.kind(type, size)))
      return true
    }
  }

  private mutating func appendMembers(
    _ type: hid_t, name: String, offset: Int, depth: Int
  ) -> Bool {
    let count = H5Tget_nmembers(type)
    guard count > 0 else { return false }
    for i in 0..<UInt32(count) {
      guard let member = Hdf5Handle(H5Tget_member_type(type, i), .type),
        let text = unsafe H5Tget_member_name(type, i)
      else { return false }
      let memberName = unsafe String(cString: text)
      unsafe H5free_memory(text)
      let place = offset + Int(clamping: H5Tget_member_offset(type, i))
      let path = name.isEmpty ? memberName : name + "_" + memberName
      guard append(member.id, name: path, offset: place, depth: depth + 1) else { return false }
    }
    return true
  }

  private mutating func appendArray(_ type: hid_t, name: String, offset: Int, depth: Int) -> Bool {
    let rank = H5Tget_array_ndims(type)
    guard rank > 0, rank <= 32, let element = Hdf5Handle(H5Tget_super(type), .type) else {
      return false
    }
    var sizes = [hsize_t](repeating: 0, count: Int(rank))
    guard unsafe H5Tget_array_dims2(type, &sizes) >= 0 else { return false }
    var count = 1
    for size in sizes {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(clamping: size))
      guard !overflow, product <= NpyArray.mostColumns else { return false }
      count = product
    }
    let step = Int(clamping: H5Tget_size(element.id))
    guard step < 1 << 26 else { return false }
    for i in 0..<count {
      let path = name.isEmpty ? "\(i)" : "\(name)_\(i)"
      guard append(element.id, name: path, offset: offset + i * step, depth: depth + 1) else {
        return false
      }
    }
    return true
  }

  private static func kind(_ type: hid_t, _ size: Int) -> Hdf5Leaf.Kind {
    let isBigEndian = H5Tget_order(type) == H5T_ORDER_BE
    switch H5Tget_class(type) {
    case H5T_INTEGER: return integer(type, size, isBigEndian)
    case H5T_ENUM:
      guard let base = Hdf5Handle(H5Tget_super(type), .type) else { return .unreadable("enum") }
      if size == 1, isBoolean(type) { return .plain(.flag, isBigEndian: false) }
      return integer(base.id, size, H5Tget_order(base.id) == H5T_ORDER_BE)
    case H5T_FLOAT:
      return isIEEE(type, size)
        ? .plain(.real(bytes: size), isBigEndian: isBigEndian)
        : .unreadable("float of an odd format")
    case H5T_STRING:
      return H5Tis_variable_str(type) > 0
        ? .variableText : .plain(.text(bytes: size), isBigEndian: false)
    case H5T_VLEN: return .unreadable("lists of variable length")
    case H5T_REFERENCE: return .unreadable("references")
    case H5T_OPAQUE: return .unreadable("opaque bytes")
    case H5T_BITFIELD: return .unreadable("bit fields")
    default: return .unreadable("an unknown type")
    }
  }

  /// Whether an enumeration is the one that h5py writes for truth values: FALSE is 0 and TRUE is 1.
  private static func isBoolean(_ type: hid_t) -> Bool {
    guard H5Tget_nmembers(type) == 2 else { return false }
    for (i, name) in ["FALSE", "TRUE"].enumerated() {
      guard let text = unsafe H5Tget_member_name(type, UInt32(i)) else { return false }
      defer { unsafe H5free_memory(text) }
      var value: Int8 = -1
      guard unsafe String(cString: text) == name,
        unsafe H5Tget_member_value(type, UInt32(i), &value) >= 0,
        value == i
      else { return false }
    }
    return true
  }

  private static func integer(_ type: hid_t, _ size: Int, _ isBigEndian: Bool) -> Hdf5Leaf.Kind {
    guard [1, 2, 4, 8].contains(size), H5Tget_precision(type) == size * 8, H5Tget_offset(type) == 0
    else { return .unreadable("integer of an odd format") }
    let isSigned = H5Tget_sign(type) == H5T_SGN_2
    return .plain(.integer(bytes: size, isSigned: isSigned), isBigEndian: isBigEndian)
  }

  /// Whether a float is one of IEEE 754's: half, single or double.
  private static func isIEEE(_ type: hid_t, _ size: Int) -> Bool {
    var (sign, exponentAt, exponentSize) = (size_t(0), size_t(0), size_t(0))
    var (fractionAt, fractionSize) = (size_t(0), size_t(0))
    let status = unsafe H5Tget_fields(
      type, &sign, &exponentAt, &exponentSize, &fractionAt, &fractionSize)
    let fields = [sign, exponentAt, exponentSize, fractionAt, fractionSize].map {
      Int(clamping: $0)
    }
    guard status >= 0, H5Tget_offset(type) == 0, H5Tget_precision(type) == size * 8 else {
      return false
    }
    let exponent = [2: 5, 4: 8, 8: 11][size] ?? 0
    let fraction = 8 * size - 1 - exponent
    return exponent > 0 && fields == [8 * size - 1, fraction, exponent, 0, fraction]
      && H5Tget_ebias(type) == (1 << (exponent - 1)) - 1
  }
}
