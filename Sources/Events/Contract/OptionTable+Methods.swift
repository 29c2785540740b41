/// Checking of options that are methods themselves.
extension OptionResolver {
  /// Takes a mapping of names to options, a list of names, or one name.
  mutating func takeMethods(
    _ value: ConfigurationValue, for option: OptionDescription, _ path: String,
    into result: inout OptionValues
  ) {
    let nothing = ConfigurationValue(.null, line: value.line, column: value.column)
    var booked: [BookedMethod] = []
    switch value.content {
    case .null, .flag(false): return
    case .mapping(let entries):
      for entry in entries {
        if let one = book(entry.key, entry.value, path + "." + entry.key) { booked.append(one) }
      }
    case .list(let items):
      for item in items {
        guard let name = item.asText else {
          report(path, "must be names, or a mapping of names to options.", item.line)
          continue
        }
        if let one = book(name, nothing, path) { booked.append(one) }
      }
    default:
      guard let name = value.asText else { return }
      if let one = book(name, nothing, path) { booked.append(one) }
    }
    if booked.isEmpty, problems.isEmpty {
      report(path, "must name at least one method.", value.line)
    }
    result.values[option.name] = value.content
    result.methods[option.name] = booked
  }

  private mutating func book(_ name: String, _ given: ConfigurationValue, _ path: String)
    -> BookedMethod?
  {
    let word = given["type"]?.asText ?? name
    guard var type = catalogue.find(word) else {
      let hint = given["type"] == nil ? " Under a name of your own, 'type:' says which method." : ""
      report(path, catalogue.unknown(word) + hint, given.line)
      return nil
    }
    var options = given
    if case .mapping(let entries) = given.content {
      options.content = .mapping(entries.filter { $0.key != "type" })
    }
    (type, options) = type.meant(by: options)
    let before = problems.count
    let values = group(options, type.options, path)
    guard problems.count == before else { return nil }
    do {
      return BookedMethod(
        name: name, type: type, method: try type.init(options: values), options: values,
        line: given.line)
    } catch let error as OptionProblems {
      problems += error.placed(under: path, values, line: given.line)
    } catch {
      report(path, "\(error)", given.line)
    }
    return nil
  }
}
