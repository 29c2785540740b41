internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// A file of a sample, with the tables that stand beside it.
struct SampleFile: Sendable {
  var path: String
  /// `name=file@columns` as `FriendAddress` reads it: one a friend of the sample.
  var friends: [String] = []

  /// All files, for their sizes and dates.
  var all: [String] { [path] + friends.map { FriendAddress($0).address } }
}

/// Opens a file of a sample.
/// - Parameters:
///   - source: The sample.
///   - file: The file.
///   - columns: The columns that will be read, where they are known: formats that are not read piece by piece then
///     read no others.
///   - memory: The bound for memory, where there is one: only what is small against it is read whole.
func openSource(
  _ source: StudyConfiguration.Source, _ file: SampleFile, columns: [String]? = nil,
  memory: Int? = nil
) throws -> any TableSource {
  let whole = memory.map { $0 / 64 } ?? 256 << 20
  return file.friends.isEmpty
    ? try openTable(file.path, tree: source.tree, columns: columns, whole: whole)
    : try openTable(file.path, tree: source.tree, friends: file.friends, whole: whole)
}

extension StudyConfiguration.Source {
  /// The files of the sample; the friends of each are those at its place among the friends' files.
  func sampleFiles(base: String) throws(StudyError) -> [SampleFile] {
    var found: [SampleFile] = []
    for pattern in files {
      found += try expandFiles(pattern, base: base).map { SampleFile(path: $0) }
    }
    for friend in friends.map({ FriendAddress($0) }) {
      let pattern = friend.address
      var paths = try expandFiles(pattern, base: base)
      // What is found by an index may stand in one file for all.
      if !friend.index.isEmpty, paths.count == 1 {
        paths = [String](repeating: paths[0], count: found.count)
      }
      guard paths.count == found.count else {
        throw .usage(
          "sample '\(self.name)': a friend must have a file for each file of the sample (\(found.count)), but "
            + "'\(pattern)' fits \(paths.count). They are taken in alphabetical order.")
      }
      for i in found.indices { found[i].friends.append(friend.text(of: paths[i])) }
    }
    let names = friends.map { FriendAddress($0).name }
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw .usage(
        "sample '\(name)': friends must have different names, but two are '\(names[twice])'. Give them names: "
          + "friends: [a=\(FriendAddress(friends[0]).address), ...].")
    }
    return found
  }
}

extension StudyConfiguration {
  /// The files of each sample; every missing one is reported before the first long read.
  func allFiles(base: String) throws -> [[SampleFile]] {
    var problems: [String] = []
    let files = sources.map { source -> [SampleFile] in
      var own: [SampleFile] = []
      for pattern in source.files {
        var one = source
        one.files = [pattern]
        one.friends = []
        do throws(StudyError) { own += try one.sampleFiles(base: base) } catch {
          problems.append(error.message)
        }
      }
      if let twice = Self.fileNamedTwice(own) {
        problems.append(
          "sample '\(source.name)': each file must stand once, as its events would count twice and be trained and "
            + "tested with alike, but '\(twice)' fits 'files' twice. Leave one of the names or patterns out."
        )
      }
      guard problems.isEmpty, !source.friends.isEmpty else { return own }
      do throws(StudyError) { return try source.sampleFiles(base: base) } catch {
        problems.append(error.message)
        return own
      }
    }
    if !problems.isEmpty { throw StudyError.unusableEvents(problems) }
    return files
  }

  /// A file that a sample has under two names, or twice under one.
  private static func fileNamedTwice(_ files: [SampleFile]) -> String? {
    var seen: Set<String> = []
    return files.first {
      !seen.insert(URL(fileURLWithPath: $0.path).resolvingSymlinksInPath().path).inserted
    }?.path
  }

  /// Which columns of an open file are needed; of its values only those that patterns fit are looked at.
  /// - Parameters:
  ///   - source: The sample.
  ///   - known: The inputs as an earlier file fixed them; nil for the first.
  ///   - table: The file.
  ///   - file: Its name, for messages.
  /// - Throws: ``MissingColumns`` with everything that the file lacks.
  func columnPlan(
    _ source: Source, known: [InputDefinition]?, of table: any TableSource, file: String
  ) throws -> ColumnPlan {
    let needsTypes = known == nil && inputs.contains(where: \.isPattern)
    let columns = needsTypes ? try columns(of: table) : table.columnNames.map { ($0, true) }
    let aliases = table.schema.flatMap(\.aliases).map { (name: $0, isNumber: false) }
    let plan = try ColumnPlan(self, source, known: known, columns: columns + aliases)
    if plan.definitions.isEmpty {
      throw StudyError.usage("\(file): no column fits the patterns of 'inputs'.")
    }
    try plan.check(table.knownNames, source: file)
    return plan
  }

  /// The columns of a file, and which of them patterns may take: those that hold one number an event.
  private func columns(of table: any TableSource) throws -> [(name: String, isNumber: Bool)] {
    let patterns = inputs.compactMap { input -> String? in
      if case .columns(let name) = input, input.isPattern { name } else { nil }
    }
    let fitting = table.schema.filter { column in
      column.obstacle == nil && patterns.contains { fits(column.name, $0) }
    }
    let first = try table.read(fitting.map(\.name), rows: 0..<min(1, table.count))
    let numbers = Set(first.columns.filter { $0.doubles != nil }.map(\.name))
    return table.columnNames.map { ($0, numbers.contains($0)) }
  }
}
