/// The colours of the field: Petroff's six-colour cycle, as CMS uses it (arXiv:2107.02270).
///
/// They stay apart for colour-blind readers and in grey print.
public enum Palette {
  /// The cycle for methods and classes.
  public static let cycle = ["#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd"]
  /// The colour of signal.
  public static let signal = cycle[0]
  /// The colour of background.
  public static let background = cycle[2]
  /// Frames, ticks and text.
  public static let ink = "#1a1a1a"

  /// The colour at a place of the cycle, which repeats.
  public static func color(_ index: Int) -> String {
    cycle[((index % cycle.count) + cycle.count) % cycle.count]
  }

  /// The colour of a class: signal blue and background red for two classes, else the cycle.
  static func color(ofClass index: Int, among count: Int) -> String {
    count == 2 ? (index == 1 ? signal : background) : color(index)
  }
}

/// A scale from numbers to colours for maps.
public enum ColorMap: Sendable, Equatable {
  /// Red over white to blue, for −limit to +limit.
  case diverging(limit: Double)
  /// White to dark blue, for 0 to the maximum.
  case sequential(maximum: Double)

  /// The range of numbers that it covers.
  var range: ClosedRange<Double> {
    switch self {
    case .diverging(let limit): -max(limit, 1e-12)...max(limit, 1e-12)
    case .sequential(let maximum): 0...max(maximum, 1e-12)
    }
  }

  private var stops: [(r: Double, g: Double, b: Double)] {
    switch self {
    case .diverging:
      [(196, 31, 49), (241, 148, 140), (255, 255, 255), (143, 182, 250), (35, 88, 196)]
    case .sequential: [(255, 255, 255), (168, 199, 253), (87, 144, 252), (29, 71, 158)]
    }
  }

  /// The red, green and blue of a number, each 0 to 255; white where it is not finite.
  func components(of value: Double) -> (r: Int, g: Int, b: Int) {
    guard value.isFinite else { return (255, 255, 255) }
    let stops = stops
    let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    let place = min(max(share, 0), 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    let part = place - Double(index)
    let (a, b) = (stops[index], stops[index + 1])
    func mix(_ x: Double, _ y: Double) -> Int { Int((x + (y - x) * part).rounded()) }
    return (mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b))
  }

  /// The colour of a number in CSS, clamped to the range.
  func color(of value: Double) -> String {
    let c = components(of: value)
    return "rgb(\(c.r),\(c.g),\(c.b))"
  }

  /// A colour in which text on the colour of a number can be read.
  func ink(on value: Double) -> String {
    let c = components(of: value)
    return 299 * c.r + 587 * c.g + 114 * c.b < 150_000 ? "#ffffff" : Palette.ink
  }
}
