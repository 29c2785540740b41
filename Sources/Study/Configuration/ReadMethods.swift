internal import ApusEvents
internal import ApusKernels

/// Reading `methods`.
extension ConfigurationBuilder {
  mutating func readMethods() {
    guard let methods = value["methods"], methods.content != .null else {
      reader.report(
        "methods", "is missing: which methods to train, for example {fisher: {}, mlp: {}}.", value)
      return
    }
    switch methods.content {
    case .mapping(let entries):
      if entries.isEmpty { reader.report("methods", "must name at least one method.", methods) }
      for entry in entries { readMethod(entry.key, entry.value) }
    case .list(let items):
      if items.isEmpty { reader.report("methods", "must name at least one method.", methods) }
      for item in items {
        if let name = item.asText {
          readMethod(name, ConfigurationValue(.null, line: item.line, column: item.column))
        } else {
          reader.report("methods", "must be names, or a mapping of names to options.", item)
        }
      }
    case .text(let name):
      readMethod(name, ConfigurationValue(.null, line: methods.line, column: methods.column))
    default:
      reader.report(
        "methods", "must be a mapping of names to options, got \(methods.shown).", methods)
    }
  }

  private mutating func readMethod(_ name: String, _ given: ConfigurationValue) {
    let path = "methods." + name
    guard isFileName(name) else {
      reader.report(
        path, "the name becomes a file name: letters, digits, '_', '-' and '.' only.", given)
      return
    }
    if result.methods.contains(where: { $0.name == name }) {
      reader.report(path, "stands here twice.", given)
      return
    }
    guard let booked = methodType(name, given, path) else { return }
    var options = given
    if case .mapping(let entries) = given.content {
      options.content = .mapping(entries.filter { $0.key != "type" })
    }
    let type: any Method.Type
    (type, options) = booked.meant(by: options)
    let (values, problems) = resolve(
      options, against: type.options, path: path, catalogue: methodCatalogue)
    reader.problems += problems
    if !type.tasks.contains(result.task), !result.sources.isEmpty {
      reader.report(
        path,
        "'\(type.name)' learns \(type.tasks.map(\.rawValue).joined(separator: " and ")), but the events "
          + "ask for \(result.task.rawValue).", given)
    }
    guard problems.isEmpty else { return }
    do {
      let method = try type.init(options: values)
      result.methods.append(
        .init(name: name, type: type, method: method, options: values, line: given.line))
      guard type.tasks.contains(result.task), !result.sources.isEmpty else { return }
      try method.check(result.facts)
    } catch let error as OptionProblems {
      reader.problems += error.placed(under: path, values, line: given.line)
    } catch {
      reader.report(path, "\(error)", given)
    }
  }

  private mutating func methodType(_ name: String, _ given: ConfigurationValue, _ path: String)
    -> (any Method.Type)?
  {
    let word = given["type"] != nil ? reader.text(given, "type", path) : name
    guard let word else { return nil }
    if let type = findMethod(word) { return type }
    let known = knownMethodNames()
    var text = "there is no method '\(word)'." + didYouMean(word, among: known)
    if nearestNames(to: word, among: known).isEmpty {
      text += " The methods are \(allMethods.map { $0.name }.joined(separator: ", "))."
    }
    if given["type"] == nil { text += " Under a name of your own, 'type:' says which method." }
    reader.report(given["type"] == nil ? path : path + ".type", text, given["type"] ?? given)
    return nil
  }

  private func isFileName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 100 && name.first != "." && name.first != "-"
      && name.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
            || "_-.".unicodeScalars.contains($0))
      }
  }
}
