internal import ApusEvents
internal import ApusKernels

/// Columns that tell events apart; copied beside scores, and never inputs unless named in full.
let identityColumns = [
  "run", "luminosityBlock", "lumi", "event", "event_number", "eventNumber", "runNumber", "entry",
]

/// Columns that by their names are no inputs either, unless named in full.
private let answerColumns = ["weight", "genWeight", "label", "class", "target"]

/// Which columns of a file a study needs, and what for.
struct ColumnPlan {
  var definitions: [InputDefinition] = []
  var inputs: [Expression] = []
  var weight: Expression?
  var selections: [Expression] = []
  var label: String?
  var targets: [Expression] = []
  var split: Expression?
  var spectators: [String] = []
  var constituents: ConstituentReader?
  private var faults: [String] = []
  /// Names in formulas that are nothing, with the formula.
  private var unknown: [MissingColumns.Missing] = []
  private let aliases: [String: String]

  /// Plans the columns of one source.
  /// - Parameters:
  ///   - source: The source.
  ///   - known: The inputs as an earlier source fixed them; nil for the first.
  ///   - columns: The columns of the file, numbers and texts; nil where it has not been looked at.
  init(
    _ configuration: StudyConfiguration, _ source: StudyConfiguration.Source,
    known: [InputDefinition]?, columns: [(name: String, isNumber: Bool)]?
  ) throws {
    let names = columns?.map(\.name)
    aliases = configuration.aliases
    weight = try parse(source.weight, names, "weight")
    selections = try [configuration.selection, source.selection].compactMap {
      try parse($0, names, "selection")
    }
    switch configuration.labels {
    case .sources: break
    case .column(let name, _): label = name
    case .targets(let all):
      for target in all {
        let what = all.count == 1 ? "target" : "target '\(target.name)'"
        if let own = try parse(target.formula, names, what) { targets.append(own) }
      }
    }
    split = try parse(configuration.division.formula, names, "split")
    spectators = configuration.spectators
    definitions = known ?? expand(configuration, columns ?? [])
    inputs = try definitions.filter { !$0.isPadded }.compactMap { definition in
      var input = try parse(definition.formula, names, "input '\(definition.name)'")
      input?.missing = definition.missing
      return input
    }
    if let lists = configuration.constituents {
      if known == nil { definitions += lists.definitions }
      for column in lists.columns { _ = try parse(column.formula, names, "constituents") }
      constituents = try? ConstituentReader(lists, columns: names, aliases: aliases)
    }
  }

  /// Reads a formula; once the file's columns are known, mistakes are kept for ``check(_:source:)``.
  private mutating func parse(_ text: String?, _ known: [String]?, _ what: String)
    throws(FormulaError) -> Expression?
  {
    guard let text else { return nil }
    do throws(FormulaError) {
      return try Expression(text, columns: known, aliases: aliases)
    } catch {
      if known == nil { throw error }
      if case .unknownColumns(let names) = error.cause {
        unknown += names.map { .init($0, what) }
        return nil
      }
      faults.append("\(what): \(error.message)")
      return nil
    }
  }

  /// The inputs with all patterns replaced by the columns that fit.
  private func expand(
    _ configuration: StudyConfiguration, _ columns: [(name: String, isNumber: Bool)]
  ) -> [InputDefinition] {
    // A pattern must not let the answer in through the back door.
    // What selects the events of one sample and not of another tells the classes apart.
    let names = columns.map(\.name)
    let formulas = configuration.sources.flatMap { [$0.weight, $0.selection] }.compactMap { $0 }
    let columnsOfFormulas = formulas.flatMap {
      (try? Expression($0, columns: names, aliases: aliases))?.columns ?? []
    }
    let reserved = Set(
      identityColumns + answerColumns + spectators + (label.map { [$0] } ?? []) + columnsOfFormulas
        + targets.flatMap(\.columns)
        + (split?.columns ?? []))
    var all: [InputDefinition] = []
    for input in configuration.inputs {
      switch input {
      case .formula(let name, let text): all.append(definition(name, text, configuration))
      case .except(let pattern): all.removeAll { fits($0.name, pattern) }
      case .columns(let name) where !name.contains("*") && !name.contains("?"):
        all.append(definition(name, name, configuration))
      case .columns(let pattern):
        for column in columns
        where column.isNumber && fits(column.name, pattern) && !reserved.contains(column.name)
          && !all.contains(where: { $0.name == column.name })
        {
          all.append(definition(column.name, column.name, configuration))
        }
      }
    }
    return all
  }

  private func definition(_ name: String, _ formula: String, _ configuration: StudyConfiguration)
    -> InputDefinition
  {
    let detail = configuration.details[name]
    return InputDefinition(
      name: name, formula: formula, title: detail?.title, unit: detail?.unit,
      missing: detail?.missing ?? configuration.missing)
  }

  /// Every column that has to be read, with the place in the configuration that asks for it.
  var needs: [(column: String, reason: String)] {
    var all: [(String, String)] = []
    for input in inputs { all += input.columns.map { ($0, "input '\(input.text)'") } }
    all += (weight?.columns ?? []).map { ($0, "weight") }
    all += selections.flatMap(\.columns).map { ($0, "selection") }
    if let label { all.append((label, "label")) }
    all += targets.flatMap(\.columns).map { ($0, "target") }
    all += (split?.columns ?? []).map { ($0, "split") }
    all += (constituents?.columns ?? []).map { ($0, "constituents") }
    all += spectators.map { ($0, "spectators") }
    return all
  }

  /// The names of the columns to read, each once.
  var columns: [String] {
    var seen: Set<String> = []
    return needs.map(\.column).filter { seen.insert($0).inserted }
  }

  /// Reports every column that a file lacks, all at once.
  func check(_ names: [String], source: String) throws(MissingColumns) {
    var seen: Set<String> = []
    let needed = needs.map { MissingColumns.Missing(column: $0.column, reason: $0.reason) }
    let missing = (unknown + needed).filter {
      !names.contains($0.column) && seen.insert($0.column).inserted
    }
    if !missing.isEmpty || !faults.isEmpty {
      throw MissingColumns(source: source, missing: missing, known: names, faults: faults)
    }
  }
}

/// Columns that a configuration or model asks for and a file does not have, and formulas that don't fit it.
struct MissingColumns: ApusError {
  /// A column, what needs it, and the formula with a caret under it.
  struct Missing {
    var column: String
    var reason: String
    var pointer: String?

    init(column: String, reason: String) { (self.column, self.reason) = (column, reason) }

    init(_ unknown: FormulaError.Unknown, _ part: String) {
      column = unknown.name
      reason = unknown.alias.map { "alias '\($0)', for \(part)" } ?? part
      pointer = unknown.pointer
    }
  }

  var source: String
  var missing: [Missing]
  var known: [String]
  /// Formulas that can't be read, in words.
  var faults: [String] = []

  var kind: ErrorKind { .usage }

  var message: String {
    var lines = missing.map { part in
      "\(source): there is no column '\(part.column)' (\(part.reason)) among its \(known.count) columns."
        + didYouMean(part.column, among: known) + (part.pointer.map { "\n" + $0 } ?? "")
    }
    if missing.contains(where: { nearestNames(to: $0.column, among: known).isEmpty }) {
      lines.append("The columns are \(list(known)).")
    }
    return (lines + faults.map { "\(source): " + $0 }).joined(separator: "\n")
  }

  private func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
  }
}
