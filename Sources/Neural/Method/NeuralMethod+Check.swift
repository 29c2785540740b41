public import ApusEvents
internal import FoundationEssentials

extension NeuralMethod {
  /// Refuses a loss that does not fit the task or the rule, options without meaning for the task, and networks too large
  /// for memory or for a rule with a matrix.
  public func check(task: Task, inputs: Int, classes: Int) throws {
    var problems: [OptionProblems.Problem] = []
    do { problems += metricProblem(try loss(for: task), task) } catch let error as OptionProblems {
      problems += error.problems
    }
    if task == .regression, values.given.contains("balance_classes"), values.flag("balance_classes")
    {
      let text = "has no meaning for the task 'regression', which has no classes. Remove it."
      problems.append(.init(path: "balance_classes", text: text))
    }
    let parameters = parameters(inputs: inputs, outputs: outputs(for: task, classes: classes))
    problems += matrixProblem(parameters) + memoryProblem(parameters)
    if !problems.isEmpty { throw OptionProblems(problems) }
  }

  /// Weights and biases of the dense layers.
  func parameters(inputs: Int, outputs: Int) -> Double {
    let widths = [inputs] + (values.integers("layers") ?? []) + [outputs]
    return zip(widths, widths.dropFirst()).reduce(0) { $0 + (Double($1.0) + 1) * Double($1.1) }
  }

  /// All second derivatives are as many graphs as there are parameters: a thousand take seconds, ten thousand hours.
  private static let mostForMatrix = 1000.0

  private func matrixProblem(_ parameters: Double) -> [OptionProblems.Problem] {
    guard let minimiser, minimiser.curvature != .none, parameters > Self.mostForMatrix else {
      return []
    }
    let what = minimiser.curvature == .metric ? "the whole Fisher metric" : "all second derivatives"
    let text =
      "\(minimiser.name) takes \(what) and is for at most \(Int(Self.mostForMatrix)) parameters, but the "
      + "network has \(words(parameters)). Take 'lbfgs' or 'adam', or smaller 'layers'."
    return [.init(path: "optimizer", text: text)]
  }

  private func metricProblem(_ loss: Loss, _ task: Task) -> [OptionProblems.Problem] {
    // The squares of a probability are no likelihood.
    let hasMetric = loss.hasMetric && !(task == .binary && loss == .squared)
    guard minimiser?.curvature == .metric, !hasMetric else { return [] }
    let name = values.group("loss")?.text("name") ?? "auto"
    let text =
      "natural_gradient needs a loss that is the logarithm of a likelihood with a known Fisher metric, which "
      + "'\(name)' is not. Take 'auto' or, for numbers, 'mse' or 'gaussian'; or another rule, such as 'lbfgs'."
    return [.init(path: "loss", text: text)]
  }

  /// The derivatives of all outputs of all events by all parameters, and what is made of them.
  func checkMetric(_ minimiser: any Minimiser, _ outputs: Int, _ parameters: Int) throws {
    guard minimiser.curvature == .metric else { return }
    let needed = 24.0 * Double(outputs) * Double(parameters)
    let machine = Double(ProcessInfo.processInfo.physicalMemory)
    guard needed > machine / 2 else { return }
    throw FitError.unusable(
      method: Self.name,
      reason:
        "natural_gradient keeps the derivatives of \(outputs) outputs by \(parameters) parameters, "
        + "\(words(needed / 1e9)) GB, but the machine has \(words(machine / 1e9)) GB. Take 'lbfgs', fewer "
        + "events, or smaller layers.")
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
