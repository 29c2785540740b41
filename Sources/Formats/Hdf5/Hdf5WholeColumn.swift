import ApusEvents
import ApusKernels
import CHDF5

extension Hdf5File {
  /// A column of one dimension whose stored form is the column's own, read without a copy.
  func wholeColumn(
    _ dataset: Dataset, _ handle: Hdf5Handle, _ leaf: Hdf5Leaf
  ) throws(FormatError) -> Column.Values? {
    guard dataset.shape.count == 1, !dataset.layout.isCompound, dataset.layout.leaves.count == 1,
      dataset.layout.memory == .asStored, !Hdf5Layout.machineIsBigEndian,
      dataset.rows > 0
    else { return nil }
    func read<T>(_: T.Type) throws(FormatError) -> [T] {
      var failure: FormatError?
      let values = unsafe [T](unsafeUninitializedCapacity: dataset.rows) { buffer, filled in
        unsafe buffer.adviseLargePages()
        do throws(FormatError) {
          try unsafe fill(UnsafeMutableRawBufferPointer(buffer), dataset, handle)
          filled = dataset.rows
        } catch { failure = error }
      }
      if let failure { throw failure }
      return values
    }
    switch leaf.kind {
    case .plain(.real(4), false): return .float32(try read(Float.self))
    case .plain(.real(8), false): return .float64(try read(Double.self))
    case .plain(.integer(8, true), false): return .int64(try read(Int64.self))
    case .plain(.integer(1, true), _): return .integers(.int8(try read(Int8.self)))
    case .plain(.integer(2, true), false): return .integers(.int16(try read(Int16.self)))
    case .plain(.integer(4, true), false): return .integers(.int32(try read(Int32.self)))
    case .plain(.integer(1, false), _): return .integers(.uint8(try read(UInt8.self)))
    case .plain(.integer(2, false), false): return .integers(.uint16(try read(UInt16.self)))
    case .plain(.integer(4, false), false): return .integers(.uint32(try read(UInt32.self)))
    case .plain(.integer(8, false), false): return .integers(.uint64(try read(UInt64.self)))
    default: return nil
    }
  }

  /// Fills memory with the rows of a dataset: from their place in the file where they lie together, chunk by chunk
  /// where those are deflated, else by the library.
  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, _ dataset: Dataset, _ handle: Hdf5Handle
  ) throws(FormatError) {
    guard let start = buffer.baseAddress else { return }
    let rows = dataset.firstRow..<dataset.firstRow + dataset.rows
    let element = buffer.count / dataset.rows
    if let place = place(of: rows, element, handle) {
      return try unsafe copy(buffer, from: place, dataset.path)
    }
    if let chunks = Hdf5Chunks(handle, element: element, fileSize: size),
      unsafe chunks.read(handle, rows, to: start)
    {
      return
    }
    guard let file = Hdf5Handle(H5Dget_space(handle.id), .space),
      let memory = unsafe Hdf5Handle(H5Screate_simple(1, [hsize_t(rows.count)], nil), .space),
      let type = Hdf5Handle(H5Dget_type(handle.id), .type)
    else { throw unreadable(dataset) }
    if dataset.isPart {
      let (first, count) = ([hsize_t(rows.lowerBound)], [hsize_t(rows.count)])
      guard unsafe H5Sselect_hyperslab(file.id, H5S_SELECT_SET, first, nil, count, nil) >= 0 else {
        throw unreadable(dataset)
      }
    }
    guard unsafe H5Dread(handle.id, type.id, memory.id, file.id, h5_default(), start) >= 0 else {
      throw unreadable(dataset)
    }
  }

  /// Where rows stand in the file; nil where they do not lie together there.
  private func place(of rows: Range<Int>, _ element: Int, _ handle: Hdf5Handle) -> Int? {
    guard let list = Hdf5Handle(H5Dget_create_plist(handle.id), .list),
      H5Pget_layout(list.id) == H5D_CONTIGUOUS, H5Pget_external_count(list.id) == 0
    else { return nil }
    let start = UInt64(H5Dget_offset(handle.id))
    let stored = UInt64(H5Dget_storage_size(handle.id))
    // Data that were never written have no place; the library answers with the greatest number.
    guard start > 0, start < UInt64(size), stored <= UInt64(size) - start,
      rows.upperBound <= Int(stored) / element
    else { return nil }
    return Int(start) + rows.lowerBound * element
  }

  /// So many bytes are copied by one thread at once.
  private static let run = 1 << 20

  /// Copies bytes of the file on all threads: one alone is slower than memory.
  private func copy(
    _ buffer: UnsafeMutableRawBufferPointer, from place: Int, _ object: String
  ) throws(FormatError) {
    // Each run fills bytes of its own.
    nonisolated(unsafe) let target = unsafe buffer
    let bytes = bytes
    let runs = (buffer.count + Self.run - 1) / Self.run
    let failures = Parallel.map(runs) { i -> FormatError? in
      let own = unsafe i * Self.run..<min((i + 1) * Self.run, target.count)
      do throws(FormatError) {
        try unsafe bytes.read(
          into: UnsafeMutableRawBufferPointer(rebasing: target[own]), at: place + own.lowerBound,
          for: "a dataset", object: object)
        return nil
      } catch { return error }
    }
    if let failure = failures.lazy.compactMap(\.self).first { throw failure }
  }
}
