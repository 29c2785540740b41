import ApusEvents
import ApusKernels

/// Reads columns of a tree: the baskets of their branches are read and decompressed on all threads, and their
/// numbers go straight to where they stay.
struct RootRead {
  let file: RootFile
  let tree: RootTree
  let columns: [RootColumn]
  let toolbox = RootToolbox()

  /// How many columns are read at once: each takes a little stack, and all wait for the last.
  static let batch = 48

  /// Reads some columns for whole baskets that cover `rows`, and cuts the rest away.
  func values(_ chosen: [Int], rows: Range<Int>) throws -> [Column.Values] {
    var found: [Column.Values] = []
    var start = 0
    while start < chosen.count {
      let batch = Array(chosen[start..<min(start + Self.batch, chosen.count)])
      found += try read(batch, rows, sharing: true)
      start += Self.batch
    }
    return found
  }

  /// Reads columns at once.
  /// - Parameter sharing: Whether columns that are counted by one branch (`nJet`) have one array of starts among them;
  ///   where their baskets contradict that, they are read again without.
  private func read(_ chosen: [Int], _ rows: Range<Int>, sharing: Bool) throws -> [Column.Values] {
    var jobs: [RootJob] = []
    for (index, column) in chosen.enumerated() { try add(column, index, rows, to: &jobs) }
    plan(jobs)
    try measure(&jobs)
    var results = [Column.Values?](repeating: nil, count: chosen.count)
    let slots = slots(of: jobs, sharing: sharing)
    var memory: [RootMemory] = unsafe []
    let done = jobs
    do throws(FormatError) {
      try unsafe fill(slots[...], done, &memory, into: &results) {
        memory, found throws(FormatError) in
        try unsafe run(done, slots, memory, &found)
      }
    } catch {
      guard slots.contains(where: { $0.leader != nil }) else { throw error }
      return try read(chosen, rows, sharing: false)
    }
    share(done, slots, &results)
    return jobs.isEmpty
      ? []
      : try results.enumerated().map { index, values in
        guard let values else {
          throw FormatError(
            file.path, object: tree.path, "every column must have been read",
            found: "'\(columns[chosen[index]].description.name)' was not")
        }
        return values
      }
  }

  /// Says which baskets will be read.
  private func plan(_ jobs: [RootJob]) {
    file.plan(
      jobs.flatMap { job in
        let baskets = job.branch.baskets
        return job.baskets.clamped(to: 0..<baskets.seeks.count).compactMap { i -> Range<Int>? in
          // Sizes are checked when they are read.
          let (end, overflow) = baskets.seeks[i].addingReportingOverflow(max(0, baskets.sizes[i]))
          return overflow || baskets.seeks[i] < 0 ? nil : baskets.seeks[i]..<end
        }
      })
  }

  /// All outputs of all jobs; of lists that one leaf counts the first leads the others.
  private func slots(of jobs: [RootJob], sharing: Bool) -> [RootSlot] {
    var slots = jobs.indices.flatMap { job in
      jobs[job].outputs.indices.map { RootSlot(job: job, output: $0) }
    }
    var leaders: [String: Int] = [:]
    for slot in slots.indices where sharing {
      let job = jobs[slots[slot].job]
      let output = job.outputs[slots[slot].output]
      guard case .lists(_, 0, _, let count?) = output.layout, job.counts == nil,
        let total = output.bases.last
      else { continue }
      let key = "\(count) \(job.entries) \(total)"
      if let leader = leaders[key] { slots[slot].leader = leader } else { leaders[key] = slot }
    }
    return slots
  }

  /// Gives lists that follow others their starts.
  private func share(_ jobs: [RootJob], _ slots: [RootSlot], _ results: inout [Column.Values?]) {
    func output(_ slot: RootSlot) -> RootOutput { jobs[slot.job].outputs[slot.output] }
    for slot in slots {
      guard let leader = slot.leader,
        case .jagged(let starts)? = results[output(slots[leader]).index],
        let content = results[output(slot).index]
      else { continue }
      results[output(slot).index] = .jagged(Jagged(offsets: starts.offsets, content: content))
    }
    for slot in slots {
      let job = jobs[slot.job]
      if case .lists = output(slot).layout {
        let index = output(slot).index
        results[index] = results[index]?.cut(job.entries, to: job.rows)
      }
    }
  }

  /// Adds a column to the work of its branch.
  private func add(_ column: Int, _ index: Int, _ rows: Range<Int>, to jobs: inout [RootJob])
    throws
  {
    let found = columns[column]
    guard let layout = found.layout else {
      throw FormatError(
        file.path, object: tree.path, "a column to read must be understood",
        found: found.description.obstacle ?? "it is not", remedy: "Leave it out.", kind: .usage)
    }
    let output = RootOutput(index: index, layout: layout)
    if let same = jobs.firstIndex(where: { $0.branch.path == found.branch.path }) {
      jobs[same].outputs.append(output)
      return
    }
    var job = RootJob(found.branch, path: tree.path + ":" + found.branch.path, rows)
    guard job.end >= rows.upperBound else {
      throw FormatError(
        file.path, object: job.path, "a branch must have as many entries as its tree",
        found: "its baskets hold \(job.end), and entries up to \(rows.upperBound) are asked for",
        remedy: "The program that wrote the file was killed, or the file is damaged.")
    }
    try checkClaim(job, layout)
    if case .lists(_, _, _, let count) = layout, let count { job.countName = count }
    job.outputs.append(output)
    jobs.append(job)
  }

  /// Checks, before memory is taken, that baskets can hold as many entries as the tree says: no codec shrinks data
  /// more than the greatest ratio.
  private func checkClaim(_ job: RootJob, _ layout: RootLayout) throws(FormatError) {
    var stride = 1
    if case .fixed(_, _, let bytes, _) = layout { stride = bytes }
    let baskets = job.branch.baskets
    for basket in job.baskets {
      let entries = baskets.starts[basket + 1] - baskets.starts[basket]
      let stored =
        basket < baskets.seeks.count
        ? min(baskets.sizes[basket], file.size)
        : 1 + baskets.embedded[basket - baskets.seeks.count].data.count
      let (bytes, overflow) = entries.multipliedReportingOverflow(by: stride)
      guard !overflow, bytes / RootBlock.Codec.zstd.greatestRatio <= stored else {
        throw FormatError(
          file.path, object: job.path, "a basket must have room for its entries",
          found: "basket \(basket) has \(stored) bytes for \(entries) entries of \(stride) bytes",
          remedy: "The file was cut off or is damaged; copy it again from its source.")
      }
    }
  }

  /// Finds the numbers of values of lists, so that memory of the right size can be taken.
  private func measure(_ jobs: inout [RootJob]) throws {
    for job in jobs.indices where jobs[job].hasLists {
      let branch = jobs[job].branch
      let numbers = jobs[job].baskets
      let place = RootPlace(file: file.path, object: jobs[job].path, offset: 0)
      let found = Parallel.map(numbers.count) { i -> Result<RootBasketSizes, FormatError> in
        Result { () throws(FormatError) in
          var place = place
          let number = numbers.lowerBound + i
          if number < branch.baskets.seeks.count { place.offset = branch.baskets.seeks[number] }
          return try file.basketSizes(branch, number, place)
        }
      }
      jobs[job].sizes = try found.map { try $0.get() }
      if jobs[job].sizes.contains(where: { $0.plain == $0.data && $0.count > 0 && $0.data > 0 }) {
        try count(&jobs[job])
      }
      try addBases(&jobs[job])
    }
  }

  /// Counts the elements of each basket's lists.
  private func addBases(_ job: inout RootJob) throws(FormatError) {
    for output in job.outputs.indices {
      guard case .lists(let element, let header, let inner, _) = job.outputs[output].layout else {
        continue
      }
      let unit = element.size * inner.reduce(1, *)
      var bases = [0]
      for (basket, sizes) in zip(job.baskets, job.sizes) {
        let bytes = sizes.data - sizes.count * header
        let entries = job.branch.baskets.starts[basket + 1] - job.branch.baskets.starts[basket]
        let isPossible =
          sizes.plain / RootBlock.Codec.zstd.greatestRatio <= max(sizes.stored, 1)
          || basket >= job.branch.baskets.seeks.count
        guard bytes >= 0, bytes % unit == 0, sizes.count == entries, isPossible else {
          throw FormatError(
            file.path, object: job.path, "a basket must hold whole lists of its entries",
            found: "basket \(basket) has \(sizes.data) bytes for \(sizes.count) entries (the tree "
              + "says \(entries)) of elements of \(unit) bytes",
            remedy: "The file was cut off or is damaged; copy it again from its source.")
        }
        bases.append(bases[bases.count - 1] + bytes / unit)
      }
      job.outputs[output].bases = bases
    }
  }

  /// Reads the lengths of lists whose baskets hold no positions from the branch that counts them.
  private func count(_ job: inout RootJob) throws {
    guard let name = job.countName,
      let column = columns.firstIndex(where: { $0.branch.leaves.contains { $0.name == name } })
    else { return }
    let values = try self.values([column], rows: job.entries)
    let counts = (values.first.flatMap(\.doubles) ?? []).map { max(0, Int($0)) }
    job.counts = counts
  }
}

/// One output among all jobs.
struct RootSlot {
  var job: Int
  var output: Int
  /// The slot whose starts of lists are its own, too.
  var leader: Int?
}

/// Memory of a column that is being read.
///
/// Jobs run at the same time and write into it; each basket has rows, and so places, of its own.
@unsafe struct RootMemory: @unchecked Sendable {
  /// The numbers.
  var content: UnsafeMutableRawPointer
  /// The starts of lists; nil for numbers alone.
  var offsets: UnsafeMutablePointer<Int>?
  /// Whether the starts are those of other lists, written before, and these are only held against them.
  var areShared = false
}

/// What is read of one branch.
struct RootJob: Sendable {
  var branch: RootTreeBranch
  /// The path for messages: `tree:branch`.
  var path: String
  /// The rows asked for.
  var rows: Range<Int>
  /// The baskets that hold them.
  var baskets: Range<Int>
  var outputs: [RootOutput] = []
  /// The sizes of the baskets, where an output needs them before.
  var sizes: [RootBasketSizes] = []
  /// The leaf that counts lists, and what it says, where the baskets don't.
  var countName: String?
  var counts: [Int]?

  init(_ branch: RootTreeBranch, path: String, _ rows: Range<Int>) {
    self.branch = branch
    self.path = path
    self.rows = rows
    let starts = branch.baskets.starts
    let count = starts.count - 1
    let first = Self.firstIndex(in: 0..<count) { starts[$0 + 1] > rows.lowerBound }
    let end = Self.firstIndex(in: first..<count) { starts[$0] >= rows.upperBound }
    baskets = rows.isEmpty ? 0..<0 : first..<end
  }

  /// The first index from which on a condition holds, by halving.
  private static func firstIndex(in range: Range<Int>, where isBehind: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The entries of the baskets.
  var entries: Range<Int> {
    let starts = branch.baskets.starts
    return baskets.isEmpty ? 0..<0 : starts[baskets.lowerBound]..<starts[baskets.upperBound]
  }

  /// The last entry that there is.
  var end: Int { branch.baskets.starts.last ?? 0 }

  var hasLists: Bool {
    outputs.contains { if case .lists = $0.layout { true } else { false } }
  }
}

/// One column of a job.
struct RootOutput: Sendable {
  /// The place among the columns that are read at once.
  var index: Int
  var layout: RootLayout
  /// Of lists: how many elements stand before each basket's, and behind the last the number of all.
  var bases: [Int] = []
}
