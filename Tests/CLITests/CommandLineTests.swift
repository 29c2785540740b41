import Testing

@Suite struct CommandLineTests {
  @Test func versionIsPrinted() throws {
    let program = try Program()
    defer { program.clean() }
    let result = try program.run("--version")
    #expect(result.code == 0)
    #expect(result.output.hasPrefix("apus 0."))
  }

  @Test func helpNamesEveryCommand() throws {
    let program = try Program()
    defer { program.clean() }
    for words in [[], ["--help"], ["help"], ["-h"]] {
      let result = try program.run(words)
      #expect(result.code == 0)
      for name in [
        "train", "apply", "evaluate", "report", "check", "inspect", "methods", "convert", "bench",
      ] {
        #expect(result.output.contains("\n  \(name) "), "\(name) in \(words)")
      }
    }
  }

  @Test func helpOfACommandNamesItsOptions() throws {
    let program = try Program()
    defer { program.clean() }
    for words in [["train", "--help"], ["help", "train"], ["train", "x.yaml", "--help"]] {
      let result = try program.run(words)
      #expect(result.code == 0)
      for name in ["--out DIR", "--resume", "--set KEY=VALUE", "--seed N", "--threads N", "CONFIG"]
      {
        #expect(result.output.contains(name), "\(name)")
      }
    }
  }

  static let mistakes: [([String], [String])] = [
    (["trian"], ["There is no command 'trian'.", "Did you mean 'train'?", "Try 'apus --help'."]),
    (["xyzzyxyzzy"], ["The commands are train, apply"]),
    (["--verbose"], ["There is no option '--verbose' before a command"]),
    (["train"], ["'train' needs CONFIG", "Try 'apus train --help'."]),
    (
      ["train", "--sede", "3", "--threads", "many", "a.yaml", "b.yaml"],
      [
        "'train' has no option '--sede'. Did you mean '--seed'",
        "'--threads' must be a whole number from 1",
        "not 'many'", "does not know what to do with",
      ]
    ),
    (["train", "a.yaml", "--out"], ["'--out' needs a value: --out DIR."]),
    (["train", "a.yaml", "--out", "--resume"], ["'--out' needs a value"]),
    (["train", "a.yaml", "--resume=yes"], ["'--resume' takes no value."]),
    (["train", "a.yaml", "--seed", "-3"], ["'--seed' must be a whole number from 0"]),
    (["train", "nothing.yaml"], ["nothing.yaml: can't read the configuration"]),
    (["apply", "model.apus"], ["'apply' needs DATA"]),
    (["apply", "model.apus", "data.csv"], ["model.apus: can't read the model"]),
    (["report", "nowhere"], ["nowhere: can't read the run folder"]),
    (["evaluate", "nowhere"], ["nowhere: can't read the run folder"]),
    (["methods", "fishr"], ["there is no method 'fishr'", "Did you mean 'fisher'?"]),
  ]

  @Test(arguments: mistakes)
  func mistakesAreSaidInWords(words: [String], expected: [String]) throws {
    let program = try Program()
    defer { program.clean() }
    let result = try program.run(words)
    #expect(result.code == (words.contains { $0 == "nowhere" || $0 == "data.csv" } ? 1 : 2))
    for text in expected { #expect(result.errors.contains(text), "\(result.errors)") }
    #expect(result.output.isEmpty)
  }
}
