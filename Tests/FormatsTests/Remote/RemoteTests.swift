import ApusEvents
import ApusFormats
import ApusKernels
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files of a web server, which is in this process. Serialized: the traffic is counted for the whole program.
@Suite(.serialized) struct RemoteTests {
  private func bytes(_ name: String) throws -> [UInt8] { try readFile(TestData.golden(name)) }

  private func server(
    _ names: [String],
    faults: @escaping @Sendable (WebServer.Request, Int) -> WebServer.Fault? = { _, _ in nil }
  ) throws -> WebServer {
    var files: [String: [UInt8]] = [:]
    for name in names { files["/" + name] = try bytes(name) }
    return WebServer(files, faults: faults)
  }

  /// Every format gives what it gives on this machine.
  @Test(arguments: [
    ("root/lz4.root", nil), ("written/nested.root", "deep/tuple"), ("formats/columns.h5", nil),
    ("formats/jagged_events.parquet", nil), ("formats/record.npy", nil),
    ("formats/jagged.npz", nil), ("formats/table.csv.gz", nil), ("formats/events.lhe.gz", nil),
  ])
  func aRemoteTableIsThatOfTheFile(_ name: String, _ object: String?) throws {
    let server = try server([name])
    defer { server.stop() }
    let remote = server.url("/" + name) + (object.map { ":" + $0 } ?? "")
    let here = try openTable(TestData.golden(name), tree: object)
    let there = try openTable(remote)
    #expect(here.schema.map(\.name) == there.schema.map(\.name))
    let names = here.schema.filter { $0.obstacle == nil }.map(\.name)
    let (a, b) = (
      try here.read(names, rows: 0..<here.count), try there.read(names, rows: 0..<there.count)
    )
    for (x, y) in zip(a.columns, b.columns) {
      #expect(x.values == y.values || "\(x.values)" == "\(y.values)", "\(x.name)")
    }
    #expect(try inspect(remote).items.count > 0)
  }

  /// A tree of three columns of 4 MB each, of which one is asked for.
  @Test func onlyTheColumnsAskedForTravel() throws {
    var random = SystemRandomNumberGenerator()
    let columns = ["a", "b", "c"].map { name in
      Column(name, .float64((0..<500_000).map { _ in Double.random(in: 0..<1, using: &random) }))
    }
    let path = "/tmp/apus-remote-\(getpid()).root"
    defer { unlink(path) }
    try writeROOT(try EventTable(columns, source: "test"), to: path)
    let all = try readFile(path)
    let server = WebServer(["/x.root": all])
    defer { server.stop() }
    let before = remoteTraffic()
    let table = try openTable(server.url("/x.root"))
    let read = try table.read(["b"], rows: 0..<table.count)
    #expect(read.columns[0].values == columns[1].values)
    let after = remoteTraffic()
    let bytes = after.bytes - before.bytes
    #expect(bytes > all.count / 4 && bytes < all.count * 2 / 5, "\(bytes) of \(all.count)")
    // Baskets of 512 KB travel together, several ranges at a time.
    #expect(after.requests - before.requests < 20)
    #expect(after.files - before.files == 1)
  }

  @Test func brokenConnectionsAndBusyServersAreTriedAgain() throws {
    let server = try server(["root/lz4.root"]) { _, number in
      switch number {
      case 0: .status(503)
      case 2: .shortBody
      case 3: .status(500)
      default: nil
      }
    }
    defer { server.stop() }
    let here = try openTable(TestData.golden("root/lz4.root"))
    let there = try openTable(server.url("/root/lz4.root"))
    let names = here.schema.filter { $0.obstacle == nil }.map(\.name)
    let a = try here.read(names, rows: 0..<here.count)
    let b = try there.read(names, rows: 0..<there.count)
    for (x, y) in zip(a.columns, b.columns) { #expect("\(x.values)" == "\(y.values)") }
  }

  @Test func aServerWithoutRangesIsCopied() throws {
    let server = try server(["root/lz4.root"]) { _, _ in .noRanges }
    defer { server.stop() }
    let url = server.url("/root/lz4.root")
    let table = try openTable(url)
    #expect(try table.count == openTable(TestData.golden("root/lz4.root")).count)
    #expect(remoteTraffic().remarks.contains { $0.contains(url) && $0.contains("copied") })
  }

  @Test func redirectsAreFollowed() throws {
    let target = try server(["formats/record.npy"])
    defer { target.stop() }
    let place = target.url("/formats/record.npy")
    let server = WebServer([:]) { _, _ in .redirect(place) }
    defer { server.stop() }
    #expect(try readTable(server.url("/elsewhere.npy")).count > 0)
  }

  @Test func faultsAreSaidInWords() throws {
    let server = try server(["root/lz4.root"]) { request, _ in
      switch request.path {
      case "/forbidden.root": .status(403)
      case "/busy.root": .status(503)
      case "/silent.root": .silence
      default: nil
      }
    }
    defer { server.stop() }
    let cases = [
      ("/none.root", "HTTP 404"), ("/forbidden.root", "BEARER_TOKEN"), ("/busy.root", "HTTP 503"),
      ("/*.root", "pattern"),
    ]
    for (path, words) in cases {
      #expect(message { _ = try openTable(server.url(path)) }.contains(words), "\(path)")
    }
    setenv("APUS_REMOTE_TIMEOUT", "1", 1)
    defer { unsetenv("APUS_REMOTE_TIMEOUT") }
    #expect(message { _ = try openTable(server.url("/silent.root")) }.contains("1 seconds"))
    #expect(message { _ = try openTable("http://127.0.0.1:9/x.root") }.contains("reachable"))
  }

  @Test func aFileThatChangesMeanwhileIsTold() throws {
    let server = try server(["root/plain.root"])
    defer { server.stop() }
    let table = try openTable(server.url("/root/plain.root"))
    server.replace("/root/plain.root", try bytes("root/plain.root"), tag: "\"two\"")
    let names = table.schema.filter { $0.obstacle == nil }.map(\.name)
    var told = ""
    for _ in 0..<2 { told += message { _ = try table.read(names, rows: 0..<table.count) } }
    // What the first block of the file holds is read already.
    #expect(told.contains("another version") || told.contains("no error"))
    let file = try RemoteFile.open(server.url("/root/zlib.root").replacing("zlib", with: "plain"))
    #expect(
      message {
        var memory = [UInt8](repeating: 0, count: 400)
        try memory.withUnsafeMutableBytes { try file.read(into: $0, at: file.size - 400) }
        var large = [UInt8](repeating: 0, count: file.size)
        file.plan([0..<file.size])
        try large.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
      }.contains("another version"))
  }

  /// Blocks, windows and large reads give the same bytes.
  @Test func anyRangeGivesTheBytesOfTheFile() throws {
    let all = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let server = WebServer(["/x": all])
    defer { server.stop() }
    let file = try RemoteFile.open(server.url("/x"))
    #expect(file.size == all.count)
    var random = SystemRandomNumberGenerator()
    for round in 0..<60 {
      let start = Int.random(in: 0..<all.count, using: &random)
      let count = min(
        all.count - start, Int.random(in: 0...(round % 3 == 0 ? 900_000 : 70_000), using: &random))
      if round % 5 == 0 {
        file.plan([start..<start + count, max(0, start - 100_000)..<start])
      }
      var memory = [UInt8](repeating: 0, count: count)
      try memory.withUnsafeMutableBytes { try file.read(into: $0, at: start) }
      #expect(memory.elementsEqual(all[start..<start + count]), "\(start) \(count)")
    }
  }

  @Test func addressesWithColonsAreTakenApart() {
    func split(_ text: String) -> [String?] {
      let (file, object) = RemoteName.split(text)
      return [file, object]
    }
    #expect(split("https://h:8443/a/b.root") == ["https://h:8443/a/b.root", nil])
    #expect(split("https://h:8443/a/b.root:dir/t") == ["https://h:8443/a/b.root", "dir/t"])
    #expect(split("root://h:1094//a/b.root:t;2") == ["root://h:1094//a/b.root", "t;2"])
    #expect(split("https://h/b.root?t=ab") == ["https://h/b.root?t=ab", nil])
    #expect(split("https://h/b.root?t=ab:t") == ["https://h/b.root?t=ab", "t"])
    #expect(isRemote("root://h//x") && !isRemote("/data/root://x") && !isRemote("x.root"))
  }

  /// A friend that a tree names is found beside it on its server.
  @Test func friendsOfRemoteTreesAreFound() throws {
    let server = try server(["written/friends.root", "written/extra.root"])
    defer { server.stop() }
    let table = try openTable(server.url("/written/friends.root") + ":events")
    #expect(try table.read(["w"], rows: 0..<30).numbers("w") == (0..<30).map { -Double($0) })
  }

  /// Where XRootD's server is installed, it serves a file to its own client's library.
  @Test(.enabled(if: access("/usr/bin/xrootd", X_OK) == 0, "xrootd is not installed"))
  func xrootdGivesTheBytesOfTheFile() throws {
    let folder = "/tmp/apus-xrootd-\(getpid())"
    mkdir(folder, 0o777)
    chmod(folder, 0o777)
    let port = 20_000 + Int(getpid()) % 20_000
    try writeFile(try bytes("root/lz4.root"), to: folder + "/f.root")
    let text =
      "all.export \(folder)\nxrd.port \(port)\nall.adminpath \(folder)\nall.pidpath \(folder)\n"
    try writeFile(text, to: folder + "/server.cfg")
    let user = getuid() == 0 ? "-R nobody " : ""
    let command =
      "/usr/bin/xrootd \(user)-c \(folder)/server.cfg -l \(folder)/log -b -s \(folder)/pid"
    #expect(system(command) == 0)
    defer { _ = system("kill $(cat \(folder)/pid); rm -rf \(folder)") }
    sleep(2)
    let address = "root://localhost:\(port)/\(folder)/f.root"
    let here = try openTable(TestData.golden("root/lz4.root"))
    let there = try openTable(address)
    let names = here.schema.filter { $0.obstacle == nil }.map(\.name)
    let a = try here.read(names, rows: 0..<here.count)
    let b = try there.read(names, rows: 0..<there.count)
    for (x, y) in zip(a.columns, b.columns) { #expect("\(x.values)" == "\(y.values)") }
    #expect(message { _ = try openTable(address + "x") }.contains("none of that name"))
  }
}
