import ApusEvents
import ApusStudy
import FoundationEssentials
import Testing

@Suite struct ReportTests {
  static let all = [
    SyntheticReport.binary(), SyntheticReport.multiclass(), SyntheticReport.regression(),
  ]

  /// `APUS_REPORT_OUT=folder swift test --filter ReportTests` leaves the pages and plots there to look at.
  @Test func pagesCanBeLookedAt() throws {
    guard let folder = ProcessInfo.processInfo.environment["APUS_REPORT_OUT"] else { return }
    for data in Self.all {
      let target = "\(folder)/\(data.task.rawValue)"
      try FileManager.default.createDirectory(
        atPath: target + "/plots", withIntermediateDirectories: true)
      try Data(renderReport(data).utf8).write(to: URL(fileURLWithPath: target + "/report.html"))
      for plot in plots(data) {
        try Data(plot.svg.utf8).write(to: URL(fileURLWithPath: "\(target)/plots/\(plot.name).svg"))
      }
    }
  }
}
