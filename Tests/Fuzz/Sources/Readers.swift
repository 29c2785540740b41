import Apus
import Foundation

/// What reads bytes that others wrote.
enum Reader: String, CaseIterable {
  case csv, npy, npz, hdf5, idx, model, parquet, lhe, hepmc, root, histogram, rntuple,
    configuration,
    formula

  /// The file that inputs are written to; in memory, and named for what it holds.
  private var path: String { "/dev/shm/apus-fuzz-\(getpid()).\(rawValue)" }

  /// Ties the process's temporary files to its life.
  func start() {
    // The events of `model`.
    try? writeFile("x,y,label\n1,2,0\n3,4,1\n-1,0.5,1\n", to: path + ".csv")
  }

  /// What mends the checksums of the format.
  var repair: ((inout [UInt8]) -> Void)? {
    switch self {
    case .npz: repairZip
    case .rntuple: repairRNTuple
    default: nil
    }
  }

  /// Reads bytes as a user would have them read.
  func look(at bytes: [UInt8]) throws {
    switch self {
    case .configuration:
      _ = try readConfiguration(
        text: String(decoding: bytes, as: UTF8.self), source: "study.yaml")
    case .formula: try lookAtFormula(String(decoding: bytes, as: UTF8.self))
    default:
      guard hasOwnFormat(bytes) else { return }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      try lookAtFile()
    }
  }

  /// Whether the bytes start as this reader's files do, and not as those of another.
  private func hasOwnFormat(_ bytes: [UInt8]) -> Bool {
    let isHDF5 = [0, 512, 1024, 2048].contains {
      bytes.dropFirst($0).starts(with: [0x89, 0x48, 0x44, 0x46])
    }
    // The HDF5 library is not safe against damage (Documentation/decisions/020-hdf5-probe.md).
    return isHDF5 == (self == .hdf5)
  }

  private func lookAtFile() throws {
    switch self {
    case .model: try lookAtModel()
    case .idx: _ = try readIDX(path)
    case .histogram: try lookAtHistograms()
    default: try lookAtTables()
    }
  }

  /// All tables of a file that are small enough to be read at each of a million inputs, whole and by pieces.
  private func lookAtTables() throws {
    let description = try Apus.inspect(path)
    precondition(!description.text.isEmpty)
    for item in description.items {
      let address = item.path.isEmpty || item.path == "/" ? path : path + ":" + item.path
      guard let table = try? openTable(address) else { continue }
      // A few bytes may claim a long run of one value, and honestly so.
      guard table.count < 1 << 16 else { continue }
      for column in table.schema where column.obstacle == nil {
        _ = try? table.read([column.name], rows: 0..<table.count)
      }
      _ = try? table.read(table.columnNames, rows: table.count / 3..<(table.count + 1) / 2)
      _ = try? readTable(address)
      lookAtPieces(address)
    }
  }

  /// The same table as if it were larger than memory, and beside itself, found by its first column.
  private func lookAtPieces(_ address: String) {
    guard let pieced = try? openTable(address, whole: 0), pieced.count < 1 << 16 else { return }
    let names = pieced.schema.filter { $0.obstacle == nil }.map(\.name)
    _ = try? pieced.read(names, rows: 0..<pieced.count)
    _ = try? pieced.read(names, rows: pieced.count / 3..<(pieced.count + 1) / 2)
    guard let first = names.first,
      let beside = try? openTable(address, friends: ["f=\(address)@\(first)"], whole: 0)
    else { return }
    _ = try? beside.read(names.map { "f." + $0 }, rows: 0..<beside.count)
  }

  private func lookAtHistograms() throws {
    for entry in try listRoot(path) where entry.bytes < 1 << 22 {
      _ = try? readRootObject(path, entry.path)
      _ = try? readRootHistogram(path, entry.path)
    }
  }

  private func lookAtModel() throws {
    _ = try Apus.inspect(path)
    var request = ApplyRequest(model: path, data: path + ".csv")
    request.output = path + ".scores.npy"
    request.threads = 1
    let tensors = try readModel(path).tensors.reduce(0) { $0 + $1.tensor.count }
    guard tensors < 1 << 16 else { return }
    try apply(request, console: .silent)
  }

  private func lookAtFormula(_ text: String) throws {
    let library = FormulaLibrary.standard
    let formula = try Formula(text, columns: Self.columns.names, library: library)
    _ = try formula.evaluate(on: Self.columns)
  }

  private static let columns: EventTable = {
    let offsets = [0, 2, 2, 3]
    let columns = [
      Column("n", .int64([2, 0, 1])), Column("x", .float64([1.5, -.infinity, .nan])),
      Column("jet_pt", .jagged(Jagged(offsets: offsets, content: .float32([40, 30, 20])))),
      Column("jet_eta", .jagged(Jagged(offsets: offsets, content: .float32([0.5, -1, 2])))),
    ]
    guard let table = try? EventTable(columns, source: "table") else { exit(3) }
    return table
  }()
}
