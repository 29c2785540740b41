import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import Foundation
import TestSupport
import Testing

typealias Given = [(String, ConfigurationValue.Content)]

/// The events of Tests/Golden/trees.json, made by Tools/reference/trees.py.
struct TreeGolden {
  let golden: JSONValue

  init() throws { golden = try loadGolden("trees.json") }

  func sample(_ task: Task, labels: String = "label", hasGaps: Bool = false) -> Sample {
    var inputs = golden.at("x").flat.map { Float($0) }
    if hasGaps {
      for (i, mark) in golden.at("missing").flat.enumerated() where mark == 1 { inputs[i] = .nan }
    }
    let isRegression = task == .regression
    return Sample(
      inputs: inputs, features: ["a", "b", "c", "d"],
      labels: isRegression ? [] : golden.at(labels).flat.map { Int32($0) },
      targets: isRegression ? golden.at("target").flat : [], weights: golden.at("weight").flat,
      classes: task == .binary ? ["b", "s"] : task == .multiclass ? ["x", "y", "z"] : [],
      task: task)
  }

  /// LightGBM estimates numbers of events, so its leaves are limited by their curvature.
  static let light: Given = common + [("min_events", .integer(1)), ("min_weight", .real(2))]
  static let common: Given = [
    ("leaves", .integer(7)), ("learning_rate", .real(0.2)), ("min_events", .integer(10)),
    ("trees", .integer(20)), ("max_step", .real(.infinity)),
  ]
}

func fitted(_ options: Given, _ sample: Sample, validation: Sample? = nil, threads: Int = 2) throws
  -> TreesResponse
{
  // Of an option that is given twice the last one counts.
  let last = options.enumerated().filter { place, option in
    !options[(place + 1)...].contains { $0.0 == option.0 }
  }
  let model = try made(BoostedTrees.self, last.map(\.element)).fit(
    sample, validation: validation, context: FitContext(seed: 7, threads: threads))
  return try #require(model as? TreesResponse)
}

func scores(_ model: any Response, _ sample: Sample) throws -> [Double] {
  try model.scores(for: sample.inputs, count: sample.count, threads: 2)
}

@Suite struct BoostedTreesReferenceTests {
  /// The peers keep gradients in single precision, hence 2e-5.
  func agree(_ name: String, _ sample: Sample, _ options: Given, tolerance: Double = 2e-5) throws {
    let model = try fitted(options, sample)
    expectClose(
      try scores(model, sample), try TreeGolden().golden.at(name).flat, absolute: tolerance,
      relative: tolerance, name)
  }

  @Test func twoClasses() throws {
    let sample = try TreeGolden().sample(.binary)
    try agree("sklearn_binary", sample, TreeGolden.common)
    try agree("lightgbm_binary", sample, TreeGolden.light)
    let strengths: Given = [("lambda_l1", .real(0.5)), ("lambda_l2", .real(2))]
    try agree("lightgbm_l1_l2", sample, TreeGolden.light + strengths)
  }

  @Test func severalClassesAsLightGBM() throws {
    let sample = try TreeGolden().sample(.multiclass, labels: "classes")
    try agree("lightgbm_multiclass", sample, TreeGolden.light, tolerance: 1e-4)
    #expect(try fitted(TreeGolden.light, sample).ensemble.count == 60)
  }

  @Test func numbers() throws {
    let sample = try TreeGolden().sample(.regression)
    try agree("sklearn_squared", sample, TreeGolden.common)
    try agree("lightgbm_squared", sample, TreeGolden.light)
  }

  @Test func countsAsLightGBM() throws {
    var sample = try TreeGolden().sample(.regression)
    sample.targets = sample.targets.map { exp($0 / 2) }
    try agree(
      "lightgbm_poisson", sample, TreeGolden.light + [("loss", .text("poisson"))], tolerance: 1e-4)
  }

  @Test func depthWiseAsXGBoostWithItsNames() throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.binary)
    // XGBoost starts from 0.5 where it is told so: equal sums of weights give the same here.
    let options: Given = [
      ("n_estimators", .integer(15)), ("max_depth", .integer(3)), ("eta", .real(0.3)),
      ("grow_policy", .text("depthwise")), ("min_child_weight", .real(1)), ("reg_lambda", .real(1)),
      ("gamma", .real(0.1)), ("min_events", .integer(1)), ("start", .real(0)),
    ]
    let model = try fitted(options, sample)
    expectClose(
      try scores(model, sample), golden.golden.at("xgboost_binary").flat, absolute: 2e-5,
      relative: 2e-5)
  }

  @Test func missingValuesAsScikitLearn() throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.binary, hasGaps: true)
    let model = try fitted(TreeGolden.common + [("trees", .integer(10))], sample)
    expectClose(
      try scores(model, sample), golden.golden.at("sklearn_missing").flat, absolute: 2e-5,
      relative: 2e-5)
  }
}
