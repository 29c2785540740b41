public import ApusEngine
import ApusEvents
import ApusKernels

/// What a model file holds: texts by key, and named tensors in the order of writing.
public struct ModelFile: Sendable {
  /// Texts by key: the description of the model, its inputs, its training record.
  public var metadata: [String: String]
  /// The learned numbers.
  public var tensors: [(name: String, tensor: Tensor)]

  /// Makes the content of a model file.
  public init(metadata: [String: String], tensors: [(name: String, tensor: Tensor)]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The tensor of a name; nil where there is none.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }
}

/// Writes a model file: a valid `safetensors` file, readable with `safetensors.numpy.load_file`.
///
/// The same content gives the same bytes. The name holds the whole new file or what it held before.
/// - Throws: ``FormatError`` when two tensors have one name or the file can't be written; `EngineError`
///   when a tensor can't be computed.
public func writeModel(
  metadata: [String: String], tensors: [(name: String, tensor: Tensor)], to path: String
) throws {
  // Larger elements first, so that each tensor starts at a multiple of its element's size.
  let order = tensors.indices.sorted {
    (tensors[$1].tensor.dtype.size, $0) < (tensors[$0].tensor.dtype.size, $1)
  }
  var places = [Range<Int>](repeating: 0..<0, count: tensors.count)
  var end = 0
  for i in order {
    let size = tensors[i].tensor.count * tensors[i].tensor.dtype.size
    places[i] = end..<end + size
    end += size
  }
  let header = try header(metadata, tensors, places, path)
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    try sink.write(header)
    // Tensor by tensor: a forest is larger than the events it learned from.
    for i in order { try append(tensors[i].tensor, to: sink) }
    try sink.close()
  }
}

/// The length and the JSON object before the numbers.
private func header(
  _ metadata: [String: String], _ tensors: [(name: String, tensor: Tensor)],
  _ places: [Range<Int>], _ path: String
) throws -> [UInt8] {
  var names: Set<String> = ["__metadata__"]
  var members: [JSONValue.Member] = []
  if !metadata.isEmpty {
    let notes = metadata.sorted { $0.key < $1.key }
    members.append(
      .init("__metadata__", .object(notes.map { .init($0.key, .string($0.value)) })))
  }
  for (i, (name, tensor)) in tensors.enumerated() {
    guard names.insert(name).inserted else {
      throw FormatError(
        path, object: name, "tensors of a model file must have different names",
        found: "this name is used twice or reserved")
    }
    let entry: [JSONValue.Member] = [
      .init("dtype", .string(code(of: tensor.dtype))),
      .init("shape", .array(tensor.shape.map { .int($0) })),
      .init("data_offsets", .array([.int(places[i].lowerBound), .int(places[i].upperBound)])),
    ]
    members.append(.init(name, .object(entry)))
  }
  var text = Array(JSONValue.object(members).text().utf8)
  text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
  var bytes: [UInt8] = []
  bytes.append(littleEndian: UInt64(text.count))
  return bytes + text
}

/// Writes a model file from its content.
public func writeModel(_ model: ModelFile, to path: String) throws {
  try writeModel(metadata: model.metadata, tensors: model.tensors, to: path)
}

/// Reads a model file, bit by bit what was written; float16 and bfloat16 of other programs become float32.
/// - Throws: ``FormatError`` with tensor and offset for a damaged file or a type that tensors don't have.
public func readModel(_ path: String) throws -> ModelFile {
  try modelFile(try readFile(path), file: path)
}

func modelFile(_ bytes: [UInt8], file: String) throws -> ModelFile {
  let header = try SafetensorsHeader(bytes, file: file, fileSize: bytes.count)
  let tensors = try header.entries.map { entry throws(FormatError) in
    let range =
      header.dataStart + entry.range.lowerBound..<header.dataStart + entry.range.upperBound
    guard let tensor = tensor(bytes, range, entry.type, entry.shape) else {
      throw FormatError(
        file, object: entry.name, offset: range.lowerBound,
        "a tensor must be F64, F32, F16, BF16, I64, I32, U8 or BOOL", found: "it is \(entry.type)",
        remedy: "Convert it where it was made.")
    }
    return (name: entry.name, tensor: tensor)
  }
  return ModelFile(metadata: header.metadata, tensors: tensors)
}

/// Fills a description with a model file's metadata and tensors, without reading their numbers.
func describeModel(_ path: String, _ description: inout FileDescription) throws(FormatError) {
  var length = 0
  for byte in try readHead(path, count: 8).reversed() {
    length = min(length << 8 | Int(byte), SafetensorsHeader.largest)
  }
  let header = try SafetensorsHeader(
    try readHead(path, count: min(length, SafetensorsHeader.largest) + 8), file: path,
    fileSize: try fileSize(path))
  description.notes = header.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  description.items = header.entries.map {
    .init(
      path: $0.name, kind: "tensor", shape: $0.shape,
      columns: [.init(name: "value", type: $0.type, first: [])])
  }
}

private func code(of type: DType) -> String {
  switch type {
  case .float32: "F32"
  case .float64: "F64"
  case .int32: "I32"
  case .int64: "I64"
  case .uint8: "U8"
  case .bool: "BOOL"
  }
}

private func append(_ tensor: Tensor, to sink: FileSink) throws {
  switch tensor.dtype {
  case .float32: try append(tensor.scalars(as: Float.self), to: sink) { $0.bitPattern }
  case .float64: try append(tensor.scalars(as: Double.self), to: sink) { $0.bitPattern }
  case .int32: try append(tensor.scalars(as: Int32.self), to: sink) { $0 }
  case .int64: try append(tensor.scalars(as: Int64.self), to: sink) { $0 }
  case .uint8: try append(tensor.scalars(as: UInt8.self), to: sink) { $0 }
  case .bool: try append(tensor.scalars(as: Bool.self), to: sink) { $0 ? 1 : 0 as UInt8 }
  }
}

/// Writes numbers as little-endian bytes, some at a time.
private func append<Value, Bits: FixedWidthInteger & BitwiseCopyable>(
  _ values: [Value], to sink: FileSink, _ bits: (Value) -> Bits
) throws {
  for start in stride(from: 0, to: values.count, by: 1 << 18) {
    let piece = values[start..<min(start + 1 << 18, values.count)].map { bits($0).littleEndian }
    try unsafe piece.withUnsafeBytes { try unsafe sink.write(Array($0)) }
  }
}

private func tensor(
  _ bytes: [UInt8], _ range: Range<Int>, _ type: String, _ shape: [Int]
) -> Tensor? {
  func loads<Raw: FixedWidthInteger & BitwiseCopyable, T: TensorScalar>(
    _: Raw.Type, _ convert: (Raw) -> T
  ) -> Tensor {
    let size = MemoryLayout<Raw>.size
    return unsafe bytes.withUnsafeBytes { buffer in
      Tensor(
        stride(from: range.lowerBound, to: range.upperBound, by: size).map {
          unsafe convert(Raw(littleEndian: buffer.loadUnaligned(fromByteOffset: $0, as: Raw.self)))
        }, shape: shape)
    }
  }
  switch type {
  case "F64": return loads(UInt64.self) { Double(bitPattern: $0) }
  case "F32": return loads(UInt32.self) { Float(bitPattern: $0) }
  case "F16": return loads(UInt16.self) { StridedElements.half($0) }
  case "BF16": return loads(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
  case "I64": return loads(Int64.self) { $0 }
  case "I32": return loads(Int32.self) { $0 }
  case "U8": return loads(UInt8.self) { $0 }
  case "BOOL": return loads(UInt8.self) { $0 != 0 }
  default: return nil
  }
}
