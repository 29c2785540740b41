import ApusEvents

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The natural logarithm.
func logarithm(_ x: Double) -> Double { log(x) }

/// e to the x.
func exponential(_ x: Double) -> Double { exp(x) }

/// The logarithm of the volume of the unit ball in d dimensions, π^(d/2)/Γ(d/2 + 1).
func logBallVolume(_ d: Int) -> Double {
  Double(d) / 2 * log(Double.pi) - lgamma(Double(d) / 2 + 1)
}

/// 1/(1+e⁻ᶻ), without overflow.
func sigmoid(_ z: Double) -> Double {
  if z >= 0 { return 1 / (1 + exp(-z)) }
  let e = exp(z)
  return e / (1 + e)
}

/// ln(1+eᶻ), without overflow.
func softplus(_ z: Double) -> Double { max(z, 0) + log1p(exp(-abs(z))) }

/// Turns logarithms of unnormalised probabilities into probabilities, in place.
/// - Returns: The logarithm of the sum before.
@discardableResult
func softmax(_ z: inout [Double]) -> Double {
  let most = z.max() ?? 0
  var sum = 0.0
  for i in z.indices {
    z[i] = exp(z[i] - most)
    sum += z[i]
  }
  for i in z.indices { z[i] /= sum }
  return most + log(sum)
}

/// Turns logarithms of the scores of classes into what a response returns, and appends that.
///
/// Where no class has a positive score the fallback stands in.
func appendProbabilities(
  _ logs: inout [Double], fallback: [Double], _ task: Task, to scores: inout [Double]
) {
  if !logs.contains(where: { $0 > -.infinity }) { logs = fallback }
  softmax(&logs)
  if task == .binary { scores.append(logs[1]) } else { scores += logs }
}

/// eˣ.
func exponentialOf(_ x: Double) -> Double { exp(x) }
