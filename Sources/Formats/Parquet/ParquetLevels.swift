#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the levels of a chunk say: where lists start and which values are missing.
///
/// An entry of the file has two levels. The repetition level says which list it continues (0: a new row);
/// the definition level says how much of the path to the value exists: from the level of a list on, the
/// list has an element, and at the highest level the value is there.
///
/// Nothing changes it any more once it is made, so that threads may share it.
@safe struct ParquetShape: @unchecked Sendable {
  /// For each list, outermost first, where each of its lists starts among what is below it.
  var starts: [UnsafeBufferPointer<Int>] = unsafe []
  /// Owns the memory of the starts.
  var owner: ParquetLevels
  /// The places for values, missing ones included.
  var slots = 0
  /// The values that are missing.
  var nulls = 0
  var rows = 0
  /// A 1 for each place whose value is there; empty where none is missing.
  var valid: [UInt8] = []
}

/// Collects the shape of a chunk page by page.
@safe final class ParquetLevels {
  private let column: ParquetColumn
  private let most: Int
  private let starts: [UnsafeMutablePointer<Int>]
  private var counts: [Int]
  private(set) var slots = 0
  private var nulls = 0
  private var valid: [UInt8] = []

  /// - Parameter most: How many entries all pages have at most.
  init(_ column: ParquetColumn, most: Int) {
    self.column = column
    self.most = most
    counts = [Int](repeating: 0, count: column.lists.count)
    unsafe starts = unsafe column.lists.map { _ in
      let memory = UnsafeMutablePointer<Int>.allocate(capacity: most + 1)
      unsafe adviseLargePages(memory, (most + 1) * MemoryLayout<Int>.stride)
      return unsafe memory
    }
  }

  deinit { unsafe starts.forEach { unsafe $0.deallocate() } }

  var rows: Int { counts.first ?? slots }

  /// The shape after the last page; nil where levels continued a list that was never begun.
  func shape() -> ParquetShape? {
    let below = counts.dropFirst() + [slots]
    for (list, children) in unsafe zip(starts.indices, below) {
      guard unsafe counts[list] > 0 ? starts[list][0] == 0 : children == 0 else { return nil }
    }
    return unsafe ParquetShape(
      starts: zip(starts, counts).map { unsafe UnsafeBufferPointer(start: $0, count: $1) },
      owner: self,
      slots: slots, nulls: nulls, rows: rows, valid: valid)
  }

  /// Takes the entries of a page of a flat column.
  /// - Parameters:
  ///   - definition: The definition levels, or nil where all values are there. They become 1 where a value
  ///     is there and 0 elsewhere.
  /// - Returns: The number of values that are there.
  func addFlat(_ definition: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    defer { slots += count }
    return unsafe definition.map { unsafe mark($0, count) } ?? noteAllValid(count)
  }

  /// Takes the entries of a page of lists; the definition levels become the marks of the places, 1 where a
  /// value is there.
  /// - Returns: The number of places and of values that are there; nil where the levels are impossible.
  func addNested(
    _ repetition: UnsafeMutablePointer<UInt8>, _ definition: UnsafeMutablePointer<UInt8>,
    _ count: Int
  ) -> (slots: Int, present: Int)? {
    if count == 0 { return (0, 0) }
    if rows == 0, unsafe repetition[0] != 0 { return nil }
    let before = slots
    if column.lists.count == 1 {
      unsafe addLists(repetition, definition, count)
    } else {
      unsafe addNestedLists(repetition, definition, count)
    }
    guard column.mayBeNull else { return (slots - before, noteAllValid(slots - before)) }
    // Only entries that have a place count as values or missing values.
    let slot = UInt8(column.slotDefinition)
    var kept = 0
    for i in 0..<count {
      unsafe definition[kept] = unsafe definition[i]
      unsafe kept += definition[i] >= slot ? 1 : 0
    }
    return unsafe (kept, mark(definition, kept))
  }

  private func addLists(
    _ repetition: UnsafePointer<UInt8>, _ definition: UnsafePointer<UInt8>, _ count: Int
  ) {
    let starts = unsafe starts[0]
    let element = UInt8(column.lists[0])
    var row = counts[0]
    var place = slots
    for i in 0..<count {
      unsafe starts[row] = place
      unsafe row += repetition[i] == 0 ? 1 : 0
      unsafe place += definition[i] >= element ? 1 : 0
    }
    counts[0] = row
    slots = place
  }

  private func addNestedLists(
    _ repetition: UnsafePointer<UInt8>, _ definition: UnsafePointer<UInt8>, _ count: Int
  ) {
    let depth = column.lists.count
    for i in 0..<count {
      // The innermost list that goes on; those below it start anew, while they have elements.
      var list = unsafe Int(repetition[i])
      while list < depth {
        unsafe starts[list][counts[list]] = list + 1 < depth ? counts[list + 1] : slots
        counts[list] += 1
        if unsafe Int(definition[i]) < column.lists[list] { break }
        list += 1
      }
      unsafe slots += Int(definition[i]) >= column.slotDefinition ? 1 : 0
    }
  }

  /// Turns levels of places into marks, and keeps them where a value is missing.
  private func mark(_ definition: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    let full = UInt8(column.definition)
    var present = 0
    for i in 0..<count {
      unsafe definition[i] = unsafe definition[i] == full ? 1 : 0
      unsafe present += Int(definition[i])
    }
    if present == count { return noteAllValid(count) }
    if nulls == 0 { valid = [UInt8](repeating: 1, count: marked) }
    unsafe valid.append(contentsOf: UnsafeBufferPointer(start: definition, count: count))
    marked += count
    nulls += count - present
    return present
  }

  /// The places that have been marked or found complete.
  private var marked = 0

  private func noteAllValid(_ count: Int) -> Int {
    if nulls > 0 { valid.append(contentsOf: repeatElement(1, count: count)) }
    marked += count
    return count
  }
}
