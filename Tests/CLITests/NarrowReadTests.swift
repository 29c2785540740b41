import Foundation
import Testing

/// Only the columns asked for are touched: a column whose bytes are damaged hurts nobody who does not ask for it.
@Suite struct NarrowReadTests {
  /// The toy with one more column, the last, in a format; then the bytes of that column are overwritten.
  private func damaged(_ program: Program, _ name: String) throws {
    try program.writeToy("toy.csv", events: 400)
    let lines = try program.read("toy.csv").split(separator: "\n")
    let text = lines.enumerated().map { "\($1),\($0 == 0 ? "junk" : "\($0 * $0 % 977)")" }
    try program.write(text.joined(separator: "\n") + "\n", "wide.csv")
    let made = try program.run("convert", "wide.csv", name)
    try #require(made.code == 0, "\(made.errors)")
    let file = program.folder.appendingPathComponent(name)
    var bytes = [UInt8](try Data(contentsOf: file))
    let place = name.hasSuffix(".root") ? try basket(bytes) : try lastPage(bytes)
    for i in place { bytes[i] ^= 0x5a }
    try Data(bytes).write(to: file)
  }

  /// Where the data of the basket of 'junk' are: behind its key, which names class, branch and tree.
  private func basket(_ bytes: [UInt8]) throws -> Range<Int> {
    let key = Array("TBasket\u{4}junk\u{6}Events".utf8)
    let start = try #require(
      bytes.indices.dropLast(key.count).first { bytes[$0..<$0 + key.count].elementsEqual(key) })
    // Nineteen bytes of sizes stand between key and data.
    let data = start + key.count + 1 + 19
    return data..<data + 24
  }

  /// The last bytes before the footer, whose length the file's last eight bytes tell.
  private func lastPage(_ bytes: [UInt8]) throws -> Range<Int> {
    let size = bytes.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let end = bytes.count - 8 - size
    return end - 24..<end
  }

  @Test(arguments: ["wide.root", "wide.parquet"], ["x, y", "'?'"])
  func damageElsewhereDoesNotMatter(_ name: String, _ inputs: String) throws {
    let program = try Program()
    defer { program.clean() }
    try damaged(program, name)
    try program.write(
      """
      events: {files: \(name), label: label, weight: weight}
      selection: abs(z) < 5
      inputs: [\(inputs)]
      spectators: [event]
      methods: [fisher]
      """, "c.yaml")
    let model = "run/models/fisher.apus"
    for command in [
      ["check", "c.yaml"], ["train", "c.yaml", "--out", "run"],
      ["evaluate", "run", "--data", name],
      ["apply", model, name, "--out", "scores.csv"],
      ["convert", name, "part.csv", "--columns", "x,lab*"],
      ["train", "c.yaml", "--out", "streamed", "--memory", "100MB"],
    ] {
      let result = try program.run(command)
      #expect(result.code == 0, "\(command[0]): \(result.errors)")
    }
    let junk = try program.run("convert", name, "junk.csv", "--columns", "junk")
    #expect(junk.code == 1 && junk.errors.contains(name), "\(junk.errors)")
    #expect(!program.exists("junk.csv"))
  }

  /// A particle takes its columns, and not those of its neighbours.
  @Test func objectsBringOnlyTheirOwnColumns() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy("toy.csv", events: 400)
    let lines = try program.read("toy.csv").split(separator: "\n")
    let text = lines.enumerated().map { i, line in
      i == 0
        ? "\(line),MET_pt,MET_phi,junk" : "\(line),\(i % 50),\(Double(i % 6) - 3),\(i * i % 977)"
    }
    try program.write(text.joined(separator: "\n") + "\n", "wide.csv")
    try #require(try program.run("convert", "wide.csv", "wide.root").code == 0)
    let file = program.folder.appendingPathComponent("wide.root")
    var bytes = [UInt8](try Data(contentsOf: file))
    for i in try basket(bytes) { bytes[i] ^= 0x5a }
    try Data(bytes).write(to: file)
    try program.write(
      """
      events: {files: wide.root, label: label}
      inputs: [x, "far = abs(deltaPhi(MET, MET))", "p = pt(MET) + y"]
      methods: [fisher]
      """, "c.yaml")
    let trained = try program.run("train", "c.yaml", "--out", "run")
    #expect(trained.code == 0, "\(trained.errors)")
    let scored = try program.run("apply", "run/models/fisher.apus", "wide.root", "--out", "s.csv")
    #expect(scored.code == 0, "\(scored.errors)")
  }
}
