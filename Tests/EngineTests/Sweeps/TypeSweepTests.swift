import ApusEngine
import TestSupport
import Testing

/// Which operation takes which element types, and in which words it refuses the others.
@Suite struct TypeSweepTests {
  private static let reals: [DType] = [.float32, .float64]
  private static let integers: [DType] = [.int32, .int64, .uint8]
  private static let realOnly = [
    "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "asin",
    "acos", "atan", "sinh", "cosh", "tanh", "sigmoid", "erf", "logGamma",
  ]
  private static let numeric = [
    "negate", "abs", "sign", "relu", "squared", "floor", "ceil", "rounded",
  ]

  @Test(arguments: DType.allCases)
  func functionsOfOneArgumentTakeTheirTypes(_ dtype: DType) throws {
    let x = try Tensor([0, 1] as [Double]).cast(to: dtype).detached()
    for name in Self.realOnly {
      let function = try #require(OperationTable.unary[name])
      let found = function([x])
      if dtype.isFloating {
        #expect(found.dtype == dtype && found.failure == nil, "\(name)")
        _ = try found.doubles()
      } else {
        #expect(
          found.failure?.message
            == "[\(name)] needs float32 or float64, not \(dtype); cast it first")
      }
    }
    for name in Self.numeric {
      let function = try #require(OperationTable.unary[name])
      let found = function([x])
      let words = ["squared": "square", "rounded": "round"][name] ?? name
      if dtype == .bool {
        #expect(
          found.failure?.message == "[\(words)] needs numbers, not bool; cast it first")
      } else {
        #expect(found.dtype == dtype && found.failure == nil, "\(name)")
        if !dtype.isFloating && name != "negate" {
          #expect(try found.doubles() == [0, 1], "\(name) of \(dtype)")
        }
      }
    }
    for name in ["logicalNot", "isNaN", "isFinite"] {
      let function = try #require(OperationTable.unary[name])
      #expect(function([x]).dtype == .bool)
    }
    #expect(try x.logicalNot().scalars(as: Bool.self) == [true, false])
    #expect(try x.isNaN().scalars(as: Bool.self) == [false, false])
    #expect(try x.isFinite().scalars(as: Bool.self) == [true, true])
  }

  @Test(arguments: DType.allCases, DType.allCases)
  func functionsOfTwoArgumentsNeedEqualTypes(_ left: DType, _ right: DType) throws {
    let a = try Tensor([6, 1] as [Double]).cast(to: left).detached()
    let b = try Tensor([2, 1] as [Double]).cast(to: right).detached()
    for (name, found) in [("add", a + b), ("less", a .< b), ("and", a .& b), ("power", a.power(b))]
    {
      let message = found.failure?.message
      if left != right {
        #expect(
          message
            == "[\(name)] element types must be equal; cast one: found \(left)[2] and \(right)[2]")
      } else if left == .bool && (name == "add" || name == "power") {
        #expect(
          message
            == "[\(name)] needs numbers, not bool; cast them first: found bool[2] and bool[2]")
      } else {
        #expect(message == nil)
        #expect(found.dtype == (["less", "and"].contains(name) ? .bool : left))
      }
    }
  }

  @Test(arguments: [DType.int32, .int64, .uint8])
  func integersFollowTheirOwnArithmetic(_ dtype: DType) throws {
    func t(_ values: [Double]) throws -> Tensor {
      try Tensor(values).cast(to: dtype).detached()
    }
    let (a, b) = (try t([7, 8, 9, 5]), try t([2, 3, 0, 5]))
    #expect(try (a + b).doubles() == [9, 11, 9, 10])
    #expect(try (a * b).doubles() == [14, 24, 0, 25])
    #expect(try (a / b).doubles() == [3, 2, 0, 1])
    #expect(try a.modulo(b).doubles() == [1, 2, 0, 0])
    #expect(try a.power(b).doubles() == (dtype == .uint8 ? [49, 0, 1, 53] : [49, 512, 1, 3125]))
    #expect(try a.maximum(b).doubles() == [7, 8, 9, 5])
    #expect(try (a .== b).doubles() == [0, 0, 0, 1])
    #expect(try (a .> 7).select(a, b).doubles() == [2, 8, 9, 5])
    #expect(try (a - 1).doubles() == [6, 7, 8, 4])
    #expect(try (a / 2.0).doubles() == [3, 4, 4, 2])
    if dtype != .uint8 {
      let c = try t([-7, 7, -7, 7])
      #expect(try (c / (try t([2, -2, -2, 2]))).doubles() == [-4, -4, 3, 3])
      #expect(try c.modulo(try t([2, -2, -2, 2])).doubles() == [1, -1, -1, 1])
      #expect(try (-c).abs().doubles() == [7, 7, 7, 7])
    } else {
      #expect(try (try t([250]) + (try t([10]))).doubles() == [4])
      #expect(try (try t([3]) - (try t([5]))).doubles() == [254])
    }
  }

  @Test func largeIntegersKeepEveryDigit() throws {
    let big: Int64 = 1 << 62 + 12_345_678_901
    let x = Tensor([big, -big] as [Int64])
    let one = Tensor([1, 1] as [Int64])
    #expect(try (x + one).scalars(as: Int64.self) == [big + 1, -big + 1])
    #expect(try x.reversed(axis: 0).scalars(as: Int64.self) == [-big, big])
    #expect(try x.max().scalars(as: Int64.self) == [big])
    #expect(try x.sum().scalars(as: Int64.self) == [0])
    #expect(try x.sorted().scalars(as: Int64.self) == [-big, big])
    let most = Tensor([Int32.max])
    #expect(try (most + Tensor([1 as Int32])).scalars(as: Int32.self) == [Int32.min])
  }

  @Test func otherOperationsNameTheTypeThatTheyNeed() {
    let (whole, real) = (Tensor([1, 2] as [Int32]), Tensor([1, 2] as [Float]))
    let flags = Tensor([true, false])
    let messages = [
      whole.reshaped([1, 2]).matmul(whole.reshaped([2, 1])), flags.sum(),
      real.gathered(real), real.scatterAdded(flags, count: 3), real.select(real, real),
      flags.select(real, whole), Tensor.concatenate([real, whole]),
      Tensor.uniform([2], key: RandomKey(seed: 1), dtype: .int32),
      Tensor.uniform([2], key: RandomKey(tensor: real)),
      gradient(of: whole.sum(), withRespectTo: whole),
      whole.logSumExp(),
    ].map { $0.failure?.message ?? "accepted" }
    #expect(
      messages == [
        "[matmul] needs float32 or float64 on both sides: found int32[1, 2] and int32[2, 1]",
        "[sum over [0]] bool must be cast to a number first: found bool[2]",
        "[gather] needs a list of int32 or int64 indices: found float32[2] and float32[2]",
        "[scatterAdd] needs one int32 or int64 index for each entry along axis 0: "
          + "found float32[2] and bool[2]",
        "[select] the condition must be bool: found float32[2] and float32[2] and float32[2]",
        "[select] element types must be equal: found bool[2] and float32[2] and int32[2]",
        "[concatenate] types and all sizes but those of axis 0 must be equal: "
          + "found float32[2] and int32[2]",
        "[random] numbers must be float32 or float64, not int32",
        "[random uniform] needs a key of two int64 numbers: found float32[2]",
        "[gradient] needs one floating-point number to differentiate: found int32[]",
        "[logSumExp over [0]] needs float32 or float64: found int32[2]",
      ])
  }
}
