extension MulticlassScores {
  /// The plain mean over classes of the areas against the rest, and its standard error.
  ///
  /// The areas are correlated, because they come from the same events. With V_c the weighted share of the other side
  /// that an event is ranked right against by the score of class c, an event moves the mean area Ā by
  /// d = Σ_c w (V_c − A_c)/(K Y), Y the yield of its own side (class c or the rest), and the variance is Σd²
  /// times n/(n−1) for each class of n = (Σw)²/Σw² effective events. For two classes whose scores add up to one this is
  /// the estimate of DeLong, DeLong and Clarke-Pearson (1988, doi:10.2307/2531595). Cost: a sort a class.
  /// - Returns: The mean and its error, NaN where a class has no more than one effective event.
  /// - Throws: ``MetricError`` where a class, or all others together, have no positive sum of weights.
  public func macroAreaWithError() throws(MetricError) -> (value: Double, error: Double) {
    var moves = [Double](repeating: 0, count: count)
    var mean = 0.0
    for c in classes.indices {
      let area = try oneAgainstRest(c).area
      addMoves(of: c, area: area, to: &moves)
      mean += area / Double(classes.count)
    }
    var variance = 0.0
    for c in classes.indices {
      let own = labels.indices.filter { labels[$0] == Int32(c) }
      let sum = own.reduce(0) { $0 + weights[$1] }
      let entries = sum * sum / own.reduce(0) { $0 + weights[$1] * weights[$1] }
      guard entries > 1 else { return (mean, .nan) }
      variance += entries / (entries - 1) * own.reduce(0) { $0 + moves[$1] * moves[$1] }
    }
    return (mean, variance.squareRoot())
  }

  /// Adds what each event contributes to the deviation of one class's area.
  private func addMoves(of c: Int, area: Double, to moves: inout [Double]) {
    let isSignal = labels.map { $0 == Int32(c) }
    let signal = labels.indices.reduce(0.0) { isSignal[$1] ? $0 + weights[$1] : $0 }
    let totals = (signal: signal, background: weights.reduce(0, +) - signal)
    let scores = labels.indices.map { probabilities[$0 * classes.count + c] }
    let shares = placements(scores, isSignal, weights, totals)
    for event in moves.indices {
      let yield = isSignal[event] ? totals.signal : totals.background
      moves[event] += weights[event] * (shares[event] - area) / (yield * Double(classes.count))
    }
  }
}
