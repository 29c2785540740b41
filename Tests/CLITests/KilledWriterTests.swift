import Foundation
import Testing

/// A program that is killed while it writes leaves nothing: neither half a file nor a hidden one.
@Suite struct KilledWriterTests {
  @Test(
    arguments: [
      "out.root", "out.rntuple.root", "out.parquet", "out.h5", "out.npz", "out.npy", "out.csv",
      "out.csv.gz",
    ], [SIGKILL, SIGINT, SIGTERM])
  func aKilledConversionLeavesNothing(name: String, signal: Int32) throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy("toy.csv", events: 60_000)
    let running = try program.start(["convert", "toy.csv", name])
    // The file that has no name is open for writing as soon as the program writes.
    let folder = "/proc/\(running.process.processIdentifier)/fd"
    func isWriting() -> Bool {
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return files.contains { file in
        let place = try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + file)
        return place?.hasPrefix(program.folder.path + "/") == true && place?.contains("#") == true
      }
    }
    while running.process.isRunning, !isWriting() { usleep(200) }
    kill(running.process.processIdentifier, signal)
    running.process.waitUntilExit()
    let names = try FileManager.default.contentsOfDirectory(atPath: program.folder.path).sorted()
    if running.process.terminationReason == .uncaughtSignal {
      #expect(names == ["toy.csv"], "\(names)")
    } else {
      // It was done before the signal came.
      #expect(names == [name, "toy.csv"].sorted(), "\(names)")
    }
  }
}
