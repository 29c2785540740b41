internal import ApusEngine
internal import ApusEvents

extension NeuralMethod {
  /// The training settings that the options stand for.
  func settings(_ model: Sequential, events: Int, _ context: FitContext) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.name = Self.name
    settings.optimizer = optimizer(model)
    settings.learningRate = learningRate
    settings.schedule = schedule
    settings.batch = batch(events)
    settings.epochs = values.integer("epochs") ?? 100
    settings.shuffle = values.flag("shuffle")
    let lp = values.group("lp")
    settings.penalty = Penalty(
      l1: values.real("l1") ?? 0, l2: values.real("l2") ?? 0, lp: lp?.real("strength") ?? 0,
      power: lp?.real("power") ?? 1)
    settings.maxNorm = values.real("max_norm")
    settings.clipNorm = values.real("gradient_clip")
    settings.clipValue = values.real("clip_value")
    settings.earlyStopping = values.group("early_stopping").map {
      EarlyStopping(patience: $0.integer("patience") ?? 10, delta: $0.real("delta") ?? 0)
    }
    settings.restoresBest = values.flag("restore_best")
    settings.seed = context.seed
    settings.threads = context.threads
    settings.checkpoint = context.checkpoint
    settings.resumes = context.resume
    settings.report = context.report
    settings.shouldStop = context.shouldStop
    return settings
  }

  var rule: OptionValues { values.group("optimizer") ?? OptionValues() }

  var choice: OptimizerChoice {
    rule.text("name").flatMap(OptimizerChoice.init(rawValue:)) ?? .adam
  }

  private var learningRate: Double {
    if let rate = values.real("learning_rate") ?? rule.real("learning_rate") { return rate }
    switch choice {
    case .adam, .adamw, .nadam, .rmsprop: return 1e-3
    case .adadelta, .lbfgs, .newton, .naturalGradient: return 1
    case .gradientDescent: return 0.1
    case .sgd, .momentum, .nesterov, .adagrad: return 0.01
    }
  }

  private func batch(_ events: Int) -> Int? {
    if takesAllEvents { return nil }
    if let size = values.integer("batch") { return size }
    var size = 64
    while size < 1024, size * 100 < events { size *= 2 }
    return size
  }

  /// The share of hidden units that is dropped: what was said, else what suits the task and the rule.
  func dropout(for task: Task) -> Double {
    values.real("dropout") ?? (task == .regression || minimiser != nil ? 0 : 0.1)
  }

  /// Whether every step looks at all events.
  var takesAllEvents: Bool {
    minimiser != nil || choice == .gradientDescent || values.integer("batch") == 0
  }

  /// The rule for all events at once that was asked for, if one was.
  var minimiser: (any Minimiser)? {
    switch choice {
    case .lbfgs: LBFGS(memory: rule.integer("memory") ?? 10)
    case .newton: Newton(damping: rule.real("damping") ?? 0)
    case .naturalGradient:
      NaturalGradient(
        rate: learningRate, damping: rule.real("damping") ?? 1e-3, isGuarded: true)
    default: nil
    }
  }

  private func optimizer(_ model: Sequential) -> any Optimizer {
    let base = plainOptimizer
    let decay = rule.real("weight_decay") ?? (choice == .adamw ? 0.01 : 0)
    guard decay > 0 else { return base }
    return WeightDecay(base, decay, mask: model.layout.mask(where: TrainingSettings.isWeight))
  }

  private var plainOptimizer: any Optimizer {
    let (beta1, beta2) = (rule.real("beta1") ?? 0.9, rule.real("beta2") ?? 0.999)
    let (epsilon, momentum) = (rule.real("epsilon"), rule.real("momentum"))
    let decay = rule.real("decay") ?? 0.9
    switch choice {
    case .adam, .adamw, .lbfgs, .newton, .naturalGradient:
      return Adam(
        beta1: beta1, beta2: beta2, epsilon: epsilon ?? 1e-8, amsgrad: rule.flag("amsgrad"))
    case .nadam: return Nadam(beta1: beta1, beta2: beta2, epsilon: epsilon ?? 1e-8)
    case .sgd, .gradientDescent: return SGD(momentum: momentum ?? 0)
    case .momentum: return SGD(momentum: momentum ?? 0.9)
    case .nesterov: return SGD(momentum: momentum ?? 0.9, nesterov: true)
    case .rmsprop: return RMSProp(decay: decay, epsilon: epsilon ?? 1e-7, momentum: momentum ?? 0)
    case .adagrad: return Adagrad(epsilon: epsilon ?? 1e-10)
    case .adadelta: return Adadelta(decay: decay, epsilon: epsilon ?? 1e-6)
    }
  }

  private var schedule: Schedule {
    guard let group = values.group("schedule") else { return .constant }
    let floor = group.real("floor") ?? 0.001
    let factor = group.real("factor")
    let main: Schedule
    let name = group.text("name").flatMap(ScheduleChoice.init(rawValue:)) ?? .constant
    switch name {
    case .step: main = .step(every: group.integer("every") ?? 30, factor: factor ?? 0.1)
    case .exponential: main = .exponential(factor: factor ?? 0.95)
    case .cosine: main = .cosine(floor: floor)
    case .oneCycle:
      main = .oneCycle(rise: group.real("rise") ?? 0.3, start: 0.04, end: floor)
    case .plateau:
      main = .plateau(
        factor: factor ?? 0.3, patience: group.integer("patience") ?? 3,
        threshold: group.real("threshold") ?? 1e-4, floor: floor)
    case .constant, .warmUp: main = .constant
    }
    let warmUp = group.integer("warm_up") ?? (name == .warmUp ? 5 : 0)
    return warmUp == 0 ? main : .warmUp(epochs: Double(warmUp), start: 0.1, then: main)
  }
}
