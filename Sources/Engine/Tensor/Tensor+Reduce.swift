// Reductions drop their axes; `keepingAxes` leaves them with size 1. No axes means all.

extension Tensor {
  func reduced(_ how: Reduction, _ axes: [Int]?, keepingAxes: Bool) -> Tensor {
    guard failure == nil else { return self }
    let positions = axes.map { $0.map(resolved) } ?? Array(shape.indices)
    let result = positions.isEmpty ? self : Tensor(.reduce(how, axes: positions.sorted()), self)
    guard keepingAxes, result.failure == nil else { return result }
    var kept = shape
    for axis in positions { kept[axis] = 1 }
    return result.reshaped(kept)
  }

  func elementCount(along axes: [Int]?) -> Double {
    Double(
      (axes.map { $0.map(resolved) } ?? Array(shape.indices)).reduce(1) {
        $1 >= 0 ? $0 * shape[$1] : $0
      })
  }

  /// The sum along axes.
  ///
  /// The order of addition is a fixed tree, whatever the number of threads.
  public func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduced(.sum, axes, keepingAxes: keepingAxes)
  }

  /// The mean along axes; NaN for no elements.
  public func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    sum(axes: axes, keepingAxes: keepingAxes) / elementCount(along: axes)
  }

  /// The mean of squared distances from the mean (divided by N, not N - 1).
  public func variance(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    (self - mean(axes: axes, keepingAxes: true)).squared().mean(
      axes: axes, keepingAxes: keepingAxes)
  }

  /// The product along axes.
  public func product(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduced(.product, axes, keepingAxes: keepingAxes)
  }

  /// The largest element along axes; equals share a gradient.
  public func max(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduced(.maximum, axes, keepingAxes: keepingAxes)
  }

  /// The smallest element along axes; equals share a gradient.
  public func min(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduced(.minimum, axes, keepingAxes: keepingAxes)
  }

  /// log Σ exp(x) along axes, without overflow.
  public func logSumExp(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduced(.logSumExp, axes, keepingAxes: keepingAxes)
  }

  /// exp(x) / Σ exp(x) along an axis, without overflow; a shift of x changes nothing.
  public func softmax(axis: Int = -1) -> Tensor { logSoftmax(axis: axis).exp() }

  /// The logarithm of ``softmax(axis:)``.
  public func logSoftmax(axis: Int = -1) -> Tensor {
    // Numbers near 0 first: beside 10⁴, log Σ exp would lose all digits after the third. The largest whole
    // number below does as well as the largest element, and has no gradient that would have to cancel.
    let near = self - max(axes: [axis], keepingAxes: true).floor()
    return near - near.logSumExp(axes: [axis], keepingAxes: true)
  }

  /// The place of the largest element along an axis (int64; the first of equals).
  public func argMax(axis: Int = -1) -> Tensor { Tensor(.argMax(axis: resolved(axis)), self) }

  /// The place of the smallest element along an axis (int64; the first of equals).
  public func argMin(axis: Int = -1) -> Tensor { Tensor(.argMin(axis: resolved(axis)), self) }

  /// Running sums along an axis, from its end if `reverse`.
  public func cumulativeSum(axis: Int = -1, reverse: Bool = false) -> Tensor {
    Tensor(.cumulativeSum(axis: resolved(axis), reverse: reverse), self)
  }

  /// The elements in order along the last axis; NaN last; the order of equals is kept.
  public func sorted(descending: Bool = false) -> Tensor {
    Tensor(.sort(descending: descending), self)
  }

  /// The places (int64) from which ``sorted(descending:)`` takes its elements.
  public func argSorted(descending: Bool = false) -> Tensor {
    Tensor(.argSort(descending: descending), self)
  }

  /// The matrix product of the last two axes; leading axes are stretched to a common shape.
  ///
  /// A stack times one matrix is one large product.
  public func matmul(_ other: Tensor) -> Tensor {
    guard failure == nil, other.failure == nil, rank >= 2, other.rank >= 2 else {
      return Tensor(.matmul(transposeA: false, transposeB: false), self, other)
    }
    if rank > 2, other.rank == 2 {
      let rows = reshaped([-1, shape[rank - 1]]).matmul(other)
      return rows.failure == nil ? rows.reshaped(shape.dropLast() + [other.shape[1]]) : rows
    }
    let (stackA, stackB) = (Array(shape.dropLast(2)), Array(other.shape.dropLast(2)))
    guard stackA != stackB, let stack = Tensor.commonShape(stackA, stackB) else {
      return Tensor(.matmul(transposeA: false, transposeB: false), self, other)
    }
    let a = broadcast(to: stack + shape.suffix(2))
    let b = other.broadcast(to: stack + other.shape.suffix(2))
    return Tensor(.matmul(transposeA: false, transposeB: false), a, b)
  }
}
