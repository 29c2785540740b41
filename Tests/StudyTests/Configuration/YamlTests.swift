import ApusEvents
import ApusStudy
import Testing

@Suite struct YamlTests {
  typealias Content = ConfigurationValue.Content

  static let scalars: [(String, Content)] = [
    ("3", .integer(3)), ("-12", .integer(-12)), ("+7", .integer(7)), ("007", .integer(7)),
    ("0x1F", .integer(31)), ("0o17", .integer(15)),
    ("1e-3", .real(1e-3)), ("1.", .real(1)), (".5", .real(0.5)), ("-1.5E+2", .real(-150)),
    ("99999999999999999999", .real(1e20)), (".inf", .real(.infinity)), ("-.Inf", .real(-.infinity)),
    ("true", .flag(true)), ("False", .flag(false)), ("~", .null), ("null", .null), ("", .null),
    ("yes", .text("yes")), ("no", .text("no")), ("on", .text("on")), ("off", .text("off")),
    ("0-5", .text("0-5")), ("1.2.3", .text("1.2.3")), ("1e", .text("1e")), (".", .text(".")),
    ("e5", .text("e5")), ("1_000", .text("1_000")), ("12:30", .text("12:30")),
    ("'3'", .text("3")), ("\"true\"", .text("true")), ("!!str 3", .text("3")),
    ("genWeight * 0.12", .text("genWeight * 0.12")), ("\"a\\tb\\u00e9\"", .text("a\tbé")),
  ]

  @Test(arguments: scalars)
  func scalarsFollowTheCoreSchema(text: String, expected: Content) throws {
    #expect(try parseYaml("k: " + text)["k"]?.content == expected)
  }

  @Test func placesAreCountedFromOne() throws {
    let value = try parseYaml("a: 1\nb:\n  c: [x, y]\n")
    let list = try #require(value["b"]?["c"])
    #expect((list.line, list.column) == (3, 6))
    guard case .list(let items) = list.content else { return #expect(Bool(false), "no list") }
    #expect((items[1].line, items[1].column) == (3, 10))
  }

  @Test func anchorsAliasesAndMergeKeysExpand() throws {
    let value = try parseYaml(
      """
      base: &b {epochs: 5, batch: 10}
      net:
        <<: *b
        batch: 20
      again: *b
      """)
    #expect(value["net"]?["epochs"]?.content == .integer(5))
    #expect(value["net"]?["batch"]?.content == .integer(20))
    #expect(value["again"] == value["base"])
  }

  @Test func anExplosionOfAliasesIsRefused() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in 1...9 {
      text +=
        "a\(i): &a\(i) [" + Array(repeating: "*a\(i - 1)", count: 10).joined(separator: ", ")
        + "]\n"
    }
    #expect(wrong(text).contains("expands to more than 200000 values"))
  }

  @Test func deepNestingIsRefused() {
    let text = String(repeating: "[", count: 100_000)
    #expect(wrong(text).contains("nested 64 deep at most"))
  }

  static let mistakes: [(String, String)] = [
    (
      "a: 1\nb: 2\na: 3\nb: 4",
      """
      t.yaml:3:1: the key 'a' stands here a second time; the first is on line 1
        3 | a: 3
          | ^
      t.yaml:4:1: the key 'b' stands here a second time; the first is on line 2
        4 | b: 4
          | ^
      """
    ),
    (
      "a: *x",
      "t.yaml:1:4: no finished value is named '&x' before this alias\n  1 | a: *x\n    |    ^"
    ),
    ("a: &x [*x]", "t.yaml:1:8: no finished value is named '&x' before this alias"),
    ("? [a]\n: b", "a key must be a word, not a list or a mapping"),
    ("a: 1\n---\nb: 2", "a file holds one document, here a second one begins"),
    ("a: [1, 2", "t.yaml:1:9: did not find expected ',' or ']'"),
    ("a:\n\tb: 1", "a tab? indent with spaces"),
    ("a: !thing 3", "the tag '!thing' means nothing here"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreShownWhereTheyStand(text: String, words: String) {
    #expect(wrong(text).contains(words), "\(wrong(text))")
  }

  @Test func bytesThatAreNoTextAreRefused() {
    do {
      _ = try parseYaml([0x61, 0x3A, 0x20, 0xFF, 0xFE, 0x00], source: "t.yaml")
      #expect(Bool(false), "accepted")
    } catch {
      #expect(error.message.contains("not text in UTF-8"), "\(error.message)")
    }
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    let text = """
      empty: {}
      none: null
      list: [1, 2.5, true, "yes: no", "3", "-x", "#", "a b", "", "tab\\t", "é"]
      deep:
        - {a: 1, b: [x, {c: d}]}
        - [1, [2, 3]]
      net: {optimizer: {name: adam, rate: 1.0e-3}, layers: [300, 300]}
      odd: [.nan, .inf, 1e300, -0.0]
      """
    let value = try parseYaml(text)
    let again = try parseYaml(writeYaml(value))
    // NaN is not equal to itself: compare what is written instead.
    #expect(writeYaml(again) == writeYaml(value))
    #expect(again["list"] == value["list"])
    #expect(again["net"] == value["net"])
    #expect(again["deep"] == value["deep"])
  }

  private func wrong(_ text: String) -> String {
    do {
      _ = try parseYaml(text, source: "t.yaml")
      return "accepted"
    } catch { return error.message }
  }
}
