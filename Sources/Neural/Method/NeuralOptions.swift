internal import ApusEvents

private let notNegative = 0...Double.greatestFiniteMagnitude

/// The options of `mlp`.
let neuralOptions: [OptionDescription] = [
  OptionDescription(
    "layers", aliases: ["hidden_layers", "hidden_layer_sizes", "HiddenLayers", "units"],
    .integers(1...65536), default: .list([128, 128, 128].map { ConfigurationValue(.integer($0)) }),
    "The units of each hidden layer; [] gives a linear model."),
  OptionDescription(
    "activation", aliases: ["NeuronType"],
    .choice(activationNames),
    synonyms: [
      "swish": "silu", "identity": "linear", "logistic": "sigmoid", "parametric_relu": "prelu",
    ],
    default: .text("tanh"),
    "What hidden units apply to their sums; prelu learns a slope for each of them, and step has no gradient, so that "
      + "only what stands behind it learns."),
  OptionDescription(
    "dropout", .real(0...0.95),
    "The share of hidden units that is dropped at random in training; when nothing is said, 0.1 for "
      + "classes, and none for numbers, lbfgs, newton and natural_gradient."),
  OptionDescription(
    "batch_norm", aliases: ["batch_normalization", "BatchNormalization"], .flag,
    default: .flag(false), "Batch normalisation before each activation."),
  OptionDescription(
    "layer_norm", aliases: ["layer_normalization"], .flag, default: .flag(false),
    "Layer normalisation before each activation."),
  OptionDescription(
    "residual", .flag, default: .flag(false),
    "Hidden layers that follow one of equal size add to it rather than replace it."),
  initialiserOptions,
  optimizerOptions,
  OptionDescription(
    "learning_rate", aliases: ["learning_rate_init", "LearningRate", "lr", "eta"],
    .real(notNegative, open: true), "The size of steps; another place for optimizer.learning_rate."),
  scheduleOptions,
  OptionDescription(
    "batch", aliases: ["batch_size", "BatchSize", "minibatch"], .integer(0...10_000_000),
    "Events at a step; 0 takes all, as gradient_descent does. Otherwise a hundredth of the events, between 64 and 1024."
  ),
  OptionDescription(
    "epochs", aliases: ["max_iter", "n_epochs", "NCycles", "MaxEpochs"], .integer(1...1_000_000),
    default: .integer(100), "The most passes over the events."),
  OptionDescription(
    "early_stopping", aliases: ["EarlyStopping"],
    .group(
      [
        OptionDescription(
          "patience", aliases: ["n_iter_no_change", "ConvergenceSteps"], .integer(1...1_000_000),
          default: .integer(10), "Epochs without improvement that are waited for."),
        OptionDescription(
          "delta", aliases: ["min_delta", "tol"], .real(notNegative), default: .real(0),
          "How much lower the loss must be to count as an improvement."),
      ], shorthand: "patience"), default: .flag(true),
    "Stops when the validation loss (without one: the training loss) stands still."),
  OptionDescription(
    "restore_best", aliases: ["restore_best_weights"], .flag, default: .flag(true),
    "Whether the model of the best epoch is kept rather than the last one."),
  lossOptions,
  OptionDescription("l1", .real(notNegative), default: .real(0), "Adds l1·Σ|w| over weights."),
  OptionDescription(
    "l2", aliases: ["alpha", "Regularization"], .real(notNegative), default: .real(0),
    "Adds l2·Σw² over weights."),
  OptionDescription(
    "lp",
    .group(
      [
        OptionDescription("strength", .real(notNegative), default: .real(0), "The factor."),
        OptionDescription(
          "power", .real(notNegative, open: true), default: .real(1.5), "The power p."),
      ], shorthand: "strength"), "Adds strength·Σ|w|^power over weights."),
  OptionDescription(
    "max_norm", .real(notNegative, open: true), "The largest length of the weights into a unit."),
  OptionDescription(
    "gradient_clip", aliases: ["clip_norm", "clipnorm", "max_grad_norm"],
    .real(notNegative, open: true),
    "The largest length √Σg² of the gradient of all parameters; a longer one is shortened to it."),
  OptionDescription(
    "clip_value", aliases: ["clipvalue"], .real(notNegative, open: true),
    "The largest size of each number of the gradient; larger ones are set to it."),
  OptionDescription(
    "balance_classes", aliases: ["balance", "class_balancing"], .flag, default: .flag(true),
    "Whether every class gets the same sum of weights in training, while the sum of all stays."),
  OptionDescription(
    "shuffle", .flag, default: .flag(true), "Whether each epoch has an order of its own."),
]

private let optimizerOptions = OptionDescription(
  "optimizer", aliases: ["solver", "Optimizer"],
  .group(
    [
      OptionDescription(
        "name", .choice(OptimizerChoice.allCases.map(\.rawValue)),
        synonyms: [
          "gd": "gradient_descent", "batch_gradient_descent": "gradient_descent",
          "l-bfgs": "lbfgs", "bfgs": "lbfgs",
        ], default: .text("adam"),
        "The rule of the steps; gradient_descent, lbfgs, newton and natural_gradient take all events at each, the last "
          + "two for at most 1000 parameters."),
      OptionDescription(
        "learning_rate", aliases: ["lr", "eta"], .real(notNegative, open: true),
        "The size of steps; by default what suits the rule (adam: 0.001)."),
      OptionDescription(
        "beta1", aliases: ["beta_1"], .real(0...0.999999), default: .real(0.9),
        "adam, adamw, nadam: how long gradients are remembered."),
      OptionDescription(
        "beta2", aliases: ["beta_2"], .real(0...0.9999999), default: .real(0.999),
        "adam, adamw, nadam: how long their squares are remembered."),
      OptionDescription(
        "epsilon", aliases: ["eps"], .real(notNegative),
        "What is added to the root of the squares."),
      OptionDescription(
        "amsgrad", .flag, default: .flag(false), "adam, adamw: use the largest squares so far."),
      OptionDescription(
        "momentum", aliases: ["Momentum"], .real(0...0.999999),
        "momentum, nesterov (0.9), sgd, gradient_descent, rmsprop (0): the share of the last step that is kept."
      ),
      OptionDescription(
        "decay", aliases: ["rho", "alpha"], .real(0...0.999999), default: .real(0.9),
        "rmsprop, adadelta: how long squares are remembered."),
      OptionDescription(
        "weight_decay", .real(notNegative),
        "Shrinks weights (not biases) apart from the gradient, by learning rate × this (adamw: 0.01)."
      ),
      OptionDescription(
        "memory", .integer(1...1000), default: .integer(10), "lbfgs: the steps remembered."),
      OptionDescription(
        "damping", .real(notNegative),
        "newton (0), natural_gradient (0.001): what is added to the diagonal of the matrix in the first step; it grows "
          + "until the loss falls, and shrinks after it did."),
    ], shorthand: "name"), default: .text("adam"), "How parameters move.")

private let scheduleOptions = OptionDescription(
  "schedule", aliases: ["lr_schedule", "learning_rate_schedule"],
  .group(
    [
      OptionDescription(
        "name", .choice(ScheduleChoice.allCases.map(\.rawValue)),
        synonyms: [
          "reduce_on_plateau": "plateau", "ReduceLROnPlateau": "plateau", "StepLR": "step",
          "ExponentialLR": "exponential", "CosineAnnealingLR": "cosine", "OneCycleLR": "one_cycle",
          "warmup": "warm_up",
        ], default: .text("plateau"), "How the learning rate changes."),
      OptionDescription(
        "factor", aliases: ["gamma"], .real(0...1),
        "step (0.1), exponential (0.95), plateau (0.3): what the rate is multiplied with."),
      OptionDescription(
        "every", aliases: ["step_size"], .integer(1...1_000_000), default: .integer(30),
        "step: epochs between two changes."),
      OptionDescription(
        "patience", .integer(0...1_000_000), default: .integer(3),
        "plateau: epochs without improvement that are waited for."),
      OptionDescription(
        "threshold", .real(0...1), default: .real(1e-4),
        "plateau: the share by which a loss must fall to count as an improvement."),
      OptionDescription(
        "floor", .real(0...1), default: .real(0.001),
        "cosine, one_cycle, plateau: the smallest rate, as a share of the learning rate."),
      OptionDescription(
        "rise", aliases: ["pct_start"], .real(0...1), default: .real(0.3),
        "one_cycle: the share of training in which the rate rises."),
      OptionDescription(
        "warm_up", aliases: ["warmup"], .integer(0...1_000_000),
        "Epochs in which the rate first rises in a straight line from a tenth, before any schedule; 5 for the schedule "
          + "warm_up, which then stays constant."),
    ], shorthand: "name"), default: .text("plateau"), "How the learning rate changes.")

private let lossOptions = OptionDescription(
  "loss", aliases: ["ErrorStrategy"],
  .group(
    [
      OptionDescription(
        "name", .choice(["auto"] + Loss.named.map(\.name)),
        synonyms: [
          "gaussian_nll": "gaussian", "GaussianNLLLoss": "gaussian", "bce": "binary_cross_entropy",
          "l1": "mae", "l2": "mse",
        ], default: .text("auto"),
        "auto: cross-entropy for classes, mse for numbers. gaussian: the network estimates mean and deviation of the "
          + "target, the score is the mean. Squares over 1/σ² are mse with event weights of 1/σ²."),
      OptionDescription(
        "delta", .real(notNegative, open: true), default: .real(1), "huber: where it turns linear."),
      OptionDescription("level", .real(0...1), default: .real(0.5), "quantile: which one."),
      OptionDescription(
        "gamma", .real(notNegative), default: .real(2), "focal: how fast easy events fade."),
    ], shorthand: "name"), default: .text("auto"), "What is minimised.")

private let initialiserOptions = OptionDescription(
  "initializer", aliases: ["initialiser", "kernel_initializer", "WeightInitialization"],
  .group(
    [
      OptionDescription(
        "name", .choice(["auto"] + Initialiser.named.map(\.name)), default: .text("auto"),
        "auto takes what suits the activation. zeros and constant leave the units of a hidden layer alike."
      ),
      OptionDescription(
        "value", .real(-1000...1000), default: .real(0.1), "constant: every weight."),
      OptionDescription(
        "deviation", aliases: ["stddev", "std"], .real(0...1000), default: .real(0.05),
        "normal: the standard deviation of the weights."),
      OptionDescription(
        "gain", .real(0...1000), default: .real(1),
        "orthogonal: what the matrix is multiplied with."),
    ], shorthand: "name"), default: .text("auto"),
  "How starting weights are drawn; biases start at 0.")

/// The activations that a configuration can name: those of a layer of probabilities are left out.
package let activationNames =
  Activation.named.map(\.name).filter { !$0.hasSuffix("softmax") }
  + [Architecture.learnedActivation]

/// The rules that a configuration can name.
package enum OptimizerChoice: String, CaseIterable {
  case adam, adamw, nadam, sgd, momentum, nesterov, rmsprop, adagrad, adadelta
  case gradientDescent = "gradient_descent"
  case lbfgs, newton
  case naturalGradient = "natural_gradient"
}

/// The schedules that a configuration can name.
package enum ScheduleChoice: String, CaseIterable {
  case constant, step, exponential, cosine
  case oneCycle = "one_cycle"
  case plateau
  case warmUp = "warm_up"
}
