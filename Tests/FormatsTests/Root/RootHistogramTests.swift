import ApusEvents
import ApusFormats
import TestSupport
import Testing

@Suite struct RootHistogramTests {
  /// Contents, errors and axes of every histogram and profile are those of uproot, bit for bit.
  @Test(.data("root")) func histogramsAreThoseOfUproot() throws {
    for (name, path, golden) in try rootFiles() {
      for expected in golden.at("histograms").members {
        let found = try readRootHistogram(path, expected.key)
        let place = "\(name):\(expected.key)"
        func digests(_ values: [Double]) -> String { values.withUnsafeBytes { digest($0) } }
        #expect(digests(found.contents) == expected.value.at("values").text, "\(place)")
        let errors = found.variances.map { $0.squareRoot() }
        #expect(digests(errors) == expected.value.at("errors").text, "\(place)")
        for (axis, edges) in zip(found.axes, expected.value.at("edges").items ?? []) {
          let wanted = edges.doubles ?? []
          #expect(
            [axis.edges[0], axis.edges[1], axis.edges[axis.count]] == Array(wanted.prefix(3)))
          #expect(Double(axis.edges.count) == wanted.last)
        }
        #expect(found.values.count == found.axes.reduce(1) { $0 * $1.count })
      }
    }
  }

  @Test(.data("root/uproot-hepdata-example.root")) func inspectShowsAxesAndOtherClassesAreRefused()
    throws
  {
    let path = try TestData.path("root/uproot-hepdata-example.root")
    let text = try inspect(path).text
    #expect(text.contains("hpxpy (histogram TH2F, 40 x 40)"), "\(text)")
    #expect(text.contains("100 bins  -4.0 to 4.0"), "\(text)")
    #expect(text.contains("ntuple (table, 75000 entries)"), "\(text)")
    let words = message { _ = try readRootHistogram(path, "ntuple") }
    #expect(words.contains("this is an object of class TNtuple"), "\(words)")
  }
}
