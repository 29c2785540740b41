// Gives whatever bytes libFuzzer makes to one of the readers.
//
//   fuzz-readers READER FOLDER... [libFuzzer's options]
//
// A reader may give a value or throw an error with a message. Whatever else happens (a trap, a read outside of
// memory, memory beyond the limit, a minute without an answer) ends the process, and the bytes are kept.
import Apus
import Foundation

/// libFuzzer's own changes.
@_silgen_name("LLVMFuzzerMutate")
private func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int) -> Int

/// What this process reads, from its first argument.
private let reader = CommandLine.arguments.dropFirst().first.flatMap(Reader.init)

/// libFuzzer's own loop.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> Int32
) -> Int32

/// The program's start, under the name that the package manager gives it.
@_cdecl("fuzz_readers_main")
public func start(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  guard let reader else {
    print("usage: fuzz-readers READER FOLDER... [-OPTION=VALUE...]; the readers are")
    print("  " + Reader.allCases.map(\.rawValue).joined(separator: " "))
    return 2
  }
  reader.start()
  // libFuzzer sees the arguments without the reader.
  arguments[1] = arguments[0]
  var (count, rest) = (count - 1, arguments + 1)
  return runDriver(&count, &rest) { testOneInput($0, $1) }
}

/// One input.
private func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  do {
    try reader?.look(at: [UInt8](UnsafeBufferPointer(start: start, count: count)))
  } catch let error as any ApusError {
    precondition(error.message.count > 20, "an error without words: \(error)")
  } catch {
    preconditionFailure("an error that users can't read: \(error)")
  }
  return 0
}

/// A change of libFuzzer's, behind which checksums are mended: else most inputs end at the first of them.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int, _ seed: UInt32
) -> Int {
  let changed = mutate(bytes, count, most)
  // One in eight keeps its wrong checksums, since their words are tested, too.
  guard let repair = reader?.repair, seed % 8 != 0 else { return changed }
  var copy = [UInt8](UnsafeBufferPointer(start: bytes, count: changed))
  repair(&copy)
  for (place, byte) in copy.enumerated() { bytes[place] = byte }
  return changed
}
