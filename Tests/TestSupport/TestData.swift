import FoundationEssentials

/// Finds data that are not part of the project: at `APUS_DATA`, else beside the checkout.
public enum TestData {
  /// The path of a file, or nil with a line "skipped: no data" where it is absent.
  public static func path(_ name: String) -> String? {
    // The path of this file: that of the caller would depend on how deep its folder lies.
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder =
      ProcessInfo.processInfo.environment["APUS_DATA"] ?? root.path + "/../shared/data"
    let path = folder + "/" + name
    if FileManager.default.fileExists(atPath: path) { return path }
    print("skipped: no data at \(path)")
    return nil
  }

  /// A file kept in `Tests/Golden`.
  public static func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
      + "/Golden/" + name
  }
}
