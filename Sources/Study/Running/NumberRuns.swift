/// Numbers of events that mostly go on as they began: kept as runs, of which a file needs one or few.
struct NumberRuns: Sendable {
  /// What a number of a run adds to the one before.
  let step: Int
  private var firsts: [Int] = []
  private var starts: [Int] = []
  /// The number of events.
  private(set) var count = 0

  /// No numbers yet.
  init(step: Int) { self.step = step }

  /// Appends a number.
  mutating func append(_ number: Int) {
    if let first = firsts.last, let start = starts.last, first + (count - start) * step == number {
      count += 1
      return
    }
    firsts.append(number)
    starts.append(count)
    count += 1
  }

  /// The number of an event.
  subscript(event: Int) -> Int {
    precondition((0..<count).contains(event), "an event")
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= event { low = middle } else { high = middle }
    }
    return firsts[low] + (event - starts[low]) * step
  }

  /// All numbers in order.
  var all: [Int] {
    var numbers: [Int] = []
    numbers.reserveCapacity(count)
    for (run, first) in firsts.enumerated() {
      let end = run + 1 < starts.count ? starts[run + 1] : count
      for place in 0..<end - starts[run] { numbers.append(first + place * step) }
    }
    return numbers
  }
}
