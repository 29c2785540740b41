internal import ApusEvents

extension StudyConfiguration {
  /// What options of methods can be checked against before a file is opened.
  var facts: StudyFacts {
    StudyFacts(
      task: task, inputs: namedInputs, classes: classes.count, spectators: spectators)
  }

  /// The names of the inputs as methods see them; nil where patterns stand for them, lists add theirs, or a transform makes new ones.
  private var namedInputs: [String]? {
    let (transforms, _) = Preprocessing.types(preprocess, path: "preprocess")
    guard constituents == nil, merged["constituents"] == nil,
      !transforms.contains(where: { $0 == PrincipalAxes.self })
    else { return nil }
    var names: [String] = []
    for input in inputs {
      switch input {
      case .formula(let name, _): names.append(name)
      case .columns(let name) where !name.contains("*") && !name.contains("?"): names.append(name)
      case .columns: return nil
      case .except(let pattern): names.removeAll { fits($0, pattern) }
      }
    }
    return names.isEmpty ? nil : names
  }
}
