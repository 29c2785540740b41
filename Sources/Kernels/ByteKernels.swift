internal import CKernels

/// Loops over the bytes of files.
public enum ByteKernels {
  /// The checksum XXH3 of 64 bits, without a seed.
  ///
  /// Collet, "xxHash fast digest algorithm", specification 0.2.0. Cost: about 10 GB a second.
  public static func xxh3(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    // The C function reads nothing where the count is zero, but wants a place.
    var none: UInt8 = 0
    return unsafe bytes.baseAddress.map { unsafe ck_xxh3($0, bytes.count) } ?? ck_xxh3(&none, 0)
  }

  /// Takes elements out of the split encoding: all first bytes, then all second bytes, and so on.
  /// - Parameters:
  ///   - input: `count * width` bytes.
  ///   - output: Room for as many, aligned to `width`; not the input.
  ///   - count: The number of elements.
  ///   - width: The size of an element: 1, 2, 4 or 8 bytes.
  public static func unsplit(
    _ input: UnsafeRawPointer, into output: UnsafeMutableRawPointer, count: Int, width: Int
  ) {
    unsafe ck_unsplit(input, output, Int64(count), Int32(width))
  }

  /// Brings elements into the split encoding; the inverse of ``unsplit(_:into:count:width:)``.
  public static func split(
    _ input: UnsafeRawPointer, into output: UnsafeMutableRawPointer, count: Int, width: Int
  ) {
    unsafe ck_split(input, output, Int64(count), Int32(width))
  }

  /// Turns the bytes of each element round: big-endian numbers to little-endian ones and back.
  /// - Parameters:
  ///   - input: `count * width` bytes of any alignment.
  ///   - output: Room for as many; may be the input.
  ///   - count: The number of elements.
  ///   - width: The size of an element: 1, 2, 4 or 8 bytes.
  public static func swapBytes(
    _ input: UnsafeRawPointer, into output: UnsafeMutableRawPointer, count: Int, width: Int
  ) {
    unsafe ck_swap_bytes(input, output, Int64(count), Int32(width))
  }
}
