/// The bytes of an IDX file (the form of MNIST), with its shape.
public struct IDXArray: Sendable, Equatable {
  /// The sizes of the dimensions, slowest first: (images, rows, columns) or (labels).
  public var shape: [Int]
  /// The values in C order.
  public var bytes: [UInt8]
}

/// Reads an IDX file of unsigned bytes, also gzipped: `train-images-idx3-ubyte.gz`.
/// - Throws: ``FormatError`` when the file holds another type, or fewer bytes than its shape needs.
public func readIDX(_ path: String) throws(FormatError) -> IDXArray {
  var bytes = try readFile(path)
  if Deflate.isGzip(bytes) { bytes = try Deflate.gunzip(bytes, file: path) }
  return try idxArray(bytes, file: path)
}

func idxArray(_ bytes: [UInt8], file: String) throws(FormatError) -> IDXArray {
  var cursor = Cursor(bytes, file: file)
  let zeros = try cursor.integer(UInt16.self, bigEndian: true, for: "the IDX header")
  let type = try cursor.integer(UInt8.self, for: "the IDX header")
  let rank = try cursor.integer(UInt8.self, for: "the IDX header")
  guard zeros == 0, type == 8, rank >= 1 else {
    throw FormatError(
      file, offset: 0, "an IDX file of bytes must start with 0, 0, 8 and its dimensions",
      found: "it starts with \(zeros >> 8), \(zeros & 255), \(type), \(rank)")
  }
  var shape: [Int] = []
  var total = 1
  for _ in 0..<rank {
    shape.append(Int(try cursor.integer(UInt32.self, bigEndian: true, for: "the IDX header")))
    let (product, overflow) = total.multipliedReportingOverflow(by: shape[shape.count - 1])
    total = overflow ? Int.max : product
  }
  let range = try cursor.take(total, for: "data of shape \(shape)")
  return IDXArray(shape: shape, bytes: Array(bytes[range]))
}
