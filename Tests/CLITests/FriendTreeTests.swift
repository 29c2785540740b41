import Foundation
import Testing

/// An analysis on the ROOT sample of Datasets from the configuration to a tree of scores beside its parent.
@Suite struct FriendTreeTests {
  /// Python with uproot: that of the project, or the one that `APUS_PYTHON` names; nil where there is none.
  private static let python: String? = {
    let own = SampleTests.root.path + "/.venv/bin/python"
    let names = [ProcessInfo.processInfo.environment["APUS_PYTHON"], own].compactMap { $0 }
    return names.first { name in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: name)
      process.arguments = ["-c", "import uproot"]
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }
  }()

  @Test func theExampleOnARootTreeEndsInAFriendTree() throws {
    let program = try Program()
    defer { program.clean() }
    try FileManager.default.createSymbolicLink(
      atPath: program.folder.path + "/Datasets",
      withDestinationPath: SampleTests.root.path + "/Datasets")
    let example = SampleTests.root.path + "/Examples/higgs_root.yaml"
    let trained = try program.run(
      "train", example, "--out", "run", "--set", "methods={fisher: {}}")
    try #require(trained.code == 0, "\(trained.errors)")
    let data = Data(try program.read("run/metrics.json").utf8)
    let metrics = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let weights = try #require(metrics["weights"] as? [String: Any])
    #expect(
      (weights["negative_events"] as? Int ?? 0) > 100 && weights["policy"] as? String == "pair")
    let parent = "Datasets/samples/higgs.root"
    let applied = try program.run(
      "apply", "run/models/fisher.apus", parent + ":Events", "--out", "friend.root:scores")
    try #require(applied.code == 0, "\(applied.errors)")
    let entries = try program.run("inspect", "friend.root").output
    #expect(entries.contains("score_fisher"), "\(entries)")
    guard let python = Self.python else { return }
    try program.write(Self.script, "friend.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["friend.py", parent, "friend.root"]
    process.currentDirectoryURL = program.folder
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  /// Entry for entry beside each other; the scores tell the classes apart as the metrics say.
  private static let script = """
    import sys, numpy as np, uproot
    parent = uproot.open(sys.argv[1])["Events"].arrays(["event", "label"], library="np")
    friend = uproot.open(sys.argv[2])["scores"].arrays(library="np")
    assert len(friend["event"]) == len(parent["event"])
    assert np.array_equal(friend["event"], parent["event"])
    assert np.array_equal(friend["label"], parent["label"])
    score, label = friend["score_fisher"], parent["label"]
    assert np.isfinite(score).all() and score.dtype == np.float32
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score)); rank[order] = np.arange(1, len(score) + 1)
    signal = label == 1
    n = signal.sum()
    area = (rank[signal].sum() - n * (n + 1) / 2) / (n * (len(score) - n))
    assert area > 0.55, area
    """
}
