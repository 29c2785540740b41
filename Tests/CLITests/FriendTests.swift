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

  /// A friend in another order, without partners for some events: found by its numbers, counted, and kept in mind.
  @Test func friendsAreFoundByTheirNumbers() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy("toy.csv", events: 400)
    let lines = try program.read("toy.csv").split(separator: "\n").map(String.init)
    let numbered =
      ["run," + lines[0]] + lines.dropFirst().map { "1,\($0)" }
    try program.write(numbered.joined(separator: "\n") + "\n", "toy.csv")
    // Every event but the last ten, backwards, in whole numbers.
    let friend = ["event,run,late"] + (0..<390).reversed().map { "\($0),1,\($0 % 3)" }
    try program.write(friend.joined(separator: "\n") + "\n", "late.csv")
    try program.write(
      """
      events: {files: toy.csv, friends: [{file: late.csv, name: l, index: [run, event]}], label: label, weight: weight}
      inputs: [x, y, l.late]
      selection: "l.late >= 0"
      methods: [fisher]
      """, "c.yaml")
    let trained = try program.run("train", "c.yaml", "--out", "run")
    try #require(trained.code == 0, "\(trained.errors)")
    #expect(
      trained.errors.contains("friend 'l' (late.csv): 10 of 400 entries have no partner"),
      "\(trained.errors)")
    #expect(trained.output.contains("400") && trained.output.contains("390"), "\(trained.output)")
    let record = try program.read("run/run.json")
    #expect(record.contains("\"late.csv\""), "\(record)")
    let applied = try program.run(
      "apply", "run/models/fisher.apus", "toy.csv", "--friends", "l=late.csv@run+event", "--out",
      "s.csv")
    // Fisher's discriminant takes no missing values, and a model has no selection: the entry is named.
    #expect(
      applied.code != 0 && applied.errors.contains("10 of 400 entries have no partner")
        && applied.errors.contains("in entry 390"), "\(applied.errors)")
    // One friend may serve several files; without an index it must not.
    try program.write(numbered.joined(separator: "\n") + "\n", "toy_2.csv")
    let wide = try program.read("c.yaml").replacingOccurrences(of: "toy.csv", with: "'toy*.csv'")
    try program.write(wide, "c.yaml")
    #expect(try program.run("check", "c.yaml").code == 0)
    try program.write(
      wide.replacingOccurrences(of: "index: [run, event]", with: "indexes: run"), "c.yaml")
    let wrong = try program.run("check", "c.yaml")
    #expect(
      wrong.code == 2 && wrong.errors.contains("friends[0].indexes"), "\(wrong.errors)")
  }
}
