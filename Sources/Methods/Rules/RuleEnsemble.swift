public import ApusEvents
import ApusKernels

/// Rule ensembles, RuleFit: a sum of rules and of lines, most of which a penalty sets to zero.
///
/// F(x) = c + Σ a_k r_k(x) + Σ b_j l_j(x). Rules r are the nodes of small boosted trees (1 where an event reaches the node), l the
/// inputs without their tails, in units that give them the influence of a usual rule. c, a and b are the least
/// Σ w ℓ/Σ w + λ (Σ|a| + Σ|b|), ℓ the logistic loss or half the square (Friedman and Popescu 2008, doi:10.1214/07-AOAS148; there and
/// in TMVA classes have a squared ramp loss, and a directed path of gradients stands for the penalty). Several classes: each against the
/// rest, probabilities made to sum to one. λ is the best of a path on the validation events, or on a fifth of the events that
/// follows from their inputs and that no rule was made from.
///
/// Importance of a rule: |a| √(s(1−s)), s its share of Σw; of a line |b| σ(l); an input has that of its line and of each rule
/// divided by the rule's inputs. Weights enter as they are; where negative weights give a term's parabola no least value the term stays
/// where it was, and the value never rises. Cost: that of the trees, and n × rules for each step of the path.
public struct RuleEnsemble: Method {
  /// The name in YAML.
  public static let name = "rules"
  /// Other names that are accepted.
  public static let aliases = ["rulefit", "RuleFit", "kRuleFit", "rule_ensemble"]
  /// One sentence on what it does.
  public static let summary =
    "Rule ensemble (RuleFit): rules from boosted trees and lines, few of which an L1 penalty keeps."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "trees", aliases: ["nTrees", "n_estimators"], .integer(1...100_000), default: .integer(100),
      "The trees whose nodes become rules (for several classes: this many for each)."),
    OptionDescription(
      "leaves", aliases: ["tree_size"], .real(2...1000), default: .real(4),
      "The mean number of leaves of a tree; numbers are drawn, so that rules differ in length."),
    OptionDescription(
      "memory", aliases: ["memory_par", "learning_rate", "Shrinkage"], .real(0...1),
      default: .real(0.1), "How much of each tree the next one knows; 0 grows them side by side."),
    OptionDescription(
      "subsample", aliases: ["sample_fract"], .real(0.001...1),
      "The share of events that a tree is grown on; when off: (100 + 6 √n)/n, at most a half."),
    OptionDescription(
      "min_events", aliases: ["min_samples_leaf"], .integer(1...1_000_000_000),
      default: .integer(10), "The fewest events in a node, whatever their weights."),
    OptionDescription(
      "max_rules", .integer(1...1_000_000), default: .integer(2000),
      "The most rules that are looked at; the first ones are."),
    OptionDescription(
      "model", aliases: ["Model"], .choice(["both", "rules", "linear"]),
      synonyms: ["ModRuleLinear": "both", "ModRule": "rules", "ModLinear": "linear"],
      default: .text("both"), "Whether rules, lines or both are summed."),
    OptionDescription(
      "tail", aliases: ["LinQuantile", "lin_trim_quantile"], .real(0...0.4),
      default: .real(0.025), "The share of events beyond each end of a line, where it is flat."),
    OptionDescription(
      "lambda", aliases: ["alpha"], .real(0...Double.greatestFiniteMagnitude, open: true),
      "Strength of the penalty beside the mean loss; when off the best of a path."),
    OptionDescription(
      "steps", aliases: ["path"], .integer(2...1000), default: .integer(40),
      "Strengths on the path, evenly in logarithm, from the one that leaves no term to a thousandth of it."
    ),
  ]

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let sample = try training.usable(for: RuleEnsemble.name).merged()
    let (grown, watched) = parts(sample, validation)
    var rules: [Rule] = []
    if values.text("model") != "linear" {
      let trees = try RuleForest(sample: grown, values: values, context: context).grow()
      rules = Array([Rule](trees).prefix(values.integer("max_rules") ?? 2000))
    }
    let lines = values.text("model") == "rules" ? [] : self.lines(sample)
    var terms = RuleTerms(sample, rules: rules, lines: lines, threads: context.threads)
    let distinct = terms.distinctRules
    (rules, terms) = (distinct.map { rules[$0] }, terms.keeping(rules: distinct))
    let path = RulePath(
      rules: rules, lines: lines, steps: values.integer("steps") ?? 40, context: context)
    let outputs = sample.task == .multiclass ? sample.classes.count : 1
    var fits: [(constant: Double, beta: [Double])] = []
    for k in 0..<outputs {
      let label = sample.task == .binary ? 1 : k
      let penalty =
        try values.real("lambda") ?? path.best(grown, watched, label: label)
      fits.append(try path.fit(sample, terms, label: label, to: penalty))
    }
    return RulesResponse(sample, rules, lines, terms, fits)
  }

  /// What trees and the path learn from, and what chooses λ.
  private func parts(_ sample: Sample, _ validation: Sample?) -> (Sample, Sample) {
    if values.real("lambda") != nil { return (sample, sample) }
    if let validation, (try? validation.checkUsable(for: RuleEnsemble.name)) != nil {
      return (sample, validation)
    }
    let fold = (0..<sample.count).map { sample.inputHash($0) % 5 }
    let held = sample.selecting(fold.indices.filter { fold[$0] == 0 })
    let rest = sample.selecting(fold.indices.filter { fold[$0] != 0 })
    let areUsable = [held, rest].allSatisfy {
      (try? $0.checkUsable(for: RuleEnsemble.name)) != nil
    }
    // Too few events to hold some back.
    return areUsable ? (rest, held) : (sample, sample)
  }

  private func lines(_ sample: Sample) -> [ClippedLine] {
    sample.features.indices.map {
      ClippedLine(
        sample.column($0), weights: sample.weights, tail: values.real("tail") ?? 0.025)
    }
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try RulesResponse(record)
  }
}
