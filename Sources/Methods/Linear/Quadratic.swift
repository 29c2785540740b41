import ApusEngine
public import ApusEvents
import ApusKernels

/// The quadratic discriminant: a Gaussian of its own for each class, the generative sister of Fisher's.
///
/// Score of class k: ln π_k − ½ ln det C_k − ½ (x−m_k)·C_k⁻¹(x−m_k), made a probability by a softmax. The best
/// possible classifier where the classes are Gaussian (Hastie et al., section 4.3). C_k = Σw(x−m)(x−m)ᵀ/Σw.
/// Weights enter as in ``Fisher``. Inputs that are constant in a class or linear combinations of others
/// there are refused: they would decide alone; `shrinkage` mends that. Cost: n d².
public struct Quadratic: Method {
  /// The name in YAML.
  public static let name = "quadratic"
  /// Other names that are accepted.
  public static let aliases = ["qda", "quadratic_discriminant"]
  /// One sentence on what it does.
  public static let summary =
    "Quadratic discriminant (QDA): one Gaussian a class, exact for Gaussian classes."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// Its options.
  public static let options = discriminantOptions

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample.
  /// - Throws: `FitError.unusable`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let classes = try GaussianClasses(training, values, method: Quadratic.name)
    let moments = classes.moments
    var covariances: [[Double]] = []
    for k in moments.sums.indices {
      let covariance = classes.covariance(ofClass: k)
      let factor = try classes.factor(covariance)
      if let j = factor.dropped.firstIndex(of: true) {
        throw FitError.unusable(
          method: Quadratic.name,
          reason:
            "input '\(training.features[j])' is constant, or a combination of other inputs, in class "
            + "'\(training.classes[k])'. Leave it out, or add 'shrinkage'.")
      }
      covariances.append(covariance)
    }
    return try QuadraticResponse(
      task: training.task, standardizer: classes.standardizer, means: moments.means,
      covariances: covariances, priors: classes.priors)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    let reader = try RecordReader(record, method: name)
    let (width, classes) = (try reader.count("inputs"), try reader.count("classes"))
    let means = try reader.numbers("means", count: width * classes)
    let covariances = try reader.numbers("covariances", count: width * width * classes)
    var standardizer = Standardizer(width: width)
    standardizer.means = try reader.numbers("shift", count: width)
    standardizer.spreads = try reader.numbers("scale", count: width)
    return try QuadraticResponse(
      task: try reader.task(), standardizer: standardizer,
      means: (0..<classes).map { Array(means[$0 * width..<($0 + 1) * width]) },
      covariances: (0..<classes).map {
        Array(covariances[$0 * width * width..<($0 + 1) * width * width])
      }, priors: try reader.numbers("priors", count: classes))
  }
}

/// Gaussians of several classes, in standardised inputs.
struct QuadraticResponse: Response {
  let task: Task
  let standardizer: Standardizer
  let means: [[Double]]
  let covariances: [[Double]]
  let priors: [Double]
  let factors: [Cholesky]
  var history: [FitContext.Progress] { [] }

  init(
    task: Task, standardizer: Standardizer, means: [[Double]], covariances: [[Double]],
    priors: [Double]
  ) throws {
    let width = standardizer.means.count
    (self.task, self.standardizer, self.means) = (task, standardizer, means)
    (self.covariances, self.priors) = (covariances, priors)
    factors = covariances.compactMap { Cholesky($0, size: width) }
    guard factors.count == means.count, means.count >= 2, task != .regression else {
      throw RecordError(
        method: Quadratic.name, reason: "it needs a positive covariance for each class.")
    }
  }

  var parameterCount: Int {
    let width = standardizer.means.count
    return means.count * (width + width * (width + 1) / 2 + 1)
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = standardizer.means.count
    try checkInputs(inputs, count: count, width: width, method: Quadratic.name)
    let constants = factors.indices.map { priors[$0] - factors[$0].logDeterminant / 2 }
    var scores: [Double] = []
    var logs = constants
    for i in 0..<count {
      let row = (0..<width).map { j in
        (Double(inputs[i * width + j]) - standardizer.means[j]) / standardizer.spreads[j]
      }
      for k in factors.indices {
        let white = factors[k].whiten(zip(row, means[k]).map { $0 - $1 })
        logs[k] = constants[k] - white.reduce(0) { $0 + $1 * $1 } / 2
      }
      softmax(&logs)
      if task == .binary { scores.append(logs[1]) } else { scores += logs }
    }
    return scores
  }

  func record() throws -> ModelRecord {
    let (width, classes) = (standardizer.means.count, means.count)
    let description: JSONValue = [
      "method": .string(Quadratic.name), "task": .string(task.rawValue), "inputs": .int(width),
      "classes": .int(classes),
    ]
    return ModelRecord(
      description: description.text(),
      tensors: [
        ("shift", Tensor(standardizer.means, shape: [width])),
        ("scale", Tensor(standardizer.spreads, shape: [width])),
        ("means", Tensor(means.flatMap { $0 }, shape: [classes, width])),
        ("covariances", Tensor(covariances.flatMap { $0 }, shape: [classes, width, width])),
        ("priors", Tensor(priors, shape: [classes])),
      ])
  }
}
