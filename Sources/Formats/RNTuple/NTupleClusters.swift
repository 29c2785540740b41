/// A page: a run of elements of one column that was compressed as a whole.
struct NTuplePage: Sendable {
  /// Where it starts in the file.
  var offset: Int
  /// How many bytes it has there.
  var storedSize: Int
  /// The number of its first element among those of the column in the cluster.
  var first: Int
  var count: Int
  /// Whether a checksum of eight bytes follows it.
  var hasChecksum: Bool
}

/// A run of events whose pages were written together.
struct NTupleCluster: Sendable {
  /// Its events.
  var entries: Range<Int>
  /// The pages of all columns.
  private(set) var pages: [NTuplePage] = []
  /// For each column the places of its pages in `pages`; nil where another representation has the data.
  private(set) var columns: [Range<Int>?] = []

  fileprivate init(_ entries: Range<Int>) { self.entries = entries }

  /// The pages of a column; none where the cluster was written before the column was added.
  func pages(of column: Int) -> ArraySlice<NTuplePage> {
    guard columns.indices.contains(column), let range = columns[column] else { return [] }
    return pages[range]
  }

  /// The number of elements of a column that stand in pages.
  func elements(of column: Int) -> Int { pages(of: column).last.map { $0.first + $0.count } ?? 0 }

  /// Whether the data of a column are held by another representation of its field.
  func isSuppressed(_ column: Int) -> Bool {
    columns.indices.contains(column) && columns[column] == nil
  }
}

extension NTupleCluster {
  /// Reads the pages of all columns of this cluster: an item of a page list.
  fileprivate mutating func readPages(
    _ list: inout NTupleCursor, _ schema: NTupleSchema
  ) throws(FormatError) {
    var (items, count) = try list.list(ofAtLeast: 20, for: "the columns of a cluster")
    guard count <= schema.columns.count else {
      throw items.wrong(
        "a cluster must have at most the columns of the schema (\(schema.columns.count))",
        "it has \(count)")
    }
    for column in 0..<count {
      var (inner, number) = try items.list(ofAtLeast: 16, for: "the pages of a column")
      let start = pages.count
      try readPages(&inner, number, bits: schema.columns[column].bits)
      // A negative number of the first element marks a column whose data are in another representation.
      let first = try inner.integer(Int64.self, for: "the first element of a column")
      columns.append(first < 0 ? nil : start..<pages.count)
    }
  }

  private mutating func readPages(
    _ inner: inout NTupleCursor, _ number: Int, bits: Int
  ) throws(FormatError) {
    var first = 0
    for _ in 0..<number {
      let signed = Int(try inner.integer(Int32.self, for: "the elements of a page"))
      let count = abs(signed)
      let start = inner
      let (offset, size) = try inner.locator(for: "the place of a page")
      // The largest page has 2^31 elements of 2^16 bits, so none of these overflow.
      try NTupleStorage.checkRatio(size, (count * bits + 7) / 8, start.place, "a page")
      pages.append(
        NTuplePage(
          offset: offset, storedSize: size, first: first, count: count, hasChecksum: signed < 0))
      first += count
    }
  }
}

/// All clusters of an RNTuple, in the order of their events.
struct NTupleClusters: Sendable {
  private(set) var all: [NTupleCluster] = []

  /// The number of events.
  var count: Int { all.last?.entries.upperBound ?? 0 }

  /// The clusters that hold some of these events.
  func covering(_ rows: Range<Int>) -> Range<Int> {
    if rows.isEmpty { return 0..<0 }
    // The first cluster that ends behind the first event.
    var (low, high) = (0, all.count)
    while low < high {
      let middle = (low + high) / 2
      if all[middle].entries.upperBound > rows.lowerBound {
        high = middle
      } else {
        low = middle + 1
      }
    }
    var end = low
    while end < all.count, all[end].entries.lowerBound < rows.upperBound { end += 1 }
    return low..<end
  }

  /// Reads the page list of a group of clusters.
  fileprivate mutating func append(
    _ link: NTupleLink, _ storage: NTupleStorage, _ schema: NTupleSchema, headerChecksum: UInt64
  ) throws(FormatError) {
    var (content, _) = try NTupleEnvelope.pageList.open(link, in: storage)
    try content.checkHeader(headerChecksum)
    var (summaries, count) = try content.list(ofAtLeast: 24, for: "the clusters")
    var (lists, number) = try content.list(ofAtLeast: 12, for: "the page lists of clusters")
    guard number == count else {
      throw lists.wrong("each cluster must have a page list", "\(count) clusters have \(number)")
    }
    for _ in 0..<count {
      var summary = try summaries.record(for: "a cluster")
      let first = try summary.size(for: "the first event of a cluster")
      // The last eight of the 64 bits are flags.
      let packed = try summary.integer(UInt64.self, for: "the events of a cluster")
      guard packed >> 56 & 1 == 0 else {
        throw summary.wrong(
          "a cluster must be whole", "this one is a shard, which is newer than 1.0")
      }
      let (end, overflow) = first.addingReportingOverflow(Int(packed & 0xff_ffff_ffff_ffff))
      guard !overflow else {
        throw summary.wrong("a cluster's events must be counted", "they exceed 2^63")
      }
      var cluster = NTupleCluster(first..<end)
      try cluster.readPages(&lists, schema)
      all.append(cluster)
    }
  }

  /// Sorts the clusters and checks that together they hold every event once.
  fileprivate mutating func order(_ place: RootPlace) throws(FormatError) {
    all.sort {
      ($0.entries.lowerBound, $0.entries.upperBound) < (
        $1.entries.lowerBound, $1.entries.upperBound
      )
    }
    all.removeAll { $0.entries.isEmpty }
    var next = 0
    for cluster in all {
      guard cluster.entries.lowerBound == next else {
        throw place.error(
          "clusters must follow each other without gaps",
          "one starts with event \(cluster.entries.lowerBound) where \(next) is due")
      }
      next = cluster.entries.upperBound
    }
  }
}

extension NTupleCursor {
  /// Checks that this envelope belongs to the header.
  fileprivate mutating func checkHeader(_ checksum: UInt64) throws(FormatError) {
    guard try integer(UInt64.self, for: "the header's checksum") == checksum else {
      throw wrong("all envelopes must belong to one header", "this one belongs to another")
    }
  }
}

/// What header, footer and page lists of an RNTuple say: everything but the data.
struct NTupleDescription: Sendable {
  var name: String
  var description: String
  /// The program that wrote it.
  var writer: String
  var schema: NTupleSchema
  var clusters: NTupleClusters

  /// Reads all envelopes.
  /// - Throws: ``FormatError`` for what is damaged or newer than version 1 of the format.
  init(_ anchor: NTupleAnchor, _ storage: NTupleStorage) throws(FormatError) {
    var (header, checksum) = try NTupleEnvelope.header.open(anchor.header, in: storage)
    try header.features()
    name = try header.string(for: "the name of an RNTuple")
    description = try header.string(for: "the description of an RNTuple")
    writer = try header.string(for: "the writer of an RNTuple")
    schema = NTupleSchema()
    try schema.append(&header)
    var (footer, _) = try NTupleEnvelope.footer.open(anchor.footer, in: storage)
    try footer.features()
    try footer.checkHeader(checksum)
    var added = try footer.record(for: "the schema extension")
    if added.remaining > 0 { try schema.append(&added) }
    try schema.connect(header.place)
    clusters = NTupleClusters()
    var (groups, count) = try footer.list(ofAtLeast: 48, for: "the cluster groups")
    for _ in 0..<count {
      var group = try groups.record(for: "a cluster group")
      _ = try group.take(20, for: "the events of a cluster group")
      let link = try NTupleLink(&group)
      try clusters.append(link, storage, schema, headerChecksum: checksum)
    }
    try clusters.order(footer.place)
  }
}
