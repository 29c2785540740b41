internal import ApusEvents

extension SavedModel {
  /// The same model with the exact Shapley values of its scores in place of them; nil where it has none.
  var ofShapleyValues: SavedModel? {
    let explained = members.compactMap(\.ofShapleyValues)
    guard explained.count == members.count else { return nil }
    var copy = self
    copy.members = explained
    return copy
  }

  /// The same model with the standard deviations that it estimates in place of its scores; nil where it estimates none.
  var ofDeviations: SavedModel? {
    let spreads = members.compactMap(\.ofDeviations)
    guard task == .regression, spreads.count == members.count else { return nil }
    var copy = self
    copy.members = spreads
    return copy
  }
}

extension SavedModel.Member {
  /// The same for a member.
  var ofDeviations: SavedModel.Member? {
    guard let own = try? response.deviations(for: [], count: 0, threads: 1), own.isEmpty else {
      return nil
    }
    return .init(transforms: transforms, response: DeviationResponse(base: response))
  }
}

extension SavedModel.Member {
  /// The same for a member.
  fileprivate var ofShapleyValues: SavedModel.Member? {
    guard let own = try? response.shapleyValues(for: [], count: 0, threads: 1), own.isEmpty else {
      return nil
    }
    return .init(transforms: transforms, response: ShapleyResponse(base: response))
  }
}

/// The Shapley values of a model's scores, as if they were its scores.
private struct ShapleyResponse: Response {
  let base: any Response

  var parameterCount: Int { base.parameterCount }
  var history: [FitContext.Progress] { base.history }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try base.shapleyValues(for: inputs, count: count, threads: threads) ?? []
  }

  func record() throws -> ModelRecord { try base.record() }
}

/// The standard deviations that a model estimates, as if they were its scores.
private struct DeviationResponse: Response {
  let base: any Response

  var parameterCount: Int { base.parameterCount }
  var history: [FitContext.Progress] { base.history }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try base.deviations(for: inputs, count: count, threads: threads) ?? []
  }

  func record() throws -> ModelRecord { try base.record() }
}
