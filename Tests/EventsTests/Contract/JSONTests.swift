import ApusEvents
import Testing

@Suite struct JSONTests {
  @Test func valuesSurvivePrintingAndParsing() throws {
    let value: JSONValue = [
      "b": [1, 2.5, nil, true, "a\"\\\n\u{1}é😀"], "a": [:], "e": [],
      "tiny": .number(Double.leastNonzeroMagnitude),
      "big": .number(1.7976931348623157e308), "minus": -0.0, "whole": .int(.max),
      "nested": [["x": 1.0], ["x": 0.1]],
    ]
    for text in [value.text(), value.text(indent: 2)] {
      let back = try JSONValue(parsing: text)
      #expect(back == value)
      #expect(back["minus"]?.double?.sign == .minus)
    }
    #expect(value.text().hasPrefix(#"{"b":[1,2.5,null,true,"a\"\\\n\u0001é😀"],"a":{},"#))
    #expect(value.text(sorted: true).hasPrefix(#"{"a":{},"b""#))
  }

  @Test func nanAndInfinityArePrintedAsNull() {
    #expect(JSONValue([1, .nan, .infinity]).text() == "[1.0,null,null]")
  }

  @Test func doublesRoundTripExactly() throws {
    var bits: UInt64 = 0x9E37_79B9_7F4A_7C15
    for _ in 0..<2000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: bits)
      guard value.isFinite else { continue }
      #expect(try JSONValue(parsing: JSONValue.number(value).text()).double == value)
    }
  }

  @Test func escapesAndSurrogatePairsAreRead() throws {
    #expect(try JSONValue(parsing: #""\u00e9\ud83d\ude00\/\b\f""#).text == "é😀/\u{8}\u{c}")
  }

  @Test(arguments: [
    ("", "a value is missing: the text ends", 0), ("[1,", "a value is missing: the text ends", 3),
    ("[1 2]", "expected ',' or ']'", 3), ("{\"a\" 1}", "expected ':'", 5),
    ("{\"a\":1,\"a\":2}", "the key 'a' is repeated", 7),
    ("01", "the text must end after its value, but goes on", 1),
    ("1e999", "a number is too large for double precision", 0),
    ("\"\\ud800\"", "half a surrogate pair", 1),
    ("\"a", "a string is not closed", 0), ("nul", "expected 'null'", 0),
    ("[1,]", "a value can't start with this byte (93)", 3),
    ("-", "expected a digit", 1), ("\"\n\"", "a control character must be escaped in a string", 1),
  ]) func badTextsAreRefusedWithTheirPlace(text: String, reason: String, offset: Int) {
    #expect(throws: JSONError(offset: offset, reason: reason)) { try JSONValue(parsing: text) }
  }

  @Test func depthIsLimitedAndAnyBytesGiveAValueOrAnError() throws {
    #expect(throws: JSONError.self) {
      try JSONValue(parsing: String(repeating: "[", count: 1_000_000))
    }
    let good = Array(#"{"a": [1, -2.5e3, "x\u0041", null, true], "b": {"c": []}}"#.utf8)
    for cut in 0..<good.count {
      #expect(throws: JSONError.self) { try JSONValue(parsing: Array(good[..<cut])) }
      for byte in stride(from: 0, through: 255, by: 5) {
        var bad = good
        bad[cut] = UInt8(byte)
        if let value = try? JSONValue(parsing: bad) {
          #expect(try JSONValue(parsing: value.text()) == value)
        }
      }
    }
  }
}
