#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Asks the system to back a large piece of fresh memory with large pages.
///
/// Filling fresh memory costs one interruption a page: measured here 31 ms for 64 MiB in pages of 4 KiB, 5 ms in
/// pages of 2 MiB, which is more than decompressing into it costs. The request is a hint without other effect;
/// memory below 2 MiB is left alone.
func adviseLargePages(_ memory: UnsafeMutableRawPointer?, _ count: Int) {
  #if os(Linux)
    guard let memory = unsafe memory, count >= 2 << 20 else { return }
    // Only whole pages can be meant.
    let address = UInt(bitPattern: memory)
    let skipped = Int((4096 - address % 4096) % 4096)
    _ = unsafe madvise(memory + skipped, (count - skipped) / 4096 * 4096, MADV_HUGEPAGE)
  #endif
}

extension UnsafeMutableBufferPointer {
  /// Asks for large pages behind the buffer, before it is filled.
  func adviseLargePages() {
    unsafe ApusFormats.adviseLargePages(
      baseAddress.map { UnsafeMutableRawPointer($0) }, count * MemoryLayout<Element>.stride)
  }
}
