import ApusStudy
import Testing

@Suite struct FigureTests {
  static let histogram = Series(
    .histogram(edges: [0, 1, 2, 3], values: [1, 4, 2]), label: "signal", color: Palette.signal,
    fill: .solid)

  static func figure(_ series: [Series], x: Axis = Axis("x"), y: Axis = Axis("y")) -> Figure {
    Figure(Axes(x: x, y: y, series: series))
  }

  @Test func drawingIsWellFormedAndTheSameEveryTime() {
    let series = [
      Self.histogram, Series(.curve(x: [0, 3], y: [1, 2]), label: "line", dash: .dashed),
      Series(.points(x: [1], y: [2], xError: [0.5], yError: [1]), label: "points"),
      Series(.band(x: [0, 3], low: [1, 1], high: [2, 3]), label: "band", fill: .hatched),
      Series(.vertical(1)), Series(.horizontal(2)),
    ]
    let svg = Self.figure(series).svg()
    #expect(xmlProblem(svg) == nil)
    #expect(svg == Self.figure(series).svg())
    #expect(svg.hasPrefix("<svg xmlns="))
  }

  @Test func ticksAreRoundNumbersInsideTheFrame() {
    let svg = Self.figure([Series(.curve(x: [0, 1], y: [0, 1]))], x: Axis("x", range: 0...1)).svg()
    for label in ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"] {
      #expect(svg.contains(">\(label)</text>"), "no tick \(label)")
    }
  }

  @Test func logarithmicAxisShowsPowersOfTen() {
    let series = Series(.curve(x: [0, 1], y: [1, 1e5]))
    let svg = Self.figure([series], y: Axis("y", kind: .logarithmic)).svg()
    #expect(svg.contains(">100</text>"))
    #expect(svg.contains(">10<tspan"))
    #expect(xmlProblem(svg) == nil)
  }

  @Test func largeNumbersTakeOutAPowerOfTen() {
    let svg = Self.figure([Series(.curve(x: [0, 1], y: [0, 4_000_000]))]).svg()
    #expect(svg.contains(">×10<tspan"))
    #expect(!svg.contains("4000000"))
  }

  @Test func minusSignsAreTrueOnes() {
    let svg = Self.figure([Series(.curve(x: [-2, 2], y: [-1, 1]))]).svg()
    #expect(svg.contains(">−1</text>"))
    #expect(!svg.contains(">-1</text>"))
  }

  @Test(arguments: [
    Series(.histogram(edges: [], values: [])), Series(.curve(x: [], y: [])),
    Series(.points(x: [], y: [], xError: [], yError: [])), Series(.band(x: [], low: [], high: [])),
    Series(.bars(values: [], errors: [])),
    Series(.cells(xEdges: [], yEdges: [], rows: [], map: .diverging(limit: 0), decimals: 1)),
    Series(.histogram(edges: [0, 0, 0], values: [.nan, .infinity])),
    Series(.curve(x: [.nan, 1, .infinity, 2], y: [1, .nan, 2, -.infinity])),
    Series(.points(x: [1], y: [.nan], xError: [.nan], yError: [.infinity])),
    Series(.band(x: [1, 2], low: [.nan, 1], high: [2, .infinity]), fill: .hatched),
    Series(.vertical(.nan)), Series(.horizontal(.infinity)),
    Series(.curve(x: [1e300, -1e300], y: [1e-300, 1e308])),
    Series(.histogram(edges: [0, 1], values: [0])), Series(.curve(x: [3], y: [7])),
  ])
  func emptyAndImpossibleNumbersAreNeverDrawn(_ series: Series) {
    for kind in [ScaleKind.linear, .logarithmic] {
      let svg = Self.figure([series], x: Axis("x", kind: kind), y: Axis("y", kind: kind)).svg()
      #expect(xmlProblem(svg) == nil)
      for word in ["nan", "NaN", "inf"] where svg.contains(word) {
        Issue.record("\(word) in the drawing of \(series.content)")
      }
    }
  }

  @Test func lineBreaksWhereANumberIsMissing() {
    let svg = Self.figure([Series(.curve(x: [0, 1, 2, 3, 4], y: [1, 2, .nan, 2, 1]))]).svg()
    #expect(svg.split(separator: "<polyline").count - 1 == 2)
  }

  @Test func textOfUsersIsEscaped() {
    let hostile = "<script>alert('x')</script> & \"q\"\u{0}"
    let svg = Figure(
      Axes(
        x: Axis(hostile, categories: [hostile]), y: Axis(hostile),
        series: [Series(.curve(x: [0, 1], y: [0, 1]), label: hostile)], notes: [hostile]),
      experiment: hostile, secondary: hostile, right: hostile, summary: hostile
    ).svg()
    #expect(!svg.contains("<script"))
    #expect(xmlProblem(svg) == nil)
  }

  @Test func superscriptsAndSubscriptsAreTypeset() {
    let svg = Self.figure([], x: Axis("36 fb^{-1} ε_{S} jet_1_pt ^{open")).svg()
    #expect(svg.contains("36 fb<tspan dy="))
    #expect(svg.contains(">-1</tspan>"))
    #expect(svg.contains(" jet_1_pt ^{open</tspan>"))
  }

  @Test func legendAvoidsTheDrawing() {
    // A line through the upper right corner drives the legend out of it.
    let rising = Self.figure([Series(.curve(x: [0, 1], y: [0, 1]), label: "name")]).svg()
    let falling = Self.figure([Series(.curve(x: [0, 1], y: [1, 0]), label: "name")]).svg()
    #expect(Self.place(of: "name", in: rising).x < 280)
    #expect(Self.place(of: "name", in: falling).x > 280)
  }

  /// Where a text stands in a drawing.
  static func place(of text: String, in svg: String) -> (x: Double, y: Double) {
    guard let line = svg.split(separator: "\n").first(where: { $0.contains(">\(text)</text>") })
    else { return (.nan, .nan) }
    func attribute(_ name: String) -> Double {
      let tail = line.split(separator: " \(name)=\"", maxSplits: 1).last ?? ""
      return Double(tail.prefix { $0 != "\"" }) ?? .nan
    }
    return (attribute("x"), attribute("y"))
  }

  @Test func panelsShareTheHeightAsAsked() {
    let axes = Axes(x: Axis("x"), y: Axis("y"), series: [Self.histogram], legend: .none)
    let svg = Figure(panels: [axes, axes], heights: [3, 1], height: 464).svg()
    let heights = svg.split(separator: "overflow").dropLast().compactMap { part in
      Double(part.split(separator: "height=\"").last?.prefix { $0 != "\"" } ?? "")
    }
    #expect(heights.count == 2)
    #expect(heights[0] == 3 * heights[1])
  }

  @Test func pointsOfAHistogramHaveTheErrorsOfTheirWeights() {
    let series = Series.histogramPoints(edges: [0, 2, 4], values: [3, -1], variances: [9, 0.25])
    #expect(
      series.content == .points(x: [1, 3], y: [3, -1], xError: [1, 1], yError: [3, 0.5]))
  }
}
