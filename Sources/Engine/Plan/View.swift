/// How an array lies in a storage: strides in elements, 0 along repeated axes.
struct View: Hashable, Sendable {
  var storage: Int
  var offset: Int
  var shape: [Int]
  var strides: [Int]
  var dtype: DType

  init(storage: Int, offset: Int = 0, shape: [Int], strides: [Int]? = nil, dtype: DType) {
    self.storage = storage
    self.offset = offset
    self.shape = shape
    self.strides = strides ?? shape.contiguousStrides
    self.dtype = dtype
  }

  var count: Int { shape.product }

  /// Whether elements follow each other in row-major order.
  var isContiguous: Bool {
    let expected = shape.contiguousStrides
    return count <= 1 || shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == expected[$0] }
  }

  func transposed(_ axes: [Int]) -> View {
    var view = self
    view.shape = axes.map { shape[$0] }
    view.strides = axes.map { strides[$0] }
    return view
  }

  func broadcast(to target: [Int]) -> View {
    let extra = target.count - shape.count
    var view = self
    view.shape = target
    view.strides = target.indices.map { axis in
      axis < extra || shape[axis - extra] != target[axis] ? 0 : strides[axis - extra]
    }
    return view
  }

  func sliced(_ starts: [Int], _ counts: [Int], _ steps: [Int]) -> View {
    var view = self
    view.shape = counts
    if counts.product > 0 {
      view.offset += zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    }
    view.strides = zip(strides, steps).map { $0 * $1 }
    return view
  }

  /// The same elements in another shape, or nil where only a copy can do that.
  func reshaped(_ target: [Int]) -> View? {
    var view = self
    view.shape = target
    if isContiguous {
      view.strides = target.contiguousStrides
      return view
    }
    guard let strides = splitStrides(target) else { return nil }
    view.strides = strides
    return view
  }

  /// Joins axes that follow each other in memory and drops those of size 1: fewer, longer loops.
  var coalesced: (shape: [Int], strides: [Int]) {
    var (sizes, steps): ([Int], [Int]) = ([], [])
    for axis in shape.indices where shape[axis] != 1 {
      if let step = steps.last, step == strides[axis] * shape[axis] {
        sizes[sizes.count - 1] *= shape[axis]
        steps[steps.count - 1] = strides[axis]
      } else {
        sizes.append(shape[axis])
        steps.append(strides[axis])
      }
    }
    return (sizes, steps)
  }

  /// Strides for a new shape whose axes split or join runs of this view's axes.
  private func splitStrides(_ target: [Int]) -> [Int]? {
    guard count > 0 else { return target.contiguousStrides }
    let (sizes, steps) = coalesced
    var result = [Int](repeating: 0, count: target.count)
    var axis = target.count - 1
    for run in sizes.indices.reversed() {
      var (left, step) = (sizes[run], steps[run])
      while left > 1 {
        while axis >= 0, target[axis] == 1 { axis -= 1 }
        guard axis >= 0, left % target[axis] == 0 else { return nil }
        result[axis] = step
        step *= target[axis]
        left /= target[axis]
        axis -= 1
      }
    }
    return result
  }
}
