internal import ApusEvents

extension SavedModel {
  /// Says which input of which event is no number.
  func checkInputs(_ rows: [Float], source: String, first: Int) throws(StudyError) {
    let takesMissing = findMethod(type)?.acceptsMissing ?? false
    let bad = rows.firstIndex { takesMissing ? $0.isInfinite : !$0.isFinite }
    guard let bad else { return }
    let (event, column) = (bad / inputs.count, bad % inputs.count)
    throw .unusableEvents([
      "\(source): the input '\(inputs[column].name)' must be a finite number, but is "
        + "\(rows[bad]) in entry \(first + event). Leave such events out, or give the value a meaning."
    ])
  }

  /// The columns that each part of the model reads, with the part's name for messages.
  private func needs(_ known: [String]) -> [(part: String, columns: Result<[String], FormulaError>)]
  {
    typealias Columns = Result<[String], FormulaError>
    var all: [(String, Columns)] = inputs.filter { !$0.isPadded }.map { input in
      let columns = Columns { () throws(FormulaError) in
        try expression(input, columns: known).columns
      }
      return ("input '\(input.name)' of the model", columns)
    }
    if let constituents {
      let columns = Columns { () throws(FormulaError) in
        try ConstituentReader(constituents, columns: known, aliases: aliases).columns
      }
      all.append(("constituents of the model", columns))
    }
    if let folds {
      let columns = Columns { () throws(FormulaError) in
        try Expression(folds.by, columns: known, aliases: aliases).columns
      }
      all.append(("fold of the model", columns))
    }
    return all
  }

  /// Says all columns that the model needs and a table lacks.
  func checkColumns(_ known: [String], source: String) throws(MissingColumns) {
    var missing: [MissingColumns.Missing] = []
    var faults: [String] = []
    for (part, columns) in needs(known) {
      var names: [MissingColumns.Missing] = []
      switch columns {
      case .success(let found):
        names = found.filter { !known.contains($0) }.map { .init(column: $0, reason: part) }
      case .failure(let error):
        if case .unknownColumns(let unknown) = error.cause {
          names = unknown.map { .init($0, part) }
        } else {
          faults.append(error.message)
        }
      }
      for name in names where !missing.contains(where: { $0.column == name.column }) {
        missing.append(name)
      }
    }
    if !missing.isEmpty || !faults.isEmpty {
      throw MissingColumns(source: source, missing: missing, known: known, faults: faults)
    }
  }
}
