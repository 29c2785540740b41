internal import ApusFormats

/// What was read from other machines since the program started, for the end of its log.
///
/// Bytes, requests and files that were copied whole; nothing where all files are of this machine.
public func remoteWords() -> [String] {
  let traffic = remoteTraffic()
  if traffic.files == 0 { return [] }
  func megabytes(_ bytes: Int) -> String {
    let tenths = (bytes + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }
  let files = traffic.files == 1 ? "a remote file" : "\(traffic.files) remote files"
  let total = "\(megabytes(traffic.bytes)) in \(traffic.requests) requests"
  return ["Fetched \(total) from \(files) of \(megabytes(traffic.fileBytes))."] + traffic.remarks
}
