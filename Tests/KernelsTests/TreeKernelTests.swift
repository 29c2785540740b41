import ApusKernels
import CKernels
import Testing

/// Small deterministic numbers.
private struct Draw {
  var state: UInt64
  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}

@Suite struct TreeKernelTests {
  /// Every shape of block, gathered and whole, on any number of threads: the same integers as one by one.
  @Test(arguments: [1, 3, 4, 7, 28, 32, 33, 70, 200], [1, 2, 5]) func histogramsEqualTheReference(
    columns: Int, threads: Int
  ) {
    var draw = Draw(state: UInt64(columns))
    let (rows, bins) = (3001, 19)
    var layout = ck_bin_layout_of(Int64(rows), Int32(columns), Int32(bins))
    let table = (0..<rows * columns).map { _ in UInt8(draw.next(bins)) }
    let pairs = (0..<2 * rows).map { _ in Int32(draw.next(2_000_000) - 1_000_000) }
    var blocks = [UInt8](repeating: 0, count: Int(layout.blocks) * rows * Int(layout.stride))
    ck_bin_rows(&layout, table, &blocks, Int32(threads))
    let size = 2 * columns * bins
    for some in [nil, (0..<rows).filter { _ in draw.next(3) == 0 }.map { UInt32($0) }] {
      let count = some?.count ?? rows
      let pieces = Int(ck_histogram_pieces(&layout, Int64(count), Int32(threads)))
      #expect(pieces >= 1 && pieces <= threads)
      var expected = [Int64](repeating: 0, count: size)
      var found = [Int64](repeating: 7, count: size)
      var scratch = [Int64](repeating: 7, count: size * pieces)
      withOptionalPointer(some) { index in
        ck_histogram_reference(&layout, table, pairs, 12, index, Int64(count), &expected)
        ck_histogram(
          &layout, blocks, pairs, 12, index, Int64(count), &found, &scratch, Int32(pieces),
          Int32(threads))
      }
      for piece in 0..<pieces - 1 {
        for i in 0..<size { found[i] += scratch[piece * size + i] }
      }
      #expect(found == expected)
    }
  }

  private func withOptionalPointer(_ values: [UInt32]?, _ body: (UnsafePointer<UInt32>?) -> Void) {
    guard let values else { return body(nil) }
    values.withUnsafeBufferPointer { body($0.baseAddress) }
  }

  @Test(arguments: [1, 2, 7]) func rowsAreDividedInOrder(threads: Int) {
    var draw = Draw(state: 9)
    let rows = 100_003
    let column = (0..<rows).map { _ in UInt8(draw.next(256)) }
    let left = (0..<256).map { _ in UInt8(draw.next(2)) }
    var index = (0..<rows).filter { _ in draw.next(2) == 0 }.map { UInt32($0) }
    let expected =
      index.filter { left[Int(column[Int($0)])] == 1 }
      + index.filter { left[Int(column[Int($0)])] == 0 }
    var scratch = index
    let count = ck_divide_rows(
      column, left, &index, Int64(index.count), &scratch, Int32(threads))
    #expect(index == expected)
    #expect(Int(count) == index.count { left[Int(column[Int($0)])] == 1 })
  }

  /// Bins hold about equal weight, borders lie between neighbouring values, NaN has the last bin.
  @Test func binsAreWeightedQuantiles() throws {
    var draw = Draw(state: 4)
    let rows = 20_000
    let values = (0..<rows).map { _ in
      draw.next(50) == 0 ? Float.nan : Float(draw.next(1_000_000)) / 1000 - 300
    }
    let weights = (0..<rows).map { _ in Double(draw.next(100) - 10) }
    let table = try #require(
      BinnedTable(
        inputs: values, columns: 1, weights: weights, bins: 100, categorical: [false], threads: 2))
    #expect(table.counts[0] == 100 && table.missing == [true])
    var sums = [Double](repeating: 0, count: 101)
    for row in 0..<rows {
      let bin = table.bin(row: row, column: 0)
      sums[bin] += abs(weights[row])
      if values[row].isNaN {
        #expect(bin == 100)
      } else {
        #expect(values[row] <= table.threshold(column: 0, bin: bin))
        #expect(bin == 0 || values[row] > table.threshold(column: 0, bin: bin - 1))
      }
    }
    let mean = sums[..<100].reduce(0, +) / 100
    #expect(sums[..<100].allSatisfy { abs($0 - mean) < 0.02 * mean + 200 })
  }

  @Test func heavyValuesGetABinOfTheirOwn() throws {
    // Zero holds half of the weight; the rest must keep its bins.
    let values = (0..<4000).map { $0 % 2 == 0 ? Float(0) : Float($0 - 2000) / 100 }
    let table = try #require(
      BinnedTable(
        inputs: values, columns: 1, weights: values.map { _ in 1 }, bins: 20,
        categorical: [false], threads: 1))
    #expect(table.counts[0] == 20)
    var sums = [Int](repeating: 0, count: 21)
    for row in 0..<4000 { sums[table.bin(row: row, column: 0)] += 1 }
    #expect(sums.filter { $0 >= 2000 }.count == 1 && sums[..<20].filter { $0 > 60 }.count >= 19)
    let few = try #require(
      BinnedTable(
        inputs: [3, -0.0, 0, 1, .nan, 3], columns: 1, weights: [1, 1, 1, 1, 1, 1], bins: 255,
        categorical: [false], threads: 1))
    #expect(few.counts[0] == 3 && few.threshold(column: 0, bin: 0) == 0.5)
    #expect((0..<6).map { few.bin(row: $0, column: 0) } == [2, 0, 0, 1, 3, 2])
  }

  /// Scoring by bits and by walking gives the same bits, for one event and for many, with missing values.
  @Test(arguments: [1, 2, 5, 31, 40, 64, 90]) func bitsEqualWalks(leaves: Int) {
    var draw = Draw(state: UInt64(leaves))
    var (nodes, roots, values) = ([FlatTrees.Node](), [Int](), [Double]())
    for _ in 0..<150 {
      roots.append(nodes.count)
      nodes.append(.init(column: nil, threshold: 0, child: 0, missingRight: false, set: nil))
      var open = [nodes.count - 1]
      for _ in 1..<leaves {
        let place = open.remove(at: draw.next(open.count))
        nodes[place] = .init(
          column: draw.next(5), threshold: Float(draw.next(21) - 10), child: nodes.count,
          missingRight: draw.next(2) == 0, set: nil)
        for _ in 0..<2 {
          open.append(nodes.count)
          nodes.append(.init(column: nil, threshold: 0, child: 0, missingRight: false, set: nil))
        }
      }
    }
    values = nodes.map { _ in Double(draw.next(1000)) / 7 }
    let trees = FlatTrees(
      count: nodes.count, roots: roots, values: values, base: [0.25], columns: 5, sets: []
    ) { nodes[$0] }
    let inputs = (0..<5 * 203).map { _ in
      draw.next(10) == 0 ? Float.nan : Float(draw.next(41) - 20) / 2
    }
    let bits = trees.scores(of: inputs, count: 203, threads: 2)
    var walked = [Double](repeating: 0.25, count: 203)
    trees.add(to: &walked, inputs: inputs, count: 203, trees: 0..<149, threads: 1)
    trees.add(to: &walked, inputs: inputs, count: 203, trees: 149..<150, threads: 1)
    #expect(bits == walked)
    for row in 0..<203 {
      let one = trees.scores(of: Array(inputs[5 * row..<5 * row + 5]), count: 1, threads: 1)
      #expect(one[0] == bits[row])
      let plain = roots.reduce(0.25) { sum, root in
        var place = root
        while let column = nodes[place].column {
          let x = inputs[5 * row + column]
          let isRight = x.isNaN ? nodes[place].missingRight : x > nodes[place].threshold
          place = nodes[place].child + (isRight ? 1 : 0)
        }
        return sum + values[place]
      }
      #expect(bits[row] == plain)
    }
  }

  /// Random rows with gaps; one column is of few values and one of none.
  private func rows(_ count: Int, _ columns: Int, seed: UInt64) -> [Float] {
    var draw = Draw(state: seed)
    return (0..<count * columns).map { i in
      if i % columns == 2 || draw.next(9) == 0 { return .nan }
      return i % columns == 1 ? Float(draw.next(5)) : Float(draw.next(10_000)) / 100
    }
  }

  @Test(arguments: [1, 2, 3, 100]) func columnsInGroupsAreBinnedAlike(group: Int) {
    let (count, columns) = (2001, 5)
    let inputs = rows(count, columns, seed: 3)
    let weights = (0..<count).map { Double($0 % 7) - 1 }
    let marks = [false, true, false, false, true]
    let whole = BinnedTable(
      inputs: inputs, columns: columns, weights: weights, bins: 40, categorical: marks, threads: 2)
    let grouped = BinnedTable(
      weights: weights, bins: 40, categorical: marks, threads: 2, budget: 4 * count * group
    ) { chosen in
      #expect(chosen.count <= group)
      var values = [Float](repeating: 0, count: chosen.count * count)
      for start in stride(from: 0, to: count, by: 1000) {
        let some = Array(inputs[start * columns..<min(start + 1000, count) * columns])
        gather(
          columns: chosen, of: some, width: columns, into: &values, at: start, count: count)
      }
      return (values, isByRow: false)
    }
    #expect(whole?.counts == grouped?.counts && whole?.missing == grouped?.missing)
    for column in 0..<columns {
      #expect(whole?.categories(column: column) == grouped?.categories(column: column))
      for row in 0..<count {
        #expect(whole?.bin(row: row, column: column) == grouped?.bin(row: row, column: column))
      }
    }
  }

  /// The rows that a table was made of fall into the same bins by its borders, so a tree gives them the value of their bins.
  @Test(arguments: [1, 3]) func watchedRowsFallIntoTheBinsOfTheTable(threads: Int) throws {
    let (count, columns) = (5003, 5)
    let inputs = rows(count, columns, seed: 11)
    let table = try #require(
      BinnedTable(
        inputs: inputs, columns: columns, weights: [Double](repeating: 1, count: count), bins: 30,
        categorical: [false, true, false, false, false], threads: 2))
    var watched = WatchedRows(of: table, capacity: count)
    watched.append(Array(inputs[..<(1000 * columns)]), threads: threads)
    watched.append(Array(inputs[(1000 * columns)...]), threads: threads)
    #expect(watched.count == count)
    for column in 0..<columns {
      for bin in 0...Int(table.counts[column]) {
        let lefts = (0..<256).map { UInt8($0 == bin ? 1 : 0) }
        let cut = WatchedRows.Node(column: column, child: 1, lefts: lefts, value: 9)
        let leaves = [3.0, 5].map { WatchedRows.Node(column: nil, child: 0, lefts: [], value: $0) }
        var scores = [Double](repeating: 1, count: 2 * count)
        watched.add([cut] + leaves, to: &scores, output: 1, outputs: 2, threads: threads)
        for row in 0..<count {
          let isLeft = table.bin(row: row, column: column) == bin
          #expect(scores[2 * row] == 1 && scores[2 * row + 1] == (isLeft ? 4 : 6))
        }
      }
    }
    // New values: beyond the last border, and a name that was never seen.
    var other = WatchedRows(of: table, capacity: 2)
    other.append([1e9, 77, .nan, -1e9, 3, -1e9, 2, 5, 1e9, 3], threads: 1)
    func side(_ column: Int, _ bin: Int) -> [Double] {
      let lefts = (0..<256).map { UInt8($0 == bin ? 1 : 0) }
      var scores = [0.0, 0]
      other.add(
        [
          .init(column: column, child: 1, lefts: lefts, value: 0),
          .init(column: nil, child: 0, lefts: [], value: 1),
          .init(column: nil, child: 0, lefts: [], value: 0),
        ], to: &scores, output: 0, outputs: 1, threads: 1)
      return scores
    }
    #expect(side(0, Int(table.counts[0]) - 1) == [1, 0] && side(0, 0) == [0, 1])
    #expect(side(1, Int(table.counts[1])) == [1, 0] && side(1, 2) == [0, 1])
    #expect(side(2, 0) == [1, 1], "a column without values has one bin, for what is missing")
  }
}
