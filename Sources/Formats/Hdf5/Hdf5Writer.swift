public import ApusEvents
import ApusKernels
import CHDF5

/// Writes an HDF5 file: the name holds the whole new file or what it held before.
///
/// The file is made in memory, which holds its compressed size, and is written to the disk at the end.
/// - Parameters:
///   - path: The file.
///   - body: Writes datasets and attributes through the writer, which ends with the call.
/// - Throws: ``FormatError`` when the file can't be written; what `body` throws.
public func writeHDF5(to path: String, _ body: (Hdf5Writer) throws -> Void) throws {
  let writer = try Hdf5Writer(path)
  try body(writer)
  try writeFile(try writer.image(), to: path)
}

/// Writes a table as a group of an HDF5 file with one dataset a column, chunked and compressed.
public func writeHDF5(_ table: EventTable, to path: String, group: String = "events") throws {
  try writeHDF5(to: path) { try $0.write(table, group: group) }
}

/// Writes datasets and attributes into a new HDF5 file; made by ``writeHDF5(to:_:)``.
///
/// Names may contain slashes: `test/score` makes the group `test`. Columns keep the order of writing.
public final class Hdf5Writer {
  private let file: hid_t
  private let path: String

  init(_ path: String) throws {
    self.path = path
    file = try Hdf5.locked {
      guard let list = Hdf5Handle(H5Pcreate(h5_create_file_list()), .list) else { return -1 }
      H5Pset_link_creation_order(list.id, Self.keepOrder)
      return h5_create(list.id)
    }
    if file < 0 { throw try failed(nil) }
  }

  private static let keepOrder = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)

  deinit {
    let file = file
    if file >= 0 { _ = try? Hdf5.locked { H5Fclose(file) } }
  }

  /// The bytes of the file as it is so far.
  func image() throws -> [UInt8] {
    try Hdf5.locked {
      guard H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 else { throw failure(nil) }
      let size = H5Fget_file_image(file, nil, 0)
      guard size > 0 else { throw failure(nil) }
      var bytes = [UInt8](repeating: 0, count: size)
      guard H5Fget_file_image(file, &bytes, size) == size else { throw failure(nil) }
      return bytes
    }
  }

  /// Writes single-precision numbers; `shape` in C order, by default one dimension.
  public func write(_ name: String, _ values: [Float], shape: [Int]? = nil) throws {
    try write(name, values, shape) { h5_float32() }
  }

  /// Writes double-precision numbers; `shape` in C order, by default one dimension.
  public func write(_ name: String, _ values: [Double], shape: [Int]? = nil) throws {
    try write(name, values, shape) { h5_float64() }
  }

  /// Writes 64-bit integers; `shape` in C order, by default one dimension.
  public func write(_ name: String, _ values: [Int64], shape: [Int]? = nil) throws {
    try write(name, values, shape) { h5_int64() }
  }

  /// Writes 8-bit integers, for labels and flags; `shape` in C order, by default one dimension.
  public func write(_ name: String, _ values: [Int8], shape: [Int]? = nil) throws {
    try write(name, values, shape) { h5_int8() }
  }

  /// Writes texts as UTF-8 of the length of the longest.
  public func write(_ name: String, _ values: [String]) throws {
    let size = max(1, values.map(\.utf8.count).max() ?? 1)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * size)
    for value in values {
      bytes.append(contentsOf: value.utf8)
      bytes.append(contentsOf: repeatElement(0, count: size - value.utf8.count))
    }
    let text = bytes
    try Hdf5.locked {
      guard let type = Self.textType(size) else { throw failure(name) }
      try create(name, type.id, shape: [values.count], elementSize: size, text)
    }
  }

  /// Writes a table as a group with one dataset a column.
  public func write(_ table: EventTable, group: String) throws {
    for column in table.columns {
      guard !column.name.contains("/"), !column.name.isEmpty, column.name != "." else {
        throw FormatError(
          path, object: column.name, "a column of an HDF5 file must have a name without slashes",
          found: "this one is named '\(column.name)'", remedy: "Rename it.", kind: .usage)
      }
      try write(group.isEmpty ? column.name : group + "/" + column.name, column.values)
    }
    try setAttribute("entries", .integer(Int64(table.count)), of: group.isEmpty ? "/" : group)
  }

  /// Writes the entries of a column: lists as their values beside the offsets of `OffsetPairs`.
  private func write(_ name: String, _ values: Column.Values) throws {
    switch values {
    case .float32(let values): try write(name, values)
    case .float64(let values): try write(name, values)
    case .int64(let values): try write(name, values)
    case .strings(let values): try write(name, values)
    case .integers(let values): try write(name, values)
    case .jagged(let lists):
      var content = lists.content
      var offsets = [lists.offsets]
      while case .jagged(let inner) = content {
        offsets.append(inner.offsets)
        content = inner.content
      }
      try write(name, content)
      for (depth, starts) in offsets.enumerated() {
        try write(OffsetPairs.name(name, depth: depth), starts.map { Int64($0) })
      }
    }
  }

  /// Writes whole numbers in their width, and truth values as h5py does.
  private func write(_ name: String, _ values: Integers) throws {
    switch values {
    case .int8(let v): try write(name, v)
    case .int16(let v): try write(name, v, nil) { h5_int16() }
    case .int32(let v): try write(name, v, nil) { h5_int32() }
    case .uint8(let v): try write(name, v, nil) { h5_uint8() }
    case .uint16(let v): try write(name, v, nil) { h5_uint16() }
    case .uint32(let v): try write(name, v, nil) { h5_uint32() }
    case .uint64(let v): try write(name, v, nil) { h5_uint64() }
    case .bool(let v):
      let bytes = v.map { Int8($0 ? 1 : 0) }
      try Hdf5.locked {
        guard let type = Hdf5Handle(H5Tenum_create(h5_int8()), .type) else { throw failure(name) }
        for (text, number) in [("FALSE", Int8(0)), ("TRUE", 1)] {
          var number = number
          guard H5Tenum_insert(type.id, text, &number) >= 0 else { throw failure(name) }
        }
        try create(name, type.id, shape: [bytes.count], elementSize: 1, bytes)
      }
    }
  }

  /// Gives an object an attribute: "/" for the file itself, else the path of a dataset or group.
  public func setAttribute(
    _ name: String, _ value: AttributeValue, of object: String = "/"
  ) throws {
    let file = file
    try Hdf5.locked {
      guard let owner = Self.owner(file, object),
        let space = Hdf5Handle(H5Screate(H5S_SCALAR), .space)
      else { throw failure(object) }
      var text: [UInt8] = []
      var type: Hdf5Handle?
      if case .text(let string) = value {
        text = Array(string.utf8) + [0]
        type = Self.textType(text.count)
      }
      let typeID: hid_t =
        switch value {
        case .text: type?.id ?? -1
        case .integer: h5_int64()
        case .real: h5_float64()
        }
      guard
        let attribute = Hdf5Handle(
          H5Acreate2(owner.id, name, typeID, space.id, h5_default(), h5_default()), .attribute)
      else { throw failure(object) }
      let status: herr_t
      switch value {
      case .text: status = H5Awrite(attribute.id, typeID, text)
      case .integer(var number): status = H5Awrite(attribute.id, h5_native_int64(), &number)
      case .real(var number): status = H5Awrite(attribute.id, h5_native_double(), &number)
      }
      if status < 0 { throw failure(object) }
    }
  }

  private static func owner(_ file: hid_t, _ object: String) -> Hdf5Handle? {
    if let found = Hdf5Handle(H5Oopen(file, object, h5_default()), .object) { return found }
    // A table without columns has not made its group yet.
    _ = Hdf5.lastError
    return Hdf5Handle(H5Gcreate2(file, object, h5_default(), h5_default(), h5_default()), .object)
  }

  private func write<T: Sendable & BitwiseCopyable>(
    _ name: String, _ values: [T], _ shape: [Int]?, _ type: () -> hid_t
  ) throws {
    let shape = shape ?? [values.count]
    precondition(
      shape.reduce(1, *) == values.count, "\(name): shape \(shape) for \(values.count) values")
    try Hdf5.locked {
      try create(name, type(), shape: shape, elementSize: MemoryLayout<T>.size, values)
    }
  }

  private func create<T: BitwiseCopyable>(
    _ name: String, _ type: hid_t, shape: [Int], elementSize: Int, _ values: [T]
  ) throws(FormatError) {
    try createGroups(of: name)
    let sizes = shape.map { hsize_t($0) }
    guard let space = Hdf5Handle(H5Screate_simple(Int32(sizes.count), sizes, nil), .space),
      let list = Hdf5Handle(H5Pcreate(h5_create_dataset_list()), .list)
    else { throw failure(name) }
    let rowBytes = shape.dropFirst().reduce(elementSize, *)
    if let rows = shape.first, rows * rowBytes >= 4096 {
      var chunk = sizes
      chunk[0] = hsize_t(min(rows, max(1, (256 << 10) / max(1, rowBytes))))
      H5Pset_chunk(list.id, Int32(chunk.count), chunk)
      H5Pset_shuffle(list.id)
      H5Pset_deflate(list.id, 1)
    }
    guard
      let dataset = Hdf5Handle(
        H5Dcreate2(file, name, type, space.id, h5_default(), list.id, h5_default()), .dataset)
    else { throw failure(name) }
    let status = values.withUnsafeBytes { bytes in
      values.isEmpty
        ? 0 : H5Dwrite(dataset.id, type, h5_all(), h5_all(), h5_default(), bytes.baseAddress)
    }
    if status < 0 { throw failure(name) }
  }

  /// Makes the groups on the way to a dataset, each with its order kept.
  private func createGroups(of name: String) throws(FormatError) {
    let parts = name.split(separator: "/").dropLast()
    for end in parts.indices {
      let group = parts[...end].joined(separator: "/")
      if H5Lexists(file, group, h5_default()) > 0 { continue }
      guard let list = Hdf5Handle(H5Pcreate(h5_create_group_list()), .list) else {
        throw failure(name)
      }
      H5Pset_link_creation_order(list.id, Self.keepOrder)
      guard Hdf5Handle(H5Gcreate2(file, group, h5_default(), list.id, h5_default()), .group) != nil
      else { throw failure(name) }
    }
  }

  private static func textType(_ size: Int) -> Hdf5Handle? {
    guard let type = Hdf5Handle(H5Tcopy(h5_text()), .type), H5Tset_size(type.id, size) >= 0 else {
      return nil
    }
    H5Tset_cset(type.id, H5T_CSET_UTF8)
    H5Tset_strpad(type.id, H5T_STR_NULLPAD)
    return type
  }

  private func failed(_ object: String?) throws -> FormatError {
    try Hdf5.locked { failure(object) }
  }

  private func failure(_ object: String?) -> FormatError {
    FormatError(
      path, object: object, "an HDF5 file must be writable", found: Hdf5.lastError,
      remedy: "Is a name used twice, or memory short?")
  }
}
