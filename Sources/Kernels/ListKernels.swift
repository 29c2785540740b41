internal import CKernels

/// Loops over lists of big-endian numbers, as ROOT files hold them.
///
/// A width of 0 means truth values of one byte.
public enum ListKernels {
  /// Copies numbers of 1, 2, 4 or 8 bytes; neither side needs an alignment, and they must not overlap.
  public static func numbers(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int, width: Int
  ) {
    unsafe ck_from_big_endian(source, target, Int64(count), Int32(width))
  }

  /// Copies `count` runs of `run` numbers whose starts are `stride` bytes apart.
  public static func numbers(
    _ source: UnsafeRawPointer, stride: Int, to target: UnsafeMutableRawPointer, count: Int,
    run: Int, width: Int
  ) {
    unsafe ck_strided_from_big_endian(
      source, Int64(stride), target, Int64(count), Int64(run), Int32(width))
  }

  /// Turns positions of lists in bytes (big-endian, 32 bits) into offsets in elements.
  ///
  /// `out[i] = base + (position[i] - key - i * header) / unit`.
  /// - Returns: Whether they start at `base`, never fall and do not pass `last`.
  public static func offsets(
    positions: UnsafeRawPointer, count: Int, key: Int, header: Int, unit: Int, base: Int,
    last: Int, out: UnsafeMutablePointer<Int>
  ) -> Bool {
    unsafe out.withMemoryRebound(to: Int64.self, capacity: count) {
      unsafe ck_offsets_from_positions(
        positions, Int64(count), Int64(key), Int64(header), Int64(unit), Int64(base), Int64(last),
        $0) == 0
    }
  }

  /// Whether positions of lists without headers give offsets that are known:
  /// `known[i] = base + (position[i] - key) / unit`.
  public static func agree(
    positions: UnsafeRawPointer, count: Int, key: Int, unit: Int, base: Int,
    known: UnsafePointer<Int>
  ) -> Bool {
    unsafe known.withMemoryRebound(to: Int64.self, capacity: count) {
      unsafe ck_positions_agree(
        positions, Int64(count), Int64(key), Int64(unit), Int64(base), $0) == 1
    }
  }

  /// Copies the numbers of lists that have `header` bytes before each; `run` numbers make an element.
  /// - Parameters:
  ///   - source: The bytes of the first list's header.
  ///   - offsets: Where the lists start, in elements; made by ``offsets(positions:count:key:header:unit:base:last:out:)``.
  ///   - count: The number of lists.
  ///   - last: Where the last list ends.
  ///   - header: The bytes before each list.
  ///   - run: How many numbers an element has.
  ///   - target: Where the first list's numbers go.
  ///   - width: The size of a number in bytes.
  public static func lists(
    _ source: UnsafeRawPointer, offsets: UnsafePointer<Int>, count: Int, last: Int, header: Int,
    run: Int, to target: UnsafeMutableRawPointer, width: Int
  ) {
    unsafe offsets.withMemoryRebound(to: Int64.self, capacity: count) {
      unsafe ck_lists_from_big_endian(
        source, $0, Int64(count), Int64(last), Int64(header), Int64(run), target, Int32(width))
    }
  }

  /// Asks the system for huge pages, which save most page faults of memory that was not touched yet.
  public static func adviseHugePages(_ memory: UnsafeMutableRawPointer, bytes: Int) {
    if bytes >= 2 << 20 { unsafe ck_advise_huge(memory, bytes) }
  }
}
