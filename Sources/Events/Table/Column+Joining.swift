extension Column.Values {
  /// Entries of several pieces, one behind the other: in their type where all have one, whole numbers of
  /// different widths as int64, other mixed numbers in double precision.
  /// - Returns: Nil where some are text or lists and others are not, or where there is no piece.
  public static func joined(_ pieces: [Column.Values]) -> Column.Values? {
    guard let first = pieces.first else { return nil }
    if pieces.count == 1 { return first }
    if let same = first.withTheSame(pieces.dropFirst()) { return same }
    if let signed = all(pieces.map(\.signed)) { return .int64(Array(signed.joined())) }
    return all(pieces.map(\.doubles)).map { .float64(Array($0.joined())) }
  }

  /// These entries and the others' behind them; nil where the others are of another type.
  private func withTheSame(_ others: ArraySlice<Column.Values>) -> Column.Values? {
    switch self {
    case .float32(let v):
      Self.run(v, others) { if case .float32(let o) = $0 { o } else { nil } }.map { .float32($0) }
    case .float64(let v):
      Self.run(v, others) { if case .float64(let o) = $0 { o } else { nil } }.map { .float64($0) }
    case .int64(let v):
      Self.run(v, others) { if case .int64(let o) = $0 { o } else { nil } }.map { .int64($0) }
    case .strings(let v):
      Self.run(v, others) { if case .strings(let o) = $0 { o } else { nil } }.map { .strings($0) }
    case .integers(let v):
      Self.all(others.map { if case .integers(let o) = $0 { o } else { nil } })
        .flatMap { v.joined(with: $0) }.map { .integers($0) }
    case .jagged(let v):
      Self.all(others.map { if case .jagged(let o) = $0 { o } else { nil } })
        .flatMap { Jagged.joined([v] + $0) }.map { .jagged($0) }
    }
  }

  private static func run<T>(
    _ first: [T], _ others: ArraySlice<Column.Values>, _ values: (Column.Values) -> [T]?
  ) -> [T]? {
    all(others.map(values)).map { Array(([first] + $0).joined()) }
  }

  /// All of them, or nil where one is missing.
  private static func all<T>(_ optionals: [T?]) -> [T]? {
    let found = optionals.compactMap { $0 }
    return found.count == optionals.count ? found : nil
  }

  /// Whole numbers that 64 bits hold.
  private var signed: [Int64]? {
    switch self {
    case .int64(let v): v
    case .integers(let v): v.signed
    default: nil
    }
  }
}
