import ApusKernels
import CKernels
import Synchronization
import Testing

/// Counts how often each of a hundred thousand indices was visited.
private final class Visits: Sendable {
  let counts = Mutex([Int](repeating: 0, count: 1000))
}

/// Visits indices begin ..< end of hundred number `outer`.
private func visitInner(_ context: UnsafeMutableRawPointer?, _ begin: Int64, _ end: Int64) {
  guard let pair = context?.assumingMemoryBound(to: (UnsafeMutableRawPointer?, Int64).self).pointee,
    let visits = pair.0
  else { return }
  Unmanaged<Visits>.fromOpaque(visits).takeUnretainedValue().counts.withLock { counts in
    for i in begin..<end { counts[Int(pair.1 * 100 + i)] += 1 }
  }
}

struct MachineTests {
  @Test(arguments: [0, 1, 2, 7, 1000])
  func everyIndexIsVisitedOnce(count: Int) {
    for threads in [1, 2, 5] as [Int32] {
      for grain in [0, 1, 3, 5000] as [Int64] {
        let visits = Visits()
        let context = Unmanaged.passUnretained(visits).toOpaque()
        ck_parallel_for(
          Int64(count), grain, threads,
          { context, begin, end in
            guard let context else { return }
            let visits = Unmanaged<Visits>.fromOpaque(context).takeUnretainedValue()
            visits.counts.withLock { counts in
              for i in Int(begin)..<Int(end) { counts[i] += 1 }
            }
          }, context)
        #expect(visits.counts.withLock { $0 } == (0..<1000).map { $0 < count ? 1 : 0 })
      }
    }
  }

  /// Callers at once, and loops within loops, share the pool: each index still comes once.
  @Test func callersAtOnceDoNotDisturbEachOther() async {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<3 {
        group.addTask {
          (1...300).allSatisfy { round in
            let visits = Visits()
            ck_parallel_for(
              10, 1, Int32(1 + round % 4),
              { context, begin, end in
                for outer in begin..<end {
                  var inner = (context, outer)
                  withUnsafeMutablePointer(to: &inner) { inner in
                    ck_parallel_for(100, 10, 3, visitInner, inner)
                  }
                }
              }, Unmanaged.passUnretained(visits).toOpaque())
            return visits.counts.withLock { $0.allSatisfy { $0 == 1 } }
          }
        }
      }
      for await right in group { #expect(right) }
    }
  }

  @Test func memoryIsAligned() {
    for bytes in [0, 1, 100, 10_000_000] {
      let p = ck_allocate(bytes)
      #expect(p != nil && UInt(bitPattern: p) % 64 == 0)
      ck_free(p)
    }
    #expect(ck_allocate(Int.max) == nil)
  }

  @Test func theMachineSaysWhatItIs() {
    #expect(Machine.hardwareThreads >= 1)
    #expect(["x86-64-v4", "x86-64-v3", "x86-64", "aarch64"].contains(Machine.instructionSet))
    let before = Machine.seconds
    let peak = Machine.measuredPeak(threads: 1)
    #expect(peak.gigaflops > 0.1)
    #expect(peak.memory.map(\.bytes) == [14, 16, 18, 20, 22, 24, 26].map { 1 << $0 })
    #expect(peak.memory.allSatisfy { $0.gigabytesPerSecond > 0.1 })
    // What lies in the nearest cache is read faster than what lies in memory.
    #expect(peak.gigabytesPerSecond(forBytes: 20_000) > peak.gigabytesPerSecond(forBytes: 1 << 27))
    #expect(peak.gigabytesPerSecond(forBytes: 1) == peak.memory[0].gigabytesPerSecond)
    #expect(peak.gigabytesPerSecond(forBytes: (1 << 20) + 1) == peak.memory[3].gigabytesPerSecond)
    #expect(Machine.seconds > before)
  }
}

struct ErrorTests {
  @Test func nearNamesAreOffered() {
    #expect(nearestNames(to: "jet_p", among: ["jet_pt", "lepton_pt", "met"]) == ["jet_pt"])
    #expect(nearestNames(to: "zzz", among: ["jet_pt"]).isEmpty)
    #expect(didYouMean("tree", among: ["trees"]) == " Did you mean 'trees'?")
    #expect(didYouMean("tree", among: []).isEmpty)
  }
}
