import ApusEvents

/// Weighted means and covariances of each class, in standardised inputs.
struct ClassMoments {
  let width: Int
  /// Σw of each class.
  var sums: [Double]
  /// The mean of each class.
  var means: [[Double]]
  /// Σw (x−m)(x−m)ᵀ of each class, lower triangle.
  var scatter: [[Double]]

  init(_ sample: Sample, _ standardizer: Standardizer) {
    let (width, classes) = (sample.features.count, sample.classes.count)
    var sums = [Double](repeating: 0, count: classes)
    var means = [[Double]](repeating: [Double](repeating: 0, count: width), count: classes)
    var scatter = [[Double]](
      repeating: [Double](repeating: 0, count: width * width), count: classes)
    var row = [Double](repeating: 0, count: width)
    for i in 0..<sample.count {
      let (w, k) = (sample.weights[i], Int(sample.labels[i]))
      standardizer.fill(&row, sample, i)
      sums[k] += w
      for j in 0..<width { means[k][j] += w * row[j] }
    }
    for k in 0..<classes { for j in 0..<width { means[k][j] /= sums[k] } }
    for i in 0..<sample.count {
      let (w, k) = (sample.weights[i], Int(sample.labels[i]))
      standardizer.fill(&row, sample, i)
      for j in 0..<width { row[j] -= means[k][j] }
      addOuter(row, w, to: &scatter[k], width)
    }
    (self.width, self.sums, self.means, self.scatter) = (width, sums, means, scatter)
  }
}

/// matrix += w x xᵀ, lower triangle.
func addOuter(_ x: [Double], _ w: Double, to matrix: inout [Double], _ n: Int) {
  for a in 0..<n {
    let scaled = w * x[a]
    let start = a &* n
    for b in 0...a { matrix[start &+ b] += scaled * x[b] }
  }
}
