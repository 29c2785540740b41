internal import ApusEngine
internal import ApusEvents

extension NeuralMethod {
  /// The loss that was asked for, if it fits the task.
  func loss(for task: Task) throws -> Loss {
    let group = values.group("loss")
    let name = group?.text("name") ?? "auto"
    let allowed: [String]
    switch task {
    case .binary: allowed = ["binary_cross_entropy", "focal", "hinge", "mse", "mae"]
    case .multiclass: allowed = ["cross_entropy"]
    case .regression: allowed = ["mse", "mae", "huber", "mape", "quantile", "gaussian"]
    }
    guard name == "auto" || allowed.contains(name) else {
      let list = allowed.map { "'\($0)'" }.joined(separator: ", ")
      throw OptionProblems([
        .init(
          path: "loss",
          text: "'\(name)' does not fit the task '\(task.rawValue)', which takes \(list).")
      ])
    }
    switch name == "auto" ? allowed[0] : name {
    case "huber": return .huber(delta: group?.real("delta") ?? 1)
    case "quantile": return .quantile(group?.real("level") ?? 0.5)
    case "focal": return .focal(gamma: group?.real("gamma") ?? 2)
    case let plain: return Loss.named.first { $0.name == plain }?.value ?? .squared
    }
  }

  /// The numbers that the network gives for an event.
  func outputs(for task: Task, classes: Int) -> Int {
    switch task {
    case .binary: 1
    case .multiclass: classes
    case .regression: max(classes, 1) * ((try? loss(for: task))?.outputsPerEstimate ?? 1)
    }
  }

  /// The trainer of a task.
  ///
  /// Squares and absolute errors of two classes are those of the probability σ(z), which is what
  /// the model gives.
  func trainer(for task: Task, _ settings: TrainingSettings) throws -> Trainer<Sequential> {
    let loss = try loss(for: task)
    guard task == .binary, loss == .squared || loss == .absolute else {
      return Trainer(loss, settings)
    }
    return Trainer(settings) { outputs, targets in
      loss.perEvent(outputs[0].sigmoid(), targets[0])
    }
  }
}
