import ApusKernels

/// A histogram or profile of a ROOT file: `TH1`, `TH2`, `TH3`, `TProfile` and `TProfile2D` of any storage type.
public struct RootHistogram: Sendable, Equatable {
  /// One axis.
  public struct Axis: Sendable, Equatable {
    /// The name ROOT gives it: "xaxis".
    public var name: String
    /// Its title, which the files of the field also use for the unit.
    public var title: String
    /// The edges of its bins, one more than bins, ascending.
    public var edges: [Double]
    /// The labels of its bins; empty where it has none.
    public var labels: [String]

    /// The number of bins, without those below and above.
    public var count: Int { edges.count - 1 }
  }

  /// The name in the file.
  public var name: String
  /// The title.
  public var title: String
  /// The C++ class: `TH1F`.
  public var className: String
  /// The axes, x first.
  public var axes: [Axis]
  /// Sum of weights of each bin; of a profile the mean.
  ///
  /// Bins below and above the range included, x fastest: bin (i, j) of two axes stands at
  /// `i + (nx + 2) * j`, and 0 is the bin below.
  public var contents: [Double]
  /// The squared error of each bin, in the same order: the sum of squared weights where the histogram kept it,
  /// else the content; of a profile the squared error of the mean.
  public var variances: [Double]
  /// The number of times it was filled.
  public var entries: Double

  /// The values of the bins within the range, x fastest.
  public var values: [Double] { withoutFlow(contents) }

  /// The errors of the bins within the range, x fastest: the square roots of ``variances``.
  public var errors: [Double] { withoutFlow(variances).map { $0.squareRoot() } }

  private func withoutFlow(_ all: [Double]) -> [Double] {
    all.indices.filter { index in
      var rest = index
      for axis in axes {
        let bin = rest % (axis.count + 2)
        if bin == 0 || bin > axis.count { return false }
        rest /= axis.count + 2
      }
      return true
    }.map { all[$0] }
  }
}

/// Reads a histogram or profile.
/// - Parameters:
///   - path: The file.
///   - address: The object: `name`, `name;cycle` or `directory/name`.
/// - Throws: ``FormatError`` where there is none of that name, it is of another class, or it is damaged.
public func readRootHistogram(_ path: String, _ address: String) throws -> RootHistogram {
  let file = try RootFile(path)
  let (key, name) = try file.key(address)
  return try RootHistogram(file, key, path: name)
}

extension RootHistogram {
  /// Whether objects of a class are histograms.
  static func isHistogram(_ className: String) -> Bool {
    let letters = "CSILFD"
    for rank in ["TH1", "TH2", "TH3"] where className.hasPrefix(rank) && className.count == 4 {
      return letters.contains(className.last ?? " ")
    }
    return ["TProfile", "TProfile2D", "TProfile3D"].contains(className)
  }

  init(_ file: RootFile, _ key: RootKey, path: String) throws {
    guard Self.isHistogram(key.className) else {
      throw FormatError(
        file.path, object: path, "a histogram must be of class TH1, TH2, TH3 or TProfile",
        found: "this is an object of class \(key.className)", kind: .usage)
    }
    let cursor = try file.object(key, path: path)
    var reader = RootObjectReader(cursor, try file.streamers())
    let object = try reader.object(key.className)
    if let obstacle = object.obstacle {
      throw cursor.wrong("a histogram must be of a class that is understood", obstacle)
    }
    name = object.text("fName")
    title = object.text("fTitle")
    className = key.className
    entries = object.real("fEntries") ?? 0
    let rank =
      className.hasPrefix("TH")
      ? Int(className.dropFirst(2).prefix(1)) ?? 1
      : className == "TProfile" ? 1 : className == "TProfile2D" ? 2 : 3
    axes = []
    for member in ["fXaxis", "fYaxis", "fZaxis"].prefix(rank) {
      axes.append(try Axis(object.object(member), cursor))
    }
    contents = object.reals("fArray")
    let cells = axes.reduce((1, false)) { sum, axis in
      let (value, overflow) = sum.0.multipliedReportingOverflow(by: axis.count + 2)
      return (value, sum.1 || overflow)
    }
    guard !cells.1, cells.0 == contents.count else {
      throw cursor.wrong(
        "a histogram must have a content for each bin (\(cells.0))", "it has \(contents.count)")
    }
    let squares = object.object("fSumw2")?.reals("fArray") ?? []
    variances = squares.count == contents.count ? squares : contents
    if className.hasPrefix("TProfile") { try makeMeans(object, squares, cursor) }
  }

  /// Turns the sums of a profile into means and the squared errors of these (`TProfileHelper::GetBinError`).
  ///
  /// With W the sum of weights of a bin, the mean is Σwy / W, and its error √|Σwy² / W - mean²| / √n, where n is
  /// the effective number of entries, W² / Σw² (W where Σw² was not kept).
  private mutating func makeMeans(
    _ object: RootObject, _ squares: [Double], _ cursor: RootCursor
  ) throws(FormatError) {
    let weights = object.object("fBinEntries")?.reals("fArray") ?? []
    let weightSquares = object.object("fBinSumw2")?.reals("fArray") ?? []
    guard weights.count == contents.count else {
      throw cursor.wrong(
        "a profile must have a sum of weights for each bin (\(contents.count))",
        "it has \(weights.count)")
    }
    let mode = object.integer("fErrorMode") ?? 0
    for bin in contents.indices {
      let sum = weights[bin]
      guard sum != 0 else {
        (contents[bin], variances[bin]) = (0, 0)
        continue
      }
      let mean = contents[bin] / sum
      let square = squares.count == contents.count ? squares[bin] : 0
      let spread = abs(square / sum - mean * mean).squareRoot()
      var count = sum
      if weightSquares.count == contents.count {
        count = weightSquares[bin] > 0 ? sum * sum / weightSquares[bin] : 0
      }
      let error =
        switch mode {
        case 1: spread
        case 2: spread != 0 ? spread / count.squareRoot() : 1 / (12 * count).squareRoot()
        case 3: 1 / sum.squareRoot()
        default: spread / count.squareRoot()
        }
      (contents[bin], variances[bin]) = (mean, error * error)
    }
  }
}

extension RootHistogram.Axis {
  init(_ object: RootObject?, _ cursor: RootCursor) throws(FormatError) {
    guard let object, let count = object.integer("fNbins"), let low = object.real("fXmin"),
      let high = object.real("fXmax"), count > 0, count < 1 << 28
    else { throw cursor.wrong("a histogram must have axes with bins", "one is missing") }
    name = object.text("fName")
    title = object.text("fTitle")
    let own = object.object("fXbins")?.reals("fArray") ?? []
    if own.count == count + 1 {
      edges = own
    } else {
      // No more memory than the bins' own contents take is asked for: they are checked right after.
      guard count <= cursor.bytes.count else {
        throw cursor.wrong("the bins of an axis must fit into the object", "there are \(count)")
      }
      let step = (high - low) / Double(count)
      edges = (0...count).map { $0 == count ? high : low + Double($0) * step }
    }
    var found = [String](repeating: "", count: count)
    let texts = object.list("fLabels")
    for text in texts {
      if let bin = text.integer("fUniqueID"), (1...count).contains(bin) {
        found[bin - 1] = text.text("fString")
      }
    }
    labels = texts.isEmpty ? [] : found
  }
}

extension RootHistogram {
  /// The histogram as `inspect` shows it: an axis a line, with its bins and range.
  func item(_ path: String) -> FileDescription.Item {
    FileDescription.Item(
      path: path, kind: "histogram \(className)", shape: axes.map(\.count),
      columns: zip(["x", "y", "z"], axes).map { letter, axis in
        .init(
          name: letter + (axis.title.isEmpty ? "" : " (\(axis.title))"), type: "\(axis.count) bins",
          first: axis.labels.isEmpty
            ? ["\(axis.edges.first ?? 0) to \(axis.edges.last ?? 0)"]
            : axis.labels.prefix(4).map { "'\($0)'" })
      } + [
        .init(
          name: "entries", type: "\(entries)", first: ["sum \(values.reduce(0, +))"])
      ])
  }
}
