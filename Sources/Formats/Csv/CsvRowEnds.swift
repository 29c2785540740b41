/// Finds where rows end, in text that starts with one: a line end in quotes ends none.
struct CsvRowEnds {
  private let separator: UInt8
  private let separatedByBlanks: Bool

  init(separator: UInt8) {
    self.separator = separator
    separatedByBlanks = separator == 0x20
  }

  /// Where the reader stands.
  private enum Place {
    case rowStart
    case cellStart
    case cell
    case quotes
    case comment
  }

  /// The places behind rows, the next one after each `step` bytes, and that behind the last row that ends.
  ///
  /// Quotes count where a cell begins with them, as for the reader of cells; two of them stand for one.
  func places(in text: [UInt8], step: Int) -> [Int] {
    unsafe text.withUnsafeBufferPointer { text in
      var (found, from, last): ([Int], Int, Int) = ([], 0, 0)
      var place = Place.rowStart
      var i = 0
      while i < text.count {
        let byte = unsafe text[i]
        i += 1
        if byte == 0x0a, place != .quotes {
          place = .rowStart
          last = i
          if i - from >= step {
            found.append(i)
            from = i
          }
          continue
        }
        if place == .quotes, byte == 0x22, unsafe i < text.count && text[i] == 0x22 {
          i += 1
          continue
        }
        place = next(place, byte)
      }
      if last > from { found.append(last) }
      return found
    }
  }

  private func next(_ place: Place, _ byte: UInt8) -> Place {
    switch place {
    case .comment: return .comment
    case .quotes: return byte == 0x22 ? .cell : .quotes
    case .rowStart, .cellStart, .cell:
      if byte == separator || (separatedByBlanks && byte == 0x09) {
        return separatedByBlanks && place == .rowStart ? .rowStart : .cellStart
      }
      if place == .cell { return .cell }
      if byte == 0x20 || byte == 0x09 { return place }
      if byte == 0x22 { return .quotes }
      return place == .rowStart && byte == 0x23 ? .comment : .cell
    }
  }
}
