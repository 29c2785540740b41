import ApusEvents
import ApusKernels
import ApusStudy
import Testing

@Suite struct ConfigurationTests {
  static let good = """
    events:
      - {name: higgs, files: "data/higgs_*.root", tree: Events, class: signal, weight: "genWeight * 0.12"}
      - {name: ttbar, files: [data/ttbar.root], class: background, weight: genWeight}
    selection: "n_jets >= 4 && lepton_pt > 25"
    inputs: [lepton_pt, "jet_*", "!jet_phi", "m_jj = a + b", "x / y"]
    spectators: [event, m_bb]
    split: {by: "event % 10", train: 0-5, validation: "6,7", test: [8, 9]}
    negative_weights: pair
    balance: equal
    methods:
      fisher: {}
      net: {type: dnn, layers: [20, 10], optimizer: adam}
    report: {title: "Higgs search", label: "Private work"}
    """

  @Test func everyKeyIsUnderstood() throws {
    let c = try readConfiguration(text: Self.good, source: "higgs.yaml")
    #expect(c.sources.map(\.name) == ["higgs", "ttbar"])
    #expect(c.sources[0].files == ["data/higgs_*.root"] && c.sources[0].tree == "Events")
    #expect(c.sources[0].weight == "genWeight * 0.12")
    #expect(c.classes == ["background", "signal"] && c.task == .binary)
    #expect(c.selection == "n_jets >= 4 && lepton_pt > 25")
    #expect(
      c.inputs == [
        .columns("lepton_pt"), .columns("jet_*"), .except("jet_phi"),
        .formula(name: "m_jj", text: "a + b"), .formula(name: "x / y", text: "x / y"),
      ])
    #expect(c.spectators == ["event", "m_bb"])
    #expect(
      c.division
        == .values(
          by: "event % 10", train: [0...5], validation: [6...6, 7...7], test: [8...8, 9...9]))
    #expect(c.weightPolicy == .pair && c.balance == .equal)
    #expect(c.methods.map(\.name) == ["fisher", "net"])
    #expect(c.methods[1].type.name == "mlp")
    #expect(c.methods[1].options.integers("layers") == [20, 10])
    #expect(c.title == "Higgs search" && c.label == "Private work")
  }

  @Test func aTableWithALabelColumnKnowsItsClasses() throws {
    let rest = "\ninputs: [x]\nmethods: [fisher]\n"
    let two = try readConfiguration(
      text: "events: {files: a.csv, label: {column: y, signal: [1, 2]}}" + rest, source: "a.yaml")
    #expect(two.classes == ["background", "signal"])
    guard case .column("y", let classes) = two.labels else {
      Issue.record("no label")
      return
    }
    #expect(classes.map(\.values) == [[], ["1", "2"]])
    let many = try readConfiguration(
      text:
        "events: {files: a.h5, label: {column: k, classes: [g, q, W]}}\ninputs: [x]\nmethods: [mlp]",
      source: "a.yaml")
    #expect(many.classes == ["g", "q", "W"] && many.task == .multiclass)
    guard case .column("k", let named) = many.labels else {
      Issue.record("no label")
      return
    }
    #expect(named.map(\.values) == [["g", "0"], ["q", "1"], ["W", "2"]])
  }

  @Test func aTargetAsksForRegression() throws {
    let text = "events: {files: a.csv}\ntarget: energy\ninputs: [x]\nmethods: [mlp]"
    let c = try readConfiguration(text: text, source: "a.yaml")
    #expect(c.task == .regression && c.classes.isEmpty)
    guard case .targets(let targets) = c.labels, targets.map(\.formula) == ["energy"] else {
      Issue.record("no target")
      return
    }
  }

  static let rest = "\ninputs: [x]\nmethods: [fisher]\n"

  private func scaled(_ scale: String, _ more: String = "") throws -> StudyConfiguration {
    try readConfiguration(
      text: "events:\n  - {name: a, files: a.csv, class: signal, scale: \(scale)}\n"
        + "  - {name: b, files: b.csv, class: background}" + Self.rest + more, source: "a.yaml")
  }

  /// Products that binary fractions would miss by some last digits.
  @Test(arguments: [
    ("0.83 pb", "140 /fb", 116200.0), ("0.83pb", "140fb-1", 116200),
    ("830 fb", "0.14 ab^-1", 116200),
    ("831.76 pb", "36.1 /fb", 30_026_536), ("0.1 pb", "0.2 /fb", 20), ("1.1 nb", "1.1 1/pb", 1210),
    ("57.03 fb", "139 fb^{-1}", 7927.17), ("80 mb", "1 /nb", 80_000_000),
    ("3e-3 ub", "2 /pb", 6000),
    ("0.000123 b", "1e-3 /pb", 123_000), ("12 ab", "1 /fb", 0.012),
  ]) func crossSectionsTimesLuminositiesAreExact(
    section: String, luminosity: String, expected: Double
  ) throws {
    let c = try scaled(
      "{cross_section: \(section), luminosity: \"\(luminosity)\", sum_of_weights: from events}")
    #expect(c.sources[0].scale == .init(expected: expected, sum: .events))
    let shared = try scaled(
      "{cross_section: \(section), sum_of_weights: Runs.genEventSumw}",
      "luminosity: \"\(luminosity)\"")
    #expect(
      shared.sources[0].scale
        == .init(expected: expected, sum: .column(tree: "Runs", name: "genEventSumw")))
    let factors = try scaled(
      "{cross_section: \(section), luminosity: \"\(luminosity)\", k_factor: 0.5, filter_efficiency: 2e-1, "
        + "sum_of_weights: 1e6}")
    #expect(abs((factors.sources[0].scale?.expected ?? 0) - expected / 10) <= 1e-15 * expected)
    #expect(factors.sources[0].scale?.sum == .number(1e6))
  }

  @Test func aliasesInputsAndListsAreUnderstood() throws {
    let c = try readConfiguration(
      text: """
        events: {files: a.csv, label: y}
        aliases: {dijet: "jet[0] + jet[1]", ht: sum(jet_pt)}
        missing: -5
        inputs: [ht, {name: m, formula: mass(dijet), title: "m_{jj}", unit: GeV, missing: 0}, {name: x}]
        constituents: {columns: ["z = c_pt / pt", c_eta], length: 7, order: stored, mask: false}
        split: {folds: 4, by: event, hashed: true}
        methods: [fisher]
        """, source: "a.yaml")
    #expect(c.aliases == ["dijet": "jet[0] + jet[1]", "ht": "sum(jet_pt)"] && c.missing == -5)
    #expect(c.inputs[1] == .formula(name: "m", text: "mass(dijet)"))
    #expect(c.details["m"] == .init(title: "m_{jj}", unit: "GeV", missing: 0))
    #expect(
      c.constituents
        == .init(
          columns: [("z", "c_pt / pt"), ("c_eta", "c_eta")], length: 7, order: .stored,
          hasMask: false))
    #expect(c.division == .folds(.init(count: 4, by: "event", isHashed: true)))
    #expect(c.spectators == ["event"])
  }

  @Test func theSplitFollowsTheSeedUnlessItHasItsOwn() throws {
    let base = "events: {files: a.csv, label: y}\ninputs: [x]\nmethods: [fisher]\nseed: 7\n"
    let own = try readConfiguration(
      text: base + "split: {train: 0.5, validation: 0, test: 0.5, seed: 3}", source: "a.yaml")
    #expect(own.division == .fractions(train: 0.5, validation: 0, test: 0.5, seed: 3))
    let none = try readConfiguration(text: base, source: "a.yaml")
    #expect(none.division == .fractions(train: 0.6, validation: 0.2, test: 0.2, seed: 7))
  }

  @Test func overridesReplaceMakeAndStepIntoLists() throws {
    let c = try readConfiguration(
      text: Self.good, source: "higgs.yaml",
      overrides: [
        "methods.net.layers=[5]", "events.1.weight=w2", "report.label=Preliminary",
        "methods.third={type: fisher}", "selection=null",
      ])
    #expect(c.methods.map(\.name) == ["fisher", "net", "third"])
    #expect(c.methods[1].options.integers("layers") == [5])
    #expect(c.sources[1].weight == "w2" && c.sources[0].weight == "genWeight * 0.12")
    #expect(c.label == "Preliminary" && c.selection == nil)
  }

  @Test func whatWasMergedReadsBackTheSame() throws {
    let c = try readConfiguration(text: Self.good, source: "higgs.yaml", overrides: ["seed=4"])
    let again = try readConfiguration(text: writeYaml(c.merged), source: "config.yaml")
    #expect(again.merged == c.merged)
    #expect(again.seed == 4)
  }

  static let mistakes: [(change: (String, String), words: [String])] = [
    (
      ("negative_weights: pair", "negative_weights: drop"),
      ["line 8: negative_weights", "keep, ignore"]
    ),
    (("fisher: {}", "fischer: {}"), ["line 11: methods.fischer: there is no method", "'fisher'"]),
    (("type: dnn", "type: dn"), ["line 12: methods.net.type: there is no method 'dn'", "'dnn'"]),
    (
      ("layers: [20, 10]", "layer: [20, 10]"),
      ["line 12: methods.net.layer:", "Did you mean 'layers'"]
    ),
    (("layers: [20, 10]", "layers: [20, 0]"), ["line 12: methods.net.layers: must be"]),
    (("class: signal", "class: higgs"), ["which one is the signal?"]),
    (("class: signal, ", ""), ["line 2: events[0]: needs a class"]),
    (("inputs: [", "input: ["), ["line 5: input: there is no such key. Did you mean 'inputs'?"]),
    (("\"x / y\"", "lepton_pt"), ["line 5: inputs[4]: the input 'lepton_pt' stands here twice."]),
    (("6,7", "5,7"), ["line 7: split: the value 5 is both in train and in validation"]),
    (("fisher: {}", "fisher: {}\n  fisher: {}"), ["the key 'fisher' stands here a second time"]),
    (("fisher: {}", "\"../x\": {type: fisher}"), ["the name becomes a file name"]),
  ]

  @Test(arguments: mistakes)
  func mistakesAreSaidWithLineAndRemedy(change: (String, String), words: [String]) throws {
    let text = Self.good.replacing(change.0, with: change.1)
    #expect(text != Self.good)
    let message = Self.wrong(text)
    for word in words { #expect(message.contains(word), "\(message)") }
  }

  @Test func allMistakesAreReportedAtOnceInTheOrderOfTheFile() {
    let text =
      "inputs: []\nsplit: {train: 0.9, test: 0.9}\nmethods: {a: {}, b: {}}\nspectator: [x]\n"
    let message = Self.wrong(text)
    let places = ["inputs:", "split:", "methods.a:", "methods.b:", "spectator:"].map {
      message.firstRange(of: $0)?.lowerBound
    }
    #expect(places.allSatisfy { $0 != nil } && message.contains("events"), "\(message)")
    let known = places.compactMap { $0 }
    #expect(known == known.sorted())
  }

  static func wrong(_ text: String, _ overrides: [String] = []) -> String {
    do {
      _ = try readConfiguration(text: text, source: "higgs.yaml", overrides: overrides)
      return "accepted"
    } catch { return (error as? any ApusError)?.message ?? "\(error)" }
  }

  static let overrides: [(String, String)] = [
    ("methods.net", "--set methods.net: must be KEY=VALUE"),
    ("events.7.weight=1", "'7' must be a place in a list of 2, from 0"),
    ("report.title.x=1", "can't set 'x' inside the plain value 'Higgs search'"),
    ("a..b=1", "has an empty key"), ("inputs=[x", "--set inputs=[x: did not find"),
  ]

  @Test(arguments: overrides)
  func wrongOverridesAreSaid(override: String, words: String) {
    let message = Self.wrong(Self.good, [override])
    #expect(message.contains(words), "\(message)")
  }
}
