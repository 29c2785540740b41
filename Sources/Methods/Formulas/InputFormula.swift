import ApusEvents
import ApusKernels

/// A formula of the inputs of events and of named parameters.
struct InputFormula: Sendable {
  let text: String
  /// Names that are no inputs, in the order of their first use.
  let parameters: [String]
  private let formula: Formula
  private let features: [String]

  /// - Parameter free: Whether names that are no inputs are parameters; otherwise they are refused.
  init(_ text: String, features: [String], method: String, free: Bool = false) throws {
    self.text = text
    self.features = features
    formula = try Formula(text)
    parameters = formula.columns.filter { !features.contains($0) }
    if !free, let unknown = parameters.first {
      throw FitError.unusable(
        method: method,
        reason: "the formula '\(text)' needs '\(unknown)', which is no input."
          + didYouMean(unknown, among: features))
    }
  }

  /// The values for events, row-major inputs, with parameters in the order of ``parameters``.
  func values(_ inputs: [Float], count: Int, parameters given: [Double] = []) throws -> [Double] {
    let width = features.count
    let columns = formula.columns.map { name -> [Double] in
      if let j = features.firstIndex(of: name) {
        return (0..<count).map { Double(inputs[$0 * width + j]) }
      }
      let value = parameters.firstIndex(of: name).map { given[$0] } ?? .nan
      return [Double](repeating: value, count: count)
    }
    return try formula.evaluate(columns: columns, count: count)
  }

  /// The columns of inputs, so that many evaluations need not take them apart again.
  func inputColumns(_ inputs: [Float], count: Int) -> [[Double]] {
    let width = features.count
    return formula.columns.map { name in
      guard let j = features.firstIndex(of: name) else { return [] }
      return (0..<count).map { Double(inputs[$0 * width + j]) }
    }
  }

  /// The values for columns of ``inputColumns(_:count:)``.
  func values(columns: [[Double]], count: Int, parameters given: [Double]) throws -> [Double] {
    let filled = formula.columns.indices.map { c -> [Double] in
      guard let p = parameters.firstIndex(of: formula.columns[c]) else { return columns[c] }
      return [Double](repeating: given[p], count: count)
    }
    return try formula.evaluate(columns: filled, count: count)
  }
}
