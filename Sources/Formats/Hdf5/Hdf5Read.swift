import ApusEvents
import CHDF5

extension Hdf5File {
  /// The columns of a dataset, of which only those wanted are decoded.
  ///
  /// Rows are read in blocks of whole chunks, so that the memory needed besides the columns is bounded
  /// and no chunk is decompressed twice.
  func columns(
    of dataset: Dataset, names: [String], wanted: Set<String>?
  ) throws -> [Column] {
    guard let handle = unsafe Hdf5Handle(H5Dopen2(handle.id, dataset.path, h5_default()), .dataset),
      let stored = Hdf5Handle(H5Dget_type(handle.id), .type)
    else { throw wrong(dataset.path, "a dataset must be readable", Hdf5.lastError) }
    let isNothingReadable = !dataset.isReadable
    let chosen = names.indices.filter { i in
      if let wanted { return wanted.contains(names[i]) }
      if case .unreadable = leaf(i, dataset).kind { return isNothingReadable }
      return true
    }
    for i in chosen {
      if case .unreadable(let why) = leaf(i, dataset).kind {
        throw wrong(
          dataset.path, "a column must hold numbers or text", "'\(names[i])' holds \(why)",
          "Leave it out, or write it again as numbers.")
      }
    }
    if chosen.isEmpty { return [] }
    if let column = try wholeColumn(dataset, handle, leaf(chosen[0], dataset)) {
      return [Column(names[chosen[0]], column)]
    }
    let type: hid_t =
      switch dataset.layout.memory {
      case .asStored: stored.id
      case .float64: h5_native_double()
      case .int64: h5_native_int64()
      }
    var pieces = [[Column.Values]](repeating: [], count: chosen.count)
    let step = blockRows(dataset, handle)
    var row = 0
    repeat {
      let count = min(step, dataset.rows - row)
      let block = try readBlock(dataset, handle, type, row, count, chosen)
      for i in pieces.indices { pieces[i].append(block[i]) }
      row += count
    } while row < dataset.rows
    // One dataset has one type, so its blocks always join.
    return zip(chosen, pieces).map { Column(names[$0], .joined($1) ?? $1[0]) }
  }

  private func leaf(_ i: Int, _ dataset: Dataset) -> Hdf5Leaf {
    dataset.layout.leaves[i % dataset.layout.leaves.count]
  }

  /// Rows to read at once: about 4 MiB, which stay in the cache, and whole chunks.
  private func blockRows(_ dataset: Dataset, _ handle: Hdf5Handle) -> Int {
    let (product, overflow) = dataset.width.multipliedReportingOverflow(
      by: dataset.layout.elementSize)
    let rowBytes = overflow ? Int.max : max(1, product)
    let rows = max(1, (4 << 20) / rowBytes)
    guard !dataset.shape.isEmpty, let chunkRows = chunkRows(dataset, handle) else { return rows }
    return max(rows / chunkRows, 1) * chunkRows
  }

  /// The rows of a chunk of a dataset; nil where it has none.
  func chunkRows(_ dataset: Dataset, _ handle: Hdf5Handle) -> Int? {
    guard let list = Hdf5Handle(H5Dget_create_plist(handle.id), .list),
      H5Pget_layout(list.id) == H5D_CHUNKED
    else { return nil }
    var chunk = [hsize_t](repeating: 0, count: dataset.shape.count)
    guard unsafe H5Pget_chunk(list.id, Int32(chunk.count), &chunk) == Int32(chunk.count),
      !chunk.isEmpty
    else { return nil }
    return min(max(1, Int(clamping: chunk[0])), max(1, dataset.rows))
  }

  private func readBlock(
    _ dataset: Dataset, _ handle: Hdf5Handle, _ type: hid_t, _ row: Int, _ count: Int,
    _ chosen: [Int]
  ) throws(FormatError) -> [Column.Values] {
    let layout = dataset.layout
    let stride = dataset.width * layout.elementSize
    let sizes = [hsize_t(count)] + dataset.shape.dropFirst().map { hsize_t($0) }
    let start = [hsize_t(dataset.firstRow + row)] + dataset.shape.dropFirst().map { _ in 0 }
    guard let file = Hdf5Handle(H5Dget_space(handle.id), .space),
      let memory = unsafe dataset.shape.isEmpty
        ? Hdf5Handle(H5Screate(H5S_SCALAR), .space)
        : Hdf5Handle(H5Screate_simple(Int32(sizes.count), sizes, nil), .space)
    else { throw unreadable(dataset) }
    // Zeros, because text of variable length is freed through pointers that a failed read leaves behind.
    var bytes = [UInt8](repeating: 0, count: count * stride)
    if !bytes.isEmpty {
      if !dataset.shape.isEmpty {
        guard unsafe H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, sizes, nil) >= 0
        else {
          throw unreadable(dataset)
        }
      }
      guard unsafe H5Dread(handle.id, type, memory.id, file.id, h5_default(), &bytes) >= 0 else {
        throw unreadable(dataset)
      }
    }
    let values = unsafe bytes.withUnsafeBytes { buffer in
      chosen.map { i in
        let leaf = layout.leaves[i % layout.leaves.count]
        let place = i / layout.leaves.count * layout.elementSize + leaf.offset
        return unsafe Self.values(leaf, buffer, start: place, stride: stride, count: count)
      }
    }
    if layout.leaves.contains(where: { $0.kind == .variableText || $0.kind == Self.lists }) {
      _ = unsafe h5_reclaim(type, memory.id, &bytes)
    }
    return values
  }

  private static let lists = Hdf5Leaf.Kind.unreadable("lists of variable length")

  private static func values(
    _ leaf: Hdf5Leaf, _ bytes: UnsafeRawBufferPointer, start: Int, stride: Int, count: Int
  ) -> Column.Values {
    switch leaf.kind {
    case .plain(let type, let isBigEndian):
      return unsafe StridedElements(
        type: type, isBigEndian: isBigEndian, start: start, stride: stride, count: count
      ).values(bytes)
    case .variableText:
      return .strings(
        (0..<count).map { i in
          let text = unsafe bytes.loadUnaligned(
            fromByteOffset: start + i * stride, as: UnsafePointer<CChar>?.self)
          return unsafe text.map { unsafe String(cString: $0) } ?? ""
        })
    case .unreadable: return .strings([])
    }
  }

  func unreadable(_ dataset: Dataset) -> FormatError {
    wrong(
      dataset.path, "a dataset must be readable", Hdf5.lastError,
      "The file is damaged, or compressed by a filter that this library lacks; "
        + "'h5repack -f GZIP=1' writes it again where the filter is known.")
  }
}
