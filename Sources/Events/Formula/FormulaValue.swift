/// Numbers of a run of events while a formula is evaluated: one number for all, one an event, or lists.
struct FormulaValue {
  /// The numbers, one list behind the other.
  var numbers: [Double]
  /// Where lists start, the outermost lists first; none where there is one number an event.
  var layers: [[Int]] = []
  /// Whether it is one number for every event.
  var isConstant = false
  /// Whether the numbers are truths, so that a list of them keeps elements instead of naming places.
  var isTruth = false
  /// Which numbers do not exist; nil where all do.
  var missing: [Bool]?

  var depth: Int { layers.count }

  /// The same lists with other numbers.
  func with(_ numbers: [Double], isTruth: Bool = false, missing: [Bool]? = nil) -> FormulaValue {
    FormulaValue(
      numbers: numbers, layers: layers, isConstant: isConstant, isTruth: isTruth, missing: missing)
  }
}

/// A column as the evaluation sees it: its innermost values and where lists start.
struct FormulaColumn {
  /// Starts of lists, the outermost first.
  var layers: [[Int]] = []
  var content: Column.Values
  var isTruth = false

  /// - Returns: Nil for text.
  init?(_ values: Column.Values) {
    var rest = values
    while case .jagged(let lists) = rest {
      layers.append(contentsOf: FormulaColumn.layers(lists))
      rest = lists.content
    }
    content = rest
    switch rest {
    case .strings: return nil
    case .integers(.bool): isTruth = true
    default: break
    }
  }

  /// The starts of lists, or of the rows and rows of rows of arrays of a fixed shape.
  private static func layers(_ lists: Jagged) -> [[Int]] {
    guard let shape = lists.fixedShape, shape.count > 1 else { return [lists.offsets] }
    var all: [[Int]] = []
    var rows = lists.count
    for width in shape {
      all.append((0...rows).map { $0 * width })
      rows *= width
    }
    return all
  }

  /// The values of a run of events.
  func value(_ events: Range<Int>) -> FormulaValue {
    var (range, own): (Range<Int>, [[Int]]) = (events, [])
    for layer in layers {
      let first = layer[range.lowerBound]
      own.append(
        first == 0
          ? Array(layer[range.lowerBound...range.upperBound])
          : layer[range.lowerBound...range.upperBound].map { $0 &- first })
      range = first..<layer[range.upperBound]
    }
    return FormulaValue(numbers: content.doubles(range), layers: own, isTruth: isTruth)
  }
}

extension Column.Values {
  /// A run of entries in double precision; none for text and lists.
  func doubles(_ range: Range<Int>) -> [Double] {
    switch self {
    case .float32(let v): v[range].map(Double.init)
    case .float64(let v): Array(v[range])
    case .int64(let v): v[range].map(Double.init)
    case .integers(let v): v.doubles(range)
    case .strings, .jagged: []
    }
  }
}

extension Integers {
  fileprivate func doubles(_ range: Range<Int>) -> [Double] {
    switch self {
    case .int8(let v): v[range].map(Double.init)
    case .int16(let v): v[range].map(Double.init)
    case .int32(let v): v[range].map(Double.init)
    case .uint8(let v): v[range].map(Double.init)
    case .uint16(let v): v[range].map(Double.init)
    case .uint32(let v): v[range].map(Double.init)
    case .uint64(let v): v[range].map { Double($0) }
    case .bool(let v): v[range].map { $0 ? 1 : 0 }
    }
  }
}
