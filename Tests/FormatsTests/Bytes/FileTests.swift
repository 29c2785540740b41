import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct FileTests {
  @Test func eachReasonWhyAFileCantBeReadHasItsWords() throws {
    let folder = try TemporaryFolder()
    let real = try folder.write("a\n1\n", "higgs.csv")
    #expect(
      message { _ = try readTable(folder.path("higs.csv")) }
        == "\(folder.path("higs.csv")): a file to read must exist, but there is none of that name. "
        + "Did you mean 'higgs.csv'?")
    #expect(
      message { _ = try readTable("/no/such/x.csv") }.contains("'/no/such' does not exist either"))
    #expect(message { _ = try readTable(folder.path) }.contains("this is a folder"))
    #expect(
      message { _ = try readTable(try folder.write("", "empty.csv")) }.contains(
        "it is empty (0 bytes)"))
    #expect(
      message { _ = try readTable(folder.path("*.h5")) }.contains(
        "a pattern must match at least one file"))
    #expect(
      message { _ = try readTable(try folder.write("root\0\0\0\0", "x.root")) }.contains(
        "x.root, byte 8: the place of the first record must lie within the object"))
    #expect(
      message { _ = try readTable(try folder.write("\u{1}\u{2}abc", "x.bin")) }.contains(
        "starts with 1 2 61 62 63 (hexadecimal), which is none of them"))
    #expect(message { _ = try readTable(real, tree: "events") }.contains("Leave it out"))
  }

  @Test func aFileThatCantBeWrittenSaysWhyAndLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let table = try EventTable([Column("x", .float64([1, 2]))])
    let missing = folder.path("none/x.csv")
    #expect(
      message { try writeTable(table, to: missing) }.contains(
        "the folder of a file to write must exist"))
    #expect(message { try writeTable(table, to: folder.path) }.contains("must end in .root, .h5"))
    try FileManager.default.createDirectory(
      atPath: folder.path("d.csv"), withIntermediateDirectories: false)
    #expect(
      message { try writeTable(table, to: folder.path("d.csv")) }.contains("a folder has this name")
    )
    for name in ["x.csv", "x.h5", "x.npz"] {
      #expect(
        message { try writeTable(table, to: "/proc/" + name) }.contains("/proc/" + name), "\(name)")
    }
    #expect(folder.names == ["d.csv"])
  }

  @Test func aFailureInTheMiddleKeepsTheOldFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("scores.h5")
    try writeHDF5(to: path) { try $0.write("x", [1.0]) }
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try writeHDF5(to: path) {
        try $0.write("x", [2.0])
        throw Stop()
      }
    }
    #expect(try readTable(path).numbers("x") == [1])
    #expect(folder.names == ["scores.h5"])
  }

  /// A limit on the size of files stands for the full disk; it holds for a whole process.
  @Test func aDiskThatFillsUpIsToldAndLeavesNothing() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 20_000, rlim_max: 20_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let folder = try TemporaryFolder()
      let numbers = (0..<50_000).map { Double($0 * 7919 % 10007).squareRoot() }
      let table = try EventTable([Column("x", .float64(numbers))])
      for name in [
        "x.csv", "x.csv.gz", "x.npy", "x.npz", "x.h5", "x.root", "x.rntuple.root", "x.parquet",
      ] {
        let words = message { try writeTable(table, to: folder.path(name)) }
        precondition(
          words.contains(name)
            && (words.contains("it would pass it") || words.contains("disk is full")),
          words)
        precondition(folder.names.isEmpty, "\(folder.names)")
      }
    }
  }

  @Test func imagesAndLabelsInIDXAreRead() throws {
    let array = try readIDX(golden("labels.idx.gz"))
    #expect(array.shape == [2, 3] && array.bytes == [1, 2, 3, 4, 5, 255])
    try checkReader(golden("labels.idx.gz")) { _ = try readIDX($0) }
  }

  @Test(.data("mnist/t10k-images-idx3-ubyte.gz")) func theImagesOfMNISTAreRead() throws {
    let path = try TestData.path("mnist/t10k-images-idx3-ubyte.gz")
    let images = try readIDX(path)
    #expect(images.shape == [10000, 28, 28] && images.bytes.count == 7_840_000)
  }
}
