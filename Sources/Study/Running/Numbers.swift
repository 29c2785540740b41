#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A number with a fixed count of digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : (value < 0 ? "-inf" : "inf") }
  let scale = pow(10, Double(digits))
  let rounded = (abs(value) * scale).rounded()
  guard rounded < 9e15 else { return "\(value)" }
  let whole = Int64(rounded)
  let power = Int64(scale)
  let sign = value < 0 && whole > 0 ? "-" : ""
  if digits == 0 { return sign + String(whole) }
  let fraction = String(whole % power)
  return sign + String(whole / power) + "." + String(repeating: "0", count: digits - fraction.count)
    + fraction
}

/// A number with about four digits that matter: 0.4637, 12.35, 1.2e-05.
func shortNumber(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : fixed(value, 0) }
  let size = abs(value)
  if size >= 1e6 || size < 1e-3 {
    let exponent = Int(floor(log10(size)))
    return fixed(value / pow(10, Double(exponent)), 2) + "e\(exponent)"
  }
  let digits = max(0, 3 - Int(floor(log10(size))))
  return fixed(value, min(digits, 5))
}

/// A count as people say it: 950, 12.3 k, 4.56 M.
func shortCount(_ value: Double) -> String {
  switch value {
  case ..<1e3: fixed(value, 0)
  case ..<1e6: fixed(value / 1e3, 1) + " k"
  case ..<1e9: fixed(value / 1e6, 2) + " M"
  default: fixed(value / 1e9, 2) + " G"
  }
}

/// A time as people say it: 0.4 s, 38 s, 2 min 10 s, 1 h 5 min.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "?" }
  if seconds < 9.95 { return fixed(seconds, 1) + " s" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// Rows of a table, aligned: the first column left, the others right.
func alignedRows(_ rows: [[String]], indent: String = "  ") -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { c in rows.map { c < $0.count ? $0[c].count : 0 }.max() ?? 0 }
  return rows.map { row in
    let cells = row.enumerated().map { c, text in
      let gap = String(repeating: " ", count: widths[c] - text.count)
      return c == 0 ? text + gap : gap + text
    }
    let line = indent + cells.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}
