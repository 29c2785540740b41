import CRemote

/// A source of the bytes of a remote file.
protocol RemoteSource: Sendable {
  /// Reads parts into memory, several at a time.
  func fetch(_ parts: [RemotePart]) throws(FormatError)
}

/// A part of a file and where its bytes go.
///
/// Whoever asks for it keeps the memory until the fetch has ended, and no two parts share bytes.
@unsafe struct RemotePart: @unchecked Sendable {
  var first: Int
  var memory: UnsafeMutableRawBufferPointer

  /// The part as C takes it.
  var request: cr_part {
    var made = unsafe cr_part()
    unsafe made.first = unsafe Int64(first)
    unsafe made.count = unsafe Int64(memory.count)
    unsafe made.into = unsafe memory.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return unsafe made
  }
}

/// Bytes of a file that stay in memory while they are useful.
struct RemoteChunk: Sendable {
  var first: Int
  var bytes: [UInt8]

  var range: Range<Int> { first..<first + bytes.count }
}

extension RemoteSource {
  /// The bytes of ranges.
  func chunks(_ ranges: [Range<Int>]) throws(FormatError) -> [RemoteChunk] {
    let total = ranges.reduce(0) { $0 + $1.count }
    guard total > 0 else { return [] }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 64)
    defer { unsafe memory.deallocate() }
    var parts: [RemotePart] = unsafe []
    var places: [Range<Int>] = []
    var start = 0
    for range in ranges {
      places.append(start..<start + range.count)
      unsafe parts.append(
        RemotePart(
          first: range.lowerBound,
          memory: UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + range.count])))
      start += range.count
    }
    try unsafe fetch(parts)
    return zip(ranges, places).map { range, place in
      unsafe RemoteChunk(
        first: range.lowerBound, bytes: Array(UnsafeRawBufferPointer(rebasing: memory[place])))
    }
  }
}

/// What all remote files have sent since the program started.
public struct RemoteTraffic: Sendable, Equatable {
  /// The bytes that came.
  public var bytes = 0
  /// How often a server was asked; of XRootD a vector of ranges counts once.
  public var requests = 0
  /// The files that were opened, and their sizes in all.
  public var files = 0
  /// The sizes of these files together, in bytes.
  public var fileBytes = 0
  /// What a user should know: files that were copied whole.
  public var remarks: [String] = []
}
