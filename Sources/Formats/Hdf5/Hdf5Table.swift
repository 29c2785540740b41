import ApusKernels
public import ApusEvents
import CHDF5

/// A table of an HDF5 file that is read piece by piece: see ``readHDF5(_:columns:object:)`` for what is a table.
///
/// The file stays open. Pieces are runs of whole chunks of about 32 MiB.
public final class Hdf5Table: TableSource {
  /// The file and the object in it.
  public let source: String
  /// The number of events.
  public let count: Int
  /// What the columns are; a column whose length differs from the first one's says so.
  public let schema: [ColumnDescription]
  /// Runs of whole chunks.
  public let pieces: [Range<Int>]
  private let open: OpenFile

  /// The file and the plan; the library is not safe for threads, so that all use is under its lock, which is why threads may
  /// share it: `file` is touched nowhere else, and last by `deinit`, under that lock too.
  private final class OpenFile: @unchecked Sendable {
    var file: Hdf5File?
    let plan: Hdf5Plan

    init(_ file: Hdf5File, _ plan: Hdf5Plan) {
      self.file = file
      self.plan = plan
    }

    deinit { _ = try? Hdf5.locked { file = nil } }
  }

  /// Opens a file.
  /// - Parameters:
  ///   - path: The file.
  ///   - object: The dataset or group; nil where the file holds only one table.
  /// - Throws: ``FormatError`` as ``readHDF5(_:columns:object:)`` does.
  public init(_ path: String, object: String? = nil) throws {
    let found = try Hdf5.locked {
      let file = try Hdf5File(path)
      let plan = try file.plan(object)
      return (OpenFile(file, plan), plan.source, plan.count, plan.schema, file.pieceRows(plan))
    }
    open = found.0
    source = found.1
    let rows = found.2
    count = rows
    schema = found.3
    let step = found.4
    pieces = stride(from: 0, to: rows, by: step).map { $0..<min($0 + step, rows) }
  }

  /// Reads columns for a run of events, as hyperslabs.
  public func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count)")
    for name in names {
      if let obstacle = schema.first(where: { $0.name == name })?.obstacle {
        throw FormatError(
          source, object: name, "a column must be readable", found: "of this one \(obstacle)",
          remedy: "Leave it out.", kind: .usage)
      }
    }
    return try Hdf5.locked {
      guard let file = open.file else { return try EventTable([], source: source) }
      return try open.plan.read(names, file, rows: rows)
    }
  }
}

extension Hdf5Plan {
  /// The number of events: that of the first part.
  var count: Int { parts.first?.rows ?? 0 }

  var schema: [ColumnDescription] {
    parts.flatMap { part in
      part.names.enumerated().map { i, column in
        let leaf = part.dataset.layout.leaves[i % part.dataset.layout.leaves.count]
        var name = leaf.typeName
        if case .plain(let type, _) = leaf.kind { name = type.columnName }
        let type = part.offsets.reduce(name) { type, _ in "list<\(type)>" }
        var description = ColumnDescription(column, type: type)
        if case .unreadable(let why) = leaf.kind {
          description.obstacle = "it holds \(why)"
        } else if part.rows != count {
          description.obstacle = "there are \(part.rows) entries, and \(count) of the first column"
        }
        return description
      }
    }
  }
}

extension Hdf5File {
  /// The rows of a piece: about 32 MiB of all columns, and whole chunks of the first.
  func pieceRows(_ plan: Hdf5Plan) -> Int {
    let bytes = plan.parts.reduce(0) { sum, part in
      let width = part.dataset.width.multipliedReportingOverflow(
        by: part.dataset.layout.elementSize)
      return sum + (width.overflow ? 1 << 32 : min(width.partialValue, 1 << 32))
    }
    let rows = max(1, (32 << 20) / max(1, bytes))
    guard let first = plan.parts.first?.dataset, !first.shape.isEmpty,
      let handle = unsafe Hdf5Handle(H5Dopen2(self.handle.id, first.path, h5_default()), .dataset),
      let chunk = chunkRows(first, handle)
    else { return rows }
    return max(1, rows / chunk) * chunk
  }
}
