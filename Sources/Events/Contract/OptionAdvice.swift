/// What stands here for an option of TMVA, scikit-learn, XGBoost or LightGBM that no method has; nil for a name that is none of theirs.
///
/// Cases do not count.
/// - Parameters:
///   - name: What was asked for.
///   - table: The options that there are: advice to use one of them is given where there is one.
func adviceForOption(_ name: String, _ table: [OptionDescription]) -> String? {
  let key = name.lowercased()
  return advice.first { one in
    one.names.contains(key) && (one.needs.isEmpty || table.contains { $0.name == one.needs })
  }?.text
}

private let advice: [(names: Set<String>, needs: String, text: String)] = [
  (
    ["usebaggedboost", "usebaggedgrad", "bagging_freq", "subsample_freq"], "subsample",
    "Trees see a part of the events where 'subsample' (BaggedSampleFraction, bagging_fraction) is below 1; drop this."
  ),
  (
    ["adaboostbeta", "separationtype", "base_estimator", "estimator"], "flat",
    "TMVA's BDT boosts by AdaBoost unless it is told 'BoostType: Grad': take the method 'adaboost' (type: adaboost) for that; 'bdt' boosts by gradients."
  ),
  (
    ["ignorenegweightsintraining", "nonegweightsintraining"], "",
    "Negative weights are treated alike for all methods: write 'negative_weights: ignore' beside 'methods'."
  ),
  (
    ["negweighttreatment", "negative_weight_treatment"], "",
    "Negative weights are treated alike for all methods: write 'negative_weights: ignore', pair or absolute beside 'methods' (inverse boosting is an option of 'adaboost')."
  ),
  (
    ["vartransform"], "",
    "Transforms are the same for all methods: write 'preprocess: [standardize]', decorrelate, pca or gaussianize beside 'methods'."
  ),
  (
    ["random_state", "seed", "random_seed", "splitseed", "bagging_seed", "feature_fraction_seed"],
    "",
    "All methods draw from one seed: write 'seed: 1' beside 'methods', or --seed 1."
  ),
  (
    ["n_jobs", "nthread", "nthreads", "num_threads", "n_threads", "thread_count"], "",
    "Threads are those of the run: write 'threads: 2' beside 'methods', or --threads 2."
  ),
  (
    ["class_weight", "scale_pos_weight", "is_unbalance", "auto_class_weights"], "",
    "Classes are balanced for all methods: write 'balance: equal' beside 'methods'."
  ),
  (
    ["sample_weight", "weight_column", "boostweightcorr"], "",
    "Weights are those of the events: 'weight' in 'events'."
  ),
  (
    ["eval_metric", "metric", "scoring", "eval_set", "validation_fraction"], "",
    "Methods watch their own weighted loss on the validation part of 'split'; all metrics are in the report."
  ),
  (
    [
      "tree_method", "booster", "boosting_type", "device", "predictor", "force_row_wise",
      "force_col_wise",
    ], "bins",
    "There is one way to grow these trees, by histograms; drop this."
  ),
  (
    ["prunemethod", "prunebeforeboost", "prunestrength", "pruningvalfraction"], "depth",
    "Single trees are pruned by 'pruning' (ccp_alpha); boosted ones are kept small by 'depth' and 'leaves'."
  ),
  (
    ["min_samples_split", "min_weight_fraction_leaf", "fnodepurity", "nodepuritylimit"],
    "min_events",
    "The size of leaves is limited by 'min_events' or, in percent, 'min_node_size'."
  ),
  (
    ["h", "v", "verbositylevel", "verbose", "verbosity", "silent", "verbose_eval"], "",
    "Methods tell their steps to the console; drop this."
  ),
  (
    [
      "createmvapdfs", "pdfinterpolmvapdf", "nbinsmvapdf", "nsmoothmvapdf", "checkhistmvapdf",
      "transformoutput",
    ], "", "Scores are probabilities already; drop this."
  ),
  (
    [
      "trim", "savebestgen", "savebestcycle", "popsize", "cycles", "steps", "sc_steps", "sc_rate",
      "convcrit",
    ], "evaluations",
    "How long is searched says 'evaluations'."
  ),
  (
    ["effsel", "effmethod"], "points",
    "The best cuts at each signal efficiency are always kept; drop this."
  ),
  (
    ["parranges"], "low",
    "The ranges of parameters stand in 'low' and 'high', one number for each parameter or one for all."
  ),
  (
    ["volumerangemode", "kernelestimator", "gausssigma", "deltafrac", "neventsmin", "neventsmax"],
    "bandwidth",
    "The width of kernels is 'bandwidth', for each event its own with 'adaptive: true', their shape 'kernel'."
  ),
  (
    ["scalefrac", "sigmafact", "usekernel", "useweight", "balancedepth"], "weighting",
    "Distances are in units of the spread of the inputs with 'scale: true'; 'weighting' says how events count by distance."
  ),
  (
    ["usefishercuts", "minlincorrforfisher", "useexclusivevars"], "bins",
    "Cuts along lines are not made; give a combination of inputs as a formula in 'inputs'."
  ),
  (
    ["gdtau", "gdtauprec", "gdstep", "gdnsteps", "gderrscale", "gdpatheveryfrac", "gdvalidevery"],
    "lambda",
    "The penalty is chosen along a path of 'steps' strengths, or given as 'lambda'."
  ),
  (
    [
      "minimp", "rulemindist", "rulefitmodule", "rulemaxdist", "forestype", "feventsmin",
      "feventsmax",
    ], "lambda",
    "Rules that say the same are left out, and the penalty 'lambda' leaves out those of little importance."
  ),
]
