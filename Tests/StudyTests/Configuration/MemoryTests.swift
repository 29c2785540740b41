import ApusStudy
import Testing

@Suite struct MemorySizeTests {
  private func memory(_ size: String) throws -> Int? {
    let text = """
      events: {files: a.csv, label: {column: label, signal: 1}}
      inputs: [x]
      methods: {fisher: {}}
      memory: \(size)
      """
    return try readConfiguration(text: text, source: "test.yaml").memory
  }

  @Test(arguments: [
    ("100MB", 100_000_000), ("2GB", 2_000_000_000), ("2 gb", 2_000_000_000),
    ("1.5GiB", 1_610_612_736),
    ("200000 kB", 200_000_000), ("1TB", 1_000_000_000_000), ("512mib", 536_870_912),
  ]) func sizesAreUnderstood(text: String, bytes: Int) throws {
    #expect(try memory(text) == bytes)
  }

  @Test(arguments: ["99MB", "2", "2G", "GB", "much", "1e30GB", "2000TB", "[2GB]"])
  func othersAreRefusedWithTheRule(text: String) throws {
    let error = #expect(throws: ConfigurationProblems.self) { _ = try memory(text) }
    #expect(
      error?.message.contains(
        "memory: must be a size of at least 100MB, such as 512MB, 2GB or 1.5GiB, got ") == true,
      "\(error?.message ?? "")")
  }
}
