import ApusEngine
import TestSupport
import Testing

/// Every shape of rank up to four with sizes 0, 1, 2, 3 and 17, against plain loops. Numbers are small and whole,
/// so that every order of summation gives the same bits and comparison is exact.
@Suite struct ShapeSweepTests {
  static let sizes = [0, 1, 2, 3, 17]

  @Test(arguments: 0...4)
  func elementwise(_ rank: Int) throws {
    for shape in shapes(rank: rank, sizes: Self.sizes) {
      let (a, b) = (NaiveArray(counting: shape), NaiveArray(counting: shape, step: 5, modulus: 11))
      let (x, y) = (try a.tensor(), try b.tensor())
      try expectSame(
        (x * 2 - y).maximum(x) + 1,
        NaiveArray(shape, Swift.zip(a.values, b.values).map { max(2 * $0 - $1, $0) + 1 }),
        "\(shape)")
    }
  }

  @Test func everyPairOfShapesBroadcastsOrIsRefused() throws {
    let small = (0...3).flatMap { shapes(rank: $0, sizes: [1, 2, 3]) }
    let edges = (0...2).flatMap { shapes(rank: $0, sizes: Self.sizes) }
    var refused = 0
    for (left, right) in small.flatMap({ l in small.map { (l, $0) } })
      + edges.flatMap({ l in edges.map { (l, $0) } })
    {
      let (a, b) = (NaiveArray(counting: left), NaiveArray(counting: right, step: 5, modulus: 11))
      let found = try a.tensor() - (try b.tensor())
      if let wanted = a.zip(b, -) {
        try expectSame(found, wanted, "\(left) - \(right)")
      } else {
        refused += 1
        #expect(
          found.failure?.message
            == "[subtract] shapes must be equal: found float64\(left) and float64\(right)")
      }
    }
    #expect(refused > 500)
  }

  @Test(arguments: 0...4)
  func sumsOverEverySetOfAxes(_ rank: Int) throws {
    for shape in shapes(rank: rank, sizes: Self.sizes) {
      let a = NaiveArray(counting: shape)
      let x = try a.tensor()
      for bits in 0..<(1 << rank) {
        let axes = (0..<rank).filter { bits >> $0 & 1 == 1 }
        try expectSame(x.sum(axes: axes), a.reduce(Set(axes), 0, +), "sum \(axes) of \(shape)")
      }
    }
  }

  /// A whole number as an element of a type keeps it: integers wrap around.
  private static func wrapped(_ value: Double, _ dtype: DType) -> Double {
    switch dtype {
    case .int32: Double(Int32(truncatingIfNeeded: Int64(value)))
    case .uint8: Double(UInt8(truncatingIfNeeded: Int64(value)))
    default: value
    }
  }

  private static let numbers: [DType] = [.float32, .float64, .int32, .int64, .uint8]

  @Test(arguments: numbers)
  func everyReductionOfEveryType(_ dtype: DType) throws {
    let wrap = { Self.wrapped($0, dtype) }
    for shape in (0...3).flatMap({ shapes(rank: $0, sizes: [1, 2, 3, 17]) }) {
      let a = NaiveArray(counting: shape, step: 1, modulus: 3)
      let twos = NaiveArray(shape, a.values.indices.map { $0 % 97 == 0 ? 2 : 1 })
      let (x, y) = (try a.tensor(dtype), try twos.tensor(dtype))
      for bits in 0..<(1 << shape.count) {
        let axes = shape.indices.filter { bits >> $0 & 1 == 1 }
        let set = Set(axes)
        let what = "\(dtype) over \(axes) of \(shape)"
        try expectSame(x.max(axes: axes), a.reduce(set, -.infinity, max), "max " + what)
        try expectSame(x.min(axes: axes), a.reduce(set, .infinity, min), "min " + what)
        try expectSame(x.sum(axes: axes), a.reduce(set, 0, +).map(wrap), "sum " + what)
        try expectSame(
          y.product(axes: axes), twos.reduce(set, 1, *).map(wrap), "product " + what)
      }
    }
  }

  @Test(arguments: numbers)
  func placesAndRunningSumsOfEveryType(_ dtype: DType) throws {
    let wrap = { Self.wrapped($0, dtype) }
    for shape in (1...3).flatMap({ shapes(rank: $0, sizes: [1, 2, 3, 17]) }) {
      let a = NaiveArray(counting: shape, step: 4, modulus: 19)
      let x = try a.tensor(dtype)
      let what = "\(dtype) of \(shape)"
      for axis in shape.indices {
        try expectSame(x.argMax(axis: axis), a.place(axis) { $0 > $1 }, "argMax \(axis) " + what)
        try expectSame(x.argMin(axis: axis), a.place(axis) { $0 < $1 }, "argMin \(axis) " + what)
        guard shape.reduce(1, *) < 1000 else { continue }
        for reverse in [false, true] {
          try expectSame(
            x.cumulativeSum(axis: axis, reverse: reverse),
            a.cumulativeSum(axis, reverse: reverse).map(wrap), "cumulativeSum \(axis) " + what)
        }
      }
      try expectSame(x.sorted(), a.sortedRows(by: <), "sorted " + what)
      try expectSame(x.sorted(descending: true), a.sortedRows(by: >), "sorted down " + what)
    }
  }

  @Test(arguments: 0...4)
  func everyOrderOfAxes(_ rank: Int) throws {
    for shape in shapes(rank: rank, sizes: Self.sizes) {
      let a = NaiveArray(counting: shape)
      let x = try a.tensor(.int32)
      for axes in permutations(Array(0..<rank)) {
        try expectSame(x.transposed(axes), a.transposed(axes), "\(axes) of \(shape)")
      }
    }
  }

  @Test(arguments: 0..<3)
  func everySlice(_ axis: Int) throws {
    for size in Self.sizes {
      var shape = [2, 3, 2]
      shape[axis] = size
      let a = NaiveArray(counting: shape)
      let x = try a.tensor()
      for start in 0...size {
        for end in start...size {
          for stride in [1, 2, 3, 5, 20] {
            try expectSame(
              x.sliced(axis: axis, start..<end, stride: stride),
              a.sliced(axis, start..<end, stride: stride), "\(start)..<\(end) by \(stride)")
          }
        }
      }
    }
  }

  @Test func matrixProductsOfEverySize() throws {
    for (rows, inner) in Self.sizes.flatMap({ m in Self.sizes.map { (m, $0) } }) {
      for columns in Self.sizes {
        let a = NaiveArray(counting: [rows, inner])
        let b = NaiveArray(counting: [inner, columns], step: 5, modulus: 11)
        let (readA, readB) = (a.reader, b.reader)
        let wanted = NaiveArray([rows, columns]) { index in
          (0..<inner).reduce(0) { $0 + readA([index[0], $1]) * readB([$1, index[1]]) }
        }
        for dtype in [DType.float32, .float64] {
          let (x, y) = (try a.tensor(dtype), try b.tensor(dtype))
          let (xT, yT) = (try x.transposed().detached(), try y.transposed().detached())
          let what = "\(dtype) \(rows)×\(inner)×\(columns)"
          try expectSame(x.matmul(y), wanted, what)
          try expectSame(xT.transposed().matmul(y), wanted, what + " aᵀ")
          try expectSame(x.matmul(yT.transposed()), wanted, what + " bᵀ")
          try expectSame(xT.transposed().matmul(yT.transposed()), wanted, what + " aᵀ bᵀ")
        }
      }
    }
  }

  /// Views of views of views: each movement on top of others, through copies, sums and fused groups.
  @Test(arguments: 0..<40)
  func chainsOfMovementsReadTheRightElements(_ seed: Int) throws {
    var dice = Dice(seed)
    for _ in 0..<10 {
      var naive = NaiveArray(counting: (0..<3).map { _ in 1 + dice.roll(4) })
      var lazy = try naive.tensor([DType.float64, .float32, .int32, .uint8][dice.roll(4)])
      var story = "\(naive.shape)"
      for _ in 0..<7 {
        (naive, lazy, story) = move(naive, lazy, story, &dice)
        try expectSame(lazy, naive, story)
        if dice.roll(3) == 0 { lazy = try lazy.detached() }
      }
    }
  }

  private func move(_ a: NaiveArray, _ x: Tensor, _ story: String, _ dice: inout Dice)
    -> (NaiveArray, Tensor, String)
  {
    let axis = dice.roll(a.shape.count)
    let size = a.shape[axis]
    switch dice.roll(9) {
    case 0:
      let axes = permutations(Array(a.shape.indices))[dice.roll(6)]
      return (a.transposed(axes), x.transposed(axes), story + " transposed \(axes)")
    case 1:
      let start = dice.roll(size)
      let stride = 1 + dice.roll(3)
      return (
        a.sliced(axis, start..<size, stride: stride),
        x.sliced(axis: axis, start..<size, stride: stride), story + " sliced \(axis) from \(start)"
      )
    case 2:
      return (
        a.taking((0..<size).reversed(), axis), x.reversed(axis: axis), story + " reversed \(axis)"
      )
    case 3:
      let target = [a.values.count / a.shape[2], 1, a.shape[2]]
      return (NaiveArray(target, a.values), x.reshaped(target), story + " reshaped")
    case 4:
      let target = [a.shape[2], a.shape[0], a.shape[1]]
      return (NaiveArray(target, a.values), x.reshaped(target), story + " reshaped \(target)")
    case 5:
      guard a.values.count < 500 else { return (a, x, story) }
      return (a.padded(axis, 1, 2), x.padded(axis: axis, before: 1, after: 2), story + " padded")
    case 6:
      let places = (0..<(1 + dice.roll(5))).map { _ in dice.roll(size) }
      return (
        a.taking(places, axis), x.gathered(Tensor(places.map(Int64.init)), axis: axis),
        story + " gathered \(axis) \(places)"
      )
    case 7:
      guard let pair = a.values.count < 500 ? a.taking([0], axis) : nil else {
        return (a, x, story)
      }
      let target = a.shape
      return (
        pair.broadcast(to: target), x.sliced(axis: axis, 0..<1).broadcast(to: target),
        story + " repeated \(axis)"
      )
    default:
      let places = Array(0..<size) + [0]
      return (
        a.taking(places, axis), Tensor.concatenate([x, x.sliced(axis: axis, 0..<1)], axis: axis),
        story + " joined \(axis)"
      )
    }
  }
}
