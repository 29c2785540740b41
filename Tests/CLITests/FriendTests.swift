import Foundation
import Testing

/// Tables that stand beside the files of a sample, entry by entry.
@Suite struct FriendTests {
  /// A program with the toy as `toy.root` and the scores of a model on it as `friend.root:scores`.
  private func scored() throws -> Program {
    let program = try Program()
    try program.writeToy("toy.csv", events: 400)
    try program.write(TrainingTests.configuration, "toy.yaml")
    try #require(try program.run("train", "toy.yaml", "--out", "first").code == 0)
    try #require(try program.run("convert", "toy.csv", "toy.root").code == 0)
    let applied = try program.run(
      "apply", "first/models/fisher.apus", "toy.root", "--out", "friend.root:scores")
    try #require(applied.code == 0, "\(applied.errors)")
    return program
  }

  private func configuration(_ friends: String, inputs: String) -> String {
    """
    events: {files: "toy*.root", friends: [\(friends)], label: label, weight: weight}
    inputs: [\(inputs)]
    methods: [fisher]
    """
  }

  @Test func scoresAreReadBesideTheirEvents() throws {
    let program = try scored()
    defer { program.clean() }
    try program.write(
      configuration(
        "'friend.root:scores'", inputs: "x, score_fisher, 'd = y - scores.score_fisher'"),
      "c.yaml")
    let trained = try program.run("train", "c.yaml", "--out", "second")
    try #require(trained.code == 0, "\(trained.errors)")
    // The model wants its friends again.
    let model = "second/models/fisher.apus"
    let alone = try program.run("apply", model, "toy.root", "--out", "s.csv")
    #expect(alone.code == 2 && alone.errors.contains("there is no column 'score_fisher'"))
    let both = try program.run(
      "apply", model, "toy.root", "--friends", "scores=friend.root", "--out", "s.csv")
    #expect(both.code == 0, "\(both.errors)")
    #expect(try program.read("s.csv").split(separator: "\n").count == 401)
    let again = try program.run(
      "evaluate", "second", "--data", "toy.root", "--friends", "friend.root:scores")
    #expect(again.code == 0, "\(again.errors)")
    // Another name, patterns, and events that are streamed from the disk.
    try program.write(
      configuration("'f=friend.root:scores'", inputs: "'score*', 'f.score_fisher'"), "c.yaml")
    for more in [[], ["--memory", "100MB"]] {
      let result = try program.run(["check", "c.yaml"] + more)
      #expect(result.code == 0 && result.output.contains("f.score_fisher"), "\(result.errors)")
    }
  }

  @Test func friendsThatDoNotFitAreRefused() throws {
    let program = try scored()
    defer { program.clean() }
    try program.writeToy("short.csv", events: 300)
    try program.write(configuration("short.csv", inputs: "x, 'u = short.y'"), "c.yaml")
    let short = try program.run("check", "c.yaml")
    #expect(
      short.code == 1
        && short.errors.contains(
          "short.csv: a friend must have as many entries as 'toy.root' (400), but it has 300."),
      "\(short.errors)")
    try #require(try program.run("convert", "toy.csv", "toy_2.root").code == 0)
    try program.write(configuration("'friend.root:scores'", inputs: "x"), "c.yaml")
    let few = try program.run("check", "c.yaml")
    #expect(
      few.code != 0
        && few.errors.contains(
          "a friend must have a file for each file of the sample (2), but 'friend.root:scores' fits 1"
        ),
      "\(few.errors)")
    try program.write(configuration("nothing.root", inputs: "x"), "c.yaml")
    let none = try program.run("check", "c.yaml")
    #expect(none.code != 0 && none.errors.contains("nothing.root: can't read"), "\(none.errors)")
  }
}
