internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// How a sample that is larger than memory is cut, and what each part of the work may take.
///
/// Of the bound 60 MB are the program itself. Shares of the rest: a block 1/32, of which at most ten are
/// held at once (the tables of training and of validation, those being read, and copies on the way); the events that
/// stay in memory 1/8, with as much again for what checks and methods make of them; pieces of files 1/8; buffers of the
/// scratch file 1/16, in the first pass only; metrics 1/3.
struct StreamPlan: Sendable, Equatable {
  /// The bound.
  var memory: Int
  /// Events in the files, before any selection.
  var events: Int
  /// Numbers in a row of inputs.
  var width: Int
  /// What the events would take in memory.
  ///
  /// As the file has them, raw rows, transformed rows and a copy for checks; labels, weights, numbers; scores and their
  /// order. Measured: 450 to 630 bytes an event of 28 inputs.
  var resident: Int
  /// What the program itself takes, in bytes: its code, its libraries and the report.
  static let program = 55_000_000

  /// Bytes of an event in the scratch file: inputs in single precision, weight, label, sample and entry in double.
  func eventBytes(spectators: Int) -> Int { width * 4 + (4 + spectators) * 8 }

  /// What is left beside the program.
  private var usable: Int { max(memory / 3, memory - 60_000_000) }
  /// What a block may take.
  var blockBytes: Int { usable / 32 }
  /// What the buffers of the scratch file may take.
  var bufferBytes: Int { usable / 16 }
  /// What a piece of a file should take, once read.
  var pieceBytes: Int { usable / 32 }
  /// What a method may keep of all events while it learns from blocks.
  var methodBytes: Int { usable / 4 * 3 }
  /// The most events that metrics are computed from: sorted copies and curves take about 250 bytes an event.
  var metricEvents: Int { usable / 3 / 250 }

  /// How many buckets a part of the events needs.
  func buckets(share: Double, spectators: Int) -> Int {
    let bytes = Double(events) * share * Double(eventBytes(spectators: spectators))
    return max(1, Int((bytes / Double(blockBytes)).rounded(.up)))
  }
}

extension StudyConfiguration {
  /// Whether and how the events are streamed.
  ///
  /// A bound that is given is kept; without one events are streamed where they would take more than half of the
  /// machine's memory.
  /// - Returns: The plan, and whether it is to be used.
  func streamPlan(base: String) throws -> (plan: StreamPlan, isUsed: Bool)? {
    let limit = memory ?? machineMemory() / 2
    let files = sources.flatMap { source in
      ((try? source.sampleFiles(base: base)) ?? []).map { ($0, source) }
    }
    // Small files need no second look: not even packed ones grow twentyfold.
    let bytes = files.reduce(0) { $0 + $1.0.all.reduce(0) { $0 + fileBytes($1) } }
    if memory == nil, bytes < limit / 20 { return nil }
    var plan = StreamPlan(memory: limit, events: 0, width: 0, resident: 0)
    for (file, source) in files {
      let table = try openSource(source, file, memory: memory)
      plan.events += table.count
      if plan.width == 0 { plan.width = inputCount(table) }
    }
    plan.resident = plan.events * (plan.width * 18 + 80 + 24 * methods.count)
    return (plan, plan.resident + StreamPlan.program > limit)
  }

  /// The folds, where the events are divided into such.
  var foldPlan: FoldPlan? {
    if case .folds(let plan) = division { return plan }
    return nil
  }

  private func inputCount(_ table: any TableSource) -> Int {
    let padded = constituents?.block(behind: 0).count ?? 0
    guard inputs.contains(where: \.isPattern) else { return max(1, inputs.count + padded) }
    return max(1, table.schema.count + padded)
  }
}

private func fileBytes(_ path: String) -> Int {
  let names = [path, path.lastIndex(of: ":").map { String(path[..<$0]) }].compactMap { $0 }
  let found = names.lazy.compactMap { try? FileManager.default.attributesOfItem(atPath: $0) }.first
  return (found?[.size] as? any BinaryInteger).map { Int($0) } ?? 0
}
