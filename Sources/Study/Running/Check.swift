internal import ApusEvents

/// A dry run: reads and checks everything that training would, and trains nothing.
public func check(_ request: TrainRequest, console: Console) throws {
  let configuration = try readConfiguration(request)
  let threads = configuration.threads ?? defaultThreads()
  let base = configurationFolder(configuration.path)
  let plan = try configuration.streamPlan(base: base)
  let prepared: PreparedEvents
  if let (plan, isUsed) = plan, isUsed {
    (prepared, _) = try prepareStreamed(
      configuration, plan, base: base, folder: scratchFolder(nil), threads: threads,
      console: console, shouldStop: { false })
  } else {
    prepared = try prepareEvents(configuration, base: base, threads: threads, console: console)
  }
  console.say("")
  for line in schema(prepared) { console.say(line) }
  console.say("")
  for line in partTable(prepared) { console.say(line) }
  console.say("")
  console.say(
    "Weights in training: \(configuration.weightPolicy.summary) "
      + "(negative_weights: \(configuration.weightPolicy.rawValue)); balance: "
      + configuration.balance.rawValue)
  for sum in prepared.result.trainingSums where sum.before != sum.after {
    console.say(
      "  \(sum.name): sum of weights \(shortNumber(sum.before)) before, \(shortNumber(sum.after)) after"
    )
  }
  console.say(memoryLine(plan, prepared))
  console.say("")
  for line in try methodTable(prepared) { console.say(line) }
  console.say("Nothing is wrong; nothing was written.")
}

private func schema(_ prepared: PreparedEvents) -> [String] {
  let (events, training) = (prepared.result.events, prepared.result.chosen(.train))
  let configuration = prepared.result.configuration
  var lines = ["Task: \(configuration.task.rawValue)"]
  if configuration.task == .regression {
    let names = configuration.targets.map {
      $0.name == $0.formula ? $0.name : "\($0.name) = \($0.formula)"
    }
    lines[0] += "; \(names.count == 1 ? "target" : "targets") " + names.joined(separator: ", ")
  } else if !configuration.classes.isEmpty {
    let names = configuration.classes.enumerated().map { "\($0) is \($1)" }
    lines[0] += "; label " + names.joined(separator: ", label ")
  }
  lines.append("Inputs (\(events.plainWidth)), on training events:")
  var rows = [["input", "least", "mean", "largest"]]
  for (index, definition) in events.definitions.prefix(events.plainWidth).enumerated() {
    let values = events.input(index, of: training)
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    let name =
      definition.name == definition.formula
      ? definition.name : "\(definition.name) = \(definition.formula)"
    rows.append([
      name, shortNumber(values.min() ?? .nan), shortNumber(mean), shortNumber(values.max() ?? .nan),
    ])
  }
  lines += alignedRows(rows)
  if let lists = configuration.constituents {
    lines.append(
      "Lists of \(lists.columns.map(\.name).joined(separator: ", ")): \(lists.length) entries an event, "
        + "\(lists.order.rawValue)\(lists.hasMask ? ", with a mask" : "") (\(events.width - events.plainWidth) "
        + "inputs)")
  }
  return lines
}

private func partTable(_ prepared: PreparedEvents) -> [String] {
  let result = prepared.result
  var rows = [["part", "class", "events", "sum of weights", "negative", "effective"]]
  if let totals = result.totals {
    let names = result.configuration.task == .regression ? ["all"] : result.configuration.classes
    for part in Part.allCases {
      for (name, cell) in zip(names, totals[part]) where cell.events > 0 {
        rows.append([
          part.name, name, "\(cell.events)", shortNumber(cell.sum),
          "\(shortNumber(100 * Double(cell.negative) / Double(cell.events))) %",
          shortNumber(cell.squares > 0 ? cell.sum * cell.sum / cell.squares : 0),
        ])
      }
    }
    return ["Split: " + divisionText(result.configuration)] + alignedRows(rows)
  }
  for part in Part.allCases {
    let sample = result.events.sample(
      result.chosen(part), classes: result.configuration.classes, task: result.configuration.task)
    for group in WeightSummary(sample).groups where group.events > 0 {
      rows.append([
        part.name, group.name, "\(group.events)", shortNumber(group.sum),
        "\(shortNumber(100 * group.negativeFraction)) %", shortNumber(group.effectiveEntries),
      ])
    }
  }
  return ["Split: " + divisionText(result.configuration)] + alignedRows(rows)
}

/// What the events take, and whether they would be streamed.
private func memoryLine(_ used: (plan: StreamPlan, isUsed: Bool)?, _ prepared: PreparedEvents)
  -> String
{
  guard let (plan, isUsed) = used else {
    return "Memory: about " + memory(prepared) + " for the events, which are read whole."
  }
  let words =
    "Memory: about \(memoryText(plan.resident)) for the events, \(memoryText(plan.memory)) "
  return words
    + (isUsed
      ? "are allowed: they are streamed from the disk." : "are allowed: they are read whole.")
}

private func memory(_ prepared: PreparedEvents) -> String {
  let events = prepared.result.events
  // The raw rows, the transformed rows of training and validation, and labels, weights and numbers.
  let rows =
    events.inputs.count
    + (prepared.trainingCount + prepared.result.chosen(.validation).count) * events.width
  let methods = prepared.result.configuration.methods.count
  let bytes = rows * 4 + events.count * (8 + 8 + 8 + 4 + 4 + 8 * methods)
  return shortCount(Double(bytes)) + "B"
}

/// The methods with what fitting them takes, roughly.
private func methodTable(_ prepared: PreparedEvents) throws -> [String] {
  let result = prepared.result
  let size = FitSize(
    events: result.totals?.events(.train) ?? prepared.trainingCount,
    inputs: prepared.transforms.width, classes: max(1, result.configuration.classes.count))
  var rows = [["method", "type", "memory", "time, roughly"]]
  for booking in result.configuration.methods {
    let work = try workload(of: booking, size, result)
    let time = duration(max(0.1, work.seconds(threads: result.threads)))
    let epochs = booking.options.integer("epochs").map { " for \($0) epochs" }
    rows.append([
      booking.name, booking.type.name, shortCount(work.bytes) + "B",
      epochs.map { "at most \(time)\($0)" } ?? "about \(time)",
    ])
  }
  return ["Methods, beside the events:"] + alignedRows(rows) + tooLarge(size, result)
}

/// What a fit of a method takes; of one that learns a target at a time, as many as there are.
private func workload(
  of booking: StudyConfiguration.Booking, _ size: FitSize, _ result: StudyResult
) throws -> Workload {
  let method = try booking.type.init(options: booking.options)
  let targets = result.configuration.targets.count
  guard targets > 1, !booking.type.takesSeveralTargets else { return method.workload(size) }
  var work = method.workload(FitSize(events: size.events, inputs: size.inputs, classes: 1))
  work.operations *= Double(targets)
  return work
}

/// A warning for each method that needs more memory than the machine has.
private func tooLarge(_ size: FitSize, _ result: StudyResult) -> [String] {
  result.configuration.methods.compactMap { booking in
    guard let work = try? workload(of: booking, size, result), work.bytes > Double(machineMemory())
    else { return nil }
    return
      "Warning: '\(booking.name)' needs about \(shortCount(work.bytes))B, and the machine has "
      + "\(memoryText(machineMemory()))."
  }
}
