import ApusEvents
import ApusStudy
import Testing

/// What `apus check` passed and `apus train` refused after the data were read, one method after the other.
@Suite struct MethodMistakeTests {
  static func message(_ methods: String, events: String = binary, inputs: String = "[x, y]")
    -> String
  {
    let text =
      "events: \(events)\ninputs: \(inputs)\nspectators: [mass]\npreprocess: []\nmethods:\n"
      + methods
    return ConfigurationTests.wrong(text)
  }

  static let binary = "{files: a.csv, label: label}"
  static let three = "{files: a.csv, label: {column: k, classes: [a, b, c]}}"
  static let number = "{files: a.csv, target: t}"

  static let mistakes: [(method: String, words: String)] = [
    ("bdt: {monotone: [x]}", "methods.bdt.monotone: 'x' must start with +"),
    ("bdt: {monotone: ['+z']}", "methods.bdt.monotone: there is no input 'z'"),
    ("bdt: {monotone: ['+x', '-x']}", "can't both rise and fall with 'x'"),
    ("bdt: {monotone_constraints: [1]}", "has 1 numbers for the 2 inputs"),
    ("bdt: {categorical: [z]}", "methods.bdt.categorical: there is no input 'z'"),
    ("tree: {categorical: [z]}", "methods.tree.categorical: there is no input 'z'"),
    ("adaboost: {categorical: [z]}", "methods.adaboost.categorical: there is no input 'z'"),
    ("random_forest: {categorical: [z]}", "methods.random_forest.categorical: there is no input"),
    ("extra_trees: {categorical: [z]}", "methods.extra_trees.categorical: there is no input 'z'"),
    ("bdt: {flat_in: [mas]}", "methods.bdt.flat.in: there is no spectator 'mas' of numbers"),
    ("bdt: {loss: poisson}", "methods.bdt.loss: 'poisson' does not fit the task 'binary'"),
    ("bdt: {loss: {formula: '(score-target'}}", "methods.bdt.loss.formula: "),
    ("bdt: {loss: {formula: '(score-tgt)^2'}}", "must be a formula of 'score' and 'target'"),
    ("bdt: {base_score: 1.5}", "methods.bdt.base_score: must be a probability between 0 and 1"),
    ("bdt: {base_score: 0.5, start: 0}", "says the same as 'start' in other units"),
    ("likelihood_ratio: {}", "methods.likelihood_ratio.signal: is missing"),
    (
      "likelihood_ratio: {signal: 'exp(-z)', background: '1'}",
      "methods.likelihood_ratio.signal: the formula 'exp(-z)' needs 'z', which is no input."
    ),
    (
      "function_discriminant: {formula: 'a+b*x', low: [1, 2, 3]}",
      "methods.function_discriminant.low: has 3 numbers for the 2 parameters a, b"
    ),
    (
      "function_discriminant: {formula: 'x'}",
      "methods.function_discriminant.formula: has no parameter"
    ),
    (
      "committee: {methods: [linear]}",
      "methods.committee.methods.linear: 'linear' learns regression"
    ),
    (
      "committee: {methods: {bdt: {categorical: [z]}}}",
      "methods.committee.methods.bdt.categorical: "
    ),
    ("stack: {final: linear}", "methods.stack.final.linear: 'linear' learns regression"),
    ("stack: {final: {bdt: {categorical: [x]}}}", "there is no input 'x'"),
  ]

  @Test(arguments: mistakes)
  func mistakesInOptionsOfMethodsAreSaidBeforeDataAreRead(method: String, words: String) {
    let message = Self.message("  fisher: {}\n  " + method)
    #expect(message.contains(words), "\(message)")
    #expect(message.contains("line 7: "), "\(message)")
    #expect(message.contains("nothing was started"))
  }

  @Test func theyAreSaidAllAtOnceEachWithItsLine() {
    let message = Self.message(
      """
        bdt:
          trees: 5
          categorical: [z]
          loss: squared
        vote:
          type: committee
          methods:
            a: {type: linear}
            b:
              type: bdt
              monotone: ['+q']
        likelihood_ratio: {}
      """)
    for words in [
      "line 8: methods.bdt.categorical", "line 9: methods.bdt.loss",
      "line 13: methods.vote.methods.a", "line 16: methods.vote.methods.b.monotone",
      "line 17: methods.likelihood_ratio.signal", "line 17: methods.likelihood_ratio.background",
    ] { #expect(message.contains(words), "\(words) in \(message)") }
    #expect(message.contains("6 problems"), "\(message)")
  }

  @Test func whatFitsIsAccepted() {
    for method in [
      "bdt: {monotone_constraints: [1, 0]}", "bdt: {monotone_constraints: '(1,-1)'}",
      "bdt: {monotone: ['+x', '-y'], flat_in: [mass]}", "bdt: {base_score: 0.5}",
      "bdt: {max_depth: null, max_leaves: None, max_delta_step: 0, max_bin: -1}",
      "random_forest: {max_depth: None, nCuts: -1}",
      "svm: {gamma: scale, max_iter: -1}", "likelihood: {KDEiter: Nonadaptive}",
      "gaussian_process: {optimizer: fmin_l_bfgs_b}",
      "stack: {final: {bdt: {categorical: [score1]}}}",
      "stack: {passthrough: true, final: {bdt: {categorical: [y]}}}",
    ] {
      #expect(
        Self.message("  " + method) == "accepted", "\(method): \(Self.message("  " + method))")
    }
    // Names that follow from the files are checked once these are read.
    let pattern = Self.message("  bdt: {categorical: [z]}", inputs: "['*']")
    #expect(pattern == "accepted", "\(pattern)")
    #expect(Self.message("  bdt: {categorical: [z]}", inputs: "[x, '!z']") != "accepted")
  }

  /// Constraints on the logarithms of several classes say nothing of their scores.
  @Test func monotoneInputsNeedOneScore() {
    let message = Self.message("  bdt: {monotone: ['+x']}", events: Self.three)
    #expect(message.contains("methods.bdt.monotone: needs two classes or numbers"), "\(message)")
    #expect(Self.message("  bdt: {monotone: ['+x']}", events: Self.number) == "accepted")
    let mean = Self.message("  bdt: {loss: poisson, base_score: 0}", events: Self.number)
    #expect(mean.contains("must be a mean above 0"), "\(mean)")
  }

  static let foreign: [(method: String, words: String)] = [
    ("bdt: {UseYesNoLeaf: true}", "leaves of gradient boosting are steps. Drop this."),
    ("adaboost: {UseYesNoLeaf: true}", "RealAdaBoost"),
    ("bdt: {UseRandomisedTrees: true}", "'columns_per_leaf'"),
    ("bdt: {colsample_bylevel: 0.5}", "'columns_per_leaf'"),
    ("bdt: {RegressionLossFunctionBDTG: Huber}", "'loss: huber'"),
    ("bdt: {HuberQuantile: 0.7}", "delta: "), ("bdt: {DoPreselection: true}", "drop this"),
    ("likelihood: {'NSmoothSig[0]': 20}", "'smooth' (NSmooth)"),
    ("likelihood: {NAvEvtPerBin: 50}", "'bins'"), ("cuts: {'VarProp[0]': FMax}", "'sides'"),
    ("qda: {reg_param: 0.1}", "'shrinkage'"), ("fisher: {solver: svd}", "drop this"),
    ("fisher: {shrinkage: auto}", "Ledoit"), ("fisher: {priors: [0.5, 0.5]}", "'equal'"),
    ("svm: {gamma: auto}", "1/inputs"), ("knn: {Kernel: Gaus}", "'tricube'"),
    ("kde: {kernel: exponential}", "scikit-learn"), ("tree: {splitter: best}", "'extra_trees'"),
    ("gaussian_process: {alpha: 1e-10}", "write 'noise'"), ("bdt: {metric: auc}", "weighted loss"),
    ("knn: {metric: euclidean}", "Euclidean"),
  ]

  @Test(arguments: foreign)
  func wordsOfOtherProgramsThatAreRefusedSayWhatToWrite(method: String, words: String) {
    let message = Self.message("  " + method)
    #expect(message.contains(words), "\(message)")
  }
}
