import ApusKernels
import CKernels
import Synchronization
import Testing

/// Counts how often each of a hundred thousand indices was visited.
private final class Visits: Sendable {
  let counts = Mutex([Int](repeating: 0, count: 1000))
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
    #expect(peak.gigaflops > 0.1 && peak.gigabytesPerSecond > 0.1)
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
