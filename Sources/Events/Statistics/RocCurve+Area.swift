extension RocCurve {
  /// The area under the curve, by trapezoids.
  ///
  /// Equal to ``rankArea``. With negative weights it may leave [0, 1].
  public var area: Double {
    var sum = 0.0
    for i in 1..<count {
      sum +=
        (backgroundYields[i] - backgroundYields[i - 1]) * (signalYields[i] + signalYields[i - 1])
    }
    return sum / 2 / (signalTotal * backgroundTotal)
  }

  /// The area by the rank formula (Mann-Whitney).
  ///
  /// AUC = Σ w_s w_b ([s > b] + ½ [s = b]) / (Σw_s Σw_b) over all pairs of a signal and a background
  /// event, with the signed product of their weights.
  public var rankArea: Double {
    guard let ranked else { return .nan }
    var (sum, below) = (0.0, 0.0)
    for group in ranked.groups.reversed() {
      sum += group.signal * (below + group.background / 2)
      below += group.background
    }
    return sum / (signalTotal * backgroundTotal)
  }

  /// The standard error of the area (DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595).
  ///
  /// Var = n_S/(n_S−1) Σ_S w²(V−A)²/(Σ_S w)² + the same over background, where V of an event is the
  /// weighted share of the other class that it is ranked right against, and n are the effective entries
  /// (Σw)²/Σw² of a class. With unit weights this is DeLong's estimate exactly. NaN where a class has
  /// no more than one effective entry.
  public var areaError: Double {
    guard let ranked else { return .nan }
    let mean = rankArea
    var (above, sum) = (0.0, 0.0)
    var (signalPart, backgroundPart) = (0.0, 0.0)
    for group in ranked.groups {
      let forSignal = (backgroundTotal - sum - group.background / 2) / backgroundTotal - mean
      let forBackground = (above + group.signal / 2) / signalTotal - mean
      signalPart += group.signalSquares * forSignal * forSignal
      backgroundPart += group.backgroundSquares * forBackground * forBackground
      above += group.signal
      sum += group.background
    }
    let signals = signalTotal * signalTotal / ranked.signalSquares
    let backgrounds = backgroundTotal * backgroundTotal / ranked.backgroundSquares
    guard signals > 1, backgrounds > 1 else { return .nan }
    return
      (signals / (signals - 1) * signalPart / (signalTotal * signalTotal)
      + backgrounds / (backgrounds - 1) * backgroundPart / (backgroundTotal * backgroundTotal))
      .squareRoot()
  }

  /// The standard error of the area by a Poisson bootstrap: each event enters each replica k times,
  /// k from a Poisson distribution of mean one.
  ///
  /// Replicas in which a class has no positive sum are left out. The same seed gives the same bits.
  /// Cost: `replicas` passes over the events.
  public func bootstrapAreaError(replicas: Int = 200, seed: UInt64) -> Double {
    guard let ranked else { return .nan }
    var generator = SplitMix64(seed: seed)
    var areas: [Double] = []
    for _ in 0..<replicas {
      if let area = replica(ranked, &generator) { areas.append(area) }
    }
    guard areas.count > 1 else { return .nan }
    let mean = areas.reduce(0, +) / Double(areas.count)
    let square = areas.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (square / Double(areas.count - 1)).squareRoot()
  }

  private func replica(_ ranked: RankedScores, _ generator: inout SplitMix64) -> Double? {
    var (s, b, sum) = (0.0, 0.0, 0.0)
    for group in ranked.groups {
      var (gs, gb) = (0.0, 0.0)
      for i in group.events {
        let w = ranked.weights[i] * Double(generator.poissonOfOne())
        if ranked.isSignal[i] { gs += w } else { gb += w }
      }
      sum += gb * (s + gs / 2)
      s += gs
      b += gb
    }
    return s > 0 && b > 0 ? sum / (s * b) : nil
  }
}
