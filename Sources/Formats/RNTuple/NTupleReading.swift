import ApusEvents

/// Reads some columns of some events: level by level of the field tree, since the ends of lists say where the
/// values of the next level start; all pages of a level in parallel.
struct NTupleReading {
  /// What was read of a field.
  enum Result {
    case numbers(NTupleNumbers)
    /// Where each list starts, and the end of the last.
    case offsets(NTupleArray<Int>)
    case characters(offsets: NTupleArray<Int>, NTupleArray<UInt8>)
    case switches(NTupleSwitches)
  }

  /// A field to read, and which of its elements.
  private struct Task {
    var field: Int
    var segments: [NTupleSegment]
    /// The number of elements; what exceeds 63 bits stays there, and no memory is reserved for it.
    var count: Int {
      segments.reduce(0) {
        let (sum, overflow) = $0.addingReportingOverflow($1.range.count)
        return overflow ? Int.max : sum
      }
    }
  }

  /// A field whose ends of lists are being read.
  private struct Pending {
    var task: Task
    var offsets: NTupleArray<Int>
    /// The end before the first list of each segment.
    var bases: NTupleArray<Int>
    var isText: Bool
  }

  let storage: NTupleStorage
  let description: NTupleDescription
  let threads: Int
  private let wanted: Set<Int>
  private(set) var results: [Int: Result] = [:]
  private var tasks: [Task] = []
  private var pending: [Pending] = []
  private var switching: [(task: Task, raw: NTupleArray<UInt8>)] = []

  /// Reads the columns that end in these leaves.
  init(
    _ storage: NTupleStorage, _ description: NTupleDescription, _ leaves: [NTupleLeaf],
    rows: Range<Int>, threads: Int
  ) throws(FormatError) {
    self.storage = storage
    self.description = description
    self.threads = threads
    wanted = Set(leaves.flatMap(\.path))
    let clusters = description.clusters.all
    let segments = description.clusters.covering(rows).map { i in
      let entries = clusters[i].entries
      let part = rows.clamped(to: entries)
      return NTupleSegment(
        cluster: i,
        range: part.lowerBound - entries.lowerBound..<part.upperBound - entries.lowerBound,
        total: entries.count)
    }
    var tops: Set<Int> = []
    for leaf in leaves where tops.insert(leaf.path[0]).inserted {
      tasks.append(Task(field: leaf.path[0], segments: segments))
    }
    while !tasks.isEmpty { try readLevel() }
  }

  /// Reads what the tasks ask for, and leaves the tasks of the next level.
  private mutating func readLevel() throws(FormatError) {
    var batch = NTupleBatch(storage, description)
    var waiting = tasks
    tasks = []
    while let task = waiting.popLast() { try begin(task, &batch, &waiting) }
    try batch.run(threads: threads)
    let (lists, variants) = (pending, switching)
    (pending, switching) = ([], [])
    // The characters of texts are read with the next level.
    var characters = NTupleBatch(storage, description)
    for list in lists { try finish(list, &characters) }
    try characters.run(threads: threads)
    for variant in variants { try finish(variant.task, variant.raw) }
  }

  /// The name of a field, for messages.
  private func path(_ field: Int) -> String {
    var names: [String] = []
    var id = field
    while true {
      names.append(description.schema.fields[id].name)
      let parent = description.schema.fields[id].parent
      if parent == id { break }
      id = parent
    }
    return storage.path(names.reversed().joined(separator: "."))
  }

  /// Adds the pages of a field's own columns; fields without any pass the task on to those below.
  private mutating func begin(
    _ task: Task, _ batch: inout NTupleBatch, _ waiting: inout [Task]
  ) throws(FormatError) {
    switch description.schema.kind(task.field) {
    case .number(let element): try beginNumbers(task, 1, element, &batch)
    case .numbers(let count, let element): try beginNumbers(task, count, element, &batch)
    case .text: try beginLists(task, &batch, isText: true)
    case .collection, .optional, .cardinality: try beginLists(task, &batch, isText: false)
    case .record, .wrapper: waiting += children(task.field, task.segments)
    case .array(let count):
      waiting += children(task.field, try repeated(task.segments, count, task.field))
    case .variant: try beginSwitches(task, &batch)
    case .unknown: break  // columns below such a field are refused before
    }
  }

  /// Tasks for the fields below that lead to wanted columns.
  private func children(_ field: Int, _ segments: [NTupleSegment]) -> [Task] {
    description.schema.fields[field].children.filter(wanted.contains)
      .map { Task(field: $0, segments: segments) }
  }

  private func repeated(
    _ segments: [NTupleSegment], _ count: Int, _ field: Int
  ) throws(FormatError) -> [NTupleSegment] {
    let all = segments.compactMap { $0.repeated(count) }
    guard all.count == segments.count else {
      throw FormatError(
        storage.file.path, object: path(field), "the elements of arrays must be counted",
        found: "they exceed 2^63")
    }
    return all
  }

  private mutating func beginNumbers(
    _ task: Task, _ copies: Int, _ element: NTupleElement, _ batch: inout NTupleBatch
  ) throws(FormatError) {
    let whole = Task(
      field: task.field, segments: try repeated(task.segments, copies, task.field))
    let path = path(task.field)
    try batch.reserve(whole.count, of: element.size, path)
    let numbers = NTupleNumbers(element, count: whole.count)
    try add(whole, 0, element, batch.add(numbers.memory), at: 0, path, &batch)
    results[task.field] = .numbers(numbers)
  }

  private func add(
    _ task: Task, _ position: Int, _ element: NTupleElement, _ output: Int, at start: Int,
    _ path: String, _ batch: inout NTupleBatch
  ) throws(FormatError) {
    var at = start
    for segment in task.segments {
      try batch.add(task.field, position, segment, as: element, to: output, at: at, path)
      at += segment.range.count
    }
  }

  /// Adds the pages that hold the ends of lists, straight to where the offsets will be.
  private mutating func beginLists(
    _ task: Task, _ batch: inout NTupleBatch, isText: Bool
  ) throws(FormatError) {
    let path = path(task.field)
    try batch.reserve(task.count, of: 8, path)
    try batch.reserve(task.segments.count + 1, of: 8, path)
    let offsets = NTupleArray<Int>(count: task.count + 1)
    let bases = NTupleArray<Int>(count: task.segments.count)
    try add(task, 0, .int64, batch.add(offsets), at: 1, path, &batch)
    let output = batch.add(bases)
    for (i, segment) in task.segments.enumerated() where segment.range.lowerBound > 0 {
      let before = segment.range.lowerBound - 1
      let one = NTupleSegment(
        cluster: segment.cluster, range: before..<before + 1, total: segment.total)
      try batch.add(task.field, 0, one, as: .int64, to: output, at: i, path)
    }
    pending.append(Pending(task: task, offsets: offsets, bases: bases, isText: isText))
  }

  /// Turns the ends of lists, which count from the start of each cluster, into offsets of all that is read.
  private mutating func finish(
    _ list: Pending, _ characters: inout NTupleBatch
  ) throws(FormatError) {
    var segments: [NTupleSegment] = []
    let bad = unsafe list.offsets.edit { offsets -> Int? in
      unsafe offsets[0] = 0
      var at = 0
      for (i, segment) in list.task.segments.enumerated() {
        let count = segment.range.count
        let base = segment.range.lowerBound == 0 ? 0 : list.bases.array[i]
        guard 0...Self.mostElements ~= base else { return segment.cluster }
        var last = base
        let shift = unsafe offsets[at] &- base
        for k in at + 1..<at + 1 + count {
          let end = unsafe offsets[k]
          guard end >= last, end <= Self.mostElements, end + shift <= Self.mostElements else {
            return segment.cluster
          }
          last = end
          unsafe offsets[k] = end + shift
        }
        at += count
        segments.append(NTupleSegment(cluster: segment.cluster, range: base..<last, total: nil))
      }
      return nil
    }
    if let bad {
      throw FormatError(
        storage.file.path, object: path(list.task.field), "the ends of lists must never fall",
        found:
          "they do in the cluster of event \(description.clusters.all[bad].entries.lowerBound)",
        remedy: "The file is damaged; write it again.")
    }
    let below = Task(field: list.task.field, segments: segments)
    guard list.isText else {
      results[list.task.field] = .offsets(list.offsets)
      tasks += children(list.task.field, segments)
      return
    }
    let path = path(list.task.field)
    try characters.reserve(below.count, of: 1, path)
    let bytes = NTupleArray<UInt8>(count: below.count)
    // Characters are signed as C++ has them; their bits are those of UTF-8.
    try add(below, 1, .int8, characters.add(bytes), at: 0, path, &characters)
    results[list.task.field] = .characters(offsets: list.offsets, bytes)
  }

  /// More elements than any cluster has, and few enough that sums of them stay whole numbers.
  private static let mostElements = 1 << 48

  private mutating func beginSwitches(
    _ task: Task, _ batch: inout NTupleBatch
  ) throws(FormatError) {
    let path = path(task.field)
    try batch.reserve(task.count, of: 12 + 16, path)
    let raw = NTupleArray<UInt8>(count: task.count * 12)
    try add(task, 0, .switches, batch.add(raw), at: 0, path, &batch)
    switching.append((task, raw))
  }

  private mutating func finish(_ task: Task, _ raw: NTupleArray<UInt8>) throws(FormatError) {
    let fields = description.schema.fields[task.field].children
    guard
      let switches = NTupleSwitches(
        raw.array, task.segments, alternatives: fields.count, most: Self.mostElements)
    else {
      throw FormatError(
        storage.file.path, object: path(task.field),
        "a variant's elements must name one of its \(fields.count) types, each the next of its values",
        found: "one does not", remedy: "The file is damaged; write it again.")
    }
    for (i, field) in fields.enumerated() where wanted.contains(field) {
      tasks.append(Task(field: field, segments: switches.segments[i]))
    }
    results[task.field] = .switches(switches)
  }
}
