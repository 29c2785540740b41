internal import ApusFormats
internal import FoundationEssentials

/// The number of threads where nobody says one: the cores of the machine.
func defaultThreads() -> Int { ProcessInfo.processInfo.activeProcessorCount }

/// The machine in words: processor, cores, memory, system.
func machineDescription() -> String {
  let info = ProcessInfo.processInfo
  let gigabytes = Int((Double(info.physicalMemory) / 1_073_741_824).rounded())
  let parts = [
    processorName(), "\(info.activeProcessorCount) cores", "\(gigabytes) GB",
    info.operatingSystemVersionString,
  ]
  return parts.compactMap { $0 }.joined(separator: ", ")
}

private func processorName() -> String? {
  guard let reader = try? FileReader("/proc/cpuinfo") else { return nil }
  let text = String(decoding: reader.next(1 << 14), as: UTF8.self)
  let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
  return line?.split(separator: ":", maxSplits: 1).last.map { trimSpace(String($0)) }
}

/// The commit that the program was built from, where it runs from its build folder; else nil.
func builtCommit() -> String? {
  var folder = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
  for _ in 0..<6 {
    folder.deleteLastPathComponent()
    let git = folder.path + "/.git"
    guard FileManager.default.fileExists(atPath: git + "/HEAD") else { continue }
    guard let head = word(git + "/HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return head }
    return word(git + "/" + head.dropFirst(5))
  }
  return nil
}

private func word(_ path: String) -> String? {
  guard let reader = try? FileReader(path) else { return nil }
  return trimSpace(String(decoding: reader.next(256), as: UTF8.self))
}

/// The time now as ISO 8601 in UTC.
func timestamp() -> String { Date().formatted(.iso8601) }

/// Seconds since a moment.
func seconds(since start: ContinuousClock.Instant) -> Double {
  let duration = ContinuousClock.now - start
  return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}
