internal import ApusEvents

extension SavedModel {
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
