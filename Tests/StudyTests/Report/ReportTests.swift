import ApusEvents
import ApusStudy
import FoundationEssentials
import Testing

@Suite struct ReportTests {
  /// The toys by name, so that a log names the toy and not all of its numbers.
  enum Toy: String, CaseIterable {
    case binary, multiclass, regression
    var data: ReportData {
      switch self {
      case .binary: SyntheticReport.binary()
      case .multiclass: SyntheticReport.multiclass()
      case .regression: SyntheticReport.regression()
      }
    }
  }

  /// `APUS_REPORT_OUT=folder swift test --filter ReportTests` leaves pages and plots there to look at.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["APUS_REPORT_OUT"] != nil))
  func pagesCanBeLookedAt() throws {
    let folder = ProcessInfo.processInfo.environment["APUS_REPORT_OUT"] ?? "."
    for data in Toy.allCases.map(\.data) {
      let target = "\(folder)/\(data.task.rawValue)"
      try FileManager.default.createDirectory(
        atPath: target + "/plots", withIntermediateDirectories: true)
      let page = renderReport(data)
      #expect(!page.isEmpty)
      try Data(page.utf8).write(to: URL(fileURLWithPath: target + "/report.html"))
      for plot in plots(data) {
        try Data(plot.svg.utf8).write(to: URL(fileURLWithPath: "\(target)/plots/\(plot.name).svg"))
      }
    }
  }

  @Test(arguments: Toy.allCases)
  func pageIsOneFileThatNeedsNothing(_ toy: Toy) {
    let data = toy.data
    let page = renderReport(data)
    #expect(!page.contains("<script"))
    #expect(!page.contains("src="))
    #expect(!page.contains("@import"))
    #expect(!page.contains("href=\"http"))
    #expect(page.contains("<meta name=\"viewport\""))
    #expect(page == renderReport(data), "the same data must give the same bytes")
  }

  @Test(arguments: Toy.allCases)
  func everyPlotIsWellFormedAndOnThePage(_ toy: Toy) {
    let data = toy.data
    let page = renderReport(data)
    let drawn = plots(data)
    #expect(drawn.count > 10)
    #expect(Set(drawn.map(\.name)).count == drawn.count, "names must differ")
    for plot in drawn {
      #expect(xmlProblem(plot.svg) == nil, "\(plot.name)")
      #expect(page.contains("<figure id=\"\(plot.name)\""), "\(plot.name) is not on the page")
    }
  }

  @Test func headlineNamesTheBestMethodAndWhatIsSignificant() {
    let page = renderReport(SyntheticReport.binary())
    #expect(
      page.contains(
        "<b>deep</b> separates best: AUC = 0.817\u{A0}±\u{A0}0.005 on 6\u{202F}000 test events"))
    #expect(page.contains("significantly ahead of <b>logistic</b> by 0.079\u{A0}±\u{A0}0.004"))
    #expect(page.contains("It leads <b>mlp</b> by 0.0064\u{A0}±\u{A0}0.0031 (2.1\u{202F}σ)"))
  }

  @Test func withoutPairedDifferencesErrorsAreAddedInQuadrature() {
    var data = SyntheticReport.binary()
    data.differences = []
    // 0.0064 ± √2 · 0.0051
    #expect(renderReport(data).contains("<b>mlp</b> by 0.006\u{A0}±\u{A0}0.007"))
  }

  @Test func pageSaysWhatLabelOneIs() {
    #expect(
      renderReport(SyntheticReport.binary()).contains("Label 1 is signal: here <b>signal</b>"))
  }

  @Test func overtrainingTableShowsTestAndTrain() {
    let page = renderReport(SyntheticReport.binary())
    for value in ["0.122 (0.132)", "0.459 (0.469)", "0.766 (0.776)"] {
      #expect(page.contains("<td>\(value)</td>"), "\(value)")
    }
  }

  @Test func sampleTableShowsNegativeAndEffectiveEvents() {
    // 9000 events, Σw = 7290, Σw² = 8370: error √8370 = 91.5, (Σw)²/Σw² = 6349.4
    let page = renderReport(SyntheticReport.binary())
    #expect(page.contains("<td>7290\u{A0}±\u{A0}91</td><td>6.2\u{202F}%</td><td>6\u{202F}349</td>"))
  }

  @Test func hostileNamesAreEscapedEverywhere() {
    var data = SyntheticReport.binary()
    let hostile = "<script>alert(1)</script>\"'&"
    data.title = hostile
    data.label = hostile
    data.classes = [hostile, hostile + "2"]
    data.methods[0].name = hostile
    data.methods[0].summary = hostile
    data.inputs[0].name = hostile
    data.warnings = [.init(hostile, remedy: hostile)]
    data.run.configuration = hostile
    data.run.command = hostile
    data.run.files[0].name = hostile
    data.selection = hostile
    #expect(!renderReport(data).contains("<script"))
    for plot in plots(data) {
      #expect(xmlProblem(plot.svg) == nil)
      #expect(
        plot.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) })
    }
  }

  @Test(arguments: Toy.allCases)
  func numbersThatAreNotFiniteAreDashes(_ toy: Toy) {
    var data = toy.data
    for index in data.methods.indices {
      for part in data.methods[index].metrics.indices {
        data.methods[index].metrics[part].auc = .nan
        data.methods[index].metrics[part].aucError = .nan
        data.methods[index].metrics[part].loss = .infinity
        data.methods[index].metrics[part].accuracy = .nan
        data.methods[index].metrics[part].rmse = .nan
      }
      data.methods[index].history?.series[0].values[1] = .nan
      data.methods[index].trainSeconds = .infinity
      data.methods[index].workingPoints.indices.forEach {
        data.methods[index].workingPoints[$0].test = .nan
      }
    }
    // The style sheet has words of its own.
    let body = renderReport(data).split(separator: "</style>").last ?? ""
    for word in ["nan", "NaN", ">inf", "infinity"] {
      #expect(!body.contains(word), "\(word)")
    }
  }

  @Test func emptyRunsStillGiveAPage() {
    for task in [Task.binary, .multiclass, .regression] {
      let data = ReportData(
        title: "Nothing", task: task, classes: [], run: .init(version: "0.1.0"))
      #expect(renderReport(data).contains("No method has results on test events."))
      #expect(plots(data).isEmpty)
    }
    var bare = ReportData(
      title: "Bare", task: .binary, classes: ["background", "signal"], run: .init(version: "0"))
    bare.methods = [.init(name: "mlp", type: "mlp", history: .init(steps: [], series: []))]
    #expect(renderReport(bare).contains("No verdict."))
  }

  @Test(arguments: Toy.allCases)
  func dataSurviveBeingKept(_ toy: Toy) throws {
    let data = toy.data
    let text = try data.json()
    let back = try ReportData(json: text)
    #expect(back == data)
    #expect(renderReport(back) == renderReport(data))
  }

  @Test func keepingDataAcceptsNumbersThatAreNotFinite() throws {
    var data = SyntheticReport.binary()
    data.methods[0].metrics[0].loss = .infinity
    #expect(try ReportData(json: data.json()).methods[0].metrics[0].loss == .infinity)
  }
}
