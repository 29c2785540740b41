import ApusEngine
import ApusEvents
import TestSupport
import Testing

/// Values and gradients of every operation against PyTorch and NumPy
/// (`Tools/reference/operations.py`; versions stand in `Tests/Golden/operations.json`).
@Suite struct OperationReferenceTests {
  private let golden: JSONValue
  private let table = OperationTable.all

  init() throws { golden = try loadGolden("operations.json") }

  private func input(_ name: String, _ dtype: DType) -> Tensor {
    let entry = golden.at("inputs", name)
    return Tensor(
      entry.at("data").numbers, shape: entry.at("shape").flat.map { Int($0) }
    ).cast(to: dtype)
  }

  private func result(_ name: String, _ dtype: DType) throws -> (Tensor, [Tensor]) {
    let names = golden.at("cases", name, "inputs").strings ?? []
    let inputs = names.map { input($0, dtype) }
    let function = try #require(table[name], "the test has no operation '\(name)'")
    return (function(inputs), inputs)
  }

  @Test func everyReferenceHasItsOperationAndEveryOperationItsReference() {
    #expect(Set(golden.at("cases").members.map(\.key)) == Set(table.keys))
    #expect(table.count > 190)
  }

  @Test func valuesAndShapesAgreeInFloat64() throws {
    for (name, expected) in golden.at("cases").members.map({ ($0.key, $0.value) }) {
      let (found, _) = try result(name, .float64)
      #expect(found.shape == expected.at("shape").flat.map { Int($0) }, "\(name)")
      expectClose(
        try found.doubles(), expected.at("value").numbers, absolute: 1e-13, relative: 1e-13, name)
    }
  }

  @Test func valuesAgreeInFloat32() throws {
    for (name, expected) in golden.at("cases").members.map({ ($0.key, $0.value) }) {
      let (found, _) = try result(name, .float32)
      #expect(!found.dtype.isFloating || found.dtype == .float32, "\(name) changed the type")
      expectClose(
        try found.doubles(), expected.at("value").numbers, absolute: 4e-6, relative: 4e-6, name)
    }
  }

  @Test func gradientsAgreeInFloat64() throws {
    var compared = 0
    for (name, expected) in golden.at("cases").members.map({ ($0.key, $0.value) }) {
      guard let wanted = expected.at("gradients").items else { continue }
      let (found, inputs) = try result(name, .float64)
      let weights = (Tensor.iota([found.count], dtype: .float64) * 0.7 + 0.3).sin() + 1.5
      let loss = (found.flattened() * weights).sum()
      let slopes = gradients(of: loss, withRespectTo: inputs)
      let tolerance = golden.at("tolerances", name).double ?? 1e-13
      for (number, slope) in slopes.enumerated() {
        #expect(slope.shape == inputs[number].shape)
        expectClose(
          try slope.doubles(), wanted[number].numbers, absolute: tolerance, relative: tolerance,
          "\(name), gradient of input \(number)")
        compared += 1
      }
    }
    #expect(compared > 200)
  }

  @Test func castsBetweenAllTypesAgree() throws {
    let types = Dictionary(uniqueKeysWithValues: DType.allCases.map { ("\($0)", $0) })
    let casts = golden.at("casts").members
    #expect(casts.count == 36)
    for cast in casts {
      let names = cast.key.split(separator: " ").map(String.init)
      let source = try #require(types[names[0]])
      let target = try #require(types[names[1]])
      let from = cast.value.at("from").numbers
      // The repeated list is longer than a vector and has an odd tail.
      let input = try Tensor((0..<37).map { from[$0 % from.count] }).cast(to: source).detached()
      let wanted = cast.value.at("to").numbers
      let found = input.cast(to: target)
      #expect(found.dtype == target)
      expectClose(
        try found.doubles(), (0..<37).map { wanted[$0 % from.count] }, absolute: 0, relative: 0,
        cast.key)
    }
  }
}
