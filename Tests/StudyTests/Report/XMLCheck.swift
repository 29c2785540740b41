/// Finds the first place where a text is not well-formed: tags that do not match, bare `&`, unquoted
/// attributes. Enough for what the plots write; not a parser of all XML.
func xmlProblem(_ text: String) -> String? {
  var open: [Substring] = []
  var rest = Substring(text)
  while let start = rest.firstIndex(where: { $0 == "<" || $0 == "&" }) {
    rest = rest[start...]
    if rest.first == "&" {
      guard let end = rest.prefix(8).firstIndex(of: ";"),
        ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].contains(String(rest[...end]))
      else { return "bare & at: \(rest.prefix(40))" }
      rest = rest[rest.index(after: end)...]
      continue
    }
    guard let end = rest.firstIndex(of: ">") else { return "tag without end: \(rest.prefix(40))" }
    let tag = rest[rest.index(after: rest.startIndex)..<end]
    if tag.contains("<") { return "< inside a tag: \(tag.prefix(60))" }
    if tag.count(where: { $0 == "\"" }) % 2 != 0 { return "quotes in: \(tag.prefix(60))" }
    if tag.first == "/" {
      guard open.popLast() == tag.dropFirst() else {
        return "does not match: </\(tag.dropFirst())>"
      }
    } else if tag.last != "/" {
      open.append(tag.prefix { $0 != " " && $0 != "\n" })
    }
    rest = rest[rest.index(after: end)...]
  }
  return open.isEmpty ? nil : "left open: \(open)"
}
