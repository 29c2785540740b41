internal import ApusEvents

extension StreamPass {
  /// The inputs that only signal has, of all signal events: a pass of its own over the columns that say them.
  ///
  /// Different values take about a hundred bytes each and may take a fiftieth of the memory; of more a sample is drawn in one more pass.
  func signalHypotheses() throws -> HypothesisTable {
    let limit = plan.memory / 5000
    let table = try signalHypotheses(limit: limit, isSample: false)
    return table.isFull ? try signalHypotheses(limit: limit, isSample: true) : table
  }

  private func signalHypotheses(limit: Int, isSample: Bool) throws -> HypothesisTable {
    // The same configuration, with no other inputs.
    var narrow = configuration
    narrow.hypotheses = []
    narrow.spectators = []
    narrow.constituents = nil
    if let inputs = onlyHypotheses { narrow.inputs = inputs }
    if case .sources = configuration.labels {
      narrow.sources = configuration.sources.filter { $0.className == configuration.classes[1] }
    }
    var table: HypothesisTable?
    var pass = StreamPass(
      narrow, base: base, plan: plan, folder: nil, shouldStop: shouldStop)
    // What background has there before it draws is nobody's business.
    pass.isTolerant = true
    try pass.forEach { pass, piece, _ in
      var own =
        try table
        ?? HypothesisTable(
          configuration, names: pass.definitions.map(\.name), limit: limit, isSample: isSample)
      let width = pass.definitions.count
      for row in piece.answers.indices where piece.answers[row] == 1 {
        own.add(
          own.columns.map { piece.inputs[row * width + $0] }, weight: piece.weights[row],
          event: piece.numbers[row])
      }
      table = own
    }
    guard var table else {
      return try HypothesisTable(configuration, names: configuration.hypotheses, limit: limit)
    }
    if !table.isFull { try table.finish(configuration) }
    return table
  }

  /// The inputs that are asked for by name; nil where one of them can only be found among those of a pattern.
  private var onlyHypotheses: [StudyConfiguration.Input]? {
    let named = configuration.inputs.filter { input in
      switch input {
      case .formula(let name, _): configuration.hypotheses.contains(name)
      case .columns(let name): configuration.hypotheses.contains(name)
      case .except: false
      }
    }
    return named.count == configuration.hypotheses.count ? named : nil
  }
}
