internal import ApusEvents
internal import ApusKernels

/// Lists the methods, or the options of one, from the tables that also check configurations.
public func describeMethods(_ name: String?, console: Console) throws {
  guard let name else {
    console.say("Methods, as keys of 'methods:' in a configuration:")
    let rows = allMethods.map { [$0.name, $0.summary] }
    let width = rows.map { $0[0].count }.max() ?? 0
    for row in rows {
      console.say("  " + row[0] + String(repeating: " ", count: width - row[0].count + 2) + row[1])
    }
    console.say("'apus methods NAME' lists the options of one, 'apus methods all' those of all.")
    return
  }
  if name.lowercased() == "all" {
    for (place, type) in allMethods.enumerated() {
      if place > 0 { console.say("") }
      describe(type, console)
    }
    return
  }
  guard let type = findMethod(name) else {
    let known = knownMethodNames()
    throw StudyError.usage(
      "there is no method '\(name)'. The methods are "
        + allMethods.map { $0.name }.joined(separator: ", ") + "." + didYouMean(name, among: known))
  }
  describe(type, console)
}

/// The whole of one method: names, tasks, options with defaults and bounds.
private func describe(_ type: any Method.Type, _ console: Console) {
  console.say("\(type.name): \(type.summary)")
  if !type.aliases.isEmpty { console.say("Also called: " + type.aliases.joined(separator: ", ")) }
  console.say("Learns: " + type.tasks.map(\.rawValue).joined(separator: ", "))
  if type.tasks.contains(.regression) {
    console.say(
      "Several targets: " + (type.takesSeveralTargets ? "one model of all" : "one model a target"))
  }
  console.say(type.options.isEmpty ? "It has no options." : "Options:")
  let text = describe(type.options)
  if !text.isEmpty { console.say(String(text.dropLast())) }
}
