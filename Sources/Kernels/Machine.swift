internal import CKernels

/// What the program runs on.
public enum Machine {
  /// The number of threads that can run at once: what the affinity mask of a batch job leaves.
  public static var hardwareThreads: Int { Int(ck_hardware_threads()) }

  /// The instruction set that the kernels chose: "x86-64-v4" has AVX-512, "x86-64-v3" AVX2.
  public static var instructionSet: String { unsafe String(cString: ck_instruction_set()) }

  /// A monotonic clock, in seconds.
  public static var seconds: Double { ck_seconds() }

  /// Gives memory that was freed back to the system.
  ///
  /// The allocator keeps what it gets back for later; after a stage that used much of it, the next one should not stand
  /// on top of that. Cost: up to some milliseconds.
  public static func returnFreedMemory() { ck_return_memory() }

  /// The best rates that the kernels reach on this machine, measured now.
  ///
  /// Arithmetic is a product of two 768 by 768 float32 matrices. Memory is, for a working set of each size, the faster one
  /// of a sum over it and of a copy of one half to the other, again and again, so that small sets stay in a cache. All are
  /// the best of several, so that other programs disturb little.
  /// - Parameter threads: How many threads to use.
  /// - Complexity: About a quarter of a second.
  public static func measuredPeak(threads: Int = hardwareThreads) -> MachinePeak {
    let sizes = stride(from: 14, through: 26, by: 2).map { 1 << $0 }
    return MachinePeak(
      gigaflops: measuredArithmetic(Int32(threads)),
      memory: sizes.map { ($0, measuredMemory($0, Int32(threads))) })
  }
}

/// What a machine can do at best.
public struct MachinePeak: Sendable {
  /// 10⁹ additions and multiplications a second.
  public var gigaflops: Double
  /// 10⁹ bytes read and written a second, for working sets of rising size in bytes.
  public var memory: [(bytes: Int, gigabytesPerSecond: Double)]

  /// The rate for a working set: that of the measured size below it, which is the faster one, or of the smallest.
  public func gigabytesPerSecond(forBytes bytes: Int) -> Double {
    (memory.last { $0.bytes <= bytes } ?? memory.first)?.gigabytesPerSecond ?? 0
  }
}

private func fastest(_ repetitions: Int, _ body: () -> Void) -> Double {
  var best = Double.infinity
  for _ in 0..<repetitions {
    let start = ck_seconds()
    body()
    best = min(best, ck_seconds() - start)
  }
  return best
}

private func measuredArithmetic(_ threads: Int32) -> Double {
  let n = 768
  let size = Int64(n)
  guard let memory = unsafe ck_allocate(3 * n * n * 4) else { return 0 }
  defer { unsafe ck_free(memory) }
  unsafe ck_fill(CK_F32, memory, 3 * size * size, 0.5)
  let best = fastest(10) {
    unsafe ck_gemm(
      CK_F32, 0, 0, size, size, size, 1, memory, size, memory + n * n * 4, size, 0,
      memory + 2 * n * n * 4, size, threads)
  }
  return 2e-9 * Double(n * n * n) / best
}

private func measuredMemory(_ bytes: Int, _ threads: Int32) -> Double {
  guard let memory = unsafe ck_allocate(bytes) else { return 0 }
  defer { unsafe ck_free(memory) }
  let count = Int64(bytes / 4)
  unsafe ck_fill(CK_F32, memory, count, 0)
  let passes = max(1, (1 << 21) / bytes)
  var sum: Float = 0
  let reading = fastest(6) {
    for _ in 0..<passes { unsafe ck_reduce(CK_RSUM, CK_F32, memory, &sum, 1, count, 1, threads) }
  }
  var shape = count / 2
  var step: Int64 = 1
  let copying = fastest(6) {
    for _ in 0..<passes {
      unsafe ck_copy_strided(4, memory, &step, memory + bytes / 2, &step, &shape, 1, threads)
    }
  }
  return 1e-9 * Double(bytes * passes) / min(reading, copying)
}
