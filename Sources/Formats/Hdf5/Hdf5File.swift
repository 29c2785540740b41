import ApusKernels
import CHDF5
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What an HDF5 file holds.
///
/// All of it must be used under `Hdf5.locked`.
final class Hdf5File {
  /// A dataset as its headers describe it.
  struct Dataset {
    /// The path without the leading slash.
    var path: String
    var shape: [Int]
    var layout: Hdf5Layout
    /// The first row that is meant, and whether the rows are a part of the dataset's.
    var firstRow = 0
    var isPart = false
    /// What is wrong with its headers, where something is.
    var damage: FormatError?
    var group: String { String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)) }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var rows: Int { shape.first ?? 1 }
    /// Elements of a row.
    var width: Int { shape.dropFirst().reduce(1, *) }
    /// Whether it is a column of the group it lies in.
    var isColumn: Bool { !layout.isCompound && shape.count == 1 && isReadable }
    var isReadable: Bool {
      layout.leaves.contains { if case .unreadable = $0.kind { false } else { true } }
    }

    /// The same dataset as if it had only some of its rows.
    func part(_ rows: Range<Int>) -> Dataset {
      if shape.isEmpty || rows == 0..<self.rows && !isPart { return self }
      var part = self
      part.shape[0] = rows.count
      part.firstRow = firstRow + rows.lowerBound
      part.isPart = true
      return part
    }

    /// Names of the columns, in the order of elements and leaves.
    func columnNames(_ prefix: String) -> [String] {
      let elements = shape.count < 2 ? [""] : (0..<width).map(String.init)
      return elements.flatMap { element in
        layout.leaves.map { leaf in
          if layout.isCompound, shape.count < 2 { return leaf.name }
          return [prefix, leaf.name, element].filter { !$0.isEmpty }.joined(separator: "_")
        }
      }
    }

    /// What it holds, for messages: "float32 [1000, 50]".
    var summary: String {
      let type =
        layout.isCompound
        ? "structure of \(layout.leaves.count) columns" : layout.leaves.first?.typeName ?? "nothing"
      return "\(type) \(shape)"
    }
  }

  let path: String
  let handle: Hdf5Handle
  /// The same file without the library, which copies on one thread only.
  let bytes: RandomFile
  /// The file of another machine, whose copy here lives as long as this.
  private let remote: RemoteFile?
  var size: Int { bytes.size }
  static let mostObjects = 100_000

  init(_ path: String) throws(FormatError) {
    // The library needs a file of this machine.
    remote = isRemote(path) ? try RemoteFile.open(path) : nil
    let local = try remote?.localName() ?? path
    bytes = try RandomFile(local)
    try Self.probe(local, size: bytes.size)
    guard let handle = unsafe Hdf5Handle(h5_open_read(local), .file) else {
      throw FormatError(
        path, "an HDF5 file must be whole", found: Hdf5Superblock.fault(path, size: bytes.size),
        remedy: "If it was copied or its job was killed, make it again; 'h5ls' says more.")
    }
    self.path = path
    self.handle = handle
  }

  /// Reads the file in a child process first: about one in a hundred changed bytes of its metadata crashes
  /// the library (1.10.8) or makes it read for ever, and a child can be outlived.
  ///
  /// A file that passed and has not changed since is not tried again. See `Documentation/decisions/020-hdf5-probe.md`.
  private static func probe(_ path: String, size: Int) throws(FormatError) {
    let mark = FileMark(path)
    if let mark, passed.withLock({ $0.contains(mark) }) { return }
    let signal = unsafe h5_probe(path, probedBytes, UInt32(3 + min(size / 10_000_000, 600)))
    if signal <= 0 {
      // What changed while it was looked at is looked at again.
      if let mark, mark == FileMark(path) {
        passed.withLock { marks in
          if marks.count > 10_000 { marks = [] }
          marks.insert(mark)
        }
      }
      return
    }
    throw FormatError(
      path, "an HDF5 file must be whole",
      found: signal == SIGXCPU
        ? "reading it never ends" : "the HDF5 library crashes on it (signal \(signal))",
      remedy: "The file is damaged; copy or make it again.")
  }

  /// The files that passed.
  private static let passed = Mutex<Set<FileMark>>([])

  /// The data that are read twice at most.
  private static let probedBytes: Int64 = 16 << 20

  /// An error at an object of this file.
  func wrong(
    _ object: String?, _ expected: String, _ found: String, _ remedy: String = "",
    kind: ErrorKind = .failure
  ) -> FormatError {
    FormatError(path, object: object, expected, found: found, remedy: remedy, kind: kind)
  }

  /// All datasets, depth first; in the order of writing where the file keeps it, else by name.
  func datasets(under group: String = "") throws(FormatError) -> [Dataset] {
    var found: [Dataset] = []
    var visited = 0
    try walk(group, depth: 0, &visited, &found)
    return found
  }

  private func walk(
    _ group: String, depth: Int, _ visited: inout Int, _ found: inout [Dataset]
  ) throws(FormatError) {
    guard depth < 16 else { return }
    for name in try members(of: group) {
      visited += 1
      guard visited <= Self.mostObjects else { return }
      let path = group.isEmpty ? name : group + "/" + name
      guard let object = unsafe Hdf5Handle(H5Oopen(handle.id, path, h5_default()), .object) else {
        // A link that leads nowhere is not an error of the others; an object that can't be opened is damaged.
        let words = Hdf5.lastError
        if unsafe h5_is_hard_link(handle.id, path) == 1 {
          found.append(damaged(path, wrong(path, "an object must be readable", words)))
        }
        continue
      }
      switch H5Iget_type(object.id) {
      case H5I_GROUP: try walk(path, depth: depth + 1, &visited, &found)
      case H5I_DATASET:
        // A damaged one must not cost the others.
        do throws(FormatError) { found.append(try dataset(path)) } catch {
          found.append(damaged(path, error))
        }
      default: continue
      }
    }
  }

  /// A dataset that can't be read.
  private func damaged(_ path: String, _ error: FormatError) -> Dataset {
    var error = error
    var why = "damaged data: \(error.expected), but \(error.found)"
    if error.found.contains("version number") {
      // The library does not know what was invented after it.
      why = "damaged data, or those of a later HDF5 than the \(Hdf5.version) here"
      error.found = "it is damaged, or a later HDF5 than the \(Hdf5.version) here wrote it"
      error.remedy = "In h5py, h5py.File(..., libver='v110') writes what it reads."
    }
    var dataset = Dataset(path: path, shape: [], layout: Hdf5Layout(unreadable: why))
    dataset.damage = error
    return dataset
  }

  /// The names in a group.
  func members(of path: String) throws(FormatError) -> [String] {
    guard
      let group = unsafe Hdf5Handle(
        H5Gopen2(handle.id, path.isEmpty ? "/" : path, h5_default()), .group)
    else { throw wrong(path, "a group must be readable", Hdf5.lastError) }
    var names = unsafe h5_names()
    defer { unsafe free(names.text) }
    guard unsafe h5_members(group.id, Int32(Self.mostObjects), &names) >= 0 else {
      throw wrong(path, "the links of a group must be readable", Hdf5.lastError)
    }
    let text = unsafe UnsafeRawBufferPointer(start: names.text, count: names.used)
    return unsafe text.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }

  /// What stands at a path: a dataset, or nil for a group.
  /// - Throws: ``FormatError`` that lists near names where nothing stands there.
  func object(_ path: String) throws(FormatError) -> Dataset? {
    let clean = path.split(separator: "/").joined(separator: "/")
    if clean.isEmpty { return nil }
    guard let object = unsafe Hdf5Handle(H5Oopen(handle.id, clean, h5_default()), .object) else {
      _ = Hdf5.lastError
      let all = try datasets()
      let names = Set(all.map(\.path) + all.map(\.group)).subtracting([""]).sorted()
      let near = didYouMean(clean, among: names)
      throw wrong(
        clean, "the file must hold what is asked for",
        "it has no dataset or group of this name among \(names.count)",
        near.isEmpty
          ? "It has " + names.prefix(12).joined(separator: ", ") + "."
          : String(near.dropFirst()), kind: .usage)
    }
    switch H5Iget_type(object.id) {
    case H5I_GROUP: return nil
    case H5I_DATASET: return try dataset(clean)
    default: throw wrong(clean, "a dataset or group is needed", "it is neither", kind: .usage)
    }
  }

  /// Reads a dataset's headers.
  private func dataset(_ path: String) throws(FormatError) -> Dataset {
    guard let dataset = unsafe Hdf5Handle(H5Dopen2(handle.id, path, h5_default()), .dataset),
      let space = Hdf5Handle(H5Dget_space(dataset.id), .space),
      let type = Hdf5Handle(H5Dget_type(dataset.id), .type), let layout = Hdf5Layout(type.id)
    else { throw wrong(path, "a dataset must be readable", Hdf5.lastError) }
    let rank = H5Sget_simple_extent_ndims(space.id)
    guard rank >= 0, rank <= 32 else {
      throw wrong(path, "a dataset must be readable", Hdf5.lastError)
    }
    var sizes = [hsize_t](repeating: 0, count: Int(rank))
    if rank > 0 { unsafe H5Sget_simple_extent_dims(space.id, &sizes, nil) }
    let isNull = H5Sget_simple_extent_type(space.id) == H5S_NULL
    let shape = isNull ? [0] : sizes.map { Int(clamping: $0) }
    if let filter = missingFilter(dataset) {
      return Dataset(path: path, shape: shape, layout: Hdf5Layout(unreadable: filter))
    }
    try checkSize(path, shape, layout, stored: Int(clamping: H5Dget_storage_size(dataset.id)))
    return Dataset(path: path, shape: shape, layout: layout)
  }

  /// What is said of data that are compressed in a way that the library does not know.
  private func missingFilter(_ dataset: Hdf5Handle) -> String? {
    guard let list = Hdf5Handle(H5Dget_create_plist(dataset.id), .list) else { return nil }
    var name = [CChar](repeating: 0, count: 64)
    let filter = unsafe h5_missing_filter(dataset.id, list.id, &name, name.count - 1)
    _ = Hdf5.lastError
    if filter < 0 { return nil }
    let words = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "data compressed by the filter \(filter) \(words.isEmpty ? "" : "'\(words)' ")"
      + "that the HDF5 library here lacks ('h5repack -f GZIP=1' changes it)"
  }

  /// Refuses sizes that the stored bytes can't hold, before anything of that size is allocated.
  private func checkSize(
    _ path: String, _ shape: [Int], _ layout: Hdf5Layout, stored: Int
  ) throws(FormatError) {
    var total = layout.elementSize
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      total = overflow ? Int.max : product
    }
    let most = stored.multipliedReportingOverflow(by: Deflate.greatestRatio)
    guard stored <= size, most.overflow || total / 2 <= most.partialValue / 2 + 1 << 25 else {
      throw wrong(
        path, "a dataset must lie within its file",
        "it claims \(shape) elements of \(layout.elementSize) bytes from \(stored) stored bytes, "
          + "and the file has \(size)",
        "The file is damaged or was never filled.")
    }
    guard shape.dropFirst().allSatisfy({ $0 <= 1 << 40 }) else {
      throw wrong(path, "a dataset's sizes must be possible", "they are \(shape)")
    }
  }
}
