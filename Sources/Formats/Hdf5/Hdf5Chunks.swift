import ApusKernels
import CHDF5
import Synchronization

/// The chunks of a dataset of one dimension that were deflated, perhaps after their bytes were shuffled.
///
/// The library unpacks them one by one on the caller's thread; here it only hands out their stored bytes, one chunk at
/// a time, and all threads unpack. What is stored otherwise, was never written or is damaged is left to the library, also for its words about it.
struct Hdf5Chunks: Sendable {
  private let rows: Int
  private let element: Int
  private let isShuffled: Bool
  /// The size of the file, more than which no chunk has stored.
  private let most: Int

  /// A chunk larger than this is left to the library.
  private static let greatest = 64 << 20

  /// Nil where the library has to read the dataset itself.
  init?(_ dataset: Hdf5Handle, element: Int, fileSize: Int) {
    guard let list = Hdf5Handle(H5Dget_create_plist(dataset.id), .list),
      H5Pget_layout(list.id) == H5D_CHUNKED
    else { return nil }
    var chunk: hsize_t = 0
    guard unsafe H5Pget_chunk(list.id, 1, &chunk) == 1, chunk > 0,
      chunk <= Self.greatest / element
    else { return nil }
    switch (0..<max(0, Int(H5Pget_nfilters(list.id)))).map({ h5_filter(list.id, UInt32($0)) }
    ) {
    case [Int32(H5Z_FILTER_DEFLATE)]: isShuffled = false
    case [Int32(H5Z_FILTER_SHUFFLE), Int32(H5Z_FILTER_DEFLATE)]: isShuffled = element > 1
    default: return nil
    }
    rows = Int(chunk)
    self.element = element
    most = fileSize
  }

  /// Unpacks some rows into memory of their size; false where the library has to read them.
  func read(
    _ dataset: Hdf5Handle, _ wanted: Range<Int>, to target: UnsafeMutableRawPointer
  ) -> Bool {
    let first = wanted.lowerBound / rows
    let end = (wanted.upperBound + rows - 1) / rows
    nonisolated(unsafe) let memory = unsafe target
    // The library is used by one thread at a time.
    nonisolated(unsafe) let dataset = dataset
    let library = Mutex<Void>(())
    let done = Parallel.map(end - first) { i in
      guard let chunk = library.withLock({ _ in unsafe stored(dataset, first + i) }) else {
        return false
      }
      return unsafe unpack(chunk, (first + i) * rows, wanted, memory)
    }
    return !done.contains(false)
  }

  /// The stored bytes of a chunk.
  private func stored(_ dataset: Hdf5Handle, _ number: Int) -> [UInt8]? {
    // Errors are kept silent for each thread.
    guard h5_start() >= 0 else { return nil }
    var offset = hsize_t(number * rows)
    var size: hsize_t = 0
    guard unsafe H5Dget_chunk_storage_size(dataset.id, &offset, &size) >= 0, size > 0,
      size <= min(most, 2 * Self.greatest)
    else {
      _ = Hdf5.lastError
      return nil
    }
    var skipped: UInt32 = 0
    var status: herr_t = -1
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, filled in
      status = unsafe h5_read_chunk(dataset.id, &offset, &skipped, buffer.baseAddress)
      filled = status < 0 ? 0 : Int(size)
    }
    if status < 0 { _ = Hdf5.lastError }
    return status >= 0 && skipped == 0 ? bytes : nil
  }

  /// Unpacks a chunk that starts at a row, and puts those of its rows that are wanted in their places.
  private func unpack(
    _ packed: [UInt8], _ start: Int, _ wanted: Range<Int>, _ target: UnsafeMutableRawPointer
  ) -> Bool {
    let own = wanted.clamped(to: start..<start + rows)
    let place = unsafe target + (own.lowerBound - wanted.lowerBound) * element
    func inflate(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
      unsafe packed.withUnsafeBytes {
        unsafe Inflater().unpack(.zlib, $0, into: memory) == nil
      }
    }
    if own.count == rows, !isShuffled {
      return unsafe inflate(UnsafeMutableRawBufferPointer(start: place, count: rows * element))
    }
    return unsafe withUnsafeTemporaryAllocation(byteCount: rows * element, alignment: 64) { plain in
      guard unsafe inflate(plain), let base = plain.baseAddress else { return false }
      let first = own.lowerBound - start
      if isShuffled {
        unsafe join(base + first, to: place, count: own.count)
      } else {
        unsafe place.copyMemory(from: base + first * element, byteCount: own.count * element)
      }
      return true
    }
  }

  /// Puts the bytes of each number together again: all first bytes stand before all second ones.
  private func join(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int
  ) {
    func byte(_ b: Int, _ i: Int) -> UInt64 {
      UInt64(unsafe source.load(fromByteOffset: b * rows + i, as: UInt8.self))
    }
    switch element {
    case 4:
      for i in 0..<count {
        let value = byte(0, i) | byte(1, i) << 8 | byte(2, i) << 16 | byte(3, i) << 24
        unsafe target.storeBytes(
          of: UInt32(truncatingIfNeeded: value).littleEndian, toByteOffset: 4 * i, as: UInt32.self)
      }
    case 8:
      for i in 0..<count {
        let low = byte(0, i) | byte(1, i) << 8 | byte(2, i) << 16 | byte(3, i) << 24
        let high = byte(4, i) | byte(5, i) << 8 | byte(6, i) << 16 | byte(7, i) << 24
        unsafe target.storeBytes(
          of: (low | high << 32).littleEndian, toByteOffset: 8 * i, as: UInt64.self)
      }
    default:
      for b in 0..<element {
        for i in 0..<count {
          unsafe target.storeBytes(
            of: UInt8(truncatingIfNeeded: byte(b, i)), toByteOffset: i * element + b, as: UInt8.self
          )
        }
      }
    }
  }
}
