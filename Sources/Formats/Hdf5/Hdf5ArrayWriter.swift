import ApusEvents
import CHDF5

/// A dataset whose rows are written one run behind the other.
final class Hdf5ArrayWriter {
  private let writer: Hdf5Writer
  private let name: String
  private let dataset: hid_t
  private let type: hid_t
  /// The bytes of a text; 0 for numbers.
  private let textSize: Int
  private let rows: Int
  private var start = 0

  /// Makes the dataset.
  fileprivate init(_ writer: Hdf5Writer, _ name: String, _ layout: FlatLayout.Part, chunk: Int)
    throws
  {
    (self.writer, self.name, rows) = (writer, name, layout.shape[0])
    if case .strings = layout.values { textSize = layout.bytes } else { textSize = 0 }
    (type, dataset) = try Hdf5.locked { try Self.make(writer, name, layout, chunk) }
  }

  private static func make(
    _ writer: Hdf5Writer, _ name: String, _ layout: FlatLayout.Part, _ chunk: Int
  ) throws(FormatError) -> (type: hid_t, dataset: hid_t) {
    let type: Hdf5Handle?
    let size: Int
    switch layout.values {
    case .float32: (type, size) = (Hdf5Handle(H5Tcopy(h5_float32()), .type), 4)
    case .float64: (type, size) = (Hdf5Handle(H5Tcopy(h5_float64()), .type), 8)
    case .int64: (type, size) = (Hdf5Handle(H5Tcopy(h5_int64()), .type), 8)
    case .integers(let values): (type, size) = (values.hdf5Type, values.bytesPerEntry)
    case .strings: (type, size) = (Hdf5Writer.textType(layout.bytes), layout.bytes)
    case .jagged: (type, size) = (nil, 0)
    }
    guard let type else { throw writer.failure(name) }
    let dataset = try writer.dataset(
      name, type.id, shape: layout.shape, elementSize: size, chunkBytes: chunk)
    return (type.keep(), dataset.keep())
  }

  deinit {
    // Closing writes what is left, which must not happen beside another call of the library.
    _ = try? Hdf5.locked {
      H5Dclose(dataset)
      H5Tclose(type)
    }
  }

  /// Writes the next rows.
  /// - Throws: ``FormatError`` where the disk is full, or where there are more rows than were counted before.
  func append(_ array: FlatArray) throws {
    guard array.shape[0] <= rows - start else {
      throw FormatError(
        writer.path, object: name, "a table must not change while it is read",
        found: "there are more values than were counted before",
        remedy: "Is another program still writing it?")
    }
    switch array.values {
    case .float32(let v): try write(v, array.shape)
    case .float64(let v): try write(v, array.shape)
    case .int64(let v): try write(v, array.shape)
    case .strings(let v): try write(packed(v), array.shape)
    case .jagged: break
    case .integers(let values):
      switch values {
      case .int8(let v): try write(v, array.shape)
      case .int16(let v): try write(v, array.shape)
      case .int32(let v): try write(v, array.shape)
      case .uint8(let v): try write(v, array.shape)
      case .uint16(let v): try write(v, array.shape)
      case .uint32(let v): try write(v, array.shape)
      case .uint64(let v): try write(v, array.shape)
      case .bool(let v): try write(v, array.shape)
      }
    }
    start += array.shape[0]
    try writer.checkDisk()
  }

  /// Texts of one length, zeros behind each.
  private func packed(_ texts: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(texts.count * textSize)
    for text in texts {
      bytes.append(contentsOf: text.utf8.prefix(textSize))
      bytes.append(contentsOf: repeatElement(0, count: max(0, textSize - text.utf8.count)))
    }
    return bytes
  }

  private func write<T: BitwiseCopyable>(_ values: [T], _ shape: [Int]) throws {
    if values.isEmpty { return }
    let sizes = shape.map { hsize_t($0) }
    let first = [hsize_t(start)] + [hsize_t](repeating: 0, count: shape.count - 1)
    try Hdf5.locked {
      guard
        let memory = unsafe Hdf5Handle(H5Screate_simple(Int32(sizes.count), sizes, nil), .space),
        let place = Hdf5Handle(H5Dget_space(dataset), .space),
        unsafe H5Sselect_hyperslab(place.id, H5S_SELECT_SET, first, nil, sizes, nil) >= 0
      else { throw writer.failure(name) }
      let status = unsafe values.withUnsafeBytes { bytes in
        unsafe H5Dwrite(
          dataset, type, memory.id, place.id, h5_default(), bytes.baseAddress)
      }
      if status < 0 { throw writer.failure(name) }
    }
  }
}

extension Hdf5Writer {
  /// What the chunks of all columns may take together while they are written, in bytes.
  private static let openBytes = 64 << 20

  /// Makes the datasets of a column.
  /// - Parameter columns: How many columns are written side by side.
  func create(_ layout: FlatLayout, group: String, of columns: Int) throws -> [Hdf5ArrayWriter] {
    try checkName(layout.column)
    let chunk = min(256 << 10, max(16 << 10, Self.openBytes / columns))
    return try layout.parts.map { array in
      let name = group.isEmpty ? array.name : group + "/" + array.name
      return try Hdf5ArrayWriter(self, name, array, chunk: chunk)
    }
  }
}

extension Integers {
  /// The type in the file; truth values as h5py writes them, an enumeration of FALSE and TRUE.
  fileprivate var hdf5Type: Hdf5Handle? {
    switch self {
    case .int8: Hdf5Handle(H5Tcopy(h5_int8()), .type)
    case .int16: Hdf5Handle(H5Tcopy(h5_int16()), .type)
    case .int32: Hdf5Handle(H5Tcopy(h5_int32()), .type)
    case .uint8: Hdf5Handle(H5Tcopy(h5_uint8()), .type)
    case .uint16: Hdf5Handle(H5Tcopy(h5_uint16()), .type)
    case .uint32: Hdf5Handle(H5Tcopy(h5_uint32()), .type)
    case .uint64: Hdf5Handle(H5Tcopy(h5_uint64()), .type)
    case .bool: Hdf5Handle(h5_truth(), .type)
    }
  }
}
