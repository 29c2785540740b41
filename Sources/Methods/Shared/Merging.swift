import ApusEvents

extension Sample {
  /// The sample with coincident events made one: same inputs, same label or target, weights added.
  ///
  /// Events without weight are left out; the order is that of first appearance. A method that counts events or draws
  /// them at random does so on the merged sample: there an event of weight two and the same event twice are
  /// the same thing, to the last bit.
  func merged() -> Sample {
    var first: [UInt64: Int] = [:]
    first.reserveCapacity(count)
    var (kept, sums) = ([Int](), [Double]())
    var next = [Int](repeating: -1, count: count)
    var slot = next
    for i in 0..<count where weights[i] != 0 {
      let key = fingerprint(i)
      var other = first[key] ?? -1
      while other >= 0, !coincide(other, i) { other = next[other] }
      if other >= 0 {
        sums[slot[other]] += weights[i]
        continue
      }
      next[i] = first[key] ?? -1
      first[key] = i
      slot[i] = kept.count
      kept.append(i)
      sums.append(weights[i])
    }
    if kept.count == count { return self }
    let left = kept.indices.filter { sums[$0] != 0 }
    var result = selecting(left.map { kept[$0] })
    result.weights = left.map { sums[$0] }
    return result
  }

  /// A hash of an event's inputs, the same on every machine; coincident events have the same.
  func inputHash(_ i: Int) -> UInt64 {
    let width = features.count
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    for j in i * width..<(i + 1) * width {
      hash = SplitMix64.mix(hash ^ UInt64((inputs[j] + 0).bitPattern))
    }
    return hash
  }

  private func fingerprint(_ i: Int) -> UInt64 {
    guard labels.isEmpty else {
      return SplitMix64.mix(inputHash(i) &+ UInt64(UInt32(bitPattern: labels[i])))
    }
    var hash = inputHash(i)
    for k in i * targetCount..<(i + 1) * targetCount {
      hash = SplitMix64.mix(hash &+ (targets[k] + 0).bitPattern)
    }
    return hash
  }

  private func coincide(_ a: Int, _ b: Int) -> Bool {
    let width = features.count
    if labels.isEmpty {
      let n = targetCount
      for k in 0..<n where targets[a * n + k] != targets[b * n + k] { return false }
    } else if labels[a] != labels[b] {
      return false
    }
    for j in 0..<width where inputs[a * width + j] != inputs[b * width + j] { return false }
    return true
  }
}

/// Refuses negative weights, for methods whose mathematics has no place for them.
func refuseNegativeWeights(_ sample: Sample, _ method: String, because: String) throws {
  guard let place = sample.weights.firstIndex(where: { $0 < 0 }) else { return }
  throw FitError.unusable(
    method: method,
    reason:
      "weights must not be negative, because \(because); found \(sample.weights[place] * sample.weightUnit). "
      + "Set 'negative_weights: pair' (or 'ignore', 'absolute').")
}

/// The share of each class in the weights.
func logPriors(_ values: OptionValues, sums: [Double]) -> [Double] {
  let total = sums.reduce(0, +)
  return values.text("priors") == "equal"
    ? sums.map { _ in -logarithm(Double(sums.count)) } : sums.map { logarithm($0 / total) }
}

/// The option of every method that multiplies densities with prior probabilities.
let priorsOption = OptionDescription(
  "priors", .choice(["data", "equal"]), default: .text("data"),
  "Prior probabilities of the classes: their sums of weights, or all equal.")
