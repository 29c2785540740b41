/// Text inside SVG and HTML: escaping, superscripts and subscripts, and how wide it comes out.
enum SVGText {
  /// The fonts, the field's first choice first.
  static let fonts = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

  /// Text with the five characters that XML reserves replaced, and control characters left out.
  static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      default:
        if scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }

  /// A piece of marked-up text: plain, or raised by `^{}`, or lowered by `_{}`.
  enum Piece: Equatable {
    case plain(String)
    case raised(String)
    case lowered(String)
  }

  /// Splits marked-up text; a mark without its closing brace is plain text.
  static func pieces(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    var plain = ""
    var rest = Substring(text)
    while let character = rest.first {
      if character == "^" || character == "_", rest.dropFirst().first == "{",
        let end = rest.firstIndex(of: "}")
      {
        if !plain.isEmpty { pieces.append(.plain(plain)) }
        plain = ""
        let inner = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
        pieces.append(character == "^" ? .raised(inner) : .lowered(inner))
        rest = rest[rest.index(after: end)...]
      } else {
        plain.append(character)
        rest = rest.dropFirst()
      }
    }
    if !plain.isEmpty { pieces.append(.plain(plain)) }
    return pieces
  }

  /// Marked-up text as the inside of an SVG `text` element of a font size.
  static func spans(_ text: String, size: Double) -> String {
    var result = ""
    var shift = 0.0
    func span(_ text: String, by move: Double, small: Bool) -> String {
      let dy = move == 0 ? "" : " dy=\"\(NumberText.coordinate(move))\""
      let font = small ? " font-size=\"\(NumberText.coordinate(size * 0.72))\"" : ""
      return dy.isEmpty && font.isEmpty
        ? escape(text) : "<tspan\(dy)\(font)>\(escape(text))</tspan>"
    }
    for piece in pieces(text) {
      switch piece {
      case .plain(let text):
        result += span(text, by: -shift, small: false)
        shift = 0
      case .raised(let text):
        result += span(text, by: -0.36 * size - shift, small: true)
        shift = -0.36 * size
      case .lowered(let text):
        result += span(text, by: 0.22 * size - shift, small: true)
        shift = 0.22 * size
      }
    }
    return result
  }

  /// Marked-up text as HTML.
  static func html(_ text: String) -> String {
    pieces(text).map { piece in
      switch piece {
      case .plain(let text): escape(text)
      case .raised(let text): "<sup>\(escape(text))</sup>"
      case .lowered(let text): "<sub>\(escape(text))</sub>"
      }
    }.joined()
  }

  /// Marked-up text without its marks.
  static func plain(_ text: String) -> String {
    pieces(text).map { piece in
      switch piece {
      case .plain(let text), .raised(let text), .lowered(let text): text
      }
    }.joined()
  }

  /// About how wide a text comes out, in the unit of its font size. (No font is read, so that the
  /// same data give the same bytes everywhere.)
  static func width(_ text: String, size: Double) -> Double {
    pieces(text).reduce(0) { sum, piece in
      switch piece {
      case .plain(let text): sum + size * ems(text)
      case .raised(let text), .lowered(let text): sum + 0.72 * size * ems(text)
      }
    }
  }

  private static func ems(_ text: String) -> Double {
    text.reduce(0) { sum, character in
      switch character {
      case "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", "!": sum + 0.27
      case "t", "f", "r", "/", " ", "(", ")", "[", "]", "-": sum + 0.33
      case "m", "w", "M", "W", "%", "—": sum + 0.87
      case "A"..."Z", "+", "=", "×", "±", "−", "<", ">": sum + 0.66
      default: sum + 0.56
      }
    }
  }
}

/// Collects the elements of a drawing, in pixels from the upper left corner.
struct SVGCanvas {
  private(set) var body = ""
  /// The colours for which a hatch pattern is needed.
  private(set) var hatches: Set<String> = []

  mutating func add(_ element: String) { body += element + "\n" }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String = Palette.ink,
    width: Double = 1.2, dash: Series.Dash = .solid
  ) {
    add(
      "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" stroke=\"\(color)\""
        + " stroke-width=\"\(n(width))\"\(Self.dashes(dash))/>")
  }

  /// Many short lines of one look, as one element.
  mutating func segments(
    _ lines: [(x1: Double, y1: Double, x2: Double, y2: Double)], color: String = Palette.ink,
    width: Double = 1.2
  ) {
    guard !lines.isEmpty else { return }
    let path = lines.map { line in
      "M\(n(line.x1)) \(n(line.y1))"
        + (line.x1 == line.x2 ? "V\(n(line.y2))" : "L\(n(line.x2)) \(n(line.y2))")
    }.joined()
    add("<path d=\"\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"\(n(width))\"/>")
  }

  mutating func polyline(
    _ points: [(x: Double, y: Double)], color: String, width: Double, dash: Series.Dash = .solid
  ) {
    guard points.count > 1 else { return }
    add(
      "<polyline points=\"\(list(points))\" fill=\"none\" stroke=\"\(color)\""
        + " stroke-width=\"\(n(width))\" stroke-linejoin=\"round\"\(Self.dashes(dash))/>")
  }

  mutating func polygon(_ points: [(x: Double, y: Double)], fill: Series.Fill, color: String) {
    guard points.count > 2 else { return }
    switch fill {
    case .none: return
    case .solid:
      add("<polygon points=\"\(list(points))\" fill=\"\(color)\" fill-opacity=\"0.3\"/>")
    case .hatched:
      add("<polygon points=\"\(list(points))\" fill=\"url(#\(hatch(color)))\"/>")
    }
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String,
    stroke: String? = nil, lineWidth: Double = 1.2
  ) {
    let edge = stroke.map { " stroke=\"\($0)\" stroke-width=\"\(n(lineWidth))\"" } ?? ""
    add(
      "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\""
        + " fill=\"\(fill)\"\(edge)/>")
  }

  mutating func text(
    _ content: String, _ x: Double, _ y: Double, size: Double, anchor: String = "start",
    turned: Double = 0, color: String = Palette.ink
  ) {
    let turn = turned == 0 ? "" : " transform=\"rotate(\(n(turned)) \(n(x)) \(n(y)))\""
    add(
      "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(n(size))\" text-anchor=\"\(anchor)\""
        + " fill=\"\(color)\"\(turn)>\(SVGText.spans(content, size: size))</text>")
  }

  mutating func marker(_ marker: Series.Marker, _ x: Double, _ y: Double, color: String) {
    switch marker {
    case .circle: add("<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"3.4\" fill=\"\(color)\"/>")
    case .openCircle:
      add(
        "<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"3.4\" fill=\"#ffffff\" stroke=\"\(color)\""
          + " stroke-width=\"1.5\"/>")
    case .square: rectangle(x - 3.2, y - 3.2, 6.4, 6.4, fill: color)
    case .triangle:
      add(
        "<path d=\"M\(n(x - 4)) \(n(y + 3.2))L\(n(x + 4)) \(n(y + 3.2))L\(n(x)) \(n(y - 4))Z\""
          + " fill=\"\(color)\"/>")
    }
  }

  /// The name of the hatch pattern of a colour; equal colours share one, also across drawings on a page.
  mutating func hatch(_ color: String) -> String {
    hatches.insert(color)
    return Self.hatchName(color)
  }

  static func hatchName(_ color: String) -> String {
    "hatch-" + color.filter { $0.isLetter || $0.isNumber }
  }

  private static func dashes(_ dash: Series.Dash) -> String {
    dash == .solid ? "" : " stroke-dasharray=\"\(dash.rawValue)\""
  }

  private func n(_ value: Double) -> String { NumberText.coordinate(value) }

  private func list(_ points: [(x: Double, y: Double)]) -> String {
    points.map { n($0.x) + "," + n($0.y) }.joined(separator: " ")
  }
}
