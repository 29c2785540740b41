// Gives whatever bytes libFuzzer makes to the readers; built by Tools/fuzz, not by the package.
//
// A reader may give a value or throw an error with a message. Whatever else happens (a trap, a read outside of
// memory, memory beyond the limit, a minute without an answer) ends the process, and the bytes are kept.
import ApusEvents
import ApusFormats
import ApusKernels
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

private let path = "/dev/shm/apus-fuzz-\(getpid())"

/// libFuzzer's own loop.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> Int32
) -> Int32

/// The program's start, under the name that the package manager gives it.
@_cdecl("fuzz_main")
public func start(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  var (count, arguments) = (count, arguments)
  return runDriver(&count, &arguments) { testOneInput($0, $1) }
}

/// One input: it is written to a file in memory, and read as what it seems to be.
private func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  // The HDF5 library is not safe against damage: Documentation/decisions/020-hdf5-probe.md.
  for place in [0, 512, 1024, 2048] where count > place + 4 {
    if memcmp(start + place, "\u{89}HDF".unicodeScalars.map { UInt8($0.value) }, 4) == 0 {
      return 0
    }
  }
  guard let file = fopen(path, "wb") else { return 0 }
  fwrite(start, 1, count, file)
  fclose(file)
  do {
    try look(path)
  } catch let error as any ApusError {
    precondition(error.message.count > 20, "an error without words: \(error)")
  } catch {
    preconditionFailure("an error that users can't read: \(error)")
  }
  return 0
}

/// Reads everything in a file that is small enough to be read at each of a million inputs.
private func look(_ path: String) throws {
  let description = try inspect(path)
  precondition(!description.text.isEmpty)
  if description.format == "Parquet" { return try lookAtParquet(path) }
  if description.format.hasPrefix("model") { return }
  for item in description.items where item.shape.reduce(1, *) < 1 << 20 {
    _ = try? readTable(item.path.isEmpty ? path : path + ":" + item.path)
  }
}

private func lookAtParquet(_ path: String) throws {
  let table = try ParquetTable(path)
  // A few bytes may claim a long run of one value, and honestly so.
  guard table.count < 1 << 16 else { return }
  for column in table.schema where column.obstacle == nil {
    _ = try? table.read([column.name], rows: 0..<table.count)
  }
}
