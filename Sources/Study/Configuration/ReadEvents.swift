internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// Reading `events`, `target` and `classes`.
extension ConfigurationBuilder {
  private static let sourceKeys = [
    "name", "files", "tree", "friends", "class", "weight", "selection", "scale", "part",
  ]
  private static let tableKeys = [
    "name", "files", "tree", "friends", "label", "target", "weight", "selection", "scale",
  ]

  mutating func readEvents() {
    guard let events = value["events"], events.content != .null else {
      reader.report(
        "events", "is missing: a list of samples, or one table {files: ..., label: ...}.", value)
      return
    }
    let target = targets(value, "")
    if let target { result.labels = .targets(target) }
    switch events.content {
    case .list(let items): readSources(items)
    case .text:
      result.sources = [.init(name: "events", files: [events.asText ?? ""], line: events.line)]
      if target == nil {
        reader.report(
          "events",
          "needs to say what the classes are: {files: ..., label: {column: ..., signal: 1}}.",
          events)
      }
    default: readTable(events)
    }
    settleTask(events)
  }

  private mutating func readSources(_ items: [ConfigurationValue]) {
    if items.isEmpty { reader.report("events", "must list at least one sample.", value["events"]) }
    for (index, item) in items.enumerated() {
      let path = "events[\(index)]"
      guard reader.isMapping(item, path, keys: Self.sourceKeys),
        var source = source(item, path)
      else { continue }
      source.className = reader.text(item, "class", path)
      if case .sources = result.labels, source.className == nil {
        reader.report(
          path, "needs a class: 'class: signal', 'class: background' or another name.", item)
      }
      result.sources.append(source)
    }
    for (index, source) in result.sources.enumerated()
    where result.sources[..<index].contains(where: { $0.name == source.name }) {
      reader.problems.append(
        .init(path: "events", text: "two samples are named '\(source.name)'.", line: source.line))
    }
  }

  private mutating func readTable(_ events: ConfigurationValue) {
    guard reader.isMapping(events, "events", keys: Self.tableKeys) else { return }
    if let source = source(events, "events") { result.sources = [source] }
    if let targets = targets(events, "events") {
      if case .targets = result.labels {
        reader.report("events.target", "stands at the top as well; keep one.", events["target"])
      }
      result.labels = .targets(targets)
    }
    guard let label = events["label"], label.content != .null else {
      if case .targets = result.labels { return }
      reader.report(
        "events.label",
        "is missing: which column says the class? For example label: {column: label, signal: 1}.",
        events)
      return
    }
    if case .targets = result.labels {
      reader.report("events.label", "can't stand beside a target: classify or estimate?", label)
      return
    }
    readLabel(label)
  }

  private mutating func source(_ item: ConfigurationValue, _ path: String)
    -> StudyConfiguration.Source?
  {
    guard let files = reader.texts(item, "files", path), !files.isEmpty else {
      if item["files"]?.content == nil || item["files"]?.content == .null {
        reader.report(path + ".files", "is missing: which files hold the events?", item)
      }
      return nil
    }
    let first = URL(fileURLWithPath: files[0]).deletingPathExtension().lastPathComponent
    var source = StudyConfiguration.Source(
      name: reader.text(item, "name", path) ?? first, files: files)
    source.tree = reader.text(item, "tree", path)
    source.friends = friends(item, path)
    source.weight = formula(item, "weight", path)
    source.selection = formula(item, "selection", path)
    source.scale = readScale(item, path)
    source.part = reader.choice(item, "part", path, of: ["train", "validation", "test"])
    source.line = item.line
    return source
  }

  /// Friends as texts, or as mappings with the columns by which their entries are found.
  private mutating func friends(_ item: ConfigurationValue, _ path: String) -> [String] {
    guard let friends = item["friends"], case .list(let items) = friends.content else {
      return reader.texts(item, "friends", path) ?? []
    }
    return items.enumerated().compactMap { index, friend in
      if let text = friend.asText, !text.isEmpty { return text }
      return self.friend(friend, "\(path).friends[\(index)]")
    }
  }

  private mutating func friend(_ item: ConfigurationValue, _ path: String) -> String? {
    guard reader.isMapping(item, path, keys: ["name", "file", "tree", "index"]) else { return nil }
    guard let file = reader.text(item, "file", path) else {
      if item["file"] == nil { reader.report(path + ".file", "is missing: where is it?", item) }
      return nil
    }
    let index = reader.texts(item, "index", path) ?? []
    var friend = FriendAddress(
      file + (reader.text(item, "tree", path).map { ":" + $0 } ?? "")
        + (index.isEmpty ? "" : "@" + index.joined(separator: "+")))
    if let name = reader.text(item, "name", path) { friend.name = name }
    return friend.text(of: friend.address)
  }

  private mutating func readLabel(_ label: ConfigurationValue) {
    if let column = label.asText {
      result.labels = .column(column, Self.binaryClasses(signal: ["1"], background: []))
      return
    }
    let path = "events.label"
    guard reader.isMapping(label, path, keys: ["column", "signal", "background", "classes"]) else {
      return
    }
    guard let column = reader.text(label, "column", path) else {
      if label["column"] == nil { reader.report(path + ".column", "is missing.", label) }
      return
    }
    if let classes = label["classes"], classes.content != .null {
      if label["signal"] != nil || label["background"] != nil {
        reader.report(path, "takes either 'classes' or 'signal' and 'background'.", label)
      }
      result.labels = .column(column, labelClasses(classes, path + ".classes"))
      return
    }
    let signal = reader.texts(label, "signal", path) ?? ["1"]
    let background = reader.texts(label, "background", path) ?? []
    for both in signal where background.contains(both) {
      reader.report(path, "'\(both)' can't mean signal and background.", label)
    }
    result.labels = .column(column, Self.binaryClasses(signal: signal, background: background))
  }

  private static func binaryClasses(signal: [String], background: [String])
    -> [StudyConfiguration.LabelClass]
  {
    [.init(name: "background", values: background), .init(name: "signal", values: signal)]
  }

  /// `[g, q, W]`: the names themselves or 0, 1, 2; `{g: 21, q: [1, 2, 3]}`: the values of each.
  private mutating func labelClasses(_ value: ConfigurationValue, _ path: String)
    -> [StudyConfiguration.LabelClass]
  {
    var classes: [StudyConfiguration.LabelClass] = []
    switch value.content {
    case .list(let items):
      // Names that are numbers mean themselves; other names also stand for 0, 1, 2 in their order.
      let numbers = items.contains { $0.asReal != nil }
      classes = items.enumerated().compactMap { index, item in
        item.asText.map { .init(name: $0, values: numbers ? [$0] : [$0, String(index)]) }
      }
      if classes.count != items.count {
        reader.report(path, "must be names, got \(value.shown).", value)
      }
    case .mapping(let entries):
      for entry in entries {
        let values = reader.texts(value, entry.key, path) ?? []
        classes.append(.init(name: entry.key, values: values))
        if values.isEmpty {
          reader.report(path + "." + entry.key, "needs its values.", entry.value)
        }
      }
    default:
      reader.report(
        path, "must be a list of names, or names with their values, got \(value.shown).", value)
      return []
    }
    if Set(classes.map(\.name)).count != classes.count {
      reader.report(path, "must name each class once, got \(value.shown).", value)
    }
    return classes
  }

  private mutating func settleTask(_ events: ConfigurationValue) {
    var classes: [String] = []
    switch result.labels {
    case .targets(let targets):
      result.task = .regression
      if targets.count > 1 { result.classes = targets.map(\.name) }
      return
    case .column(_, let known): classes = known.map(\.name)
    case .sources:
      for name in result.sources.compactMap(\.className) where !classes.contains(name) {
        classes.append(name)
      }
    }
    if let order = reader.texts(value, "classes", "") {
      if Set(order) != Set(classes) || order.count != classes.count {
        reader.report(
          "classes",
          "must list the classes of the events, \(classes.joined(separator: ", ")), once each.",
          value["classes"])
      }
      classes = order
    } else if classes.count == 2, classes[0] == "signal" {
      classes.swapAt(0, 1)
    }
    result.classes = classes
    result.task = classes.count > 2 ? .multiclass : .binary
    checkClasses(classes, events)
  }

  private mutating func checkClasses(_ classes: [String], _ events: ConfigurationValue) {
    if classes.count < 2, reader.problems.isEmpty {
      reader.report(
        "events", "must have at least two classes, got \(classes.joined(separator: ", ")).", events)
    }
    if classes.count == 2, value["classes"] == nil, case .sources = result.labels,
      classes[1] != "signal"
    {
      reader.report(
        "events",
        "has the classes '\(classes[0])' and '\(classes[1])': which one is the signal? Name it 'signal', or "
          + "write classes: [background first, signal second].", events)
    }
  }
}
