// Gradients are graphs: with respect to anything, and of gradients again.
import Apus

func tensorsAreLazy() throws {
  let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
  let y = (x.matmul(x.transposed()) + 1).exp()
  print(try y.scalars(as: Float.self))
}

/// ∂/∂x and ∂²/∂x² of Σ x³.
func derivativesOfDerivatives() throws {
  let x = Tensor([1, 2, 3] as [Double])
  let slope = gradient(of: (x * x * x).sum(), withRespectTo: x)
  let curvature = gradient(of: slope.sum(), withRespectTo: x)
  let (first, second) = (try slope.doubles(), try curvature.doubles())
  precondition(first == [3, 12, 27] && second == [6, 12, 18])
}

/// How the loss after some steps depends on their length: a descent is differentiable, too.
func hyperGradient() throws {
  let data = Tensor([1, 2, 3] as [Double])
  let rate = Tensor([0.1] as [Double])
  var w = Tensor([0.0])
  for _ in 0..<3 {
    let loss = (data - w).squared().mean()
    w = w - rate * gradient(of: loss, withRespectTo: w)
  }
  let after = (data - w).squared().mean()
  let slope = try gradient(of: after, withRespectTo: rate).scalar()
  // w is 2 - 2 (1 - 2η)³ after three steps, so the loss is 2/3 + 4 (1 - 2η)⁶: its derivative is -48 (1 - 2η)⁵.
  precondition(abs(slope - -48 * 0.32768) < 1e-12)
  print("a longer step would have changed the loss by \(slope) per unit of its length")
}

/// A mistake in a formula is found when it is written, and told when it is read.
func mistakes() {
  let wrong = Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5])).relu() + 1
  print(wrong.failure?.message ?? "no mistake")
  precondition(wrong.failure != nil)
}

try tensorsAreLazy()
try derivativesOfDerivatives()
try hyperGradient()
mistakes()
