// Operations that are one kernel call each.

extension Lowering {
  mutating func lowerSingle(_ index: Int) -> View {
    let item = graph.items[index]
    switch item.op {
    case .reduce(let how, let axes): return reduce(.reduction(how), axes, item)
    case .argMax(let axis): return reduce(.argMax, [axis], item)
    case .argMin(let axis): return reduce(.argMin, [axis], item)
    case .cumulativeSum(let axis, let reverse): return cumulativeSum(axis, reverse, item)
    case .sort(let descending): return sort(descending, item, places: false)
    case .argSort(let descending): return sort(descending, item, places: true)
    case .matmul(let a, let b): return product(a, b, item)
    case .place(let starts, let strides, _): return place(starts, strides, item)
    case .concatenate(let axis): return concatenate(axis, item)
    case .gather(let axis): return gather(axis, item)
    case .scatterAdd(let axis, let count): return scatterAdd(axis, count, item)
    case .iota(let axis, let shape, _): return iota(axis, shape, item)
    case .random(let kind, let stream, _, _): return random(kind, stream, item)
    case .constant, .argument, .failed, .full, .unary, .binary, .select, .cast, .reshape,
      .transpose, .broadcast, .slice:
      preconditionFailure("Engine: \(item.op.name) is not a call of its own; please report")
    }
  }

  private func reference(_ view: View) -> Reference {
    Reference(storage: view.storage, offset: view.offset, dtype: view.dtype)
  }

  /// The sizes before, of, and after an axis or a run of axes.
  private func sizes(_ shape: [Int], _ axes: ClosedRange<Int>) -> (Int, Int, Int) {
    (
      shape[..<axes.lowerBound].reduce(1, *), shape[axes].reduce(1, *),
      shape[(axes.upperBound + 1)...].reduce(1, *)
    )
  }

  /// Axes that stand together reduce in place; others are first moved to the end.
  private mutating func reduce(_ how: ReduceKind, _ axes: [Int], _ item: Graph.Item) -> View {
    let input = view(item.inputs[0])
    let target = newView(item.type)
    let (first, last) = (axes.min() ?? 0, axes.max() ?? 0)
    if last - first + 1 == axes.count {
      let (outer, axis, inner) = sizes(input.shape, first...last)
      let source = contiguous(item.inputs[0])
      instructions.append(
        .reduce(how, source, reference(target), outer: outer, axis: axis, inner: inner))
    } else {
      let kept = input.shape.indices.filter { !axes.contains($0) }
      let source = copied(input.transposed(kept + axes.sorted()))
      let axis = axes.map { input.shape[$0] }.product
      instructions.append(
        .reduce(
          how, source, reference(target), outer: item.shape.product, axis: axis, inner: 1))
    }
    return target
  }

  private mutating func cumulativeSum(_ axis: Int, _ reverse: Bool, _ item: Graph.Item) -> View {
    let source = contiguous(item.inputs[0])
    let target = newView(item.type)
    let (outer, length, inner) = sizes(item.shape, axis...axis)
    instructions.append(
      .cumulativeSum(
        source, reference(target), outer: outer, axis: length, inner: inner, reverse: reverse))
    return target
  }

  private mutating func sort(_ descending: Bool, _ item: Graph.Item, places: Bool) -> View {
    let source = contiguous(item.inputs[0])
    let target = newView(item.type)
    let length = item.shape[item.shape.count - 1]
    let rows = item.shape.dropLast().reduce(1, *)
    instructions.append(
      .sort(
        source, values: places ? nil : reference(target), places: places ? reference(target) : nil,
        rows: rows, length: length, descending: descending))
    return target
  }

  private mutating func product(_ a: Bool, _ b: Bool, _ item: Graph.Item) -> View {
    let left = matrix(item.inputs[0])
    let right = matrix(item.inputs[1])
    let target = newView(item.type)
    let rank = item.shape.count
    let shape = graph.items[item.inputs[0]].shape
    instructions.append(
      .product(
        MatrixProduct(
          a: left.place, b: right.place, c: reference(target),
          transposeA: a != left.isTransposed, transposeB: b != right.isTransposed,
          rows: item.shape[rank - 2], columns: item.shape[rank - 1],
          inner: shape[a ? rank - 2 : rank - 1], leadingA: left.leading, leadingB: right.leading,
          stack: item.shape.dropLast(2).reduce(1, *), stepA: left.step, stepB: right.step)))
    return target
  }

  private struct Matrix {
    var place: Reference
    var isTransposed: Bool
    /// Elements from one row to the next.
    var leading: Int
    /// Elements from one matrix of a stack to the next.
    var step: Int
  }

  /// A matrix as the kernel takes it: rows in a row, or columns in a row, with one step between matrices.
  private mutating func matrix(_ index: Int) -> Matrix {
    let view = self.view(index)
    let rank = view.shape.count
    let (rows, columns) = (view.shape[rank - 2], view.shape[rank - 1])
    let (down, right) = (view.strides[rank - 2], view.strides[rank - 1])
    var stack = view
    stack.shape.removeLast(2)
    stack.strides.removeLast(2)
    let steps = stack.coalesced.strides
    if steps.count <= 1 {
      let (place, step) = (reference(view), steps.first ?? 0)
      if (right == 1 || columns == 1) && (down >= columns || rows == 1) {
        let leading = rows == 1 ? columns : down
        return Matrix(place: place, isTransposed: false, leading: max(leading, 1), step: step)
      }
      if (down == 1 || rows == 1) && (right >= rows || columns == 1) {
        let leading = columns == 1 ? rows : right
        return Matrix(place: place, isTransposed: true, leading: max(leading, 1), step: step)
      }
    }
    return Matrix(
      place: contiguous(index), isTransposed: false, leading: max(columns, 1), step: rows * columns)
  }

  private mutating func place(_ starts: [Int], _ strides: [Int], _ item: Graph.Item) -> View {
    let source = view(item.inputs[0])
    let target = newView(item.type)
    instructions.append(.fill(reference(target), count: target.count, value: 0))
    instructions.append(
      .copy(from: source, to: target.sliced(starts, source.shape, strides)))
    return target
  }

  /// Parts that lie in a row in the result are computed in it, or copied to it.
  private mutating func concatenate(_ axis: Int, _ item: Graph.Item) -> View {
    let target = newView(item.type)
    var start = 0
    for input in item.inputs {
      let source = view(input)
      var starts = [Int](repeating: 0, count: item.shape.count)
      starts[axis] = start
      let ones = [Int](repeating: 1, count: item.shape.count)
      let destination = target.sliced(starts, source.shape, ones)
      start += source.shape[axis]
      guard source.count > 0 else { continue }
      if !becomesPart(source, destination) {
        instructions.append(.copy(from: source, to: destination))
      }
    }
    return target
  }

  /// Lets a value be computed where it is wanted, if its storage is all its own.
  private mutating func becomesPart(_ source: View, _ destination: View) -> Bool {
    let storage = storages[source.storage]
    guard storage.kind == .temporary, storage.count == source.count, source.count > 1,
      source.isContiguous, destination.isContiguous, storage.dtype == destination.dtype
    else { return false }
    storages[source.storage].kind = .part(
      of: destination.storage, byteOffset: destination.offset * destination.dtype.size)
    return true
  }

  private mutating func gather(_ axis: Int, _ item: Graph.Item) -> View {
    let source = contiguous(item.inputs[0])
    let index = contiguous(item.inputs[1])
    let target = newView(item.type)
    let (outer, length, inner) = sizes(graph.items[item.inputs[0]].shape, axis...axis)
    instructions.append(
      .gather(
        source, index: index, reference(target), outer: outer, axis: length, inner: inner,
        count: item.shape[axis]))
    return target
  }

  private mutating func scatterAdd(_ axis: Int, _ count: Int, _ item: Graph.Item) -> View {
    let source = contiguous(item.inputs[0])
    let index = contiguous(item.inputs[1])
    let target = newView(item.type)
    let (outer, length, inner) = sizes(graph.items[item.inputs[0]].shape, axis...axis)
    instructions.append(.fill(reference(target), count: target.count, value: 0))
    instructions.append(
      .scatterAdd(
        source, index: index, reference(target), outer: outer, axis: count, inner: inner,
        count: length))
    return target
  }

  private mutating func iota(_ axis: Int, _ shape: [Int], _ item: Graph.Item) -> View {
    let target = newView(item.type)
    let (outer, length, inner) = sizes(shape, axis...axis)
    instructions.append(.iota(reference(target), outer: outer, axis: length, inner: inner))
    return target
  }

  private mutating func random(_ kind: Distribution, _ stream: UInt64, _ item: Graph.Item) -> View {
    let seed = contiguous(item.inputs[0])
    let target = newView(item.type)
    instructions.append(
      .random(kind, stream: stream, seed: seed, reference(target), count: target.count))
    return target
  }
}
