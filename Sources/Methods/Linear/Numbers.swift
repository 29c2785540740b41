#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The natural logarithm.
func logarithm(_ x: Double) -> Double { log(x) }

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
