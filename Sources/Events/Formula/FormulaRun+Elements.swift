/// Elements and parts of lists.
extension FormulaRun {
  /// `base[index]`: one element of each list, those that truths keep, or those at a list of places.
  func element(_ base: FormulaValue, at index: FormulaValue, level asked: Int)
    throws(FormulaError) -> FormulaValue
  {
    // A list of truths or of places works on the lists that are as deep as itself.
    let level = max(asked, index.depth - 1)
    try needsList(base, level)
    if index.depth > asked {
      return index.isTruth ? try kept(base, index, level) : try gathered(base, index, level)
    }
    guard !index.isTruth else {
      throw fail(
        "'\(words(1))' is one truth an event, which can't choose elements of '\(words(0))'; use "
          + "'condition ? a : b', or a condition on the list itself.")
    }
    let starts = base.layers[level]
    guard index.isConstant || index.numbers.count == starts.count - 1 else {
      throw fail("'\(words(1))' must be one place for each list of '\(words(0))'.")
    }
    var sources = [Int](repeating: -1, count: starts.count - 1)
    for i in sources.indices {
      let number = index.numbers[index.isConstant ? 0 : i]
      sources[i] = try place(number, starts[i]..<starts[i + 1])
    }
    return chosen(base, level, sources, layer: nil)
  }

  /// The place of an element by its number, from the back where it is negative; -1 where there is none.
  private func place(_ number: Double, _ list: Range<Int>) throws(FormulaError) -> Int {
    guard number == number.rounded(), abs(number) < 1e15 else {
      if number.isNaN { return -1 }
      throw fail("a place in a list must be a whole number, but '\(words(1))' is \(number).")
    }
    let k = Int(number)
    let place = k < 0 ? list.upperBound + k : list.lowerBound + k
    return list.contains(place) ? place : -1
  }

  /// The elements for which a condition holds.
  private func kept(_ base: FormulaValue, _ mask: FormulaValue, _ level: Int) throws(FormulaError)
    -> FormulaValue
  {
    for (l, layer) in mask.layers.enumerated() where layer != base.layers[l] {
      try differ(base.layers[l], words(0), layer, words(1), base, l)
    }
    let starts = base.layers[level]
    var layer = [0]
    layer.reserveCapacity(starts.count)
    var sources: [Int] = []
    sources.reserveCapacity(mask.numbers.count)
    mask.numbers.withUnsafeBufferPointer { mask in
      for i in 0..<starts.count - 1 {
        for j in starts[i]..<starts[i + 1] where mask[j] != 0 { sources.append(j) }
        layer.append(sources.count)
      }
    }
    return chosen(base, level, sources, layer: layer)
  }

  /// The elements at a list of places.
  private func gathered(_ base: FormulaValue, _ index: FormulaValue, _ level: Int)
    throws(FormulaError) -> FormulaValue
  {
    for l in 0..<level where index.layers[l] != base.layers[l] {
      try differ(base.layers[l], words(0), index.layers[l], words(1), base, l)
    }
    let (starts, layer) = (base.layers[level], index.layers[level])
    var sources = [Int](repeating: -1, count: index.numbers.count)
    for i in 0..<starts.count - 1 {
      for j in layer[i]..<layer[i + 1] {
        sources[j] = try place(index.numbers[j], starts[i]..<starts[i + 1])
      }
    }
    return chosen(base, level, sources, layer: layer)
  }

  /// `base[from:to]` with the bounds of Python: negative ones count from the back, those beyond are the ends.
  func slice(_ base: FormulaValue, from: FormulaValue?, to: FormulaValue?, level: Int)
    throws(FormulaError) -> FormulaValue
  {
    try needsList(base, level)
    let starts = base.layers[level]
    for bound in [from, to].compactMap({ $0 })
    where bound.isTruth || !(bound.isConstant || bound.numbers.count == starts.count - 1) {
      throw fail("the bounds of a part of '\(words(0))' must be whole numbers, one for each list.")
    }
    func bound(_ value: FormulaValue?, _ i: Int, _ count: Int, or end: Int)
      throws(FormulaError) -> Int
    {
      guard let value else { return end }
      let number = value.numbers[value.isConstant ? 0 : i]
      guard number == number.rounded(), abs(number) < 1e15 else {
        throw fail("the bounds of a part of '\(words(0))' must be whole numbers, got \(number).")
      }
      let k = Int(number)
      return min(max(k < 0 ? count + k : k, 0), count)
    }
    var layer = [0]
    var sources: [Int] = []
    layer.reserveCapacity(starts.count)
    for i in 0..<starts.count - 1 {
      let count = starts[i + 1] - starts[i]
      let first = try bound(from, i, count, or: 0)
      let last = try bound(to, i, count, or: count)
      if first < last { sources.append(contentsOf: starts[i] + first..<starts[i] + last) }
      layer.append(sources.count)
    }
    return chosen(base, level, sources, layer: layer)
  }

  /// The elements of a level at places, -1 for one that does not exist; `layer` has the new lists' starts, nil where
  /// each list becomes one element.
  private func chosen(_ base: FormulaValue, _ level: Int, _ sources: [Int], layer: [Int]?)
    -> FormulaValue
  {
    var layers = Array(base.layers[..<level]) + (layer.map { [$0] } ?? [])
    var sources = sources
    // Lists inside go with their element; a list that does not exist is empty.
    for inner in base.layers.dropFirst(level + 1) {
      var (starts, places): ([Int], [Int]) = ([0], [])
      for source in sources {
        if source >= 0 { places.append(contentsOf: inner[source]..<inner[source + 1]) }
        starts.append(places.count)
      }
      layers.append(starts)
      sources = places
    }
    var missing: [Bool]?
    if base.missing != nil || sources.contains(-1) {
      missing = sources.map { $0 < 0 || base.missing?[$0] ?? false }
    }
    return FormulaValue(
      numbers: FormulaLoops.gather(base.numbers, sources), layers: layers, isTruth: base.isTruth,
      missing: missing)
  }
}
