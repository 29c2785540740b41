internal import ApusEvents

/// Turns the values of a label column into classes.
struct Labeller {
  let classes: [StudyConfiguration.LabelClass]
  /// The order of the classes in the study.
  let order: [String]
  private var unknown: [String: Int] = [:]
  private var rest: Set<String> = []

  init(classes: [StudyConfiguration.LabelClass], order: [String]) {
    self.classes = classes
    self.order = order
  }

  /// The class of each chosen entry of a column.
  mutating func labels(_ column: Column, _ chosen: [Int]) -> [Int32] {
    var cache: [String: Int32] = [:]
    func lookUp(_ text: String, _ number: Double?) -> Int32 {
      if let known = cache[text] { return known }
      let found = find(text, number)
      cache[text] = found
      return found
    }
    let labels: [Int32]
    switch column.values {
    case .strings(let texts): labels = chosen.map { lookUp(texts[$0], Double(texts[$0])) }
    case .int64(let numbers): labels = chosen.map { lookUp("\(numbers[$0])", Double(numbers[$0])) }
    default:
      let numbers = column.doubles ?? []
      labels = chosen.map { lookUp(shortValue(numbers[$0]), numbers[$0]) }
    }
    count(labels, column, chosen)
    return labels
  }

  private mutating func count(_ labels: [Int32], _ column: Column, _ chosen: [Int]) {
    for (label, entry) in zip(labels, chosen) {
      let isRest = label >= 0 && classes[Int(place(label))].values.isEmpty
      guard label < 0 || isRest, rest.count < 20 else { continue }
      let text = word(column, entry)
      if isRest { rest.insert(text) } else { unknown[text, default: 0] += 1 }
    }
  }

  /// The place among `classes` of a label, which is a place in `order`.
  private func place(_ label: Int32) -> Int {
    classes.firstIndex { $0.name == order[Int(label)] } ?? 0
  }

  private func word(_ column: Column, _ entry: Int) -> String {
    switch column.values {
    case .strings(let texts): texts[entry]
    case .int64, .integers, .jagged: column.values.text(entry)
    case .float32(let numbers): shortValue(Double(numbers[entry]))
    case .float64(let numbers): shortValue(numbers[entry])
    }
  }

  private func find(_ text: String, _ number: Double?) -> Int32 {
    if let number, number.isNaN { return -1 }
    let exact = classes.first { $0.values.contains { same($0, text, number) } }
    let found = exact ?? classes.first { $0.values.isEmpty }
    return Int32(found.flatMap { order.firstIndex(of: $0.name) } ?? -1)
  }

  private func same(_ value: String, _ text: String, _ number: Double?) -> Bool {
    if value == text { return true }
    if let number, let wanted = Double(value) { return number == wanted }
    return false
  }

  /// What is wrong with the labels that were seen; nil where nothing is.
  func problem(column: String, source: String) -> String? {
    guard !unknown.isEmpty else { return nil }
    let values = unknown.sorted { $0.value > $1.value }.prefix(5)
      .map { "\($0.key) (\($0.value) events)" }.joined(separator: ", ")
    let known = classes.map {
      $0.name + ": " + ($0.values.isEmpty ? "all others" : $0.values.joined(separator: " or "))
    }.joined(separator: "; ")
    return
      "\(source): the label column '\(column)' must hold the values of the classes (\(known)), but "
      + "also holds \(values). Add a class, or leave these events out with 'selection'."
  }

  /// A remark where more than one value was taken for "all others".
  func remark(column: String) -> String? {
    guard rest.count > 1 else { return nil }
    let name = classes.first { $0.values.isEmpty }?.name ?? "background"
    return
      "label '\(column)': the values \(rest.sorted().prefix(8).joined(separator: ", ")) all count as "
      + "\(name)."
  }
}

/// A number as people write it: 1 and not 1.0.
func shortValue(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
}
