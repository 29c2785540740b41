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

/// The commit that the program was built from, as `make` noted beside it; nil where it was built again since by other means.
///
/// It ends in `-dirty` where files had been changed.
func builtCommit() -> String? {
  let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  let note = program.deletingLastPathComponent().path + "/apus.commit"
  func changed(_ path: String) -> Date? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
  }
  guard let noted = changed(note), let built = changed(program.path), noted >= built else {
    return nil
  }
  return word(note).flatMap { $0.isEmpty ? nil : $0 }
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
