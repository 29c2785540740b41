import ApusKernels
public import ApusEvents

/// How long it takes to read the baskets of some columns from the disk and to decompress them, and nothing else.
///
/// It is what no reader can be faster than: the measure of one.
/// - Parameters:
///   - source: A table that ``openTable(_:tree:columns:whole:)`` gave.
///   - columns: The names of its columns.
/// - Returns: Seconds; nil where the table is no tree of a ROOT file.
/// - Throws: ``FormatError`` where the file is damaged.
public func secondsOfDecompression(
  _ source: any TableSource, columns: [String]
) throws -> Double? {
  guard let table = source as? RootTable else { return nil }
  let start = Machine.seconds
  try table.decompress(columns)
  return Machine.seconds - start
}

extension RootRead {
  /// Reads and decompresses all baskets of some columns.
  func decompress(_ chosen: [Int]) throws(FormatError) {
    var paths: Set<String> = []
    let branches = chosen.map { columns[$0].branch }.filter { paths.insert($0.path).inserted }
    let tasks = branches.indices.flatMap { branch in
      (0..<branches[branch].baskets.count).map { (branch, $0) }
    }.sorted { place($0, branches) < place($1, branches) }
    let found = Parallel.map(tasks.count) { i -> FormatError? in
      let branch = branches[tasks[i].0]
      do throws(FormatError) {
        try toolbox.use { tools throws(FormatError) in
          _ = try unsafe file.basket(branch, tasks[i].1, path: branch.path, with: tools)
        }
        return nil
      } catch { return error }
    }
    if let error = found.lazy.compactMap(\.self).first { throw error }
  }

  private func place(_ task: (Int, Int), _ branches: [RootTreeBranch]) -> Int {
    let seeks = branches[task.0].baskets.seeks
    return task.1 < seeks.count ? seeks[task.1] : 0
  }
}
