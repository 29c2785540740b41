internal import FoundationEssentials

/// A size of memory as people write it: `2GB`, `512 MiB`, `1.5 TB`.
///
/// kB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB of 1024; upper and lower case are the same.
/// - Returns: The bytes; nil where the text is no size or lies outside 100 MB to 1000 TB.
func memorySize(_ text: String) -> Int? {
  let letters = trimSpace(text).lowercased()
  let number = String(letters.prefix { $0.isNumber || $0 == "." })
  let unit = trimSpace(String(letters.dropFirst(number.count)))
  let powers = ["k", "m", "g", "t"]
  for (place, letter) in powers.enumerated() {
    for (name, base) in [(letter + "b", 1000.0), (letter + "ib", 1024.0)] where name == unit {
      guard let value = Double(number) else { return nil }
      let bytes = (0...place).reduce(value) { size, _ in size * base }
      return bytes >= 100e6 && bytes <= 1e15 ? Int(bytes) : nil
    }
  }
  return nil
}

/// What a size must be, for messages.
let memorySizeRule = "must be a size of at least 100MB, such as 512MB, 2GB or 1.5GiB"

/// A size for people: 1.24 GB.
func memoryText(_ bytes: Int) -> String { shortCount(Double(bytes)) + "B" }

/// The memory of the machine, in bytes.
func machineMemory() -> Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }
