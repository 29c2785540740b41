internal import CKernels

/// Memory with one owner, 64-byte aligned, freed once.
///
/// A buffer is written before it is published in a node and never afterwards, which is why it may be
/// shared between threads; a program's own buffers are the exception and never leave their program.
final class Buffer: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  let bytes: Int

  init(bytes: Int) {
    guard let memory = ck_allocate(max(bytes, 64)) else {
      preconditionFailure("Engine: no memory for a tensor of \(bytes) bytes")
    }
    pointer = memory
    self.bytes = bytes
  }

  convenience init<T: BitwiseCopyable>(copying values: [T]) {
    self.init(bytes: values.count * MemoryLayout<T>.stride)
    values.withUnsafeBytes { source in
      if let base = source.baseAddress { pointer.copyMemory(from: base, byteCount: source.count) }
    }
  }

  deinit { ck_free(pointer) }

  func array<T: BitwiseCopyable>(of type: T.Type, count: Int) -> [T] {
    let source = UnsafeRawBufferPointer(start: pointer, count: count * MemoryLayout<T>.stride)
    return [T](unsafeUninitializedCapacity: count) { target, initialized in
      UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      initialized = count
    }
  }
}
