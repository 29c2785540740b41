internal import CKernels

/// The memory in which one tree after the other grows on a table: rows by leaf, gradients, histograms.
///
/// Gradients are rounded to integers of 31 bits, scaled by a power of two so that sums over all rows fit
/// 64 bits. Sums are then exact: they depend on neither the order of rows nor the number of threads. Not to be used by
/// two threads at once.
@safe public final class TreeWorkspace {
  /// The table.
  public let table: BinnedTable
  let threads: Int
  /// How many low bits of a packed sum count rows.
  let countBits: Int
  private(set) var gradientUnit = 1.0
  private(set) var curvatureUnit = 1.0
  /// The rows of the tree, leaf by leaf.
  let index: UnsafeMutablePointer<UInt32>
  private let scratch: UnsafeMutablePointer<UInt32>
  let pairs: UnsafeMutablePointer<Int32>
  private var histograms: [UnsafeMutablePointer<Int64>] = unsafe []
  private var free: [Int] = []
  private let pieces: UnsafeMutablePointer<Int64>
  private var piecesOfLast = 1
  private var cuts: [ck_cut]
  private let places: Int
  /// The largest |weight| and their sum, kept from one tree to the next.
  private var weightSizes: (limit: Double, sum: Double)?

  /// Takes the memory.
  /// - Returns: nil where there is not enough.
  public init?(table: BinnedTable, threads: Int) {
    self.table = table
    self.threads = max(threads, 1)
    let bits = Int.bitWidth - max(table.rows, 1).leadingZeroBitCount
    countBits = bits
    places = 2 * table.columns * Int(table.layout.bins)
    cuts = [ck_cut](repeating: ck_cut(), count: 2 * table.columns)
    let index = unsafe allocate(UInt32.self, table.rows)
    let scratch = unsafe allocate(UInt32.self, table.rows)
    let pairs = unsafe allocate(Int32.self, 2 * table.rows)
    let pieces = unsafe allocate(Int64.self, (max(threads, 1) - 1) * places)
    guard let index = unsafe index, let scratch = unsafe scratch, let pairs = unsafe pairs,
      let pieces = unsafe pieces
    else {
      unsafe ck_free(index)
      unsafe ck_free(scratch)
      unsafe ck_free(pairs)
      unsafe ck_free(pieces)
      return nil
    }
    unsafe (self.index, self.scratch, self.pairs, self.pieces) = unsafe (
      index, scratch, pairs, pieces
    )
  }

  deinit {
    unsafe ck_free(index)
    unsafe ck_free(scratch)
    unsafe ck_free(pairs)
    unsafe ck_free(pieces)
    unsafe histograms.forEach { unsafe ck_free($0) }
  }

  /// Bytes of one histogram.
  public var histogramBytes: Int { 8 * places }

  // MARK: gradients

  /// Computes the gradients and curvatures of a loss at scores, times the weights.
  /// - Parameters:
  ///   - loss: The loss; of `softmax` the output named.
  ///   - scores: `loss.outputs` numbers a row.
  ///   - targets: The class or the number of each row.
  ///   - weights: The weight of each row, the same from tree to tree.
  ///   - output: Which of several scores.
  public func setGradients(
    of loss: BoostingLoss, scores: [Double], targets: BoostingTargets, weights: [Double],
    output: Int = 0
  ) {
    precondition(weights.count == table.rows, "one a row")
    if weightSizes == nil {
      weightSizes = weights.reduce((0, 0)) { (max($0.0, abs($1)), $0.1 + abs($1)) }
    }
    unsafe loss.described(scores, targets, weights, output: output) { described in
      // Bounds that need no look at the scores save a pass; few rows get the whole range of integers.
      unsafe described.weight_limit = table.rows >= 1 << 16 ? weightSizes?.limit ?? 0 : 0
      unsafe described.weight_size = weightSizes?.sum ?? 0
      unsafe take(described)
    }
  }

  /// Takes gradients and curvatures that were computed elsewhere, already weighted.
  public func setGradients(_ gradients: [Double], curvatures: [Double]) {
    precondition(gradients.count == table.rows && curvatures.count == table.rows, "one a row")
    unsafe gradients.withUnsafeBufferPointer { gradients in
      unsafe curvatures.withUnsafeBufferPointer { curvatures in
        let loss = unsafe ck_loss(
          kind: CK_LOSS_GIVEN, parameter: 0, outputs: 1, output: 0, rows: Int64(table.rows),
          scores: gradients.baseAddress, targets: gradients.baseAddress,
          classes: nil, weights: gradients.baseAddress, gradients: gradients.baseAddress,
          curvatures: curvatures.baseAddress, weight_limit: 0, weight_size: 0)
        unsafe take(loss)
      }
    }
  }

  private func take(_ loss: ck_loss) {
    var (loss, limits) = unsafe (loss, [0.0, 0.0, 0.0])
    unsafe ck_loss_limits(&loss, &limits, Int32(threads))
    gradientUnit = TreeWorkspace.unit(limits[0], limit: 0x1p30)
    // The sum of curvatures shares 63 bits with the number of rows.
    let room = 0x1p62 / Double(sign: .plus, exponent: countBits, significand: 1)
    curvatureUnit = max(
      TreeWorkspace.unit(limits[1], limit: 0x1p30), TreeWorkspace.unit(limits[2], limit: room / 2))
    unsafe ck_loss_pairs(&loss, gradientUnit, curvatureUnit, pairs, Int32(threads))
  }

  /// The power of two of which `most` is at most `limit`.
  static func unit(_ most: Double, limit: Double) -> Double {
    guard most > 0x1p-900, most.isFinite else { return 1 }
    return Double(sign: .plus, exponent: Int((most / limit).exponent) + 1, significand: 1)
  }

  /// The sum of gradients.
  public func gradient(_ sums: LeafSums) -> Double { Double(sums.gradient) * gradientUnit }
  /// The sum of curvatures.
  public func curvature(_ sums: LeafSums) -> Double {
    Double(sums.curvatureCount >> Int64(countBits)) * curvatureUnit
  }
  /// The number of rows.
  public func count(_ sums: LeafSums) -> Int {
    Int(sums.curvatureCount & (1 << Int64(countBits) - 1))
  }

  // MARK: rows

  /// Starts a tree with all rows.
  /// - Returns: Their number.
  public func takeAllRows() -> Int {
    for row in 0..<table.rows { unsafe index[row] = UInt32(row) }
    return table.rows
  }

  /// Starts a tree with rows of which each is drawn with a probability, by a counter-based generator: the draw of a row
  /// depends on the key and its number only.
  ///
  /// The rows that were not drawn stand after the others.
  /// - Returns: The number of rows drawn.
  public func drawRows(key: UInt64, fraction: Double) -> Int {
    unsafe Int(ck_sample_rows(key, fraction, Int64(table.rows), index, scratch))
  }

  /// Starts a tree with these rows.
  public func take(rows: [Int32]) -> Int {
    precondition(rows.count <= table.rows, "a row once")
    for (place, row) in rows.enumerated() { unsafe index[place] = UInt32(row) }
    return rows.count
  }

  /// The rows of a leaf, in the order of the table.
  public func rows(_ range: Range<Int>) -> [Int32] { range.map { unsafe Int32(index[$0]) } }

  /// Divides the rows of a leaf at a cut.
  /// - Returns: How many went left; they come first.
  public func divide(_ range: Range<Int>, at cut: TreeCut) -> Int {
    let left = cut.table(missing: Int(table.counts[cut.column]))
    return unsafe Int(
      ck_divide_rows(
        table.columnBins + cut.column * table.rows, left, index + range.lowerBound,
        Int64(range.count), scratch, Int32(threads)))
  }

  /// Adds the value of each leaf to the scores of its rows.
  /// - Parameters:
  ///   - outputs: How many numbers a row has.
  ///   - values: The numbers of the leaves.
  ///   - weights: The weight of each row.
  ///   - output: The one that grows.
  ///   - scores: `outputs` numbers a row; the one of `output` grows.
  ///   - begins: Where the rows of each leaf begin, and where the last ends.
  /// - Returns: Σ|w| of each leaf.
  public func addLeaves(
    to scores: inout [Double], output: Int, outputs: Int, begins: [Int], values: [Double],
    weights: [Double]
  ) -> [Double] {
    precondition(scores.count == table.rows * outputs && begins.count == values.count + 1, "shapes")
    var covers = [Double](repeating: 0, count: values.count)
    let places = begins.map { Int64($0) }
    let status = unsafe scores.withUnsafeMutableBufferPointer { scores in
      unsafe ck_add_leaves(
        scores.baseAddress.map { unsafe $0 + output }, Int32(outputs), unsafe index, places, values,
        Int32(values.count), weights, &covers, Int32(threads))
    }
    precondition(status == 0, "memory for the sums of \(values.count) leaves")
    return covers
  }

  // MARK: histograms

  /// Lends a histogram; its numbers are not set.
  ///
  /// nil where there is no memory.
  public func lendSlot() -> Int? {
    if let slot = free.popLast() { return slot }
    guard let memory = unsafe allocate(Int64.self, places) else { return nil }
    unsafe histograms.append(memory)
    return unsafe histograms.count - 1
  }

  /// The number of histograms that are lent.
  public var lentSlots: Int { unsafe histograms.count - free.count }

  /// Takes a histogram back.
  public func giveBack(_ slot: Int) { free.append(slot) }

  /// Sums the gradients of the rows of a leaf by column and bin; ``findCuts(_:sibling:settings:)`` must follow.
  /// - Parameters:
  ///   - isWholeTable: Whether the rows are all rows in the table's order, which is faster.
  ///   - range: The rows of the leaf.
  ///   - slot: The histogram that is filled.
  public func fill(_ slot: Int, rows range: Range<Int>, isWholeTable: Bool) {
    var layout = table.layout
    piecesOfLast = unsafe Int(ck_histogram_pieces(&layout, Int64(range.count), Int32(threads)))
    unsafe ck_histogram(
      &layout, table.rowBins, pairs, Int32(countBits),
      isWholeTable ? nil : index + range.lowerBound,
      Int64(range.count), histograms[slot], pieces, Int32(piecesOfLast), Int32(threads))
  }

  /// Sums the gradients of the rows of a leaf in some columns only; ``findCuts(_:sibling:settings:)`` must follow.
  public func fill(_ slot: Int, rows range: Range<Int>, columns allowed: [UInt8]) {
    precondition(allowed.count == table.columns, "a word on each column")
    var layout = table.layout
    piecesOfLast = 1
    unsafe ck_histogram_columns(
      &layout, table.columnBins, pairs, Int32(countBits), index + range.lowerBound,
      Int64(range.count), allowed, histograms[slot], Int32(threads))
  }

  /// The sums over rows.
  public func sums(of range: Range<Int>) -> LeafSums {
    var sums: [Int64] = [0, 0]
    unsafe ck_sum_pairs(
      pairs, Int32(countBits), index + range.lowerBound, Int64(range.count), &sums, Int32(threads))
    return LeafSums(gradient: sums[0], curvatureCount: sums[1])
  }

  /// Finds the best cut of the leaf that was filled last, and of its sibling, whose slot holds the histogram of their parent
  /// and gets its own.
  /// - Returns: The best cuts; of cuts with equal gain the one of the first column.
  public func findCuts(
    _ leaf: OpenLeaf, sibling: OpenLeaf?, settings: TreeCutSettings
  ) -> (leaf: TreeCut?, sibling: TreeCut?) {
    var layout = table.layout
    var rules = ck_cut_settings(
      rule: settings.rule.kind, count_bits: Int32(countBits), gradient_unit: gradientUnit,
      curvature_unit: curvatureUnit, l1: settings.l1, l2: settings.l2,
      min_weight: settings.minWeight, min_gain: settings.minGain,
      category_smoothing: settings.categorySmoothing, min_rows: Int64(settings.minRows),
      random: settings.random)
    let columns = table.columns
    unsafe cuts.withUnsafeMutableBufferPointer { cuts in
      var first = unsafe described(leaf, cuts.baseAddress)
      unsafe withAllowed(leaf.allowed, &first) { first in
        guard let sibling else {
          unsafe search(&layout, &rules, settings.monotone, &first, nil)
          return
        }
        var second = unsafe described(sibling, cuts.baseAddress.map { unsafe $0 + columns })
        unsafe withAllowed(sibling.allowed, &second) { second in
          unsafe search(&layout, &rules, settings.monotone, &first, &second)
        }
      }
    }
    return (
      best(0, leaf.isSearched), best(columns, sibling?.isSearched ?? false)
    )
  }

  private func search(
    _ layout: inout ck_bin_layout, _ rules: inout ck_cut_settings, _ monotone: [Int8],
    _ leaf: inout ck_leaf, _ sibling: UnsafeMutablePointer<ck_leaf>?
  ) {
    unsafe monotone.withUnsafeBufferPointer { monotone in
      unsafe ck_find_cuts(
        &layout, &rules, table.counts, table.edges, table.categorical,
        monotone.isEmpty ? nil : monotone.baseAddress, &leaf, sibling, pieces,
        Int32(piecesOfLast), Int32(threads))
    }
  }

  private func described(_ leaf: OpenLeaf, _ cuts: UnsafeMutablePointer<ck_cut>?) -> ck_leaf {
    unsafe ck_leaf(
      histogram: histograms[leaf.slot], gradient: leaf.sums.gradient,
      curvature_count: leaf.sums.curvatureCount, low: leaf.bounds.lowerBound,
      high: leaf.bounds.upperBound, allowed: nil, id: leaf.id, cuts: leaf.isSearched ? cuts : nil)
  }

  private func withAllowed(
    _ allowed: [UInt8], _ leaf: inout ck_leaf, _ body: (inout ck_leaf) -> Void
  ) {
    unsafe allowed.withUnsafeBufferPointer { allowed in
      unsafe leaf.allowed = allowed.isEmpty ? nil : allowed.baseAddress
      unsafe body(&leaf)
    }
  }

  private func best(_ first: Int, _ isSearched: Bool) -> TreeCut? {
    guard isSearched else { return nil }
    var found: ck_cut?
    for place in first..<first + table.columns
    where cuts[place].gain > (found?.gain ?? 0) * (1 + treeTie) {
      found = cuts[place]
    }
    return found.map { TreeCut($0) }
  }
}
