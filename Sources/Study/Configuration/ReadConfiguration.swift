public import ApusEvents
public import ApusKernels
internal import FoundationEssentials

/// Reads and checks a configuration; every problem is reported in one go.
/// - Throws: ``YamlError``, `OptionProblems`, or ``StudyError`` where the file can't be read.
public func readConfiguration(_ request: TrainRequest) throws -> StudyConfiguration {
  let path = request.configuration
  guard let data = FileManager.default.contents(atPath: path) else {
    throw missingConfiguration(path)
  }
  let parsed = try parseYaml([UInt8](data), source: path)
  return try readConfiguration(
    parsed, path: path,
    overrides: request.overrides + (request.memory.map { ["memory=" + $0] } ?? []),
    seed: request.seed, threads: request.threads)
}

/// Reads and checks the text of a configuration, see ``readConfiguration(_:)``.
public func readConfiguration(text: String, source: String, overrides: [String] = []) throws
  -> StudyConfiguration
{
  try readConfiguration(
    try parseYaml(text, source: source), path: source, overrides: overrides)
}

/// Checks a configuration that has been parsed.
func readConfiguration(
  _ parsed: ConfigurationValue, path: String, overrides: [String] = [], seed: Int? = nil,
  threads: Int? = nil
) throws -> StudyConfiguration {
  let (value, wrongOverrides) = applyOverrides(overrides, to: parsed)
  var builder = ConfigurationBuilder(value: value)
  builder.reader.problems = wrongOverrides
  builder.result.path = path
  builder.build(seed: seed)
  if !builder.reader.problems.isEmpty { throw ConfigurationProblems(path, builder.reader.problems) }
  if let threads { builder.result.threads = threads }
  return builder.result
}

/// All problems of a configuration, with the file's name.
public struct ConfigurationProblems: ApusError {
  /// The file.
  public var path: String
  /// The problems in the order of the file.
  public var problems: [OptionProblems.Problem]

  init(_ path: String, _ problems: [OptionProblems.Problem]) {
    self.path = path
    let ordered = problems.enumerated().sorted { a, b in
      (a.element.line, a.offset) < (b.element.line, b.offset)
    }
    self.problems = ordered.map(\.element)
  }

  /// A wrong configuration is wrong usage.
  public var kind: ErrorKind { .usage }

  /// How many problems there are, and one line for each.
  public var message: String {
    let count = problems.count == 1 ? "one problem" : "\(problems.count) problems"
    return "\(path): \(count); nothing was started.\n"
      + problems.map { "  " + OptionProblems([$0]).message }.joined(separator: "\n")
  }
}

/// A configuration that can't be read: a wrong word on the command line.
private func missingConfiguration(_ path: String) -> StudyError {
  var isFolder = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder
  else {
    let error = StudyError.unreadable(path, what: "the configuration", near: nearbyFiles(path))
    return .usage(error.message)
  }
  let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  let files = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().prefix(5)
  return .usage(
    "\(path): a configuration is a YAML file, but this is a folder. "
      + (files.isEmpty ? "There is no .yaml in it." : "It holds \(files.joined(separator: ", "))."))
}

/// Files beside a missing one whose names are close to it.
func nearbyFiles(_ path: String) -> [String] {
  let url = URL(fileURLWithPath: path)
  let folder = url.deletingLastPathComponent().path
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return nearestNames(to: url.lastPathComponent, among: names)
}

/// Builds a configuration key by key.
struct ConfigurationBuilder {
  let value: ConfigurationValue
  var reader = ConfigurationReader()
  var result = StudyConfiguration()

  init(value: ConfigurationValue) {
    self.value = value
    result.merged = value
  }

  static let keys = [
    "events", "selection", "inputs", "spectators", "split", "preprocess", "methods", "report",
    "target", "classes", "negative_weights", "balance", "seed", "threads", "aliases", "missing",
    "luminosity", "constituents", "memory", "hypothesis",
  ]

  mutating func build(seed: Int?) {
    guard reader.isMapping(value, "", keys: Self.keys) else { return }
    result.seed = seed ?? reader.integer(value, "seed", "", in: 0...Int.max) ?? 1
    result.threads = reader.integer(value, "threads", "", in: 1...1024)
    readMemory()
    readAliases()
    result.missing = reader.number(value, "missing", "") ?? .nan
    readEvents()
    result.selection = formula(value, "selection", "")
    readInputs()
    checkTargetsAmongInputs()
    readConstituents()
    readHypotheses()
    result.spectators = reader.texts(value, "spectators", "") ?? []
    readDivision()
    readPreprocess()
    if let word = reader.choice(
      value, "negative_weights", "", of: WeightPolicy.allCases.map(\.rawValue))
    {
      result.weightPolicy = WeightPolicy(rawValue: word) ?? .keep
    }
    if let word = reader.choice(value, "balance", "", of: ClassBalance.allCases.map(\.rawValue)) {
      result.balance = ClassBalance(rawValue: word) ?? .none
    }
    if result.balance == .equal, result.task == .regression {
      reader.report(
        "balance", "has no meaning where a target is estimated: there are no classes. Remove it.",
        value["balance"])
    }
    readMethods()
    readReport()
  }

  private mutating func readReport() {
    let name = URL(fileURLWithPath: result.path).deletingPathExtension().lastPathComponent
    result.title = name
    guard let report = value["report"], report.content != .null else { return }
    guard reader.isMapping(report, "report", keys: ["title", "label", "right_label"]) else {
      return
    }
    result.title = reader.text(report, "title", "report") ?? name
    result.label = reader.text(report, "label", "report") ?? result.label
    result.rightLabel = reader.text(report, "right_label", "report")
  }

  private mutating func readMemory() {
    guard let given = value["memory"], given.content != .null else { return }
    result.memory = given.asText.flatMap { memorySize($0) }
    if result.memory == nil {
      reader.report("memory", memorySizeRule + ", got \(given.shown).", given)
    }
  }

  private mutating func readPreprocess() {
    guard let list = value["preprocess"] else {
      result.preprocess = [ConfigurationValue(.text("standardize"))]
      return
    }
    if list.content == .null { return }
    if case .list(let items) = list.content {
      result.preprocess = items
    } else {
      result.preprocess = [list]
    }
    checkPreprocess()
  }

  /// The text of a formula behind a key, checked for syntax.
  mutating func formula(_ parent: ConfigurationValue, _ key: String, _ path: String) -> String? {
    guard let text = reader.text(parent, key, path) else { return nil }
    checkFormula(text, reader.join(path, key), parent[key])
    return text
  }
}
