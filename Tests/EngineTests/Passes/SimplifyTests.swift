import ApusEngine
import Testing

@Suite struct SimplifyTests {
  private let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])

  private func operations(_ tensors: Tensor...) throws -> [String] {
    try simplifiedGraph(of: tensors).map { line in
      String(line.split(separator: "=")[1].split(separator: "(")[0]).trimmingSpaces
    }
  }

  @Test func neutralOperationsVanish() throws {
    #expect(try operations((x + 0) * 1 / 1 - 0) == ["constant"])
    #expect(try operations(x.reshaped([6]).reshaped([3, 2]).reshaped([2, 3])) == ["constant"])
    #expect(try operations(x.transposed().transposed()) == ["constant"])
    #expect(try operations(x.sum(axes: [])) == ["constant"])
  }

  @Test func constantsFoldAsTheKernelWouldRound() throws {
    let lines = try simplifiedGraph(of: [Tensor(0.1) + Tensor(0.2)])
    #expect(lines.count == 1)
    #expect(lines[0].contains("full \(Double(Float(0.1) + Float(0.2)))"))
  }

  @Test func equalOperationsAreDoneOnce() throws {
    #expect(
      try operations(x.exp() + x.exp(), x.exp() * 2) == [
        "constant", "exp", "add", "full 2.0", "multiply",
      ])
  }

  @Test func whatNobodyNeedsIsLeftOut() throws {
    let unused = x.log()
    #expect(try operations((unused .> 0).select(x, x) * 0 + x).contains("log"))
    #expect(try !operations(Tensor(1).cast(to: .bool).select(x, unused)).contains("log"))
  }

  @Test func transposesBecomeFlagsOfTheProduct() throws {
    #expect(
      try operations(x.transposed().matmul(x)) == ["constant", "matmul aᵀ"])
    #expect(try operations(x.matmul(x.transposed())) == ["constant", "matmul bᵀ"])
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
