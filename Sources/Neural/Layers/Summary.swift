extension Layer {
  /// A table of the layers with output shapes and numbers of parameters.
  /// - Parameter input: The shape of one event.
  /// - Throws: `EngineError` where a layer does not fit the one before it.
  public func summary(input: [Int]) throws -> String {
    var rows = [["layer", "output shape", "parameters"]]
    var shape = input
    for (path, layer) in leaves("") {
      shape = try layer.outputShape(for: shape)
      rows.append(["\(path) \(layer.kind)", "\(shape)", grouped(layer.parameterCount)])
    }
    rows.append(["total", "", grouped(parameterCount)])
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let left = row[0].padded(to: widths[0]) + "  " + row[1].padded(to: widths[1])
      return left + "  " + String(repeating: " ", count: widths[2] - row[2].count) + row[2]
    }.joined(separator: "\n") + "\n"
  }

  /// The layers of a sequence; a block with branches stands for itself.
  private func leaves(_ path: String) -> [(String, any Layer)] {
    guard let sequence = self as? Sequential else { return [(path, self)] }
    return sequence.parts.flatMap { part in
      part.layer.leaves(joined(path, part.name))
    }
  }
}

/// 669706 as "669,706".
func grouped(_ number: Int) -> String {
  var text = ""
  for (place, digit) in String(number).reversed().enumerated() {
    if place > 0, place % 3 == 0, digit != "-" { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}

extension String {
  func padded(to width: Int) -> String {
    count < width ? self + String(repeating: " ", count: width - count) : self
  }
}
