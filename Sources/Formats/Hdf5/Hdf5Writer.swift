public import ApusEvents
import ApusKernels
import CHDF5

/// Writes an HDF5 file: the name holds the whole new file or what it held before.
/// - Parameters:
///   - path: The file.
///   - body: Writes datasets and attributes through the writer, which ends with the call.
/// - Throws: ``FormatError`` when the file can't be written; what `body` throws.
public func writeHDF5(to path: String, _ body: (Hdf5Writer) throws -> Void) throws {
  try writeAtomically(to: path) { temporary in
    let writer = try Hdf5Writer(path, at: temporary)
    try body(writer)
    try writer.close()
  }
}

/// Writes a table as a group of an HDF5 file with one dataset a column, chunked and compressed.
///
/// Types are kept. Arrays of one size have more dimensions: (n, k). A list `x` is two datasets: `x` with the values of all
/// events, and `x.offsets` (int64, events + 1) that says where each event's start; a list of lists adds `x.offsets1`.
/// The table is read run by run, lists and texts twice: once for how many there are.
public func writeHDF5(
  _ table: any TableSource, to path: String, columns: [String]? = nil, group: String = "events"
) throws {
  let runs = TableRuns(table, columns)
  let layouts = try FlatLayout.layouts(of: runs, to: path)
  try writeHDF5(to: path) { writer in
    var datasets = try layouts.map { try writer.create($0, group: group, of: layouts.count) }
    var flat = [FlatRuns](repeating: FlatRuns(), count: layouts.count)
    try runs.forEach { run in
      for (i, column) in run.columns.enumerated() {
        for (k, array) in try flat[i].next(column, to: path).enumerated() {
          try datasets[i][k].append(array)
        }
      }
    }
    datasets = []
    try writer.setAttribute(
      "entries", .integer(Int64(table.count)), of: group.isEmpty ? "/" : group)
  }
}

/// Writes datasets and attributes into a new HDF5 file; made by ``writeHDF5(to:_:)``.
///
/// Names may contain slashes: `test/score` makes the group `test`. Columns keep the order of writing.
public final class Hdf5Writer {
  private var file: hid_t
  let path: String

  /// - Parameters:
  ///   - path: The name that messages show.
  ///   - temporary: An empty file, which is written.
  init(_ path: String, at temporary: String) throws {
    self.path = path
    file = try Hdf5.locked {
      guard let list = Hdf5Handle(H5Pcreate(h5_create_file_list()), .list) else { return -1 }
      H5Pset_link_creation_order(list.id, Self.keepOrder)
      return unsafe h5_create(temporary, list.id)
    }
    if file < 0 { throw try failed(nil) }
    try checkDisk()
  }

  private static let keepOrder = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)

  deinit {
    let file = file
    if file >= 0 { _ = try? Hdf5.locked { H5Fclose(file) } }
  }

  /// Ends the file; a disk that is full says so here at the latest.
  func close() throws {
    let status = try Hdf5.locked { H5Fflush(file, H5F_SCOPE_GLOBAL) }
    try checkDisk()
    if status < 0 { throw try failed(nil) }
    let open = file
    file = -1
    if try Hdf5.locked({ H5Fclose(open) }) < 0 { throw try failed(nil) }
  }

  /// Throws what the system said when a part of the file could not be written: the library itself is not told.
  func checkDisk() throws {
    let code = try Hdf5.locked { h5_sink_error(file) }
    if code != 0 { throw unwritable(path, code) }
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
    try write(name, values, shape: [values.count])
  }

  private func write(_ name: String, _ values: [String], shape: [Int]) throws {
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
      try create(name, type.id, shape: shape, elementSize: size, text)
    }
  }

  /// Writes a table as a group with one dataset a column; lists as ``writeHDF5(_:to:columns:group:)`` does.
  public func write(_ table: EventTable, group: String) throws {
    for column in table.columns { try write(column, group: group) }
    try setAttribute("entries", .integer(Int64(table.count)), of: group.isEmpty ? "/" : group)
  }

  /// Writes a column as a dataset of a group, or as several where it holds lists.
  func write(_ column: Column, group: String) throws {
    try checkName(column.name)
    guard let arrays = FlatArray.arrays(of: column) else {
      throw listsAreNotWritten(column, to: path)
    }
    for array in arrays {
      let name = group.isEmpty ? array.name : group + "/" + array.name
      switch array.values {
      case .float32(let values): try write(name, values, shape: array.shape)
      case .float64(let values): try write(name, values, shape: array.shape)
      case .int64(let values): try write(name, values, shape: array.shape)
      case .integers(let values): try write(name, values, array.shape)
      case .strings(let values): try write(name, values, shape: array.shape)
      case .jagged: break
      }
    }
  }

  func checkName(_ name: String) throws(FormatError) {
    guard !name.contains("/"), !name.isEmpty, name != "." else {
      throw FormatError(
        path, object: name, "a column of an HDF5 file must have a name without slashes",
        found: "this one is named '\(name)'", remedy: "Rename it.", kind: .usage)
    }
  }

  private func write(_ name: String, _ values: Integers, _ shape: [Int]) throws {
    switch values {
    case .int8(let v): try write(name, v, shape) { h5_int8() }
    case .int16(let v): try write(name, v, shape) { h5_int16() }
    case .int32(let v): try write(name, v, shape) { h5_int32() }
    case .uint8(let v): try write(name, v, shape) { h5_uint8() }
    case .uint16(let v): try write(name, v, shape) { h5_uint16() }
    case .uint32(let v): try write(name, v, shape) { h5_uint32() }
    case .uint64(let v): try write(name, v, shape) { h5_uint64() }
    case .bool(let v):
      try Hdf5.locked {
        // As h5py writes truth values: an enumeration of FALSE and TRUE.
        guard let type = Hdf5Handle(h5_truth(), .type) else { throw failure(name) }
        try create(name, type.id, shape: shape, elementSize: 1, v)
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
        let attribute = unsafe Hdf5Handle(
          H5Acreate2(owner.id, name, typeID, space.id, h5_default(), h5_default()), .attribute)
      else { throw failure(object) }
      let status: herr_t
      switch value {
      case .text: status = unsafe H5Awrite(attribute.id, typeID, text)
      case .integer(var number): status = unsafe H5Awrite(attribute.id, h5_native_int64(), &number)
      case .real(var number): status = unsafe H5Awrite(attribute.id, h5_native_double(), &number)
      }
      if status < 0 { throw failure(object) }
    }
  }

  private static func owner(_ file: hid_t, _ object: String) -> Hdf5Handle? {
    if let found = unsafe Hdf5Handle(H5Oopen(file, object, h5_default()), .object) { return found }
    // A table without columns has not made its group yet.
    _ = Hdf5.lastError
    return unsafe Hdf5Handle(
      H5Gcreate2(file, object, h5_default(), h5_default(), h5_default()), .object)
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
    let dataset = try dataset(name, type, shape: shape, elementSize: elementSize)
    let status = unsafe values.withUnsafeBytes { bytes in
      unsafe values.isEmpty
        ? 0 : H5Dwrite(dataset.id, type, h5_all(), h5_all(), h5_default(), bytes.baseAddress)
    }
    if status < 0 { throw failure(name) }
    let code = h5_sink_error(file)
    if code != 0 { throw unwritable(path, code) }
  }

  /// Makes an empty dataset; callers hold the library's lock.
  func dataset(
    _ name: String, _ type: hid_t, shape: [Int], elementSize: Int, chunkBytes: Int = 256 << 10
  ) throws(FormatError) -> Hdf5Handle {
    try createGroups(of: name)
    let sizes = shape.map { hsize_t($0) }
    guard let space = unsafe Hdf5Handle(H5Screate_simple(Int32(sizes.count), sizes, nil), .space),
      let list = Hdf5Handle(H5Pcreate(h5_create_dataset_list()), .list),
      let access = Hdf5Handle(H5Pcreate(h5_access_dataset_list()), .list)
    else { throw failure(name) }
    let rowBytes = shape.dropFirst().reduce(elementSize, *)
    if let rows = shape.first, rows * rowBytes >= 4096 {
      var chunk = sizes
      chunk[0] = hsize_t(min(rows, max(1, chunkBytes / max(1, rowBytes))))
      unsafe H5Pset_chunk(list.id, Int32(chunk.count), chunk)
      H5Pset_shuffle(list.id)
      H5Pset_deflate(list.id, 1)
      // One chunk is kept open, so that a table of many columns stays small.
      H5Pset_chunk_cache(access.id, 11, Int(chunk[0]) * rowBytes, 1)
    }
    guard
      let dataset = unsafe Hdf5Handle(
        H5Dcreate2(file, name, type, space.id, h5_default(), list.id, access.id), .dataset)
    else { throw failure(name) }
    return dataset
  }

  /// Makes the groups on the way to a dataset, each with its order kept.
  private func createGroups(of name: String) throws(FormatError) {
    let parts = name.split(separator: "/").dropLast()
    for end in parts.indices {
      let group = parts[...end].joined(separator: "/")
      if unsafe H5Lexists(file, group, h5_default()) > 0 { continue }
      guard let list = Hdf5Handle(H5Pcreate(h5_create_group_list()), .list) else {
        throw failure(name)
      }
      H5Pset_link_creation_order(list.id, Self.keepOrder)
      guard
        unsafe Hdf5Handle(H5Gcreate2(file, group, h5_default(), list.id, h5_default()), .group)
          != nil
      else { throw failure(name) }
    }
  }

  static func textType(_ size: Int) -> Hdf5Handle? {
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

  /// What the library says went wrong; callers hold its lock.
  func failure(_ object: String?) -> FormatError {
    FormatError(
      path, object: object, "an HDF5 file must be writable", found: Hdf5.lastError,
      remedy: "Is a name used twice, or memory short?")
  }
}
