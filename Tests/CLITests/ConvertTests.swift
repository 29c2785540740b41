import Foundation
import TestSupport
import Testing

@Suite struct ConvertTests {
  /// Through every format and back: the same text.
  @Test(arguments: [
    "t.root", "t.root:mine", "t.rntuple.root", "t.h5", "t.npz", "t.parquet", "t.npy",
  ])
  func tablesReturnFromEveryFormat(_ name: String) throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy("toy.csv", events: 300)
    let there = try program.run("convert", "toy.csv", name)
    #expect(there.code == 0 && there.output.contains("300 entries"), "\(there.errors)")
    let back = try program.run("convert", String(name.prefix { $0 != ":" }), "back.csv")
    #expect(back.code == 0, "\(back.errors)")
    #expect(try program.read("back.csv") == program.read("toy.csv"))
    // A file that is there is kept, also where a tree is named.
    #expect(try program.run("convert", "toy.csv", name).code == 2)
    #expect(try program.run("convert", "toy.csv", name, "--force").code == 0)
  }

  @Test func columnsAreChosenByPatterns() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy("toy.csv", events: 20)
    let result = try program.run("convert", "toy.csv", "part.csv", "--columns", "y,?,ev*")
    #expect(result.code == 0, "\(result.errors)")
    #expect(try program.read("part.csv").split(separator: "\n")[0] == "y,x,z,event")
    let none = try program.run("convert", "toy.csv", "none.csv", "--columns", "jet_*")
    #expect(none.code == 2 && none.errors.contains("no column fits jet_*"), "\(none.errors)")
    let typo = try program.run("convert", "toy.csv", "none.csv", "--columns", "evnt")
    #expect(typo.code == 2 && typo.errors.contains("Did you mean 'event'"), "\(typo.errors)")
  }

  @Test(.data("root/uproot-HZZ.root")) func listsOfARootFileBecomeArrays() throws {
    let sample = try TestData.path("root/uproot-HZZ.root")
    let program = try Program()
    defer { program.clean() }
    let result = try program.run(
      "convert", sample + ":events", "out.npz", "--columns", "Jet_*,MET_px")
    #expect(result.code == 0, "\(result.errors)")
    let seen = try program.run("inspect", "out.npz").output
    for name in ["Jet_Px ", "Jet_Px.offsets", "MET_px"] { #expect(seen.contains(name), "\(seen)") }
    #expect(try program.run("convert", "out.npz", "again.root").code == 0)
    let csv = try program.run("convert", "again.root", "no.csv")
    #expect(csv.code == 2 && csv.errors.contains("Jet_Px"), "\(csv.errors)")
  }

  /// Scores as a tree that stands beside the input as its friend.
  @Test func scoresAreWrittenAsATree() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(TrainingTests.configuration, "toy.yaml")
    #expect(try program.run("train", "toy.yaml", "--out", "run").code == 0)
    #expect(try program.run("convert", "toy.csv", "toy.root").code == 0)
    let model = "run/models/fisher.apus"
    let result = try program.run("apply", model, "toy.root", "--out", "friend.root:scores")
    #expect(result.code == 0, "\(result.errors)")
    #expect(try program.run("apply", model, "toy.csv", "--out", "scores.csv").code == 0)
    #expect(try program.run("convert", "friend.root:scores", "friend.csv").code == 0)
    #expect(try program.read("friend.csv") == program.read("scores.csv"))
  }
}
