import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

/// Friends whose entries are found by numbers of theirs, and friends of friends.
@Suite struct FriendIndexTests {
  private func write(_ folder: TemporaryFolder, _ name: String, _ columns: [Column]) throws
    -> String
  {
    let path = folder.path(name)
    try writeTable(try EventTable(columns), to: path)
    return path
  }

  /// Entries in another order, some without a partner, all kinds of columns.
  @Test func entriesAreFoundByTheirNumbers() throws {
    let folder = try TemporaryFolder()
    let events = try write(
      folder, "events.root",
      [
        Column("run", .integers(.int32([1, 1, 2, 2, 3]))),
        Column("event", .int64([10, 11, 10, 12, 1])), Column("x", .float64([0, 1, 2, 3, 4])),
      ])
    let friend = try write(
      folder, "friend.root",
      [
        Column("run", .float64([3, 2, 1, 9, 2])), Column("event", .int64([1, 10, 11, 9, 12])),
        Column("w", .float32([40, 20, 10, 90, 30])),
        Column("n", .integers(.uint8([4, 2, 1, 9, 3]))),
        Column("name", .strings(["d", "b", "a", "z", "c"])),
        Column(
          "list",
          .jagged(Jagged(offsets: [0, 2, 3, 3, 4, 6], content: .float64([7, 8, 5, 0, 1, 2])))),
      ])
    let table = try openTable(events, friends: ["f=\(friend)@run+event"])
    let read = try table.read(["w", "n", "name", "list", "x", "f.run"], rows: 0..<5)
    let w = try read.numbers("w")
    #expect(w[0].isNaN && Array(w[1...]) == [10, 20, 30, 40])
    let n = try read.numbers("n")
    #expect(n[0].isNaN && Array(n[1...]) == [1, 2, 3, 4])
    #expect(try read.texts("name") == ["", "a", "b", "c", "d"])
    guard case .jagged(let lists) = try read.column("list").values else {
      Issue.record("no list")
      return
    }
    #expect(lists.offsets == [0, 0, 0, 1, 3, 5])
    #expect(lists.content.doubles == [5, 1, 2, 7, 8])
    #expect(
      friendRemarks(table).first?.contains("1 of 5 entries have no partner") ?? false,
      "\(friendRemarks(table))")
    #expect(friendFiles(of: table) == [friend])
    // A part of the events, and a type that does not depend on the part.
    #expect(try table.read(["n"], rows: 2..<4).column("n").values == .float64([2, 3]))
    #expect(table.schema.first { $0.name == "n" }?.type == "float64")
  }

  @Test func entriesInOrderKeepTheirTypes() throws {
    let folder = try TemporaryFolder()
    let path = try write(
      folder, "a.root",
      [
        Column("event", .int64([5, 6, 7])), Column("n", .integers(.int16([1, 2, 3]))),
      ])
    let table = try openTable(path, friends: ["b=\(path)@event"])
    #expect(try table.read(["b.n"], rows: 1..<3).column("b.n").values == .integers(.int16([2, 3])))
    #expect(friendRemarks(table).isEmpty)
  }

  /// 40,000 entries in a wild order over several runs of the friend.
  @Test func farApartEntriesAreFound() throws {
    let folder = try TemporaryFolder()
    let count: Int64 = 40_000
    let shuffled = (0..<count).map { $0 * 7919 % count }
    let events = try write(folder, "e.npz", [Column("event", .int64(shuffled))])
    let friend = try write(
      folder, "f.npz",
      [
        Column("event", .int64((0..<count).map { $0 })),
        Column("y", .float64((0..<count).map { Double($0) / 2 })),
      ])
    let table = try openTable(events, friends: ["f=\(friend)@event"])
    for rows in [0..<3, 100..<2000, 0..<Int(count)] {
      let y = try table.read(["y"], rows: rows).numbers("y")
      #expect(y == shuffled[rows].map { Double($0) / 2 })
    }
  }

  @Test func indicesThatCannotBeAreTold() throws {
    let folder = try TemporaryFolder()
    let path = try write(
      folder, "a.npz",
      [
        Column("event", .int64([1, 2, 1])), Column("x", .float64([0.5, 1, 2])),
        Column("s", .strings(["a", "b", "c"])),
      ])
    let twice = message { _ = try openTable(path, friends: ["b=\(path)@event"]) }
    #expect(
      twice.contains("must tell all entries apart, but entries 0 and 2 both have 1"), "\(twice)")
    let real = message { _ = try openTable(path, friends: ["b=\(path)@x"]) }
    #expect(real.contains("must hold one whole number an entry"), "\(real)")
    let missing = message { _ = try openTable(path, friends: ["b=\(path)@run"]) }
    #expect(missing.contains("there is no column 'run'"), "\(missing)")
    #expect(FriendAddress("w=a.root:t@run+event").index == ["run", "event"])
    #expect(FriendAddress("a.root:dir/t;2").name == "t")
    let again = FriendAddress(FriendAddress("w=a.root:t@run").text(of: "b.root:t"))
    #expect(again == FriendAddress("w=b.root:t@run"))
  }

  /// Trees whose friends have friends, in circles and by an index: Tools/reference/root_objects.py.
  @Test func friendsOfFriendsAreFollowed() throws {
    let path = TestData.golden("root/friends.root")
    let table = try openTable(path, tree: "first")
    let names = table.schema.filter { $0.obstacle == nil }.map(\.name)
    #expect(names == ["x", "y", "z"], "\(names) \(table.schema)")
    let read = try table.read(["x", "second.y", "third.z"], rows: 0..<4)
    #expect(try read.numbers("x") == [0, 1, 2, 3])
    #expect(try read.numbers("second.y") == [0, 10, 20, 30])
    #expect(try read.numbers("third.z") == [0, 100, 200, 300])
    // The friend stands in another order and says by what it is found; its own friend follows it.
    let indexed = try openTable(path, tree: "events")
    let found = try indexed.read(["w", "u"], rows: 0..<4)
    let w = try found.numbers("w")
    #expect(Array(w[..<3]) == [11, 12, 21] && w[3].isNaN, "\(w)")
    let u = try found.numbers("u")
    #expect(Array(u[..<3]) == [-11, -12, -21] && u[3].isNaN, "\(u)")
    #expect(friendRemarks(indexed).count == 2)
  }
}
