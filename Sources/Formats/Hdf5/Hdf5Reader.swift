import ApusKernels
public import ApusEvents
import CHDF5

/// Reads a table from an HDF5 file.
///
/// A table is a structured dataset (its members are the columns), a group whose datasets of one
/// dimension are the columns (those of two dimensions give `name_0`, `name_1` and so on), or a matrix.
/// Array members give `name_0` and so on, members of inner structures `outer_inner`. Whole numbers keep their
/// width, the truth values of h5py are `bool`, other enumerations whole numbers. A dataset `x` beside `x.offsets`
/// is a jagged column: see `OffsetPairs`. A group that pandas wrote (`to_hdf`, fixed format) gives its frame.
/// - Parameters:
///   - path: The file.
///   - columns: The columns to read, in this order; nil for all that hold numbers or text.
///   - object: The dataset or group; nil where the file holds only one table.
/// - Throws: ``FormatError``, which lists the tables where none or several could be meant; `TableError`
///   for a missing column. A damaged file never ends the program.
public func readHDF5(
  _ path: String, columns: [String]? = nil, object: String? = nil
) throws -> EventTable {
  try Hdf5.locked {
    let file = try Hdf5File(path)
    return try file.plan(object).read(columns, file)
  }
}

extension Hdf5File {
  /// A structure or matrix must have a number of columns that makes sense.
  func checkWidth(_ dataset: Dataset) throws(FormatError) {
    let (count, overflow) = dataset.width.multipliedReportingOverflow(
      by: dataset.layout.leaves.count)
    guard !overflow, count <= NpyArray.mostColumns else {
      throw wrong(
        dataset.path, "a table must have at most \(NpyArray.mostColumns) columns",
        "this dataset is \(dataset.summary)", "Is it transposed? Rows are events.")
    }
  }

  /// What the columns of an object are; of the only table where none is named.
  func plan(_ object: String?) throws -> Hdf5Plan {
    let object = try object ?? onlyTable()
    let clean = object.split(separator: "/").joined(separator: "/")
    let source = clean.isEmpty ? path : "\(path):\(clean)"
    guard let dataset = try self.object(clean) else { return try plan(ofGroup: clean, source) }
    try checkWidth(dataset)
    let names = dataset.columnNames(dataset.name)
    return Hdf5Plan(
      source: source, group: nil, parts: [.init(dataset: dataset, names: names, offsets: [])])
  }

  /// The table whose columns are the datasets of a group.
  private func plan(ofGroup group: String, _ source: String) throws -> Hdf5Plan {
    let all = try datasets(under: group).filter { $0.group == group && !$0.layout.isCompound }
    let plain = all.filter { (1...2).contains($0.shape.count) && $0.isReadable }
    for dataset in plain { try checkWidth(dataset) }
    if plain.isEmpty, let damage = all.lazy.compactMap(\.damage).first { throw damage }
    guard !plain.isEmpty else {
      throw wrong(
        group, "a group must hold datasets of one dimension to be a table", "it holds none",
        try tableList(), kind: .usage)
    }
    if let blocks = try pandasBlocks(plain) {
      let parts = blocks.map { Hdf5Plan.Part(dataset: $0.dataset, names: $0.names, offsets: []) }
      return Hdf5Plan(source: source, group: group, parts: parts)
    }
    let pairs = OffsetPairs.find(among: plain.filter { $0.shape.count == 1 }.map(\.name))
    let offsets = Set(pairs.values.flatMap(\.self))
    let parts = plain.filter { !offsets.contains($0.name) }.map { dataset in
      Hdf5Plan.Part(
        dataset: dataset,
        names: pairs[dataset.name] == nil ? dataset.columnNames(dataset.name) : [dataset.name],
        offsets: (pairs[dataset.name] ?? []).compactMap { name in plain.first { $0.name == name } })
    }
    // Behind the others, of which the first tells how many events there are.
    let damaged = all.filter { $0.damage != nil }.map {
      Hdf5Plan.Part(dataset: $0, names: [$0.name], offsets: [])
    }
    return Hdf5Plan(source: source, group: group, parts: parts + damaged)
  }

  /// The paths of everything that is a table: structures, groups with columns, matrices.
  func tables() throws(FormatError) -> [String] {
    let all = try datasets()
    let groups = Set(all.filter(\.isColumn).map(\.group))
    var tables: [String] = []
    for dataset in all {
      if dataset.layout.isCompound {
        tables.append(dataset.path)
      } else if groups.contains(dataset.group) {
        if !tables.contains(dataset.group) { tables.append(dataset.group) }
      } else if dataset.shape.count == 2, dataset.isReadable {
        tables.append(dataset.path)
      }
    }
    return tables.isEmpty && all.count == 1 ? [all[0].path] : tables
  }

  /// The only table of the file.
  func onlyTable() throws(FormatError) -> String {
    let tables = try tables()
    if tables.count == 1 { return tables[0] }
    throw wrong(
      nil, "one table must be meant",
      tables.isEmpty ? "the file holds none" : "the file holds \(tables.count)",
      try tableList(), kind: tables.isEmpty ? .failure : .usage)
  }

  private func tableList() throws(FormatError) -> String {
    let tables = try tables()
    guard let first = tables.first else { return "'apus inspect \(path)' shows what it holds." }
    let names = tables.prefix(12).map { $0.isEmpty ? "/" : $0 }.joined(separator: ", ")
    return "Name one, for example '\(path):\(first.isEmpty ? "/" : first)'. There are: \(names)."
  }
}

/// The value of an attribute of an HDF5 file.
public enum AttributeValue: Sendable, Equatable {
  /// A text of fixed or variable length.
  case text(String)
  /// A whole number of any width.
  case integer(Int64)
  /// A floating-point number of any width.
  case real(Double)
}

/// Reads the attributes of an HDF5 object that hold one text or number each.
/// - Parameters:
///   - path: The file.
///   - object: The path of a group or dataset; "/" for the file itself.
/// - Throws: ``FormatError`` where the file or the object can't be read.
public func readHDF5Attributes(
  _ path: String, of object: String = "/"
) throws -> [String: AttributeValue] {
  try Hdf5.locked {
    let file = try Hdf5File(path)
    if object != "/" { _ = try file.object(object) }
    guard let owner = unsafe Hdf5Handle(H5Oopen(file.handle.id, object, h5_default()), .object)
    else {
      throw file.wrong(object, "an object must be readable", Hdf5.lastError)
    }
    var values: [String: AttributeValue] = [:]
    var index: hsize_t = 0
    while let attribute = unsafe Hdf5Handle(
      H5Aopen_by_idx(
        owner.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, h5_default(), h5_default()), .attribute)
    {
      index += 1
      var name = [CChar](repeating: 0, count: 1024)
      unsafe H5Aget_name(attribute.id, name.count, &name)
      let key = String(
        decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if let value = attributeValue(attribute) { values[key] = value }
    }
    _ = Hdf5.lastError
    return values
  }
}

private func attributeValue(_ attribute: Hdf5Handle) -> AttributeValue? {
  guard let type = Hdf5Handle(H5Aget_type(attribute.id), .type),
    let space = Hdf5Handle(H5Aget_space(attribute.id), .space),
    H5Sget_simple_extent_npoints(space.id) == 1
  else { return nil }
  switch H5Tget_class(type.id) {
  case H5T_INTEGER:
    var value: Int64 = 0
    return unsafe H5Aread(attribute.id, h5_native_int64(), &value) >= 0 ? .integer(value) : nil
  case H5T_FLOAT:
    var value = 0.0
    return unsafe H5Aread(attribute.id, h5_native_double(), &value) >= 0 ? .real(value) : nil
  case H5T_STRING:
    if H5Tis_variable_str(type.id) > 0 {
      var text: UnsafeMutablePointer<CChar>?
      guard unsafe H5Aread(attribute.id, type.id, &text) >= 0 else { return nil }
      defer { _ = unsafe h5_reclaim(type.id, space.id, &text) }
      return unsafe .text(text.map { unsafe String(cString: $0) } ?? "")
    }
    let size = Int(clamping: H5Tget_size(type.id))
    guard size < 1 << 26 else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    guard unsafe H5Aread(attribute.id, type.id, &bytes) >= 0 else { return nil }
    return .text(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
  default: return nil
  }
}
