public import ApusEngine

/// How starting weights are drawn.
///
/// With n_in and n_out the numbers of inputs and outputs of a unit, the variance is 2/(n_in + n_out) for Glorot
/// (Glorot, Bengio 2010), 2/n_in for He (He and others 2015, doi:10.1109/ICCV.2015.123) and 1/n_in for LeCun
/// (LeCun and others 1998), so that the size of activations is kept from layer to layer.
public enum Initialiser: Sendable, Hashable {
  /// Normal numbers of variance 2/(n_in + n_out).
  case glorotNormal
  /// Uniform numbers of variance 2/(n_in + n_out).
  case glorotUniform
  /// Normal numbers of variance 2/n_in.
  case heNormal
  /// Uniform numbers of variance 2/n_in.
  case heUniform
  /// Normal numbers of variance 1/n_in.
  case lecunNormal
  /// Uniform numbers of variance 1/n_in.
  case lecunUniform
  /// Rows or columns at right angles, times a gain (Saxe and others 2013, arXiv:1312.6120).
  case orthogonal(gain: Double)
  /// All weights the same: units of a hidden layer then stay alike.
  case constant(Double)
  /// Normal numbers of this standard deviation.
  case normal(Double)

  /// The names that a configuration knows.
  public static let named: [(name: String, value: Initialiser)] = [
    ("glorot_uniform", .glorotUniform), ("glorot_normal", .glorotNormal),
    ("he_normal", .heNormal), ("he_uniform", .heUniform), ("lecun_normal", .lecunNormal),
    ("lecun_uniform", .lecunUniform), ("orthogonal", .orthogonal(gain: 1)), ("zeros", .constant(0)),
    ("constant", .constant(0.1)), ("normal", .normal(0.05)),
  ]

  /// Draws a matrix of shape [inputs, outputs].
  public func weights(
    inputs: Int, outputs: Int, key: RandomKey, dtype: DType = .float32
  ) -> Tensor {
    let shape = [inputs, outputs]
    switch self {
    case .glorotNormal: return normal(2 / Double(inputs + outputs), shape, key, dtype)
    case .glorotUniform: return uniform(2 / Double(inputs + outputs), shape, key, dtype)
    case .heNormal: return normal(2 / Double(inputs), shape, key, dtype)
    case .heUniform: return uniform(2 / Double(inputs), shape, key, dtype)
    case .lecunNormal: return normal(1 / Double(inputs), shape, key, dtype)
    case .lecunUniform: return uniform(1 / Double(inputs), shape, key, dtype)
    case .orthogonal(let gain): return orthonormal(inputs, outputs, key, dtype) * gain
    case .constant(let value): return .full(value, shape: shape, dtype: dtype)
    case .normal(let sigma): return normal(sigma * sigma, shape, key, dtype)
    }
  }

  private func normal(_ variance: Double, _ shape: [Int], _ key: RandomKey, _ dtype: DType)
    -> Tensor
  {
    Tensor.normal(shape, key: key, dtype: dtype) * variance.squareRoot()
  }

  /// A uniform distribution on [-a, a] has variance a²/3.
  private func uniform(_ variance: Double, _ shape: [Int], _ key: RandomKey, _ dtype: DType)
    -> Tensor
  {
    (Tensor.uniform(shape, key: key, dtype: dtype) * 2 - 1) * (3 * variance).squareRoot()
  }
}

/// Gram-Schmidt, twice, on the columns of a matrix of normal numbers (its rows, where there are more columns).
private func orthonormal(_ inputs: Int, _ outputs: Int, _ key: RandomKey, _ dtype: DType) -> Tensor
{
  let (length, count) = (max(inputs, outputs), min(inputs, outputs))
  let source = Tensor.normal([count, length], key: key, dtype: .float64)
  guard let numbers = try? source.scalars(as: Double.self) else { return source }
  var vectors = (0..<count).map { Array(numbers[($0 * length)..<(($0 + 1) * length)]) }
  for i in 0..<count {
    for _ in 0..<2 {
      for j in 0..<i {
        let overlap = zip(vectors[i], vectors[j]).reduce(0) { $0 + $1.0 * $1.1 }
        for k in 0..<length { vectors[i][k] -= overlap * vectors[j][k] }
      }
    }
    let norm = vectors[i].reduce(0) { $0 + $1 * $1 }.squareRoot()
    for k in 0..<length { vectors[i][k] /= norm }
  }
  let rows = Tensor(vectors.flatMap { $0 }, shape: [count, length])
  return (inputs >= outputs ? rows.transposed() : rows).cast(to: dtype)
}
