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
  /// Arithmetic is a product of two 768 by 768 float32 matrices, memory a sum over 64 MB (or as much of it
  /// as can be had); both best of several, so that other programs disturb little.
  /// - Parameter threads: How many threads to use.
  /// - Returns: 10⁹ additions and multiplications a second, and 10⁹ bytes read a second.
  /// - Complexity: About a tenth of a second.
  public static func measuredPeak(
    threads: Int = hardwareThreads
  ) -> (gigaflops: Double, gigabytesPerSecond: Double) {
    (measuredArithmetic(Int32(threads)), measuredReading(Int32(threads)))
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

private func measuredReading(_ threads: Int32) -> Double {
  let bytes = 64 << 20
  guard let memory = unsafe ck_allocate(bytes) else { return 0 }
  defer { unsafe ck_free(memory) }
  unsafe ck_fill(CK_F32, memory, Int64(bytes / 4), 0)
  var sum: Float = 0
  let best = fastest(6) {
    unsafe ck_reduce(CK_RSUM, CK_F32, memory, &sum, 1, Int64(bytes / 4), 1, threads)
  }
  return 1e-9 * Double(bytes) / best
}
