import CCodecs

/// Unpacks deflated data whose size is known, with libdeflate: about twice as fast as zlib.
///
/// It keeps the tables of its library, so that one a thread is made once. See
/// `Documentation/decisions/062-libdeflate.md`; streams whose size nobody knows stay with zlib.
@safe final class Inflater {
  /// How a stream is wrapped.
  enum Wrapping {
    /// Nothing around it: zip archives, the oldest ROOT files.
    case raw
    /// Two bytes before and a checksum behind.
    case zlib
    case gzip
  }

  private let library = unsafe libdeflate_alloc_decompressor()

  deinit { if let library = unsafe library { unsafe libdeflate_free_decompressor(library) } }

  /// Unpacks a stream that holds exactly as many bytes as there is room for.
  /// - Returns: Nil, or what is wrong, in words.
  func unpack(
    _ wrapping: Wrapping, _ input: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) -> String? {
    guard let library = unsafe library else { return "there is no memory" }
    let (from, size) = (input.baseAddress, input.count)
    let (to, room) = (output.baseAddress, output.count)
    // Without a place for the size the library wants all of the room filled.
    let result =
      switch wrapping {
      case .raw: unsafe libdeflate_deflate_decompress(library, from, size, to, room, nil)
      case .zlib: unsafe libdeflate_zlib_decompress(library, from, size, to, room, nil)
      case .gzip: unsafe libdeflate_gzip_decompress(library, from, size, to, room, nil)
      }
    return Self.words(result)
  }

  /// Unpacks one member of a gzip file.
  /// - Returns: How many bytes it took and gave; nil where it is damaged or there is too little room.
  func member(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (taken: Int, made: Int)? {
    guard let library = unsafe library else { return nil }
    var (taken, made) = (0, 0)
    let result = unsafe libdeflate_gzip_decompress_ex(
      library, input.baseAddress, input.count, output.baseAddress, output.count, &taken, &made)
    return result == LIBDEFLATE_SUCCESS ? (taken, made) : nil
  }

  private static func words(_ result: libdeflate_result) -> String? {
    switch result {
    case LIBDEFLATE_SUCCESS: nil
    case LIBDEFLATE_SHORT_OUTPUT: "there is less than announced"
    case LIBDEFLATE_INSUFFICIENT_SPACE: "there is more than announced"
    default: "the stream is damaged or cut off"
    }
  }
}
