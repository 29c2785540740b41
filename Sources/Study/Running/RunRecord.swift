internal import ApusEvents
internal import FoundationEssentials

/// What `run.json` says: how, when and with what a run was made.
struct RunRecord: Sendable {
  var status = RunFolder.Status.running
  var problem: String?
  let configuration: String
  let seed: Int
  let threads: Int
  let base: String
  let started = timestamp()
  let commit = builtCommit()
  let machine = machineDescription()
  let command: String
  var seconds = 0.0
  var yields: [SourceYield] = []
  var files: [ReportData.InputFile] = []

  init(_ configuration: StudyConfiguration, threads: Int, base: String) {
    self.configuration = configuration.path
    seed = configuration.seed
    self.threads = threads
    self.base = base
    let words = CommandLine.arguments
    let name = URL(fileURLWithPath: words.first ?? "apus").lastPathComponent
    command = ([name] + words.dropFirst()).map(shellWord).joined(separator: " ")
  }

  /// Takes size and checksum of every file that was read, and of its friends, each once.
  mutating func addFiles() {
    for file in yields.flatMap(\.files) {
      for name in [file.path] + file.friends where !files.contains(where: { $0.name == name }) {
        let print = fingerprint(of: name)
        files.append(
          .init(
            name: name, bytes: print?.bytes ?? 0, checksum: print?.checksum ?? "",
            events: file.events))
      }
    }
  }

  /// The record as JSON.
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("status", .string(status.rawValue)), .init("version", .string(apusVersion)),
      .init("commit", commit.map { .string($0) } ?? .null), .init("command", .string(command)),
      .init("configuration", .string(configuration)), .init("base", .string(base)),
      .init("seed", .int(seed)), .init("threads", .int(threads)),
      .init("machine", .string(machine)),
      .init("started", .string(started)), .init("seconds", .number(seconds)),
    ]
    if let problem { members.append(.init("problem", .string(problem))) }
    members.append(.init("samples", .array(yields.map(sample))))
    members.append(
      .init(
        "inputs",
        .array(
          files.map {
            [
              "name": .string($0.name), "bytes": .int($0.bytes), "checksum": .string($0.checksum),
              "events": .int($0.events ?? 0),
            ]
          })))
    return .object(members)
  }

  private func sample(_ yield: SourceYield) -> JSONValue {
    [
      "name": .string(yield.name), "files": JSONValue(yield.files.map(\.path)),
      "read": .int(yield.read), "kept": .int(yield.kept),
      "sum_of_weights_read": .number(yield.sumRead),
      "sum_of_weights_before_scale": .number(yield.sum), "scale": .number(yield.scale),
      "sum_of_weights": .number(yield.scaled),
    ]
  }

  /// The record in the words of the report.
  func report(_ configuration: StudyConfiguration) -> ReportData.RunInfo {
    ReportData.RunInfo(
      version: apusVersion, commit: commit, command: command, started: started, seconds: seconds,
      seed: UInt64(seed), threads: threads, machine: machine,
      configuration: writeYaml(configuration.mergedWithSeed), files: files)
  }
}

/// A word as a shell needs it.
private func shellWord(_ word: String) -> String {
  let plain =
    !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "_-./=:,+@%".contains($0) }
  return plain
    ? word
    : "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
}

/// How the events were divided, in words.
func divisionText(_ configuration: StudyConfiguration) -> String {
  switch configuration.division {
  case .fractions(let train, let validation, let test, let seed):
    let shares = [(train, "train"), (validation, "validation"), (test, "test")].filter { $0.0 > 0 }
      .map { "\(shortValue((($0.0 * 1000).rounded()) / 10)) % \($0.1)" }
    return shares.joined(separator: ", ") + ", seed \(seed)"
  case .folds(let plan):
    return
      "\(plan.count) folds by \(plan.by)\(plan.isHashed ? ", mixed" : ""): every event is tested by the "
      + "model that did not learn from it"
  case .values(let by, let train, let validation, let test):
    let parts = [(train, "train"), (validation, "validation"), (test, "test")].filter {
      !$0.0.isEmpty
    }
    .map { ranges, name in
      name + " "
        + ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        .joined(separator: ", ")
    }
    return "by \(by): " + parts.joined(separator: "; ")
  }
}
