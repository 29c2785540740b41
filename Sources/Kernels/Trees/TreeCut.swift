internal import CKernels

/// What a cut of a tree is chosen by.
public enum TreeCutRule: String, Sendable, CaseIterable {
  /// How much Newton steps in both leaves reduce the loss.
  case newton
  /// Gini's index 2 p (1 − p), p the share of signal.
  case gini
  /// The cross entropy −p ln p − (1−p) ln (1−p).
  case entropy
  /// The share of events on the wrong side of the majority.
  case misclassification
  /// s/√(s+b) of the better side.
  case significance

  var kind: ck_cut_rule {
    switch self {
    case .newton: CK_CUT_NEWTON
    case .gini: CK_CUT_GINI
    case .entropy: CK_CUT_ENTROPY
    case .misclassification: CK_CUT_ERROR
    case .significance: CK_CUT_SIGNIFICANCE
    }
  }
}

/// Of gains that differ by less than this part the first one counts, so that rounding decides no tie.
public let treeTie = 1e-7

/// What cuts are allowed.
public struct TreeCutSettings: Sendable {
  /// What a cut is chosen by.
  public var rule = TreeCutRule.newton
  /// The penalty l1 |value| of leaves.
  public var l1 = 0.0
  /// The penalty ½ l2 value² of leaves.
  public var l2 = 0.0
  /// The least sum of curvatures on each side; it must be positive in any case.
  public var minWeight = 0.0
  /// The least gain.
  public var minGain = 0.0
  /// The fewest rows on each side.
  public var minRows = 1
  /// Added to the curvature of a category where categories are ranked.
  public var categorySmoothing = 0.0
  /// Not zero: one cut a column and leaf is drawn, evenly in value (extremely randomised trees).
  public var random: UInt64 = 0
  /// For each column 1 (the score must not fall with it), −1 (must not rise) or 0; empty for none.
  public var monotone: [Int8] = []
  /// Makes settings that allow every cut.
  public init() {}
}

/// The sums over the rows of a leaf, as exact integers.
public struct LeafSums: Sendable, Equatable {
  /// Gradients, in units.
  public var gradient: Int64
  /// Curvatures in units and the number of rows, packed.
  public var curvatureCount: Int64

  /// What is left without a part.
  public static func - (a: LeafSums, b: LeafSums) -> LeafSums {
    LeafSums(
      gradient: a.gradient - b.gradient, curvatureCount: a.curvatureCount - b.curvatureCount)
  }
}

/// A cut of a leaf in two.
public struct TreeCut: Sendable {
  /// What it gains.
  public var gain: Double
  /// The column.
  public var column: Int
  /// Numbers: rows of the bins up to this one go left.
  public var bin: Int
  /// Whether missing values go left.
  public var missingLeft: Bool
  /// Whether `leftBins` says what goes left.
  public var isCategorical: Bool
  /// Categories: the bins that go left, a bit each.
  public var leftBins: SIMD4<UInt64>
  /// The sums of the left side.
  public var left: LeafSums

  init(_ cut: ck_cut) {
    gain = cut.gain
    column = Int(cut.column)
    bin = Int(cut.bin)
    missingLeft = cut.missing_left != 0
    isCategorical = cut.categorical != 0
    leftBins = SIMD4(cut.left.0, cut.left.1, cut.left.2, cut.left.3)
    left = LeafSums(gradient: cut.left_gradient, curvatureCount: cut.left_curvature_count)
  }

  /// A cut of a tree of several classes, whose sums lie elsewhere.
  init(_ node: ck_class_node) {
    gain = node.gain
    column = Int(node.column)
    bin = Int(node.bin)
    missingLeft = node.missing_left != 0
    isCategorical = node.categorical != 0
    leftBins = SIMD4(node.left.0, node.left.1, node.left.2, node.left.3)
    left = LeafSums(gradient: 0, curvatureCount: 0)
  }

  /// Whether a category's bin goes left.
  public func takesLeft(_ bin: Int) -> Bool { leftBins[bin >> 6] >> UInt64(bin & 63) & 1 == 1 }

  /// For each bin 1 where its rows go left; `missing` is the bin of missing values.
  func table(missing: Int) -> [UInt8] {
    (0..<256).map { other in
      if other == missing { return missingLeft ? 1 : 0 }
      return (isCategorical ? takesLeft(other) : other <= bin) ? 1 : 0
    }
  }
}

/// A leaf whose cuts are looked for.
public struct OpenLeaf: Sendable {
  /// Where its histogram lies.
  public var slot: Int
  /// Its sums.
  public var sums: LeafSums
  /// Where its value must lie.
  public var bounds: ClosedRange<Double>
  /// Its number, for random cuts.
  public var id: UInt64
  /// Whether cuts are wanted.
  public var isSearched: Bool
  /// For each column 1 where it may be cut; empty for all.
  public var allowed: [UInt8]

  /// Makes a leaf.
  public init(
    slot: Int, sums: LeafSums, bounds: ClosedRange<Double>, id: UInt64, isSearched: Bool,
    allowed: [UInt8]
  ) {
    (self.slot, self.sums, self.bounds) = (slot, sums, bounds)
    (self.id, self.isSearched, self.allowed) = (id, isSearched, allowed)
  }
}

/// The value of a leaf that minimises G v + ½ (H + l2) v² + l1 |v| within bounds; 0 where H + l2 is not positive.
public func treeLeafValue(
  gradient: Double, curvature: Double, l1: Double, l2: Double, bounds: ClosedRange<Double>
) -> Double {
  ck_leaf_value(gradient, curvature, l1, l2, bounds.lowerBound, bounds.upperBound)
}
