import ApusEvents
import ApusFormats
import ApusKernels
import TestSupport
import Testing

/// A golden file of Tools/reference/formats.py.
func golden(_ name: String) -> String { TestData.golden("formats/" + name) }

extension EventTable {
  /// The numbers of a column.
  func numbers(_ name: String) throws -> [Double] { try #require(try column(name).doubles) }

  /// The texts of a column.
  func texts(_ name: String) throws -> [String] {
    guard case .strings(let values) = try column(name).values else { return [] }
    return values
  }
}

/// The message of the error that `body` throws.
func message(of body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as any ApusError {
    return error.message
  } catch {
    return "another error: \(error)"
  }
}
