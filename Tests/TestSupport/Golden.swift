public import ApusEvents
import FoundationEssentials
public import Testing

/// Reads a file of `Tests/Golden`: reference numbers with the script and versions that made them.
public func loadGolden(_ name: String) throws -> JSONValue {
  let data = try Data(contentsOf: URL(fileURLWithPath: TestData.golden(name)))
  return try JSONValue(parsing: Array(data))
}

extension JSONValue {
  /// The value at a path of keys; null where there is none.
  public func at(_ keys: String...) -> JSONValue {
    keys.reduce(self) { value, key in value[key] ?? .null }
  }

  /// The numbers of an array, nested arrays flattened row by row.
  public var flat: [Double] {
    if let number = double { return [number] }
    return (items ?? []).flatMap(\.flat)
  }
}

/// Expects numbers within `absolute + relative × |expected|`, element by element.
public func expectClose(
  _ values: [Double], _ expected: [Double], absolute: Double = 1e-12, relative: Double = 1e-12,
  _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard values.count == expected.count else {
    Issue.record(
      "\(what) \(values.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for (i, (value, wanted)) in zip(values, expected).enumerated() {
    let same = value == wanted || (value.isNaN && wanted.isNaN)
    if !same && !(abs(value - wanted) <= absolute + relative * abs(wanted)) {
      Issue.record(
        "\(what)[\(i)] is \(value), expected \(wanted), off by \(value - wanted)",
        sourceLocation: sourceLocation)
      return
    }
  }
}

/// Expects one number within `absolute + relative × |expected|`.
public func expectClose(
  _ value: Double, _ expected: Double, absolute: Double = 1e-12, relative: Double = 1e-12,
  _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    [value], [expected], absolute: absolute, relative: relative, what,
    sourceLocation: sourceLocation)
}
