import ApusKernels
import ApusEvents

/// What a file holds, as `apus inspect` shows it.
public struct FileDescription: Sendable, Equatable {
  /// One thing inside a file: a table, a dataset, an array, a tensor.
  public struct Item: Sendable, Equatable {
    /// The path inside the file; empty where the file is a single table.
    public var path: String
    /// What it is: "table", "dataset", "tensor".
    public var kind: String
    /// The sizes of its dimensions, events first.
    public var shape: [Int]
    /// Its columns with their types and first values.
    public var columns: [ColumnDescription]
  }

  /// One column.
  public struct ColumnDescription: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The type as the file has it.
    public var type: String
    /// The first values, as text.
    public var first: [String]
  }

  /// The file's path.
  public var file: String
  /// The name of the format: "HDF5".
  public var format: String
  /// The file's size in bytes.
  public var bytes: Int
  /// What it holds, in the order of the file.
  public var items: [Item]
  /// Named notes: the metadata of a model file, the attributes of an HDF5 file.
  public var notes: [(key: String, value: String)]

  /// Whether two descriptions say the same.
  public static func == (a: FileDescription, b: FileDescription) -> Bool {
    a.file == b.file && a.format == b.format && a.bytes == b.bytes && a.items == b.items
      && a.notes.map(\.key) == b.notes.map(\.key) && a.notes.map(\.value) == b.notes.map(\.value)
  }

  /// The description as plain text, a line a column.
  public var text: String {
    var lines = ["\(file): \(format), \(Self.readable(bytes))"]
    for (key, value) in notes {
      lines.append("  \(key): \(value.count > 160 ? String(value.prefix(160)) + " ..." : value)")
    }
    for item in items {
      let sizes = item.shape.map(String.init).joined(separator: " x ")
      let entries = item.kind == "table" ? "\(item.shape.first ?? 0) entries" : sizes
      lines.append("")
      lines.append("\(item.path.isEmpty ? "table" : item.path) (\(item.kind), \(entries))")
      let width = item.columns.map(\.name.count).max() ?? 0
      let typeWidth = item.columns.map(\.type.count).max() ?? 0
      for column in item.columns {
        let values =
          column.first.isEmpty ? "" : "  " + column.first.joined(separator: ", ") + " ..."
        lines.append(
          "  " + padded(column.name, width) + "  " + padded(column.type, typeWidth) + values)
      }
    }
    return lines.joined(separator: "\n")
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  static func readable(_ bytes: Int) -> String {
    var size = Double(bytes)
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
      if size < 1024 || unit == "GiB" {
        return unit == "bytes" ? "\(bytes) bytes" : "\((size * 10).rounded() / 10) \(unit)"
      }
      size /= 1024
    }
    return "\(bytes) bytes"
  }
}

/// Describes what a file holds: its tables and columns with types, entries and first values.
/// - Throws: ``FormatError`` where the file can't be read.
public func inspect(_ path: String, firstValues: Int = 4) throws -> FileDescription {
  let address = try TableAddress(path)
  let file = address.files[0]
  let size = try fileSize(file)
  let format = try FileFormat.of(file, head: readHead(file))
  var description = FileDescription(
    file: file, format: "", bytes: size, items: [], notes: [])
  switch format {
  case .hdf5:
    description.format = "HDF5"
    description.items = try hdf5Items(file, address.object, firstValues)
    description.notes = try readHDF5Attributes(file).sorted { $0.key < $1.key }
      .map { ($0.key, "\($0.value.shown)") }
  case .parquet:
    let table = try ParquetTable(file)
    description.format = "Parquet"
    description.items = [
      FileDescription.Item(
        path: "", kind: "table", shape: [table.count], columns: shownColumns(of: table, firstValues)
      )
    ]
    description.notes = table.notes
  case .root:
    description.format = "ROOT"
    (description.items, description.notes) = try rootItems(file, address.object, firstValues)
  case .npz:
    description.format = "NPZ"
    description.items = try npzItems(file, address.object, firstValues)
  case .npy:
    description.format = "NPY"
    let bytes = try readFile(file)
    description.items = [try NpyArray(bytes, file: file).item("", bytes: bytes, firstValues)]
  case .lhe:
    description.format = "LHE"
    description.items = [item("", try readTable(file), firstValues)]
  case .hepmc:
    let table = try HepMcTable(file)
    description.format = "HepMC"
    description.items = [
      FileDescription.Item(
        path: "", kind: "table", shape: [table.count], columns: shownColumns(of: table, firstValues)
      )
    ]
  case .csv, .gzip:
    let isGzip = format == .gzip
    let bytes = isGzip ? try Deflate.gunzip(readFile(file), file: file) : []
    if isGzip, bytes.starts(with: [0, 0, 8]) {
      description.format = "IDX, gzipped"
      description.items = [idxItem(try idxArray(bytes, file: file))]
      break
    }
    description.format = isGzip ? "text, gzipped" : "text"
    description.items = [item("", try readTable(file), firstValues)]
  case .idx:
    description.format = "IDX"
    description.items = [idxItem(try readIDX(file))]
  case .model:
    description.format = "model (safetensors)"
    try describeModel(file, &description)
  case .other(let name, let remedy):
    throw FormatError(
      file, "a file to inspect must be ROOT, CSV, TSV, HDF5, Parquet, NPY, NPZ or a model",
      found: "this is \(name)",
      remedy: remedy)
  }
  return description
}

private func item(_ path: String, _ table: EventTable, _ count: Int) -> FileDescription.Item {
  FileDescription.Item(
    path: path, kind: "table", shape: [table.count],
    columns: table.columns.map {
      .init(name: $0.name, type: $0.typeName, first: $0.first(count))
    })
}

/// The columns of a table with their first values; what can't be read is named with the reason, beside the others.
func shownColumns(of table: any TableSource, _ count: Int) -> [FileDescription.ColumnDescription] {
  let rows = 0..<min(count, table.count)
  let readable = table.schema.filter { $0.obstacle == nil }.map(\.name)
  // All at once is fastest; only where that fails each by itself.
  let together = try? table.read(readable, rows: rows)
  return table.schema.map { column in
    if let obstacle = column.obstacle { return .unreadable(column.name, column.type, obstacle) }
    do {
      let values = try together ?? table.read([column.name], rows: rows)
      return .init(
        name: column.name, type: column.type, first: try values.column(column.name).first(count))
    } catch {
      return .unreadable(column.name, column.type, error)
    }
  }
}

extension FileDescription.ColumnDescription {
  /// A column whose values can't be shown.
  static func unreadable(_ name: String, _ type: String, _ reason: String) -> Self {
    .init(name: name, type: "\(type), \(reason)", first: [])
  }

  /// A column that is damaged.
  static func unreadable(_ name: String, _ type: String, _ error: any Error) -> Self {
    .unreadable(name, type, "unreadable: " + ((error as? any ApusError)?.message ?? "\(error)"))
  }
}

/// The arrays of an archive, one after the other; a damaged one is named beside the others.
private func npzItems(
  _ path: String, _ object: String?, _ count: Int
) throws -> [FileDescription.Item] {
  // What is not there is told as always.
  let archive = try ZipArchive(path)
  if let object, !archive.entries.contains(where: { $0.name == object + ".npy" }) {
    _ = try npzArrays(path, object)
  }
  return archive.entries.filter {
    $0.name.hasSuffix(".npy") && (object == nil || $0.name == (object ?? "") + ".npy")
  }.map { entry in
    let name = String(entry.name.dropLast(4))
    do {
      // Of large arrays only the first values: the rest may be larger than memory.
      if entry.size > 64 << 20 {
        let content = try archive.reader(of: entry)
        let head = try content.bytes(from: 0, count: 1 << 20)
        let array = try NpyArray(head, file: path, object: name, size: entry.size)
        let bytes = try content.bytes(from: 0, count: array.start + array.elementSize * count)
        return array.item(name, bytes: bytes, count)
      }
      let bytes = try archive.content(of: entry)
      return try NpyArray(bytes, file: path, object: name).item(name, bytes: bytes, count)
    } catch {
      return .init(
        path: name, kind: "array", shape: [], columns: [.unreadable("value", "array", error)])
    }
  }
}

private func idxItem(_ array: IDXArray) -> FileDescription.Item {
  .init(
    path: "data", kind: "array", shape: array.shape,
    columns: [.init(name: "value", type: "uint8", first: [])])
}

extension NpyArray {
  fileprivate func item(_ name: String, bytes: [UInt8], _ count: Int) -> FileDescription.Item {
    .init(
      path: name, kind: shape.count == 1 && isStructured ? "table" : "array", shape: shape,
      columns: fields.map { field in
        let values = StridedElements(
          type: field.type, isBigEndian: field.isBigEndian, start: start + field.offset,
          stride: elementSize,
          count: field.count == 0 || width == 0 ? 0 : min(count, shape.reduce(1, *)))
        return .init(
          name: field.name.isEmpty ? "value" : field.name,
          type: field.count == 1 ? field.type.name : "\(field.type.name)[\(field.count)]",
          first: unsafe Column("", bytes.withUnsafeBytes { unsafe values.values($0) }).first(count))
      })
  }
}

private func hdf5Items(
  _ path: String, _ object: String?, _ count: Int
) throws -> [FileDescription.Item] {
  try Hdf5.locked {
    let file = try Hdf5File(path)
    let asked = object?.split(separator: "/").joined(separator: "/")
    if let asked { _ = try file.object(asked) }
    let all = try file.datasets().filter {
      asked == nil || $0.path == asked || $0.path.hasPrefix((asked ?? "") + "/") || asked == ""
    }
    var items: [FileDescription.Item] = []
    for dataset in all {
      if dataset.isColumn, let last = items.indices.last, items[last].kind == "table",
        items[last].path == (dataset.group.isEmpty ? "/" : dataset.group),
        items[last].shape == dataset.shape
      {
        items[last].columns.append(file.description(of: dataset, count))
      } else if dataset.isColumn {
        items.append(
          .init(
            path: dataset.group.isEmpty ? "/" : dataset.group, kind: "table", shape: dataset.shape,
            columns: [file.description(of: dataset, count)]))
      } else {
        items.append(file.item(dataset, count))
      }
    }
    return items
  }
}

extension Hdf5File {
  fileprivate func description(
    of dataset: Dataset, _ count: Int
  ) -> FileDescription.ColumnDescription {
    let type = dataset.layout.leaves.first?.typeName ?? ""
    do {
      let values = try columns(
        of: dataset.part(0..<min(count, dataset.rows)), names: [dataset.name], wanted: nil)
      return .init(name: dataset.name, type: type, first: values.first?.first(count) ?? [])
    } catch { return .unreadable(dataset.name, type, error) }
  }

  fileprivate func item(_ dataset: Dataset, _ count: Int) -> FileDescription.Item {
    let isTable = dataset.layout.isCompound && dataset.shape.count == 1
    let leaves = dataset.layout.leaves
    let names = leaves.map { $0.name.isEmpty ? "value" : $0.name }
    let first = Result {
      isTable
        ? try columns(of: dataset.part(0..<min(count, dataset.rows)), names: names, wanted: nil)
        : []
    }
    return .init(
      path: dataset.path, kind: isTable ? "table" : "dataset", shape: dataset.shape,
      columns: zip(names, leaves).map { name, leaf in
        switch first {
        case .failure(let error): .unreadable(name, leaf.typeName, error)
        case .success(let columns):
          .init(
            name: name, type: leaf.typeName,
            first: columns.first { $0.name == name }?.first(count) ?? [])
        }
      })
  }
}

extension AttributeValue {
  var shown: String {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .real(let number): String(number)
    }
  }
}

extension Column {
  /// The first values as text.
  func first(_ count: Int) -> [String] {
    (0..<min(count, self.count)).map { values.text($0) }
  }
}
