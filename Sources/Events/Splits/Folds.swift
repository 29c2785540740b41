/// The fold of each event by its identity: fold i is tested by the model that did not learn from it.
///
/// The same identity always gives the same fold, in training, in data and in any other sample, so one
/// rule routes every event; all entries of one event stay together.
/// - Parameters:
///   - identity: A number that names the event, such as its event number.
///   - folds: How many folds there are, at least 1.
///   - hashed: Whether the identity is mixed first. Take false to get `identity % folds`, true where
///     that is correlated with how events were generated.
public func foldAssignment(identity: [Int64], folds: Int, hashed: Bool = false) -> [Int] {
  precondition(folds >= 1, "at least one fold, not \(folds)")
  return identity.map { number in
    if hashed { return Int(SplitMix64.mix(UInt64(bitPattern: number)) % UInt64(folds)) }
    let rest = Int(number % Int64(folds))
    return rest < 0 ? rest + folds : rest
  }
}

/// A row a label with a one at the label's class and zeros elsewhere, row-major.
///
/// Labels outside 0..<classes give a row of zeros.
public func oneHot(_ labels: [Int32], classes: Int) -> [Float] {
  var rows = [Float](repeating: 0, count: labels.count * classes)
  for (i, label) in labels.enumerated() where label >= 0 && label < classes {
    rows[i * classes + Int(label)] = 1
  }
  return rows
}

/// The label of each row: the position of its largest entry, the first of equals.
public func labels(fromOneHot rows: [Float], classes: Int) -> [Int32] {
  precondition(classes > 0 && rows.count % classes == 0, "rows of \(classes) numbers")
  return stride(from: 0, to: rows.count, by: classes).map { start in
    var best = 0
    for c in 1..<max(classes, 1) where rows[start + c] > rows[start + best] { best = c }
    return Int32(best)
  }
}
