/// What stands here for an option of TMVA, scikit-learn, XGBoost or LightGBM that no method has; nil for a name that is none of theirs.
///
/// Cases do not count.
/// - Parameters:
///   - name: What was asked for.
///   - table: The options that there are: advice to use one of them is given where there is one.
func adviceForOption(_ name: String, _ table: [OptionDescription]) -> String? {
  // TMVA's numbered options, NSmoothSig[0].
  let key = String(name.lowercased().prefix { $0 != "[" })
  return advice.first { one in
    one.names.contains(key) && (one.needs.isEmpty || table.contains { $0.name == one.needs })
  }?.text
}

private let advice = methodAdvice + commonAdvice

private let commonAdvice: [(names: Set<String>, needs: String, text: String)] = [
  (
    ["usebaggedboost", "usebaggedgrad", "bagging_freq", "subsample_freq"], "subsample",
    "Trees see a part of the events where 'subsample' (BaggedSampleFraction, bagging_fraction) is below 1; drop this."
  ),
  (
    ["userandomisedtrees", "usepoissonnvars"], "columns_per_leaf",
    "Each cut looks at as many inputs as 'columns_per_leaf' (UseNvars, max_features) says; drop this."
  ),
  (
    ["useyesnoleaf"], "boost",
    "Trees vote yes or no with 'BoostType: AdaBoost' and by their purity with RealAdaBoost; leaves of gradient boosting are steps. Drop this."
  ),
  (
    ["regressionlossfunctionbdtg", "huberquantile"], "loss",
    "What is minimised says 'loss': 'loss: huber' ('loss: {name: huber, delta: 2}' in units of the target), absolute or squared."
  ),
  (
    [
      "rate_drop", "skip_drop", "drop_rate", "max_drop", "one_drop", "xgboost_dart_mode",
      "top_rate",
      "other_rate", "data_sample_strategy", "sampling_method", "boosting",
    ], "bins",
    "No tree is dropped again and no event drawn by its gradient; 'subsample' draws events. Forests are the methods 'random_forest' and 'extra_trees'. Drop this."
  ),
  (
    ["colsample_bylevel", "feature_fraction_bylevel"], "columns_per_leaf",
    "Inputs are drawn for each cut ('columns_per_leaf') or, by 'bdt', for each tree ('columns_per_tree')."
  ),
  (
    ["num_class", "num_classes", "n_classes"], "",
    "The classes are those of the events; drop this."
  ),
  (
    ["linear_tree", "linear_lambda", "path_smooth", "extra_seed", "refresh_leaf"], "bins",
    "Leaves hold one number that 'l1', 'l2' and 'learning_rate' shrink; drop this."
  ),
  (
    ["tol", "validation_fraction"], "early_stopping",
    "Early stopping watches the validation part of 'split': 'early_stopping: {patience: 20, delta: 1e-7}'."
  ),
  (
    ["quantile", "quantile_alpha", "huber_slope", "tweedie_variance_power"], "loss",
    "Losses with a number are written with it: 'loss: {name: quantile, level: 0.9}' or 'loss: {name: huber, delta: 2}'."
  ),
  (
    ["init", "boost_from_average"], "start",
    "The score before the first tree is the best constant, or 'start' (init_score)."
  ),
  (
    ["criterion"], "min_gain", "Cuts are those that lower the loss most; drop this."
  ),
  (
    ["monotone_constraints_method", "monotone_penalty"], "monotone",
    "Monotone inputs are kept by the basic method; drop this."
  ),
  (
    ["nnodesmax", "num_nodes"], "leaves", "How large a tree may be say 'leaves' and 'depth'."
  ),
  (
    ["css", "cts_sb", "ctb_ss", "cbb", "sigtobkgfraction"], "criterion",
    "What one class costs against the other say the weights of the events and 'balance: equal' beside 'methods'."
  ),
  (
    [
      "usentrainevents", "doboostmonitor", "tree_learner", "device_type", "deterministic",
      "histogram_pool_size", "first_metric_only", "process_type", "disable_default_eval_metric",
      "multi_strategy", "max_cached_hist_node", "callbacks", "feature_types",
    ], "bins",
    "That changes no result here; drop this."
  ),
  (
    ["monotonic_cst", "monotone_constraints"], "bootstrap",
    "Forests have no monotone inputs; 'bdt' has ('monotone: [+x]')."
  ),
  (
    ["min_impurity_decrease", "min_impurity_split", "ccp_alpha"], "bootstrap",
    "Trees of a forest are kept small by 'depth', 'leaves' and 'min_events'; a single 'tree' is pruned by 'pruning'."
  ),
  (
    ["num_parallel_tree", "extra_trees", "extra_tree"], "flat",
    "'bdt' grows one tree a step and tries every cut; forests are the methods 'random_forest' and 'extra_trees'."
  ),
  (
    ["interaction_constraints", "interaction_cst"], "bins",
    "Which inputs may meet in a tree can't be said; trees of 'depth: 1' have one input each, of 'depth: 2' two."
  ),
  (
    [
      "enable_categorical", "max_cat_to_onehot", "max_cat_threshold", "cat_l2", "cat_features",
      "min_data_per_group",
    ], "categorical",
    "Inputs that are names without an order stand in 'categorical'; the best set of them is looked for."
  ),
  (
    [
      "bin_construct_sample_cnt", "subsample_for_bin", "min_data_in_bin", "max_bin_by_feature",
      "zero_as_missing", "use_missing", "missing", "feature_pre_filter",
    ], "bins",
    "Bins come from all values ('bins' says how many), and missing values are NaN, which a formula in 'inputs' can make of a mark."
  ),
  (
    ["min_impurity_decrease", "min_impurity_split", "ccp_alpha"], "min_gain",
    "A cut must gain at least 'min_gain', in units of weight times loss."
  ),
  (
    ["min_impurity_decrease", "min_impurity_split", "min_gain", "gamma"], "pruning",
    "What a cut must gain says 'pruning' (ccp_alpha)."
  ),
  (
    [
      "warm_start", "oob_score", "copy_x", "copy_x_train", "importance_type", "presort",
      "dopreselection", "skipnormalization", "return_train_score",
    ], "", "That changes no result here; drop this."
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
    ["eval_metric", "metric", "scoring", "eval_set"], "",
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
