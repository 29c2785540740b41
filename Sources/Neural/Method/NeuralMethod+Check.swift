public import ApusEvents
internal import FoundationEssentials

extension NeuralMethod {
  /// Refuses a loss that does not fit the task, and networks too large for memory or for Newton's rule.
  public func check(task: Task, inputs: Int, classes: Int) throws {
    var problems: [OptionProblems.Problem] = []
    do { _ = try loss(for: task) } catch let error as OptionProblems { problems += error.problems }
    let parameters = parameters(inputs: inputs, outputs: task == .multiclass ? classes : 1)
    problems += newtonProblem(parameters) + memoryProblem(parameters)
    if !problems.isEmpty { throw OptionProblems(problems) }
  }

  /// Weights and biases of the dense layers.
  func parameters(inputs: Int, outputs: Int) -> Double {
    let widths = [inputs] + (values.integers("layers") ?? []) + [outputs]
    return zip(widths, widths.dropFirst()).reduce(0) { $0 + (Double($1.0) + 1) * Double($1.1) }
  }

  /// All second derivatives are as many graphs as there are parameters: a thousand take seconds, ten thousand hours.
  private static let mostForNewton = 1000.0

  private func newtonProblem(_ parameters: Double) -> [OptionProblems.Problem] {
    guard values.group("optimizer")?.text("name") == "newton", parameters > Self.mostForNewton
    else {
      return []
    }
    let text =
      "newton takes all second derivatives and is for at most \(Int(Self.mostForNewton)) parameters, but the "
      + "network has \(words(parameters)). Take 'lbfgs' or 'adam', or smaller 'layers'."
    return [.init(path: "optimizer", text: text)]
  }

  /// Parameters, gradient, the optimizer's two moments, the best and the last state, each in single precision.
  static let bytesPerParameter = 24.0

  private func memoryProblem(_ parameters: Double) -> [OptionProblems.Problem] {
    let machine = Double(ProcessInfo.processInfo.physicalMemory)
    let needed = parameters * Self.bytesPerParameter
    guard needed > machine else { return [] }
    let text =
      "the network has \(words(parameters)) parameters, which take \(words(needed / 1e9)) GB in training, but the "
      + "machine has \(words(machine / 1e9)) GB. Take smaller layers."
    return [.init(path: "layers", text: text)]
  }

  private func words(_ number: Double) -> String {
    number < 1e15 ? String(Int(number.rounded())) : "\(number)"
  }
}
