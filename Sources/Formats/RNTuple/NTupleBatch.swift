import ApusKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Some elements of one level of the field tree, in one cluster.
struct NTupleSegment: Sendable {
  var cluster: Int
  var range: Range<Int>
  /// How many elements the whole cluster has at this level; nil below a list, where the file does not say so.
  var total: Int?

  /// The same elements seen by a field that has `count` copies in each.
  func repeated(_ count: Int) -> NTupleSegment? {
    let (low, a) = range.lowerBound.multipliedReportingOverflow(by: count)
    let (high, b) = range.upperBound.multipliedReportingOverflow(by: count)
    let (total, c) = (self.total ?? 0).multipliedReportingOverflow(by: count)
    if a || b || c { return nil }
    return NTupleSegment(
      cluster: cluster, range: low..<high, total: self.total == nil ? nil : total)
  }
}

/// Pages that are read at once, in parallel, each into its part of the final memory.
struct NTupleBatch {
  let storage: NTupleStorage
  let schema: NTupleSchema
  let clusters: NTupleClusters
  private var jobs: [NTuplePageJob] = []
  private var memories: [any NTupleMemory] = []
  private var bytes = 0

  init(_ storage: NTupleStorage, _ description: NTupleDescription) {
    self.storage = storage
    schema = description.schema
    clusters = description.clusters
  }

  /// Checks that memory can be had for so many elements more, before any is taken.
  /// - Throws: ``FormatError`` where all that is wanted exceeds the memory of the machine.
  mutating func reserve(_ count: Int, of size: Int, _ path: String) throws(FormatError) {
    let (more, overflow) = count.multipliedReportingOverflow(by: size)
    let (sum, overflow2) = bytes.addingReportingOverflow(more)
    let limit = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard !overflow, !overflow2, sum <= limit else {
      throw FormatError(
        storage.file.path, object: path, "columns to read at once must fit into memory",
        found: "\(count) elements of \(size) bytes are more than this machine has",
        remedy: "Read fewer events or columns at once.")
    }
    bytes = sum
  }

  /// Adds memory, and says which number it has.
  mutating func add(_ memory: any NTupleMemory) -> Int {
    memories.append(memory)
    return memories.count - 1
  }

  /// Adds the pages that hold these elements of a field's column.
  /// - Parameters:
  ///   - field: The field.
  ///   - position: Which of the columns of its representation: 0, or 1 for the characters of a text.
  ///   - segment: The elements.
  ///   - element: The type that they get.
  ///   - output: The memory that they go to.
  ///   - at: Which element of it the first one is.
  ///   - path: The column's path, for messages.
  mutating func add(
    _ field: Int, _ position: Int, _ segment: NTupleSegment, as element: NTupleElement,
    to output: Int, at: Int, _ path: String
  ) throws(FormatError) {
    if segment.range.isEmpty { return }
    let cluster = clusters.all[segment.cluster]
    let column = try active(field, position, cluster, path)
    let stored = cluster.elements(of: column)
    let isLate = schema.columns[column].isDeferred || !cluster.columns.indices.contains(column)
    let missing = isLate ? max(0, (segment.total ?? stored) - stored) : 0
    guard segment.range.upperBound <= missing + stored else {
      throw RootPlace(
        file: storage.file.path, object: path, offset: cluster.pages.first?.offset ?? 0
      )
      .error(
        "a column must hold all elements of its cluster (events \(cluster.entries.lowerBound) to "
          + "\(cluster.entries.upperBound - 1))",
        "elements up to \(segment.range.upperBound) are needed and \(missing + stored) are there")
    }
    var job = NTuplePageJob(
      page: nil, column: schema.columns[column], wanted: 0..<0, element: element, output: output,
      at: at, path: path)
    if segment.range.lowerBound < missing {
      job.wanted = 0..<min(missing, segment.range.upperBound) - segment.range.lowerBound
      jobs.append(job)
      job.at += job.wanted.count
    }
    let low = max(0, segment.range.lowerBound - missing)
    let high = segment.range.upperBound - missing
    addPages(cluster.pages(of: column), low..<max(low, high), job)
  }

  private mutating func addPages(
    _ pages: ArraySlice<NTuplePage>, _ range: Range<Int>, _ template: NTuplePageJob
  ) {
    if range.isEmpty { return }
    var job = template
    // The first page that ends behind the first element.
    var (low, high) = (pages.startIndex, pages.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if pages[middle].first + pages[middle].count > range.lowerBound {
        high = middle
      } else {
        low = middle + 1
      }
    }
    while low < pages.endIndex, pages[low].first < range.upperBound {
      let page = pages[low]
      let start = max(range.lowerBound, page.first) - page.first
      let end = min(range.upperBound, page.first + page.count) - page.first
      if start < end {
        job.page = page
        job.wanted = start..<end
        jobs.append(job)
        job.at += end - start
      }
      low += 1
    }
  }

  /// The column of the representation that has the data of a field in a cluster.
  private func active(
    _ field: Int, _ position: Int, _ cluster: NTupleCluster, _ path: String
  ) throws(FormatError) -> Int {
    let all = schema.fields[field].representations
    let found = all.first {
      !cluster.isSuppressed($0[0]) && cluster.columns.indices.contains($0[0])
    }
    // A cluster of before an extension has none of its columns.
    let chosen = found ?? all.first { !cluster.isSuppressed($0[0]) }
    guard let chosen, chosen.indices.contains(position) else {
      throw FormatError(
        storage.file.path, object: path, "a field must have its data in one representation",
        found: "all are suppressed in the cluster of event \(cluster.entries.lowerBound)")
    }
    return chosen[position]
  }

  /// Reads all pages into their memories.
  /// - Throws: The error of the first page, in the order in which they were added, that can't be read.
  func run(threads: Int) throws(FormatError) {
    var errors: [FormatError] = []
    var places: [UnsafeMutableRawBufferPointer] = unsafe []
    unsafe withAllBytes(memories[...], &places) { places in
      // Each job writes its own elements: no two of them overlap.
      nonisolated(unsafe) let places = unsafe places
      let jobs = jobs
      let storage = storage
      storage.file.plan(
        jobs.compactMap(\.page).compactMap { page in
          let (end, overflow) = page.offset.addingReportingOverflow(max(0, page.storedSize) + 8)
          return overflow || page.offset < 0 ? nil : page.offset..<end
        })
      let toolbox = RootToolbox()
      errors = Parallel.map(jobs.count, threads: threads) {
        unsafe jobs[$0].run(storage, places[jobs[$0].output], toolbox)
      }.compactMap(\.self)
    }
    if let first = errors.first { throw first }
  }
}
