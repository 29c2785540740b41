internal import CKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Memory with one owner, 64-byte aligned, freed once.
///
/// A buffer is written before it is published in a node and never afterwards, which is why it may be
/// shared between threads; a program's own buffers are the exception and never leave their program.
@safe final class Buffer: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  let bytes: Int

  init(bytes: Int) {
    guard let memory = unsafe ck_allocate(max(bytes, 64)) else {
      endWithoutMemory(bytes)
    }
    unsafe pointer = memory
    self.bytes = bytes
  }

  convenience init<T: BitwiseCopyable>(copying values: [T]) {
    self.init(bytes: values.count * MemoryLayout<T>.stride)
    unsafe values.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe pointer.copyMemory(from: base, byteCount: source.count)
      }
    }
  }

  deinit { unsafe ck_free(pointer) }

  func array<T: BitwiseCopyable>(of type: T.Type, count: Int) -> [T] {
    let source = unsafe UnsafeRawBufferPointer(
      start: pointer, count: count * MemoryLayout<T>.stride)
    return unsafe [T](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      initialized = count
    }
  }
}

/// Ends the program in words: in a release build a trap says nothing, and nothing can go on without the memory.
private func endWithoutMemory(_ bytes: Int) -> Never {
  let text =
    "apus: the system gives no memory for a tensor of \(bytes) bytes. Take a smaller network or batch.\n"
  let bytes = Array(text.utf8)
  _ = unsafe write(2, bytes, bytes.count)
  exit(1)
}
