import ApusEvents
import ApusKernels
import Synchronization

extension RootRead {
  /// Takes the memory of all columns, one inside of the other, then runs `body`; each column becomes values once
  /// it is filled.
  func fill(
    _ slots: ArraySlice<RootSlot>, _ jobs: [RootJob], _ memory: inout [RootMemory],
    into results: inout [Column.Values?],
    _ body: ([RootMemory], inout [Column.Values?]) throws(FormatError) -> Void
  ) throws(FormatError) {
    guard let slot = slots.first else { return try unsafe body(memory, &results) }
    let job = jobs[slot.job]
    let output = job.outputs[slot.output]
    let rest = slots.dropFirst()
    switch output.layout {
    case .fixed(let element, let shape, _, _):
      let width = shape.reduce(1, *)
      let values = try unsafe element.column(count: job.entries.count * width) {
        target throws(FormatError) in
        unsafe memory.append(RootMemory(content: target))
        try unsafe fill(rest, jobs, &memory, into: &results, body)
      }
      let shaped =
        shape.isEmpty
        ? values : .jagged(Jagged(count: job.entries.count, of: shape, content: values))
      results[output.index] = shaped.cut(job.entries, to: job.rows)
    case .lists(let element, _, let inner, _):
      // Lists are cut to the rows when all have their starts.
      results[output.index] = try unsafe lists(element, inner, output, job, slot.leader) {
        new throws(FormatError) in
        unsafe memory.append(new)
        try unsafe fill(rest, jobs, &memory, into: &results, body)
      }
    case .entries:
      unsafe memory.append(
        RootMemory(content: UnsafeMutableRawPointer(bitPattern: 64) ?? Self.nowhere))
      try unsafe fill(rest, jobs, &memory, into: &results, body)
    }
  }

  private nonisolated(unsafe) static let nowhere = UnsafeMutableRawPointer.allocate(
    byteCount: 64, alignment: 64)

  private func lists(
    _ element: RootElement, _ inner: [Int], _ output: RootOutput, _ job: RootJob, _ leader: Int?,
    _ body: (RootMemory) throws(FormatError) -> Void
  ) throws(FormatError) -> Column.Values {
    let total = output.bases.last ?? 0
    let count = job.entries.count
    if leader != nil {
      let content = try unsafe element.column(count: total * inner.reduce(1, *)) {
        target throws(FormatError) in
        try unsafe body(RootMemory(content: target, areShared: true))
      }
      return inner.isEmpty ? content : .jagged(Jagged(count: total, of: inner, content: content))
    }
    var content = Column.Values.int64([])
    let offsets: [Int] = try unsafe made(count + 1) { starts throws(FormatError) in
      let starts = unsafe starts.assumingMemoryBound(to: Int.self)
      unsafe starts[count] = total
      content = try unsafe element.column(count: total * inner.reduce(1, *)) {
        target throws(FormatError) in
        try unsafe body(RootMemory(content: target, offsets: starts))
      }
    }
    let inside =
      inner.isEmpty ? content : .jagged(Jagged(count: total, of: inner, content: content))
    return .jagged(Jagged(offsets: offsets, content: inside))
  }

  /// Reads all baskets of all jobs on all threads.
  func run(
    _ jobs: [RootJob], _ slots: [RootSlot], _ memory: [RootMemory],
    _ results: inout [Column.Values?]
  ) throws(FormatError) {
    var tasks: [RootTask] = []
    for (index, job) in jobs.enumerated() {
      for basket in job.baskets {
        let seek = basket < job.branch.baskets.seeks.count ? job.branch.baskets.seeks[basket] : 0
        tasks.append(RootTask(job: index, basket: basket, seek: seek))
      }
    }
    // The order of the file is that in which a disk gives the bytes fastest.
    tasks.sort { $0.seek < $1.seek }
    let places = unsafe memoryOfJobs(jobs, slots, memory)
    // Lists that others lead are held against the starts of these, which must be there.
    let followers = Set(slots.filter { $0.leader != nil }.map(\.job))
    let ordered = tasks.filter { !followers.contains($0.job) }
    let behind = followers.isEmpty ? [] : tasks.filter { followers.contains($0.job) }
    func perform(_ tasks: [RootTask]) -> [RootTaskResult] {
      Parallel.map(tasks.count) { i -> RootTaskResult in
        do throws(FormatError) {
          let task = tasks[i]
          return unsafe .done(try run(task, jobs[task.job], places[task.job]))
        } catch { return .failed(error) }
      }
    }
    let found = perform(ordered) + perform(behind)
    try collect(zip(ordered + behind, found), jobs, &results)
  }

  /// The memory of each job's outputs.
  private func memoryOfJobs(_ jobs: [RootJob], _ slots: [RootSlot], _ memory: [RootMemory])
    -> [[RootMemory]]
  {
    var places = unsafe [[RootMemory]](repeating: [], count: jobs.count)
    for (k, slot) in slots.enumerated() {
      var own = unsafe memory[k]
      if let leader = slot.leader { unsafe own.offsets = unsafe memory[leader].offsets }
      unsafe places[slot.job].append(own)
    }
    return unsafe places
  }

  /// Joins what baskets of entries gave, in their order.
  private func collect(
    _ done: Zip2Sequence<[RootTask], [RootTaskResult]>, _ jobs: [RootJob],
    _ results: inout [Column.Values?]
  ) throws(FormatError) {
    var pieces = jobs.map { [[Column.Values]?](repeating: nil, count: $0.baskets.count) }
    for (task, result) in done {
      switch result {
      case .failed(let error): throw error
      case .done(let values):
        pieces[task.job][task.basket - jobs[task.job].baskets.lowerBound] = values
      }
    }
    for (job, found) in zip(jobs, pieces) {
      let outputs = job.entryOutputs
      guard let node = job.entryNode, !outputs.isEmpty else { continue }
      let empty = RootBuilder.none(node, outputs.map(\.leaf))
      for (place, output) in outputs.enumerated() {
        let parts = found.compactMap { $0.map { $0[place] } }
        let joined = parts.isEmpty ? empty[place] : Column.Values.joined(parts) ?? empty[place]
        results[output.index] = joined.cut(job.entries, to: job.rows)
      }
    }
  }

  /// Reads one basket into all outputs of its branch.
  private func run(_ task: RootTask, _ job: RootJob, _ memory: [RootMemory]) throws(FormatError)
    -> [Column.Values]
  {
    try toolbox.use { tools throws(FormatError) in
      let basket = try unsafe file.basket(job.branch, task.basket, path: job.path, with: tools)
      let starts = job.branch.baskets.starts
      let entries = starts[task.basket]..<starts[task.basket + 1]
      guard unsafe basket.count == entries.count else {
        throw unsafe basket.place.error(
          "a basket must have as many entries as its tree says (\(entries.count))",
          unsafe "it has \(basket.count)")
      }
      let first = entries.lowerBound - job.entries.lowerBound
      for k in job.outputs.indices {
        let output = job.outputs[k]
        let target = unsafe memory[k]
        switch output.layout {
        case .fixed(let element, let shape, let stride, let offset):
          try unsafe basket.numbers(
            element, run: shape.reduce(1, *), stride: stride, offset: offset,
            to: target.content, from: first)
        case .lists(let element, let header, let inner, _):
          let number = task.basket - job.baskets.lowerBound
          try unsafe basket.lists(
            element, header: header, run: inner.reduce(1, *), target, from: first,
            elements: output.bases[number]..<output.bases[number + 1],
            counts: job.counts.map { unsafe $0[first..<first + basket.count] })
        case .entries: break
        }
      }
      return try unsafe basket.entries(of: job)
    }
  }
}

/// One basket of one job.
struct RootTask: Sendable {
  var job: Int
  var basket: Int
  var seek: Int
}

/// What reading a basket gave: the columns that are joined from pieces.
enum RootTaskResult: Sendable {
  case done([Column.Values])
  case failed(FormatError)
}

extension RootJob {
  /// The outputs that are joined from pieces, in the order of the leaves of their node.
  var entryOutputs: [(index: Int, leaf: Int)] {
    outputs.compactMap { output in
      if case .entries(_, let leaf) = output.layout { (output.index, leaf) } else { nil }
    }.sorted { $0.leaf < $1.leaf }
  }

  var entryNode: RootNode? {
    for output in outputs { if case .entries(let node, _) = output.layout { return node } }
    return nil
  }
}

extension RootBuilder {
  /// A builder that keeps the values of some leaves.
  convenience init(_ node: RootNode, leaves: [Int]) {
    var wanted = [Bool](repeating: false, count: node.leaves.count)
    for leaf in leaves { wanted[leaf] = true }
    var left = wanted[...]
    self.init(node, wanted: &left)
  }

  /// The columns of these leaves without any entry.
  static func none(_ node: RootNode, _ leaves: [Int]) -> [Column.Values] {
    RootBuilder(node, leaves: leaves).columns(count: 0)
  }
}

extension RootBasket {
  /// Copies numbers of one count in every entry.
  func numbers(
    _ element: RootElement, run: Int, stride: Int, offset: Int, to target: UnsafeMutableRawPointer,
    from first: Int
  ) throws(FormatError) {
    guard unsafe data.count == count * stride else {
      throw unsafe place.error(
        unsafe "a basket of \(count) entries of \(stride) bytes must have as many",
        unsafe "its data have \(data.count)")
    }
    guard let base = unsafe data.baseAddress, unsafe count > 0, run > 0 else { return }
    let out = unsafe target + first * run * element.memorySize
    if run * element.size == stride {
      unsafe element.convert(base, to: out, count: count * run)
    } else if element.isPlain {
      unsafe ListKernels.numbers(
        base + offset, stride: stride, to: out, count: count, run: run, width: element.width)
    } else {
      for i in unsafe 0..<count {
        unsafe element.convert(
          base + offset + i * stride, to: out + i * run * element.memorySize, count: run)
      }
    }
  }

  /// Copies lists and where they start.
  func lists(
    _ element: RootElement, header: Int, run: Int, _ target: RootMemory, from first: Int,
    elements: Range<Int>, counts: ArraySlice<Int>?
  ) throws(FormatError) {
    guard let base = unsafe data.baseAddress, unsafe count > 0, let starts = unsafe target.offsets
    else { return }
    let out = unsafe starts + first
    let unit = element.size * run
    if unsafe target.areShared {
      guard let positions = unsafe positions,
        unsafe ListKernels.agree(
          positions: positions, count: count, key: keySize, unit: unit, base: elements.lowerBound,
          known: out)
      else {
        throw unsafe place.error(
          "lists that one leaf counts must have the same lengths", "they have not")
      }
    } else if let positions = unsafe positions {
      guard
        unsafe ListKernels.offsets(
          positions: positions, count: count, key: keySize, header: header, unit: unit,
          base: elements.lowerBound, last: elements.upperBound, out: out)
      else {
        throw unsafe place.error(
          "the positions of a basket's entries must rise within its data", "they do not")
      }
    } else {
      try unsafe place(counts, header, at: out, elements)
    }
    let content = unsafe target.content + elements.lowerBound * run * element.memorySize
    if header == 0 {
      unsafe element.convert(base, to: content, count: elements.count * run)
    } else if element.isPlain {
      unsafe ListKernels.lists(
        base, offsets: out, count: count, last: elements.upperBound, header: header, run: run,
        to: content, width: element.width)
    } else {
      unsafe packedLists(element, base, header, out, elements, to: content)
    }
  }

  private func packedLists(
    _ element: RootElement, _ base: UnsafeRawPointer, _ header: Int, _ starts: UnsafePointer<Int>,
    _ elements: Range<Int>, to content: UnsafeMutableRawPointer
  ) {
    for i in unsafe 0..<count {
      let from = unsafe starts[i] - elements.lowerBound
      let to = unsafe (i + 1 < count ? starts[i + 1] : elements.upperBound) - elements.lowerBound
      unsafe element.convert(
        base + from * element.size + (i + 1) * header, to: content + from * element.memorySize,
        count: to - from)
    }
  }

  /// Starts of lists from their lengths, where the basket holds no positions.
  private func place(
    _ counts: ArraySlice<Int>?, _ header: Int, at out: UnsafeMutablePointer<Int>,
    _ elements: Range<Int>
  ) throws(FormatError) {
    guard let counts, unsafe counts.count == count, header == 0 else {
      throw unsafe place.error(
        "a basket of lists must hold their positions, or another branch their lengths",
        "this one has neither")
    }
    var start = elements.lowerBound
    for (i, length) in counts.enumerated() {
      unsafe out[i] = start
      start += length
      guard start <= elements.upperBound else { break }
    }
    guard start == elements.upperBound else {
      throw unsafe place.error(
        "the lengths of lists must add up to the basket's values (\(elements.count))",
        "they do not")
    }
  }

  /// Reads entries that are more than numbers.
  func entries(of job: RootJob) throws(FormatError) -> [Column.Values] {
    guard let node = job.entryNode else { return [] }
    let builder = RootBuilder(node, leaves: job.entryOutputs.map(\.leaf))
    var reader = unsafe RootEntryReader(cursor: RootCursor(Array(data), place))
    // Entries without positions have one size.
    let stride = unsafe count > 0 && data.count % count == 0 ? data.count / count : nil
    for entry in unsafe 0..<count {
      var end = unsafe positions == nil ? stride.map { $0 * (entry + 1) } : nil
      if unsafe positions != nil {
        let range = try unsafe range(of: entry)
        try reader.cursor.seek(range.lowerBound, for: "entry \(entry)")
        end = range.upperBound
      }
      try reader.read(builder, end: end)
    }
    return unsafe builder.columns(count: count)
  }
}

extension Column.Values {
  /// The part of values of some entries that belongs to fewer of them.
  func cut(_ entries: Range<Int>, to rows: Range<Int>) -> Column.Values {
    if entries == rows { return self }
    let start = rows.lowerBound - entries.lowerBound
    return sliced(rows.isEmpty ? 0..<0 : start..<start + rows.count)
  }
}
