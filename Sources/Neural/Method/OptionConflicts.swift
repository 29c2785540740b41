internal import ApusEvents

/// Finds options that contradict each other, and options that what was chosen would ignore.
///
/// Only what the user gave counts: a default that is not used is no mistake.
struct OptionConflicts {
  private let options: OptionValues

  init(_ options: OptionValues) { self.options = options }

  /// All that is wrong, one problem a group of options.
  var problems: [OptionProblems.Problem] {
    var found: [OptionProblems.Problem] = []
    if options.real("learning_rate") != nil,
      options.group("optimizer")?.real("learning_rate") != nil
    {
      found.append(
        .init(
          path: "learning_rate",
          text: "is given here and as optimizer.learning_rate; keep one."))
    }
    if options.flag("batch_norm"), options.flag("layer_norm") {
      found.append(
        .init(path: "layer_norm", text: "can't be combined with batch_norm; keep one."))
    }
    if options.flag("batch_norm"), options.integer("batch") == 1 {
      found.append(
        .init(
          path: "batch_norm",
          text:
            "needs batches of at least 2 events: what is normalised by the spread of one is 0. Take a larger "
            + "batch, or layer_norm."))
    }
    found += optimizerProblem
    for group in ["schedule", "loss", "initializer"] { found += unused(in: group) }
    return found + hiddenProblem + residualProblem + powerProblem
  }

  /// What each choice of a group uses, beside the name; a choice that is not listed uses none of its options.
  private static let uses: [String: [String: [String]]] = {
    let adam = ["learning_rate", "weight_decay", "epsilon", "beta1", "beta2"]
    let plain = ["learning_rate", "weight_decay", "momentum"]
    return [
      "optimizer": [
        "adam": adam + ["amsgrad"], "adamw": adam + ["amsgrad"], "nadam": adam, "sgd": plain,
        "momentum": plain, "nesterov": plain, "gradient_descent": plain,
        "rmsprop": plain + ["decay", "epsilon"],
        "adagrad": ["learning_rate", "weight_decay", "epsilon"],
        "adadelta": ["learning_rate", "weight_decay", "decay", "epsilon"],
        "lbfgs": ["memory"], "newton": ["damping"],
        "natural_gradient": ["learning_rate", "damping"],
      ],
      "schedule": [
        "constant": ["warm_up"], "warm_up": ["warm_up"], "step": ["factor", "every", "warm_up"],
        "exponential": ["factor", "warm_up"], "cosine": ["floor", "warm_up"],
        "one_cycle": ["floor", "rise", "warm_up"],
        "plateau": ["factor", "patience", "threshold", "floor", "warm_up"],
      ],
      "loss": ["huber": ["delta"], "quantile": ["level"], "focal": ["gamma"]],
      "initializer": ["constant": ["value"], "normal": ["deviation"], "orthogonal": ["gain"]],
    ]
  }()

  /// The options of a group that its choice does not use, in the order of the alphabet.
  private func unusedNames(in group: String) -> (name: String, unused: [String], used: [String]) {
    guard let values = options.group(group), let name = values.text("name") else {
      return ("", [], [])
    }
    let used = Self.uses[group]?[name] ?? []
    return (name, values.given.subtracting(used + ["name"]).sorted(), used.sorted())
  }

  private func unused(in group: String) -> [OptionProblems.Problem] {
    let (name, unused, used) = unusedNames(in: group)
    guard !unused.isEmpty else { return [] }
    let rest = used.isEmpty ? "It has no options." : "It uses \(list(used))."
    return [
      .init(
        path: group,
        text: "'\(name)' would ignore \(list(unused)): remove \(pronoun(unused)). \(rest)")
    ]
  }

  /// What the optimizer would ignore, of its own options and of the others, in one message.
  private var optimizerProblem: [OptionProblems.Problem] {
    let (name, own, used) = unusedNames(in: "optimizer")
    let others = ignored(by: name)
    guard !others.isEmpty else { return unused(in: "optimizer") }
    let names = own.map { "optimizer." + $0 } + others
    let why =
      name == "gradient_descent"
      ? "takes all events at each step"
      : used.contains("learning_rate")
        ? "looks at all events at once and finds its own directions"
        : "looks at all events at once and finds directions and lengths of its steps itself"
    let instead = name == "gradient_descent" ? "'sgd'" : "'adam'"
    return [
      .init(
        path: "optimizer",
        text:
          "'\(name)' \(why), and would ignore \(list(names)). Remove \(pronoun(names)), or take a rule that "
          + "uses \(pronoun(names)), such as \(instead).")
    ]
  }

  /// The options beside `optimizer` that a rule for all events at once has no use for.
  private func ignored(by name: String) -> [String] {
    let batch = options.integer("batch") ?? 0
    guard ["lbfgs", "newton", "natural_gradient"].contains(name) else {
      return name == "gradient_descent" && batch != 0 ? ["batch"] : []
    }
    var found = ["gradient_clip", "clip_value", "max_norm"].filter { options.real($0) != nil }
    if batch != 0 { found.append("batch") }
    if name != "natural_gradient", options.real("learning_rate") != nil {
      found.append("learning_rate")
    }
    if options.given.contains("schedule"), !isConstant { found.append("schedule") }
    if options.flag("batch_norm") { found.append("batch_norm") }
    if (options.real("dropout") ?? 0) > 0 { found.append("dropout") }
    return found.sorted()
  }

  private var isConstant: Bool {
    let schedule = options.group("schedule")
    return schedule?.text("name") == "constant" && (schedule?.integer("warm_up") ?? 0) == 0
  }

  /// Without hidden layers there is nothing that their options could act on.
  private var hiddenProblem: [OptionProblems.Problem] {
    guard options.integers("layers") == [] else { return [] }
    let flags = ["batch_norm", "layer_norm", "residual"].filter { options.flag($0) }
    let names =
      flags + (options.given.contains("activation") ? ["activation"] : [])
      + ((options.real("dropout") ?? 0) > 0 ? ["dropout"] : [])
    guard !names.isEmpty else { return [] }
    return [
      .init(
        path: "layers",
        text:
          "[] has no hidden units, on which \(list(names.sorted())) would act. Remove \(pronoun(names)), or give "
          + "the units of each hidden layer.")
    ]
  }

  private var residualProblem: [OptionProblems.Problem] {
    let layers = options.integers("layers") ?? []
    guard options.flag("residual"), !layers.isEmpty,
      !zip(layers, layers.dropFirst()).contains(where: ==)
    else { return [] }
    return [
      .init(
        path: "residual",
        text:
          "needs a hidden layer that follows one of equal size, found \(layers). Take layers such as [64, 64], "
          + "or remove it.")
    ]
  }

  private var powerProblem: [OptionProblems.Problem] {
    guard let group = options.group("lp"), group.real("strength") == 0 else { return [] }
    return [
      .init(
        path: "lp",
        text: "has no effect with a strength of 0. Give lp.strength, such as 1e-4, or remove lp.")
    ]
  }

  private func list(_ names: [String]) -> String {
    let quoted = names.map { "'\($0)'" }
    guard quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " and " + quoted[quoted.count - 1]
  }

  private func pronoun(_ names: [String]) -> String { names.count == 1 ? "it" : "them" }
}
