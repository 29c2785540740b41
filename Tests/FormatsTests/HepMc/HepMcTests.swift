import ApusEvents
import ApusFormats
import ApusKernels
import TestSupport
import Testing

/// Events that HepMC 3 has written and pyhepmc has read (Tools/reference/hepmc.py).
@Suite struct HepMcTests {
  /// The particles of an event as lines that can be sorted: readers number them each in their own way.
  private func lines(of read: EventTable, _ event: Int) throws -> [String] {
    func list(_ name: String) throws -> [Double] {
      guard case .jagged(let lists) = try read.column("particle_" + name).values else { return [] }
      let range = lists.offsets[event]..<lists.offsets[event + 1]
      return range.map { lists.content.selecting([$0]).doubles?.first ?? .nan }
    }
    let names = ["id", "status", "px", "py", "pz", "energy", "mass", "mother1", "mother2"]
    let columns = try names.map { try list($0) }
    return columns[0].indices.map { i in
      let mothers = columns[7...].map { $0[i] == 0 ? 0 : columns[0][Int($0[i]) - 1] }
      return (columns[..<7].map { $0[i] } + mothers).map { "\($0)" }.joined(separator: " ")
    }.sorted()
  }

  @Test(arguments: [("events.hepmc3", "three"), ("events.hepmc2.gz", "two")])
  func eventsAreThoseOfPyhepmc(_ file: String, _ key: String) throws {
    let events = try loadGolden("hepmc.json").at(key).items ?? []
    let table = try openTable(golden(file))
    #expect(table.count == events.count && events.count == 6)
    #expect(
      table.schema.map(\.name).filter { $0.hasPrefix("weight") } == [
        "weight", "weight_muR_2", "weight_PDF12",
      ])
    let read = try table.read(table.schema.map(\.name), rows: 0..<table.count)
    for (i, event) in events.enumerated() {
      #expect(try read.numbers("event")[i] == event.at("number").double)
      let weights = try ["weight", "weight_muR_2", "weight_PDF12"].map { try read.numbers($0)[i] }
      #expect(weights == event.at("weights").flat)
      let expected = (event.at("particles").items ?? []).map {
        $0.flat.map { "\($0)" }.joined(separator: " ")
      }.sorted()
      #expect(try lines(of: read, i) == expected, "event \(i)")
    }
    #expect(try readTable(golden(file), columns: ["event"]).count == 6)
    #expect(try inspect(golden(file)).items.count == 1)
  }

  @Test func someEventsAreThoseOfAll() throws {
    let table = try openTable(golden("events.hepmc3"))
    let names = table.schema.map(\.name)
    let all = try table.read(names, rows: 0..<6)
    let some = try table.read(names, rows: 2..<4)
    #expect(try lines(of: some, 1) == lines(of: all, 3))
    #expect(try table.read(names, rows: 3..<3).count == 0)
  }

  /// A file of many runs: the events of one, again and again.
  @Test func runsAreReadOneByOne() throws {
    let folder = try TemporaryFolder()
    let text = String(decoding: try readFile(golden("events.hepmc3")), as: UTF8.self)
    let start = try #require(text.firstRange(of: "\nE ")).lowerBound
    let end = try #require(text.firstRange(of: "HepMC::Asciiv3-END")).lowerBound
    let events = String(repeating: String(text[start..<end].dropLast()), count: 700)
    let path = folder.path("many.hepmc")
    try writeFile(String(text[..<start]) + events + "\n" + String(text[end...]), to: path)
    let table = try HepMcTable(path)
    #expect(table.count == 4200 && table.pieces.count > 2)
    let read = try table.read(["event"], rows: 0..<4200).numbers("event")
    #expect(read == (0..<4200).map { Double($0 % 6 * 3) })
    let few = try table.read(["event", "particle_px"], rows: 1999..<2003)
    #expect(try few.numbers("event") == (1999..<2003).map { Double($0 % 6 * 3) })
  }

  @Test(arguments: [
    ("E 0 5 12", "E 0 5 x", "line 4"), ("V -1 0 [1,2]", "V -1 0 [1,a]", "numbers of particles"),
    ("U GEV MM", "U TEV MM", "GEV or MEV"), ("P 3 -1 ", "P 4 -1 ", "numbered from 1"),
    ("HepMC::Asciiv3-END_EVENT_LISTING", "", "file ends before"),
  ])
  func whatIsWrongIsSaidWithItsLine(_ old: String, _ new: String, _ words: String) throws {
    let folder = try TemporaryFolder()
    var text = String(decoding: try readFile(golden("events.hepmc3")), as: UTF8.self)
    let place = try #require(text.firstRange(of: old))
    text.replaceSubrange(place, with: new)
    try writeFile(text, to: folder.path("x.hepmc"))
    let said = message { _ = try openTable(folder.path("x.hepmc")) }
    #expect(said.contains(words) && said.contains("line"), "\(said)")
  }

  @Test(arguments: ["events.hepmc3", "events.hepmc2.gz"])
  func anyBytesGiveValuesOrAnError(_ file: String) throws {
    try checkReader(
      golden(file), flips: 400, seed: 9, stride: 97, cutsMayRead: !file.hasSuffix("gz")
    ) { path in
      let table = try HepMcTable(path)
      _ = try table.read(table.schema.map(\.name), rows: 0..<table.count)
    }
  }
}
