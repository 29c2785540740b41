extension FormulaFunction {
  /// A function of numbers.
  static func plain(
    _ name: String, _ aliases: [String] = [], _ arguments: String, _ summary: String,
    _ count: Count,
    _ build: @escaping @Sendable (inout FormulaBuilder, [FormulaNode]) -> FormulaNode
  ) -> FormulaFunction {
    FormulaFunction(name, aliases: aliases, arguments: arguments, summary, numbers: count) {
      b, terms throws(FormulaError) in .value(build(&b, terms.compactMap(\.value)))
    }
  }

  private static func one(
    _ name: String, _ op: Formula.UnaryFunction, _ summary: String, _ aliases: [String] = []
  ) -> FormulaFunction {
    plain(name, aliases, "x", summary, Count(1)) { $0.unary(op, $1[0]) }
  }

  /// All standard functions.
  static let all: [FormulaFunction] = arithmetic + reductions + shapes

  private static let arithmetic: [FormulaFunction] = [
    one("abs", .abs, "absolute value", ["fabs"]),
    plain("sq", ["square"], "x", "x²", Count(1)) { $0.square($1[0]) },
    one("sqrt", .sqrt, "square root; NaN below 0"),
    one("exp", .exp, "e to the power of x"), one("log", .log, "natural logarithm", ["ln"]),
    plain("log10", [], "x", "decimal logarithm", Count(1)) { b, x in
      let logarithm = b.unary(.log, x[0])
      return b.multiply(logarithm, b.number(0.43429448190325182))
    },
    plain("log2", [], "x", "binary logarithm", Count(1)) { b, x in
      let logarithm = b.unary(.log, x[0])
      return b.multiply(logarithm, b.number(1.4426950408889634))
    },
    one("log1p", .log1p, "log(1 + x), also for tiny x"), one("expm1", .expm1, "exp(x) − 1"),
    one("sin", .sin, "sine"), one("cos", .cos, "cosine"), one("tan", .tan, "tangent"),
    one("asin", .asin, "arc sine"), one("acos", .acos, "arc cosine"),
    one("atan", .atan, "arc tangent"),
    plain("atan2", [], "y, x", "angle of (x, y)", Count(2)) { $0.binary(.atan2, $1[0], $1[1]) },
    one("sinh", .sinh, "hyperbolic sine"), one("cosh", .cosh, "hyperbolic cosine"),
    one("tanh", .tanh, "hyperbolic tangent"), one("asinh", .asinh, "inverse of sinh"),
    plain("pow", ["power"], "x, y", "x to the power of y", Count(2)) {
      $0.binary(.power, $1[0], $1[1])
    },
    one("floor", .floor, "largest whole number not above x"),
    one("ceil", .ceil, "smallest whole number not below x"),
    one("round", .round, "nearest whole number, halves to even", ["rint", "nint"]),
    plain("int", ["trunc"], "x", "x without its decimals, towards 0", Count(1)) {
      $0.truncated($1[0])
    },
    plain("fmod", [], "x, y", "what is left of x / y, with the sign of x", Count(2)) { b, x in
      let whole = b.truncated(b.divide(x[0], x[1]))
      return b.subtract(x[0], b.multiply(whole, x[1]))
    },
    one("erf", .erf, "error function"),
    one("sign", .sign, "-1, 0 or 1"),
    plain("hypot", [], "x, y", "√(x² + y²)", Count(2)) { $0.hypotenuse($1[0], $1[1]) },
    plain(
      "where", [], "condition, a, b", "a where the condition is true, else b", Count(3)
    ) { $0.choose($1[0], $1[1], $1[2]) },
    one("isnan", .isnan, "1 where x is NaN"),
    one("isfinite", .isfinite, "1 where x is neither NaN nor infinite"),
  ]

  private static func reduction(
    _ name: String, _ aliases: [String] = [], _ how: Formula.Reduction, _ summary: String
  ) -> FormulaFunction {
    plain(name, aliases, "list", summary, Count(1)) { $0.emit(.reduce(how, $1[0].index)) }
  }

  /// The smallest and the largest: of a list, or of several numbers.
  private static func extremum(
    _ name: String, _ how: Formula.Reduction, _ op: Formula.BinaryFunction, _ summary: String
  ) -> FormulaFunction {
    plain(name, [], "list, or a, b, ...", summary, Count(1, step: 1)) { b, x in
      if x.count == 1 { return b.emit(.reduce(how, x[0].index)) }
      return x.dropFirst().reduce(x[0]) { b.binary(op, $0, $1) }
    }
  }

  private static func wholeEvent(_ name: String, _ how: Formula.Reduction, _ summary: String)
    -> FormulaFunction
  {
    plain(name, [], "x", summary, Count(1)) { $0.emit(.reduceAll(how, $1[0].index)) }
  }

  private static func conditional(_ name: String, _ how: Formula.Reduction, _ summary: String)
    -> FormulaFunction
  {
    plain(name, [], "x, condition", summary, Count(2)) { b, x in
      let kept = b.emit(.element(x[0].index, at: x[1].index, level: 0))
      return b.emit(.reduceAll(how, kept.index))
    }
  }

  private static let reductions: [FormulaFunction] = [
    FormulaFunction(
      "sum", arguments: "list", "sum of each list; of objects, their sum", numbers: Count(1),
      objects: Count(1)
    ) { b, terms throws(FormulaError) in
      switch terms[0] {
      case .value(let x): return .value(b.emit(.reduce(.sum, x.index)))
      case .object(let object):
        guard let objects = b.library.objects else { throw b.fail("objects have no sum here.") }
        return .object(try objects.sum(object, with: &b))
      }
    },
    reduction("product", ["prod"], .product, "product of each list; 1 where it is empty"),
    extremum("min", .min, .min, "the smallest; missing for an empty list"),
    extremum("max", .max, .max, "the largest; missing for an empty list"),
    reduction("mean", ["avg"], .mean, "mean of each list; missing where it is empty"),
    reduction("count", [], .count, "number of values of each list; of truths, how many hold"),
    reduction("any", [], .any, "1 where one value of the list is true"),
    reduction("all", [], .all, "1 where every value of the list is true"),
    reduction("argmin", [], .argmin, "place of the smallest value; missing for an empty list"),
    reduction("argmax", [], .argmax, "place of the largest value; missing for an empty list"),
    wholeEvent("Sum$", .sum, "sum over the event, however deep its lists are"),
    wholeEvent("Min$", .min, "smallest of the event"),
    wholeEvent("Max$", .max, "largest of the event"),
    wholeEvent("Length$", .count, "number of all values of the event, true or not"),
    conditional("MinIf$", .min, "smallest value of the event for which the condition holds"),
    conditional("MaxIf$", .max, "largest value of the event for which the condition holds"),
  ]

  private static let shapes: [FormulaFunction] = [
    plain("Alt$", ["alt"], "x, other", "x, or the other where x does not exist", Count(2)) {
      $0.emit(.alternative($1[0].index, $1[1].index))
    },
    plain("argsort", [], "list", "places of the values in ascending order", Count(1)) {
      $0.emit(.order($1[0].index))
    },
    FormulaFunction(
      "sorted", arguments: "list, by",
      "the list in ascending order of its values, or of another list",
      numbers: Count(1, step: 1), objects: Count(2), isMixed: true
    ) { b, terms throws(FormulaError) in
      guard terms.count <= 2, let key = terms[terms.count - 1].value else {
        throw b.fail("sorted(list) or sorted(list, by) takes numbers to sort by.")
      }
      let order = b.emit(.order(key.index))
      func sort(_ b: inout FormulaBuilder, _ x: FormulaNode) -> FormulaNode {
        b.emit(.element(x.index, at: order.index, level: 0))
      }
      switch terms[0] {
      case .value(let x): return .value(sort(&b, x))
      case .object(let object):
        return .object(try b.each(object) { b, x throws(FormulaError) in sort(&b, x) })
      }
    },
    FormulaFunction(
      "reversed", arguments: "list", "the list back to front", numbers: Count(1), objects: Count(1)
    ) { b, terms throws(FormulaError) in
      switch terms[0] {
      case .value(let x): return .value(b.emit(.reverse(x.index)))
      case .object(let object):
        return .object(
          try b.each(object) { b, x throws(FormulaError) in b.emit(.reverse(x.index)) })
      }
    },
    plain("places", ["local_index"], "list", "0, 1, 2 and so on in each list", Count(1)) {
      $0.emit(.places($1[0].index))
    },
  ]
}
