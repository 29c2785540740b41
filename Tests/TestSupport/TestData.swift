import FoundationEssentials
public import Testing

/// Finds data that are not part of the project: at `APUS_DATA`, else beside the checkout.
public enum TestData {
  /// The path of a file or folder of these data.
  /// - Throws: ``MissingData`` where it is absent; a test with the trait `.data` never gets there.
  public static func path(_ name: String) throws -> String {
    let path = folder + "/" + name
    guard FileManager.default.fileExists(atPath: path) else { throw MissingData(path: path) }
    return path
  }

  /// The folder of all these data.
  static var folder: String {
    // The path of this file: that of a caller would depend on how deep its folder lies.
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["APUS_DATA"] ?? root.path + "/../shared/data"
  }

  /// A file kept in `Tests/Golden`.
  public static func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
      + "/Golden/" + name
  }
}

/// Data that a test needs and that are not on this machine.
public struct MissingData: Error, CustomStringConvertible {
  let path: String
  /// Where they were looked for.
  public var description: String { "no data at \(path)" }
}

extension Trait where Self == ConditionTrait {
  /// Shows a test as skipped where data that it needs are not on this machine.
  /// - Parameter names: Files or folders below `APUS_DATA`.
  public static func data(_ names: String...) -> Self {
    let missing = names.first { (try? TestData.path($0)) == nil }
    return .enabled(
      if: missing == nil,
      "no data at \(TestData.folder)/\(missing ?? ""); APUS_DATA says where they are")
  }
}
