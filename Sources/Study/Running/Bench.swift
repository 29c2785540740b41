/// Measures standard cases.
public func bench(
  cases: [String], json: Bool, explain: String?, threads: Int?, console: Console
) throws {
  throw StudyError.usage("there are no benchmark cases in this build.")
}
