internal import ApusEngine
internal import ApusEvents

extension Trainer {
  /// Trains with a rule that looks at all events at once (L-BFGS, Newton), in double precision.
  ///
  /// Dropout and batch statistics are off: the objective must be a function of the parameters. The penalty is part
  /// of the objective, and of the reported loss. Checkpoints and resuming are those of the other rules.
  public func fit(
    _ model: M, with minimiser: any Minimiser, on training: TrainingData,
    validation: TrainingData? = nil
  ) throws -> Trained<M> {
    var run = try FullBatchRun(self, model, minimiser, training, validation)
    return try run.complete()
  }

  /// Σwℓ/Σw over all events, plus the penalty, as a function of the flat vector of parameters.
  public func objective(_ model: M, _ data: TrainingData, hessian: Bool = false) throws -> Objective
  {
    let precise = model.cast(to: .float64)
    let layout = model.layout
    let mask = layout.mask(dtype: .float64, where: TrainingSettings.isWeight)
    let weights = Tensor(data.weights)
    let (loss, penalty) = (objective, settings.penalty)
    return try Objective(count: layout.count, threads: settings.threads, hessian: hessian) {
      parameters in
      var net = precise
      net.setParameters(layout.slices(of: parameters))
      let inputs = data.inputs.map { $0.dtype.isFloating ? $0.cast(to: .float64) : $0 }
      let values = loss(net(inputs, .inference), data.targets).cast(to: .float64)
      let mean = (values * weights).sum() / weights.sum()
      return penalty.isEmpty ? mean : mean + penalty(parameters, mask: mask)
    }
  }
}
