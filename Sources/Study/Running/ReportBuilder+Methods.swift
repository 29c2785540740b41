internal import ApusEvents

extension ReportBuilder {
  /// The results of one method.
  func method(_ outcome: Outcome) -> ReportData.MethodResult {
    var item = ReportData.MethodResult(
      name: outcome.name, type: outcome.type, parameters: outcome.parameters,
      trainSeconds: outcome.trainSeconds, applySeconds: outcome.applySeconds,
      appliedEvents: events.count)
    item.metrics = Part.allCases.compactMap { part in
      outcome.evaluations[part].map { metrics($0, part) }
    }
    item.options = flatOptions(outcome.options)
    item.summary = summary(outcome)
    item.history = history(outcome.history)
    if let importance = outcome.importance {
      item.importances = zip(outcome.inputs, importance.values).enumerated().map { place, one in
        .init(
          input: one.0, value: one.1,
          error: place < importance.errors.count ? importance.errors[place] : nil)
      }.sorted { $0.value > $1.value }
      item.importanceKind = importance.kind
      item.importanceEvents = importance.events
    }
    item.tables = outcome.tables.isEmpty ? nil : outcome.tables
    if isRegression {
      let targets = regressions(outcome)
      item.regression = targets.first
      item.furtherTargets = targets.count > 1 ? Array(targets.dropFirst()) : nil
    } else {
      item.confusion = outcome.evaluations[.test]?.confusion?.sums ?? []
      item.scores = scoreHistograms(outcome)
      item.compatibilities = compatibilities(outcome)
      item.curves = curves(outcome)
      item.workingPoints = workingPoints(outcome)
      item.cuts = cuts(outcome)
    }
    return item
  }

  /// The shape of a network in one line: "28-300-300-1, tanh, adam"; other methods by what
  /// they say of themselves.
  private func summary(_ outcome: Outcome) -> String {
    let options = outcome.options
    guard let layers = options.integers("layers") else {
      return findMethod(outcome.type).map { type in
        let start = type.summary.split(separator: ":")[0]
        return String(start.hasSuffix(".") ? start.dropLast() : start)
      } ?? ""
    }
    let sizes = [events.width] + layers + [scoreCount()]
    let words: [String?] = [
      sizes.map(String.init).joined(separator: "-"), options.text("activation"),
      options.group("optimizer")?.text("name"),
    ]
    return words.compactMap { $0 }.joined(separator: ", ")
  }

  private func metrics(_ e: Evaluation, _ part: Part) -> ReportData.PartMetrics {
    ReportData.PartMetrics(
      part: part.report, auc: e["auc"], aucError: e["auc_error"], accuracy: e["accuracy"],
      loss: e["loss"], rmse: e["rmse"], mae: e["mae"], bias: e["bias"], r2: e["r2"])
  }

  private func history(_ steps: [FitContext.Progress]) -> ReportData.History? {
    guard let first = steps.first, steps.count > 1 else { return nil }
    let names = first.values.map(\.name)
    var series: [ReportData.History.Series] = []
    for name in names {
      let values = steps.map { step in
        step.values.first { $0.name == name }?.value ?? .nan
      }
      series.append(.init(name: name, values: values))
    }
    let losses = series.first { $0.name == "validation_loss" }?.values
    let best = losses?.indices.filter { losses?[$0].isFinite ?? false }
      .min { (losses?[$0] ?? 0) < (losses?[$1] ?? 0) }
    return ReportData.History(
      unit: first.unit, steps: steps.map { Double($0.step) }, series: series,
      bestStep: best.map { Double(steps[$0].step) },
      stoppedEarly: (steps.last?.step ?? 0) < first.steps)
  }

  /// Score `k` of every event, as it counts for a part.
  private func scores(_ outcome: Outcome, _ k: Int, _ part: Part) -> [Double] {
    let all = outcome.scores(part)
    guard result.configuration.task == .multiclass else { return all }
    return stride(from: k, to: all.count, by: groups.count).map { all[$0] }
  }

  private func scoreCount() -> Int { result.configuration.scoreCount }

  private func scoreHistograms(_ outcome: Outcome) -> [ReportData.ScoreHistogram] {
    let parts = [Part.train, .test].filter { !result.chosen($0).isEmpty }
    let inUnit = outcome.scores.allSatisfy { $0 >= 0 && $0 <= 1 }
    return (0..<scoreCount()).flatMap { k in
      let range = inUnit ? 0...1 : scoreRange(outcome, k, parts)
      let drawn = parts.flatMap { part in
        histograms(scores(outcome, k, part), of: byGroup(part), bins: 40, within: range)
      }
      return drawn.enumerated().map { index, histogram in
        ReportData.ScoreHistogram(
          classIndex: index % groups.count, part: parts[index / groups.count].report, score: k,
          histogram: histogram)
      }
    }
  }

  /// From the smallest to the largest finite score of some parts; nil where there is none.
  private func scoreRange(_ outcome: Outcome, _ k: Int, _ parts: [Part]) -> ClosedRange<Double>? {
    let values = parts.flatMap { part in
      let own = scores(outcome, k, part)
      return result.chosen(part).map { own[$0] }.filter(\.isFinite)
    }
    guard let low = values.min(), let high = values.max(), low < high else { return nil }
    return low...high
  }

  private func compatibilities(_ outcome: Outcome) -> [ReportData.Compatibility] {
    let (train, test) = (byGroup(.train), byGroup(.test))
    return groups.indices.compactMap { index in
      let k = scoreCount() == 1 ? 0 : index
      let (learned, own) = (scores(outcome, k, .train), scores(outcome, k, .test))
      let (a, b) = (train[index], test[index])
      guard
        let found = try? kolmogorovSmirnov(
          a.map { learned[$0] }, weights: a.map { events.weights[$0] }, b.map { own[$0] },
          weights: b.map { events.weights[$0] })
      else { return nil }
      return .init(classIndex: index, ksProbability: found.pValue)
    }
  }

  private func curves(_ outcome: Outcome) -> [ReportData.RocCurve] {
    [Part.test, .train].flatMap { part -> [ReportData.RocCurve] in
      if result.configuration.task == .binary {
        return outcome.evaluations[part]?.roc.map { [curve($0, part, nil)] } ?? []
      }
      guard part == .test else { return [] }
      let chosen = result.chosen(part)
      let labels = chosen.map { events.labels[$0] }
      let weights = chosen.map { events.weights[$0] }
      return groups.indices.compactMap { k in
        let own = scores(outcome, k, part)
        let roc = try? RocCurve(
          scores: chosen.map { own[$0] }, labels: labels, weights: weights, signal: Int32(k))
        return roc.map { curve($0, part, groups[k]) }
      }
    }
  }

  private func curve(_ roc: RocCurve, _ part: Part, _ positive: String?) -> ReportData.RocCurve {
    let points = roc.points()
    return ReportData.RocCurve(
      part: part.report, positive: positive, signalEfficiency: points.map(\.signal),
      backgroundEfficiency: points.map(\.background))
  }

  private func workingPoints(_ outcome: Outcome) -> [ReportData.WorkingPoint] {
    guard let test = outcome.evaluations[.test]?.roc, let train = outcome.evaluations[.train]?.roc
    else { return [] }
    let signal = byGroup(.test)[1].map { events.weights[$0] }
    let entries = effectiveEntries(signal)
    return Evaluation.backgrounds.map { background in
      let efficiency = test.signalEfficiency(atBackground: background)
      // Binomial, with as many entries as the weights are worth.
      let variance = entries > 0 ? max(0, efficiency * (1 - efficiency)) / entries : .nan
      return ReportData.WorkingPoint(
        backgroundEfficiency: background,
        threshold: test.workingPoint(backgroundEfficiency: background).threshold, test: efficiency,
        testError: variance.squareRoot(), train: train.signalEfficiency(atBackground: background))
    }
  }

  private func cuts(_ outcome: Outcome) -> [ReportData.CutYield] {
    guard result.configuration.task == .binary, let roc = outcome.evaluations[.test]?.roc else {
      return []
    }
    let thresholds = roc.thresholds
    let finite = thresholds.filter(\.isFinite)
    guard let high = finite.first, let low = finite.last, low < high else { return [] }
    var all: [ReportData.CutYield] = []
    var point = roc.count - 1
    for step in 0...100 {
      let cut = low + (high - low) * Double(step) / 100
      while point > 0, thresholds[point] < cut { point -= 1 }
      all.append(
        .init(cut: cut, signal: roc.signalYields[point], background: roc.backgroundYields[point]))
    }
    return all
  }
}

/// Options by their full names, groups opened: `optimizer.learning_rate`.
func flatOptions(_ options: OptionValues, prefix: String = "") -> [ReportData.Option] {
  let own = options.values.sorted { $0.key < $1.key }.map { name, content in
    let text = writeYaml(ConfigurationValue(content))
    return ReportData.Option(name: prefix + name, value: trimSpace(text))
  }
  let groups = options.groups.sorted { $0.key < $1.key }
  return own + groups.flatMap { flatOptions($1, prefix: prefix + $0 + ".") }
}
