import ApusEngine
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

@Suite struct ModelFileTests {
  @Test func aModelReadsBackBitByBit() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.apus")
    let doubles = [0.1, -0.0, .infinity, .nan, .leastNonzeroMagnitude]
    let tensors: [(name: String, tensor: Tensor)] = [
      ("layers.0.weight", Tensor([1, 2.5, -3, 0.1, .nan, 6] as [Float], shape: [2, 3])),
      ("flags", Tensor([true, false, true])), ("d", Tensor(doubles)),
      ("i", Tensor([Int32.min, 7])), ("l", Tensor([Int64.max])), ("u", Tensor([UInt8(255)])),
      ("none", Tensor([Float](), shape: [0, 4])), ("scalar", Tensor([2.5 as Float], shape: [])),
    ]
    let metadata = ["apus": "{\"method\": \"mlp\"}", "note": "quote \" and \u{3b2}\n"]
    try writeModel(metadata: metadata, tensors: tensors, to: path)
    let model = try readModel(path)
    #expect(model.metadata == metadata)
    #expect(model.tensors.map(\.name) == tensors.map(\.name))
    for (a, b) in zip(model.tensors, tensors) {
      #expect(a.tensor.shape == b.tensor.shape && a.tensor.dtype == b.tensor.dtype, "\(a.name)")
    }
    let back = try #require(model["d"]).scalars(as: Double.self)
    #expect(back.map(\.bitPattern) == doubles.map(\.bitPattern))
    #expect(try #require(model["flags"]).scalars(as: Bool.self) == [true, false, true])
    #expect(try #require(model["i"]).scalars(as: Int32.self) == [.min, 7])
    try writeModel(model, to: folder.path("again.apus"))
    #expect(try readFile(path) == readFile(folder.path("again.apus")))
  }

  /// Files of this version must read for ever; Tools/reference/safetensors_check.py has read this one.
  @Test func theFormatOfModelFilesIsFixed() throws {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("flag", Tensor([true, false])), ("w", Tensor([0.5, -2, 3] as [Float], shape: [1, 3])),
      ("d", Tensor([0.1])), ("n", Tensor([Int64(7)])),
    ]
    let folder = try TemporaryFolder()
    let path = folder.path("ours.apus")
    try writeModel(metadata: ["apus": "{\"method\": \"mlp\"}"], tensors: tensors, to: path)
    if ProcessInfo.processInfo.environment["APUS_RECORD"] != nil {
      try writeFile(readFile(path), to: golden("ours.apus"))
      Issue.record("recorded \(golden("ours.apus")); run again without APUS_RECORD")
    }
    #expect(try readFile(path) == readFile(golden("ours.apus")))
    #expect(try #require(readModel(golden("ours.apus"))["d"]).scalars(as: Double.self) == [0.1])
  }

  @Test func thePublicPackagesFilesAreRead() throws {
    let model = try readModel(golden("public.safetensors"))
    #expect(model.metadata == ["format": "test"])
    #expect(try #require(model["w"]).scalars(as: Float.self) == [0, 1, 2, 3, 4, 5])
    #expect(try #require(model["w"]).shape == [2, 3])
    #expect(try #require(model["b"]).scalars(as: Double.self) == [0.1, -0.2])
    #expect(try #require(model["half"]).scalars(as: Float.self) == [0.5, -2])
    #expect(try #require(model["steps"]).scalars(as: Int64.self) == [5])
    #expect(
      message { _ = try readModel(golden("unsigned.safetensors")) }.contains(
        "a tensor must be F64, F32, F16, BF16, I64, I32, U8 or BOOL, but it is U32"))
  }

  @Test func badHeadersAreRefusedInWords() throws {
    let folder = try TemporaryFolder()
    func words(_ header: String, data: Int) throws -> String {
      var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
      bytes += Array(header.utf8) + [UInt8](repeating: 0, count: data)
      let path = folder.path("m.apus")
      try writeFile(bytes, to: path)
      return message { _ = try readModel(path) }
    }
    func tensor(_ name: String, _ from: Int, _ to: Int) -> String {
      "\"\(name)\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [\(from), \(to)]}"
    }
    #expect(
      try words("{\(tensor("a", 0, 4)), \(tensor("b", 2, 6))}", data: 6).contains("two overlap"))
    #expect(
      try words("{\(tensor("a", 0, 4)), \(tensor("b", 8, 12))}", data: 12).contains(
        "there is a gap"))
    #expect(try words("{\(tensor("a", 0, 4))}", data: 3).contains("the tensors must fill the file"))
    #expect(try words("{\(tensor("a", 0, 5))}", data: 5).contains("needs 4 bytes, and it has 5"))
    #expect(try words("{\"a\": 1}", data: 0).contains("its dtype is 'missing'"))
    #expect(try words("[]", data: 0).contains("must be a JSON object"))
    #expect(try words("{", data: 0).contains("must be JSON"))
    let twice: [(name: String, tensor: Tensor)] = [("a", Tensor([1.0])), ("a", Tensor([1.0]))]
    #expect(
      message { try writeModel(metadata: [:], tensors: twice, to: folder.path("m.apus")) }.contains(
        "this name is used twice"))
  }

  @Test func anyBytesGiveAModelOrAnError() throws {
    try checkReader(golden("public.safetensors"), flips: 3000) {
      _ = try readModel($0)
      _ = try inspect($0)
    }
  }
}
