import ApusEvents
import ApusKernels
import Testing

@Suite struct OptionTableTests {
  let table: [OptionDescription] = [
    OptionDescription(
      "trees", aliases: ["NTrees", "n_estimators"], .integer(1...100_000), default: .integer(100),
      "How many trees."),
    OptionDescription("rate", .real(0...1, open: true), default: .real(0.1), "The learning rate."),
    OptionDescription(
      "loss", .choice(["log", "square"]), default: .text("log"), "What is minimised."),
    OptionDescription(
      "layers", .integers(1...1000), default: .list([ConfigurationValue(.integer(8))]), "Units."),
    OptionDescription("decay", .real(0...Double.infinity), "L2."),
    OptionDescription(
      "optimizer",
      .group(
        [
          OptionDescription("name", .choice(["adam", "sgd"]), default: .text("adam"), "Which."),
          OptionDescription("momentum", .real(0...1), "Memory."),
        ], shorthand: "name"), default: .text("adam"), "How to step."),
    OptionDescription(
      "early_stopping",
      .group(
        [OptionDescription("patience", .integer(1...1000), default: .integer(10), "Epochs.")],
        shorthand: "patience"),
      "When to stop."),
  ]

  func map(_ entries: [(String, ConfigurationValue.Content)]) -> ConfigurationValue {
    ConfigurationValue(
      .mapping(
        entries.enumerated().map { .init($1.0, ConfigurationValue($1.1, line: $0 + 1, column: 3)) })
    )
  }

  @Test func wordsOfOtherProgramsStandForOurs() {
    let table = [
      OptionDescription(
        "kernel", .choice(["linear", "polynomial"]), synonyms: ["poly": "polynomial"],
        default: .text("linear"), "The kernel.")
    ]
    let (values, problems) = resolve(map([("kernel", .text("Poly"))]), against: table, path: "svm")
    #expect(problems.isEmpty && values.text("kernel") == "polynomial")
    #expect(describe(table).contains("Words: poly for polynomial."))
  }

  @Test func defaultsFillWhatIsNotSaid() {
    let (values, problems) = resolve(ConfigurationValue(.null), against: table, path: "bdt")
    #expect(problems.isEmpty)
    #expect(values.integer("trees") == 100)
    #expect(values.real("rate") == 0.1)
    #expect(values.integers("layers") == [8])
    #expect(values.real("decay") == nil)
    #expect(values.group("optimizer")?.text("name") == "adam")
    #expect(values.group("early_stopping") == nil)
  }

  @Test func aliasesTextNumbersAndShorthandsAreTaken() {
    let given = map([
      ("NTrees", .real(50.0)), ("rate", .text("1e-3")), ("optimizer", .text("SGD")),
      ("early_stopping", .integer(3)), ("layers", .integer(5)), ("decay", .integer(2)),
    ])
    let (values, problems) = resolve(given, against: table, path: "bdt")
    #expect(problems == [])
    #expect(values.integer("trees") == 50)
    #expect(values.real("rate") == 1e-3)
    #expect(values.real("decay") == 2)
    #expect(values.group("optimizer")?.text("name") == "sgd")
    #expect(values.group("early_stopping")?.integer("patience") == 3)
    #expect(values.integers("layers") == [5])
  }

  /// What users of other programs write where no option of theirs stands: a sign of percent, and options that have another place here.
  @Test func wordsOfOtherProgramsAreUnderstood() {
    let table = [
      OptionDescription(
        "min_node_size", aliases: ["MinNodeSize"], .real(0...50), percent: true, "Percent."),
      OptionDescription("subsample", .real(0...1), "A share."),
    ]
    let (values, none) = resolve(map([("MinNodeSize", .text("2.5%"))]), against: table, path: "")
    #expect(none == [] && values.real("min_node_size") == 2.5)
    func words(_ key: String) -> String {
      resolve(map([(key, .integer(1))]), against: table, path: "m").1.first?.text ?? ""
    }
    #expect(
      words("random_state")
        == "there is no option 'random_state'. All methods draw from one seed: write 'seed: 1' beside "
        + "'methods', or --seed 1.")
    #expect(words("UseBaggedBoost").contains("'subsample'"))
    #expect(words("class_weight").contains("'balance: equal'"))
    // Advice to use an option that is not there would help nobody.
    #expect(words("ParRanges").contains("The options are 'min_node_size', 'subsample'"))
    let share = resolve(map([("subsample", .text("50%"))]), against: table, path: "").1
    #expect(share.count == 1, "a share is no percent")
  }

  @Test func flagsSwitchGroups() {
    let on = resolve(map([("early_stopping", .flag(true))]), against: table, path: "").0
    #expect(on.group("early_stopping")?.integer("patience") == 10)
    let off = resolve(map([("optimizer", .flag(false))]), against: table, path: "").0
    #expect(off.group("optimizer") == nil)
  }

  @Test func allProblemsComeAtOnceInWordsWithLines() {
    let given = map([
      ("trees", .integer(0)), ("tres", .integer(5)), ("rate", .real(.nan)), ("loss", .text("logg")),
      ("n_estimators", .integer(5)),
      ("optimizer", .mapping([.init("nme", ConfigurationValue(.text("adam"), line: 6))])),
      ("layers", .list([ConfigurationValue(.integer(4)), ConfigurationValue(.text("x"))])),
      ("decay", .integer(-1)), ("xyzzyxyzzy", .null), ("rate", .real(0.2)),
    ])
    let (values, problems) = resolve(given, against: table, path: "methods.bdt")
    #expect(
      OptionProblems(problems).message == """
        line 1: methods.bdt.trees: must be an integer in [1, 100000], got 0.
        line 2: methods.bdt.tres: there is no option 'tres'. Did you mean 'trees', 'NTrees'?
        line 3: methods.bdt.rate: must be a number in (0, 1), got nan.
        line 4: methods.bdt.loss: must be one of 'log', 'square', got 'logg'. Did you mean 'log'?
        line 5: methods.bdt.n_estimators: the option 'trees' is given as 'trees' and as 'n_estimators'; keep one.
        line 6: methods.bdt.optimizer.nme: there is no option 'nme'. Did you mean 'name'?
        line 7: methods.bdt.layers: must be a list of integers, each in [1, 1000], got [4, 'x'].
        line 8: methods.bdt.decay: must be a number of at least 0, got -1.
        line 9: methods.bdt.xyzzyxyzzy: there is no option 'xyzzyxyzzy'. The options are 'trees', 'rate', \
        'loss', 'layers', 'decay', 'optimizer', 'early_stopping'.
        line 10: methods.bdt.rate: the option 'rate' is given twice; keep one.
        """)
    #expect(values.integer("trees") == 100, "the default stands in after a problem")
    #expect(OptionProblems(problems).kind == .usage)
  }

  @Test func somethingElseThanAMappingIsRefused() {
    let problems = resolve(ConfigurationValue(.integer(3), line: 4), against: table, path: "m").1
    #expect(problems.map(\.text) == ["must be a mapping of options, got 3."])
  }

  @Test func theHelpNamesEveryOptionItsBoundsAndItsDefault() {
    let help = describe(table)
    for words in [
      "trees: an integer in [1, 100000] (default 100)", "Also: NTrees, n_estimators.",
      "decay: a number of at least 0 (off)",
      "optimizer: a group (default adam; a plain value is its 'name')",
      "      name: one of 'adam', 'sgd' (default adam)",
    ] { #expect(help.contains(words), "\(words) is missing in\n\(help)") }
  }
}
