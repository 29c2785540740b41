import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file on another machine, of which parts are read by several threads at once.
///
/// Small reads come out of blocks that are kept; what a reader says that it will need (``plan(_:)``) is fetched ahead in
/// windows, neighbours together; other large reads travel as they are. Memory: at most 32 MiB of blocks and 64 MiB of windows.
package final class RemoteFile: Sendable {
  package let path: String
  package let size: Int
  private let source: (any RemoteSource)?
  /// A copy on this machine, of a server that sends no ranges.
  private let copy: RemoteCopy?
  private let state: Mutex<State>
  /// Held while a window or blocks are fetched, so that threads that need the same wait instead of asking twice.
  private let fetching = Mutex<Void>(())
  private let local = Mutex<RemoteCopy?>(nil)

  private static let block = 64 << 10
  private static let mostBlocks = 512
  private static let large = 256 << 10
  private static let window = 32 << 20
  /// Ranges with a smaller gap between them travel together.
  private static let gap = 16 << 10
  private static let greatestPart = 4 << 20

  private struct State {
    var blocks: [Int: (bytes: [UInt8], used: Int)] = [:]
    var clock = 0
    /// What will be needed, in order; and the number of the first that was not fetched yet.
    var planned: [Range<Int>] = []
    var windows: [[RemoteChunk]] = []
  }

  private init(_ path: String) throws(FormatError) {
    self.path = path
    var first = State()
    switch RemoteName.way(path) {
    case .xrootd:
      let opened = try RemoteXrootd(path, counter: RemoteFiles.count)
      (source, size, copy) = (opened, opened.size, nil)
    default:
      switch try RemoteHttp.open(path, head: Self.block, RemoteFiles.pool) {
      case .ranges(let opened, let head):
        (source, size, copy) = (opened, opened.size, nil)
        first.blocks[0] = (head, 0)
      case .whole:
        let made = try RemoteCopy.download(path, RemoteFiles.pool)
        RemoteFiles.remark(
          "\(path): its server sends no parts of files, so all \(made.size) bytes were copied")
        (source, size, copy) = (nil, made.size, made)
      }
    }
    state = Mutex(first)
    RemoteFiles.opened(size)
  }

  /// The file of an address: the one that is open, where it was used lately.
  package static func open(_ path: String) throws(FormatError) -> RemoteFile {
    try RemoteName.checkIsNoPattern(path)
    if let known = RemoteFiles.known(path) { return known }
    let file = try RemoteFile(path)
    RemoteFiles.keep(file)
    return file
  }

  /// Says which ranges will be read, in any order; they replace those said before.
  package func plan(_ ranges: [Range<Int>]) {
    guard copy == nil else { return }
    var merged: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = merged.last, range.lowerBound <= last.upperBound + Self.gap,
        range.upperBound - last.lowerBound <= Self.greatestPart
          || range.upperBound <= last.upperBound
      {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    state.withLock { $0.planned = merged.filter { $0.lowerBound >= 0 && $0.upperBound <= size } }
  }

  /// Reads bytes, which the caller has checked to lie within the file.
  package func read(
    into memory: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FormatError) {
    if let copy { return try unsafe copy.read(into: memory, at: offset) }
    guard let source, memory.count > 0 else { return }
    let range = offset..<offset + memory.count
    if unsafe take(range, into: memory) { return }
    if let window = window(from: range) {
      var failure: FormatError?
      let done = fetching.withLock { _ -> Bool in
        if unsafe take(range, into: memory) { return true }
        do throws(FormatError) {
          let chunks = try source.chunks(window)
          state.withLock { state in
            state.windows.append(chunks)
            if state.windows.count > 2 { state.windows.removeFirst() }
          }
        } catch { failure = error }
        return unsafe failure == nil && take(range, into: memory)
      }
      if let failure { throw failure }
      if done { return }
    }
    if memory.count >= Self.large {
      return try unsafe source.fetch([RemotePart(first: offset, memory: memory)])
    }
    try unsafe readBlocks(range, into: memory)
  }

  /// The bytes of a range, which the caller has checked to lie within the file.
  func bytes(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
    var failure: FormatError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      do throws(FormatError) {
        try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        filled = range.count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Copies what a window holds of a range; false where none holds all.
  private func take(_ range: Range<Int>, into memory: UnsafeMutableRawBufferPointer) -> Bool {
    let found = state.withLock { state in
      state.windows.lazy.compactMap { Self.chunk(holding: range, in: $0) }.first
    }
    guard let found else { return false }
    let start = range.lowerBound - found.first
    unsafe found.bytes.withUnsafeBytes {
      unsafe memory.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: $0[start..<start + range.count]))
    }
    return true
  }

  private static func chunk(holding range: Range<Int>, in chunks: [RemoteChunk]) -> RemoteChunk? {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle].range.upperBound < range.upperBound {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < chunks.count, chunks[low].first <= range.lowerBound else { return nil }
    return chunks[low]
  }

  /// The planned parts from that of a range on, as many as a window holds; nil where it is not planned.
  private func window(from range: Range<Int>) -> [Range<Int>]? {
    state.withLock { state in
      let planned = state.planned
      guard
        let first = planned.firstIndex(where: {
          $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound
        })
      else { return nil }
      var bytes = 0
      let last = planned[first...].firstIndex { part in
        bytes += part.count
        return bytes > Self.window
      }
      return Array(planned[first..<max(first + 1, last ?? planned.count)])
    }
  }

  private func readBlocks(
    _ range: Range<Int>, into memory: UnsafeMutableRawBufferPointer
  ) throws(FormatError) {
    let numbers = range.lowerBound / Self.block...(range.upperBound - 1) / Self.block
    var failure: FormatError?
    var found: [Int: [UInt8]] = [:]
    fetching.withLock { _ in
      state.withLock { state in
        state.clock += 1
        for number in numbers {
          guard let known = state.blocks[number] else { continue }
          found[number] = known.bytes
          state.blocks[number]?.used = state.clock
        }
      }
      let missing = numbers.filter { found[$0] == nil }
      if missing.isEmpty { return }
      do throws(FormatError) {
        let ranges = missing.map { $0 * Self.block..<min(size, ($0 + 1) * Self.block) }
        for (number, chunk) in zip(missing, try source?.chunks(ranges) ?? []) {
          found[number] = chunk.bytes
          state.withLock { $0.blocks[number] = (chunk.bytes, $0.clock) }
        }
        forget()
      } catch { failure = error }
    }
    if let failure { throw failure }
    for number in numbers {
      let start = number * Self.block
      let own = range.clamped(to: start..<start + (found[number]?.count ?? 0))
      guard let bytes = found[number], !own.isEmpty else { continue }
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe UnsafeMutableRawBufferPointer(
          rebasing: memory[own.lowerBound - range.lowerBound..<own.upperBound - range.lowerBound]
        ).copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: bytes[own.lowerBound - start..<own.upperBound - start]))
      }
    }
  }

  /// Forgets the blocks that were used longest ago.
  private func forget() {
    state.withLock { state in
      guard state.blocks.count > Self.mostBlocks else { return }
      let old = state.blocks.sorted { $0.value.used < $1.value.used }.prefix(Self.mostBlocks / 4)
      for (number, _) in old { state.blocks[number] = nil }
    }
  }

  /// A name under which the whole file can be opened on this machine, for readers that need one.
  func localName() throws(FormatError) -> String {
    if let known = local.withLock({ $0 }) { return known.name }
    let made = try RemoteCopy(path, isNamed: true)
    var place = 0
    while place < size {
      let end = min(size, place + Self.window)
      try made.append(bytes(place..<end))
      place = end
    }
    RemoteFiles.remark(
      "\(path): its format is read by a library that needs the whole file, so all \(size) bytes were copied"
    )
    local.withLock { $0 = made }
    return made.name
  }
}

/// All remote files of the program.
enum RemoteFiles {
  private struct State {
    var traffic = RemoteTraffic()
    var recent: [RemoteFile] = []
  }

  private static let state = Mutex(State())
  static let pool = HttpPool(counter: count)
  /// How many files stay open after their use.
  private static let mostRecent = 4

  static func known(_ path: String) -> RemoteFile? {
    state.withLock { $0.recent.first { $0.path == path } }
  }

  static func keep(_ file: RemoteFile) {
    state.withLock { state in
      state.recent.append(file)
      if state.recent.count > mostRecent { state.recent.removeFirst() }
    }
  }

  static func count(_ bytes: Int, _ requests: Int) {
    state.withLock {
      $0.traffic.bytes += bytes
      $0.traffic.requests += requests
    }
  }

  static func opened(_ size: Int) {
    state.withLock {
      $0.traffic.files += 1
      $0.traffic.fileBytes += size
    }
  }

  static func remark(_ text: String) {
    state.withLock { if !$0.traffic.remarks.contains(text) { $0.traffic.remarks.append(text) } }
  }

  static var traffic: RemoteTraffic { state.withLock { $0.traffic } }

  /// Forgets the files that are kept open, so that the next reader opens them anew.
  static func forget() { state.withLock { $0.recent = [] } }
}

/// What remote files have sent since the program started.
public func remoteTraffic() -> RemoteTraffic { RemoteFiles.traffic }
