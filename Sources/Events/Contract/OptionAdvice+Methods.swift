/// Advice that holds for methods that have a certain option; it comes before that for all.
let methodAdvice: [(names: Set<String>, needs: String, text: String)] =
  treeAdvice + densityAdvice + linearAdvice

private let treeAdvice: [(names: Set<String>, needs: String, text: String)] = [
  (
    ["userandomisedtrees", "usenvars", "usepoissonnvars", "max_features", "splitter"], "pruning",
    "A single tree looks at all inputs and takes the best cut; 'random_forest' draws inputs, 'extra_trees' cuts too."
  )
]

private let densityAdvice: [(names: Set<String>, needs: String, text: String)] = [
  (["navevtperbin"], "smooth", "Say how many bins: 'bins'."),
  (
    ["nsmoothsig", "nsmoothbkg", "nsmooth"], "smooth",
    "Signal and background, and all inputs, are smoothed alike: write 'smooth' (NSmooth)."
  ),
  (["kdetype"], "smooth", "Kernels are Gaussian ('density: kde'); drop this."),
  (["kdeborder"], "smooth", "Kernels are not changed at borders; drop this."),
  (
    ["normtree"], "bandwidth",
    "Classes are brought to their priors with 'priors'; drop this."
  ),
  (
    ["atol", "leaf_size", "algorithm", "breadth_first", "metric", "metric_params"], "bandwidth",
    "Distances are Euclidean and sums right to 'tolerance' (rtol); drop this."
  ),
  (
    ["leaf_size", "metric", "metric_params", "p", "trim", "radius"], "neighbours",
    "Distances are Euclidean, in units of each input's spread with 'scale: true'; drop this."
  ),
  (
    ["init_params", "warm_start", "weights_init", "means_init"], "components",
    "Components start at points that are drawn far apart (k-means++), 'starts' times; drop this."
  ),
  (
    ["alpha"], "mixture",
    "scikit-learn's alpha is the variance of the noise: write 'noise', in units of that of the target; it is climbed from, or stays with 'optimise: false'. That of its RationalQuadratic kernel is 'mixture'."
  ),
  (
    ["normalize_y", "copy_x_train"], "mixture",
    "Targets are standardised with 'scale: true'; drop this."
  ),
  (
    ["n_restarts_optimizer", "max_iter_predict", "multi_class"], "mixture",
    "The climb starts once, from 'variance', 'length' and 'noise'; drop this."
  ),
  (["theta"], "constant", "What is added to x·y is 'constant' (coef0)."),
]

private let linearAdvice: [(names: Set<String>, needs: String, text: String)] = [
  (["varprop"], "sides", "All inputs are cut on the same sides: write 'sides' (VarProp)."),
  (["converger"], "formula", "The simplex goes on from what the search found; drop this."),
  (["method", "fisher"], "shrinkage", "There is one form of the discriminant; drop this."),
  (
    ["reg_param"], "shrinkage",
    "'shrinkage' pulls the covariance of each class, in units of the inputs' spreads, towards a multiple of one."
  ),
  (
    ["solver", "tol", "n_components", "store_covariance"], "shrinkage",
    "The answer is exact, whatever the way to it; drop this."
  ),
  (
    ["solver", "fit_intercept", "multi_class", "dual", "intercept_scaling", "warm_start"], "degree",
    "An intercept is always fitted, without a penalty, and several classes by their softmax; drop this."
  ),
  (["weights"], "copies", "Members count alike; 'stack' learns how much each is worth."),
  (
    ["max_samples"], "copies",
    "With 'bootstrap: true' each member learns from as many events, drawn with replacement; drop this."
  ),
  (
    ["stack_method"], "passthrough",
    "The last method sees probabilities (estimates for numbers); drop this."
  ),
]

/// What to write for a word or number of another program that an option does not take; nil for one that is none of theirs.
func adviceForWord(_ shown: String, _ option: OptionDescription) -> String? {
  let word = shown.lowercased().filter { $0 != "'" }
  return wordAdvice.first { one in
    one.option == option.name && (one.words.isEmpty || one.words.contains(word))
      && (one.word.isEmpty || word.hasPrefix(one.word))
  }?.text
}

private let wordAdvice: [(option: String, words: Set<String>, word: String, text: String)] = [
  (
    "gamma", ["auto"], "",
    "scikit-learn's 'auto' is 1/inputs: write that number; its 'scale' is what you get without 'gamma'."
  ),
  (
    "shrinkage", ["auto"], "",
    "The shrinkage of Ledoit and Wolf is not worked out here: give a number, or leave it out for none."
  ),
  (
    "priors", [], "[",
    "Give 'equal' for the same prior for each class; others follow from the weights of the events ('scale' or 'weight' in 'events')."
  ),
  (
    "weighting", ["gaus", "gauss", "gaussian"], "",
    "TMVA's Gaussian weights fall like those of 'tricube' (its 'Poln')."
  ),
  (
    "kernel", ["exponential", "linear", "cosine"], "",
    "Of scikit-learn's kernels those three are there; 'epanechnikov' has about the shape of 'linear' and 'cosine'."
  ),
]
