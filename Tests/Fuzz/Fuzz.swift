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

/// One input: it is written to a file in memory, and read as what it seems to be.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let file = fopen(path, "wb")
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
