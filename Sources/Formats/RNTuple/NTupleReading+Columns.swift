import ApusEvents

extension NTupleReading {
  /// The values of a column, once everything was read.
  func values(_ leaf: NTupleLeaf) -> Column.Values { values(leaf.path[...], isTag: leaf.isTag) }

  private func values(_ path: ArraySlice<Int>, isTag: Bool) -> Column.Values {
    guard let field = path.first else { return .float64([]) }
    let rest = path.dropFirst()
    switch (description.schema.kind(field), results[field]) {
    case (.number, .numbers(let numbers)): return numbers.values
    case (.numbers(let count, _), .numbers(let numbers)): return arrays(count, numbers.values)
    case (.text, .characters(let offsets, let bytes)):
      return .strings(Self.texts(offsets.array, bytes.array))
    case (.collection, .offsets(let offsets)):
      return .jagged(Jagged(offsets: offsets.array, content: values(rest, isTag: isTag)))
    case (.optional, .offsets(let offsets)):
      return values(rest, isTag: isTag).spread(Self.places(offsets.array))
    case (.cardinality(let element), .offsets(let offsets)):
      return Self.lengths(offsets.array, element)
    case (.array(let count), _): return arrays(count, values(rest, isTag: isTag))
    case (.variant, .switches(let switches)):
      guard let next = rest.first,
        let type = description.schema.fields[field].children.firstIndex(of: next)
      else { return .integers(.uint8(switches.tags)) }
      return values(rest, isTag: isTag).spread(switches.places(of: type))
    default: return values(rest, isTag: isTag)
    }
  }

  /// Arrays of one size; arrays of arrays get the sizes of both.
  private func arrays(_ count: Int, _ content: Column.Values) -> Column.Values {
    if case .jagged(let inner) = content, let shape = inner.fixedShape {
      let entries = count == 0 ? 0 : inner.count / count
      return .jagged(Jagged(count: entries, of: [count] + shape, content: inner.content))
    }
    let entries = count == 0 ? 0 : content.count / count
    return .jagged(Jagged(count: entries, of: [count], content: content))
  }

  private static func texts(_ offsets: [Int], _ bytes: [UInt8]) -> [String] {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      (0..<offsets.count - 1).map {
        unsafe String(
          decoding: UnsafeBufferPointer(rebasing: buffer[offsets[$0]..<offsets[$0 + 1]]),
          as: UTF8.self)
      }
    }
  }

  /// Where the value of each optional element is; -1 where there is none.
  private static func places(_ offsets: [Int]) -> [Int] {
    (0..<offsets.count - 1).map { offsets[$0 + 1] > offsets[$0] ? offsets[$0] : -1 }
  }

  private static func lengths(_ offsets: [Int], _ element: NTupleElement) -> Column.Values {
    let lengths = zip(offsets.dropFirst(), offsets).lazy.map { $0 - $1 }
    return element == .uint32
      ? .integers(.uint32(lengths.map { UInt32(truncatingIfNeeded: $0) }))
      : .integers(.uint64(lengths.map { UInt64($0) }))
  }
}

extension Column.Values {
  /// The values at these places, with a missing value where a place is -1.
  ///
  /// A missing number is NaN, so whole numbers and truth values become float64 (64-bit ones beyond 2^53 are
  /// rounded); a missing text and a missing list are empty; a missing array of fixed size holds missing values.
  func spread(_ places: [Int]) -> Column.Values {
    switch self {
    case .float32(let v): return .float32(places.map { $0 < 0 ? .nan : v[$0] })
    case .float64(let v): return .float64(places.map { $0 < 0 ? .nan : v[$0] })
    case .int64, .integers:
      let v = doubles ?? []
      return .float64(places.map { $0 < 0 ? .nan : v[$0] })
    case .strings(let v): return .strings(places.map { $0 < 0 ? "" : v[$0] })
    case .jagged(let lists): return .jagged(lists.spread(places))
    }
  }
}

extension Jagged {
  fileprivate func spread(_ places: [Int]) -> Jagged {
    if let fixedShape {
      let width = fixedShape.reduce(1, *)
      let inner = places.flatMap { place in (0..<width).map { place < 0 ? -1 : place * width + $0 }
      }
      return Jagged(count: places.count, of: fixedShape, content: content.spread(inner))
    }
    var offsets = [0]
    var kept: [Int] = []
    for place in places {
      if place >= 0 { kept.append(contentsOf: range(place)) }
      offsets.append(kept.count)
    }
    return Jagged(offsets: offsets, content: content.selecting(kept))
  }
}
