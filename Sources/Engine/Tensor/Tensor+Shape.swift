// Movement: the same elements in other places. Axes may be negative, counted from the last.

extension Tensor {
  /// The axis counted from the first, or -1 where there is none (so that the operation fails).
  func resolved(_ axis: Int) -> Int {
    let positive = axis < 0 ? axis + rank : axis
    return positive < rank ? positive : -1
  }

  /// The same elements in row-major order in another shape; one size may be -1 and is then computed.
  public func reshaped(_ newShape: [Int]) -> Tensor {
    var target = newShape
    if let open = target.firstIndex(of: -1) {
      let known = target.filter { $0 != -1 }.product
      target[open] = known > 0 && count % known == 0 ? count / known : -1
    }
    return target == shape ? self : Tensor(.reshape(target), self)
  }

  /// All axes from `axis` on joined into one.
  public func flattened(from axis: Int = 0) -> Tensor {
    guard failure == nil else { return self }
    let position = axis < 0 ? axis + rank : axis
    guard (0...rank).contains(position) else {
      return .failed("flattened", "there is no axis \(axis) in \(shape)")
    }
    return reshaped(Array(shape.prefix(position)) + [Array(shape.dropFirst(position)).product])
  }

  /// A new axis of size 1.
  public func expanded(at axis: Int) -> Tensor {
    var target = shape
    guard failure == nil else { return self }
    let position = axis < 0 ? axis + rank + 1 : axis
    guard (0...rank).contains(position) else {
      return .failed("expanded", "there is no place \(axis) in \(shape)")
    }
    target.insert(1, at: position)
    return reshaped(target)
  }

  /// The tensor without an axis of size 1.
  public func squeezed(_ axis: Int) -> Tensor {
    guard failure == nil else { return self }
    let position = resolved(axis)
    guard position >= 0, shape[position] == 1 else {
      return .failed("squeezed", "axis \(axis) of \(shape) must have size 1")
    }
    var target = shape
    target.remove(at: position)
    return reshaped(target)
  }

  /// The axes in another order.
  public func transposed(_ axes: [Int]) -> Tensor { Tensor(.transpose(axes), self) }

  /// The last two axes exchanged.
  public func transposed() -> Tensor {
    guard failure == nil else { return self }
    guard rank >= 2 else { return .failed("transpose", "needs two axes: found \(shape)") }
    var axes = Array(0..<rank)
    axes.swapAt(rank - 1, rank - 2)
    return transposed(axes)
  }

  /// The tensor repeated along axes of size 1 and new leading axes.
  public func broadcast(to target: [Int]) -> Tensor {
    target == shape ? self : Tensor(.broadcast(target), self)
  }

  /// A range of entries along an axis, every `stride`-th.
  public func sliced(axis: Int, _ range: Range<Int>, stride: Int = 1) -> Tensor {
    guard failure == nil else { return self }
    let position = resolved(axis)
    guard position >= 0, stride > 0 else {
      return .failed("slice", "needs an axis of \(shape) and a positive stride")
    }
    guard range.lowerBound >= 0, range.upperBound <= shape[position] else {
      return .failed("slice", "\(range) is outside axis \(axis) of \(shape)")
    }
    var starts = [Int](repeating: 0, count: rank)
    var strides = [Int](repeating: 1, count: rank)
    starts[position] = range.isEmpty ? 0 : range.lowerBound
    strides[position] = stride
    let counts = shape.replacing(position, with: (range.count + stride - 1) / stride)
    return Tensor(.slice(starts: starts, counts: counts, strides: strides), self)
  }

  /// The entries of an axis in reverse order.
  public func reversed(axis: Int) -> Tensor {
    guard failure == nil else { return self }
    let position = resolved(axis)
    guard position >= 0 else { return .failed("reversed", "there is no axis \(axis) in \(shape)") }
    var starts = [Int](repeating: 0, count: rank)
    var strides = [Int](repeating: 1, count: rank)
    starts[position] = Swift.max(0, shape[position] - 1)
    strides[position] = -1
    return Tensor(.slice(starts: starts, counts: shape, strides: strides), self)
  }

  /// Zeros added before and after along an axis.
  public func padded(axis: Int, before: Int, after: Int) -> Tensor {
    guard failure == nil else { return self }
    let position = resolved(axis)
    guard position >= 0, before >= 0, after >= 0 else {
      return .failed("padded", "needs an axis of \(shape) and sizes of at least 0")
    }
    var starts = [Int](repeating: 0, count: rank)
    starts[position] = before
    let target = shape.replacing(position, with: shape[position] + before + after)
    let strides = [Int](repeating: 1, count: rank)
    return Tensor(.place(starts: starts, strides: strides, target), self)
  }

  /// Tensors joined along an axis.
  public static func concatenate(_ parts: [Tensor], axis: Int = 0) -> Tensor {
    guard let first = parts.first else {
      return .failed("concatenate", "needs at least one tensor")
    }
    return parts.count == 1 ? first : Tensor(.concatenate(axis: first.resolved(axis)), parts)
  }

  /// Tensors of one shape along a new first axis.
  public static func stack(_ parts: [Tensor]) -> Tensor {
    concatenate(parts.map { $0.expanded(at: 0) })
  }

  /// The entries at a list of indices along an axis; an index outside throws when it is evaluated.
  public func gathered(_ indices: Tensor, axis: Int = 0) -> Tensor {
    Tensor(.gather(axis: resolved(axis)), self, indices)
  }

  /// Adds entry i along an axis to place `indices[i]` of an array of zeros with `count` places.
  public func scatterAdded(_ indices: Tensor, count: Int, axis: Int = 0) -> Tensor {
    Tensor(.scatterAdd(axis: resolved(axis), count: count), self, indices)
  }
}
