import ApusEngine
import TestSupport
import Testing

/// The plain twin of the engine: loops over indices, nothing clever, so that it can be believed by reading.
struct NaiveArray: Equatable {
  var shape: [Int]
  var values: [Double]

  init(_ shape: [Int], _ values: [Double]) {
    self.shape = shape
    self.values = values
  }

  /// Small whole numbers that differ from their neighbours and that every type but bool can hold.
  init(counting shape: [Int], step: Int = 7, modulus: Int = 23) {
    self.init(shape, (0..<shape.reduce(1, *)).map { Double(($0 * step + 3) % modulus) })
  }

  /// One element for each index of `shape`, in row-major order.
  init(_ shape: [Int], at value: ([Int]) -> Double) {
    self.init(shape, [])
    let count = shape.reduce(1, *)
    values.reserveCapacity(count)
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<count {
      values.append(value(index))
      for axis in shape.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
  }

  var strides: [Int] {
    var result = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      result[axis] = result[axis + 1] * shape[axis + 1]
    }
    return result
  }

  /// A reader by index that computes the strides once.
  var reader: ([Int]) -> Double {
    let (steps, values) = (strides, values)
    return { index in
      var place = 0
      for axis in steps.indices { place += index[axis] * steps[axis] }
      return values[place]
    }
  }

  func tensor(_ dtype: DType = .float64) throws -> Tensor {
    let input = Tensor(values, shape: shape)
    return dtype == .float64 ? input : try input.cast(to: dtype).detached()
  }

  // MARK: The operations

  func map(_ f: (Double) -> Double) -> NaiveArray { NaiveArray(shape, values.map(f)) }

  /// NumPy's common shape, or nil.
  static func commonShape(_ a: [Int], _ b: [Int]) -> [Int]? {
    var result: [Int] = []
    for place in 1...max(a.count, b.count, 1) {
      guard place <= max(a.count, b.count) else { return [] }
      let m = place <= a.count ? a[a.count - place] : 1
      let n = place <= b.count ? b[b.count - place] : 1
      if m != n && m != 1 && n != 1 { return nil }
      result.insert(m == 1 ? n : m, at: 0)
    }
    return result
  }

  func broadcast(to target: [Int]) -> NaiveArray {
    let (read, missing) = (reader, target.count - shape.count)
    return NaiveArray(target) { index in
      read(shape.indices.map { shape[$0] == 1 ? 0 : index[$0 + missing] })
    }
  }

  func zip(_ other: NaiveArray, _ f: (Double, Double) -> Double) -> NaiveArray? {
    guard let common = NaiveArray.commonShape(shape, other.shape) else { return nil }
    let (a, b) = (broadcast(to: common), other.broadcast(to: common))
    return NaiveArray(common, Swift.zip(a.values, b.values).map { f($0, $1) })
  }

  /// Joins the elements along axes, in order, from a first value.
  func reduce(_ axes: Set<Int>, _ first: Double, _ join: (Double, Double) -> Double) -> NaiveArray {
    let kept = shape.indices.filter { !axes.contains($0) }
    var result = NaiveArray(kept.map { shape[$0] }, [])
    result.values = [Double](repeating: first, count: result.shape.reduce(1, *))
    let steps = result.strides
    var index = [Int](repeating: 0, count: shape.count)
    for value in values {
      var place = 0
      for (position, axis) in kept.enumerated() { place += index[axis] * steps[position] }
      result.values[place] = join(result.values[place], value)
      for axis in shape.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    return result
  }

  func transposed(_ axes: [Int]) -> NaiveArray {
    let read = reader
    return NaiveArray(axes.map { shape[$0] }) { index in
      var source = [Int](repeating: 0, count: axes.count)
      for (place, axis) in axes.enumerated() { source[axis] = index[place] }
      return read(source)
    }
  }

  func sliced(_ axis: Int, _ range: Range<Int>, stride step: Int) -> NaiveArray {
    let places = Array(stride(from: range.lowerBound, to: range.upperBound, by: step))
    return taking(places, axis)
  }

  /// The entries at places along an axis: gather, slices and reversal alike.
  func taking(_ places: [Int], _ axis: Int) -> NaiveArray {
    var target = shape
    target[axis] = places.count
    let read = reader
    return NaiveArray(target) { index in
      var source = index
      source[axis] = places[index[axis]]
      return read(source)
    }
  }

  func padded(_ axis: Int, _ before: Int, _ after: Int) -> NaiveArray {
    var target = shape
    target[axis] += before + after
    let (read, size) = (reader, shape[axis])
    return NaiveArray(target) { index in
      var source = index
      source[axis] -= before
      return (0..<size).contains(source[axis]) ? read(source) : 0
    }
  }

  /// The first place along an axis whose element no other one beats.
  func place(_ axis: Int, beats: (Double, Double) -> Bool) -> NaiveArray {
    var kept = shape
    kept.remove(at: axis)
    let read = reader
    return NaiveArray(kept) { index in
      var (source, best) = (index, 0)
      source.insert(0, at: axis)
      for place in 1..<max(shape[axis], 1) {
        let leader = source.replacing(axis, with: best)
        if beats(read(source.replacing(axis, with: place)), read(leader)) { best = place }
      }
      return Double(best)
    }
  }

  /// Each row along the last axis in order.
  func sortedRows(by inOrder: (Double, Double) -> Bool) -> NaiveArray {
    let length = shape.last ?? 1
    var result = self
    for start in stride(from: 0, to: values.count, by: max(length, 1)) {
      let row = values[start..<(start + length)].sorted(by: inOrder)
      result.values.replaceSubrange(start..<(start + length), with: row)
    }
    return result
  }

  func cumulativeSum(_ axis: Int, reverse: Bool) -> NaiveArray {
    let read = reader
    return NaiveArray(shape) { index in
      var total = 0.0
      for place in reverse ? index[axis]..<shape[axis] : 0..<(index[axis] + 1) {
        var source = index
        source[axis] = place
        total += read(source)
      }
      return total
    }
  }
}

/// Expects a tensor to have the shape and, exactly, the elements of its naive twin.
func expectSame(
  _ found: Tensor, _ wanted: NaiveArray, _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let values = try found.doubles()
  if found.shape != wanted.shape || values != wanted.values {
    let place = Swift.zip(values, wanted.values).enumerated().first { $1.0 != $1.1 }
    Issue.record(
      """
      \(what()): shape \(found.shape), expected \(wanted.shape); first difference \
      \(place.map { "at \($0.offset): \($0.element)" } ?? "none")
      """, sourceLocation: sourceLocation)
  }
}

/// All shapes of a rank with sizes from a list.
func shapes(rank: Int, sizes: [Int]) -> [[Int]] {
  (0..<rank).reduce([[]]) { found, _ in found.flatMap { head in sizes.map { head + [$0] } } }
}

func permutations(_ items: [Int]) -> [[Int]] {
  items.isEmpty
    ? [[]]
    : items.flatMap { first in
      permutations(items.filter { $0 != first }).map { [first] + $0 }
    }
}

/// A small generator, so that random cases are the same on every machine.
struct Dice {
  private var state: UInt64
  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
  mutating func roll(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(max(bound, 1)))
  }
}

extension [Int] {
  fileprivate func replacing(_ axis: Int, with size: Int) -> [Int] {
    var copy = self
    copy[axis] = size
    return copy
  }
}
