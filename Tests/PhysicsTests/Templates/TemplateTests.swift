import ApusEvents
import ApusPhysics
import TestSupport
import Testing

@Suite struct TemplateTests {
  static func histogram(_ contents: [Double]) -> Histogram {
    var histogram = Histogram(bins: contents.count, from: 0, to: Double(contents.count))
    for (i, count) in contents.enumerated() {
      for _ in 0..<Int(count) { histogram.fill(Double(i) + 0.5) }
    }
    return histogram
  }

  /// As many templates as bins: the yields solve the linear equations ν₁ t₁ + ν₂ t₂ = n exactly.
  @Test func asManyTemplatesAsBinsFitExactly() throws {
    let data = TemplateTests.histogram([700, 300])
    let shapes = [TemplateTests.histogram([90, 10]), TemplateTests.histogram([20, 80])]
    let fit = try TemplateFit(data: data, templates: shapes, templateErrors: false)
    // 0.9 a + 0.2 b = 700, 0.1 a + 0.8 b = 300.
    expectClose(fit.yields, [5000.0 / 7, 2000.0 / 7], relative: 1e-9)
    expectClose(fit.deviance, 0, absolute: 1e-8)
    // The inverse of Σ t t/n, by hand: V = T⁻¹ diag(n) T⁻ᵀ.
    let inverse = [0.8 / 0.7, -0.2 / 0.7, -0.1 / 0.7, 0.9 / 0.7]
    let variance = inverse[0] * inverse[0] * 700 + inverse[1] * inverse[1] * 300
    expectClose(fit.errors[0], variance.squareRoot(), relative: 1e-9)
  }

  static func sample(_ events: Int, _ shape: Int, _ generator: inout SplitMix64) -> Histogram {
    var histogram = Histogram(bins: 20, from: -2, to: 4.5)
    for _ in 0..<events {
      let x =
        shape == 0
        ? generator.normal() : shape == 1 ? 2.5 + generator.normal() : 10 * generator.uniform() - 4
      // What lies outside counts at the ends, so that no template is empty there.
      histogram.fill(min(max(x, -1.9), 4.4))
    }
    return histogram
  }

  /// V09: fractions within 1 % in a large sample.
  @Test func fractionsOfThreeClassesAreFound() throws {
    var generator = SplitMix64(seed: 12)
    let templates = (0..<3).map { TemplateTests.sample(400_000, $0, &generator) }
    var data = Histogram(bins: 20, from: -2, to: 4.5)
    for (shape, events) in [(0, 50_000), (1, 30_000), (2, 20_000)] {
      let part = TemplateTests.sample(events, shape, &generator)
      for (i, centre) in part.centres.enumerated() {
        for _ in 0..<Int(part.sums[i]) { data.fill(centre) }
      }
    }
    let fit = try TemplateFit(data: data, templates: templates)
    expectClose(fit.fractions, [0.5, 0.3, 0.2], absolute: 0.01)
    expectClose(fit.yields.reduce(0, +), data.sum, relative: 1e-3)
  }

  /// Pulls over 300 experiments have mean 0 and width 1, also where templates are as small as the data; without their
  /// errors they would be too wide.
  @Test func errorsAreThoseOfRepeatedExperiments() throws {
    var generator = SplitMix64(seed: 5)
    var pulls: [Double] = []
    var plain: [Double] = []
    for _ in 0..<300 {
      let templates = [0, 2].map { TemplateTests.sample(400, $0, &generator) }
      var data = Histogram(bins: 20, from: -2, to: 4.5)
      // A Poisson number of events through many rare chances.
      for shape in [0, 2] {
        let chances = (0..<12_000).count { _ in generator.uniform() < 0.05 }
        let part = TemplateTests.sample(chances, shape, &generator)
        for (i, centre) in part.centres.enumerated() {
          for _ in 0..<Int(part.sums[i]) { data.fill(centre) }
        }
      }
      let fit = try TemplateFit(data: data, templates: templates)
      pulls.append((fit.yields[0] - 600) / fit.errors[0])
      let simple = try TemplateFit(data: data, templates: templates, templateErrors: false)
      plain.append((simple.yields[0] - 600) / simple.errors[0])
    }
    func width(_ x: [Double]) -> (mean: Double, width: Double) {
      let mean = x.reduce(0, +) / Double(x.count)
      let square = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
      return (mean, square.squareRoot())
    }
    let found = width(pulls)
    // 1/√300 = 0.058 and 0.041.
    #expect(abs(found.mean) < 0.2 && abs(found.width - 1) < 0.15, "\(found), plain \(width(plain))")
    #expect(found.width < width(plain).width)
  }

  @Test func mistakesAreTold() throws {
    let (a, b) = (TemplateTests.histogram([5, 5, 0]), TemplateTests.histogram([2, 8, 0]))
    func words(_ data: Histogram, _ templates: [Histogram]) -> String {
      do {
        _ = try TemplateFit(data: data, templates: templates)
        return "fitted"
      } catch { return "\(error)" }
    }
    #expect(
      words(TemplateTests.histogram([3, 3, 1]), [a, b])
        == "Template fit: bin 2 holds 1.0 of the data and nothing of any template. Join it with a "
        + "neighbour, or simulate more events.")
    #expect(words(TemplateTests.histogram([3, 3, 0]), [a, a]).contains("can't be told apart"))
    #expect(words(TemplateTests.histogram([3, 3]), [a]).contains("other bins"))
    #expect(words(TemplateTests.histogram([0, 0, 0]), [a]).contains("positive sum"))
    #expect(words(TemplateTests.histogram([3, 3, 0]), []).contains("0 templates"))
  }
}
