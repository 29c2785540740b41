internal import ApusEvents
internal import ApusPhysics

/// Checks that need the formula language and the list of transforms.
extension ConfigurationBuilder {
  /// Reports a mistake of syntax in a formula; columns are looked for when the files are read.
  mutating func checkFormula(_ text: String, _ path: String, _ value: ConfigurationValue?) {
    do throws(FormulaError) {
      _ = try Formula(text, library: .physics, aliases: result.aliases)
    } catch {
      // `mass(jet1, jet2)` means eight columns, which only the file can tell.
      if error.cause == .needsColumns { return }
      reader.report(path, error.message, value)
    }
  }

  /// Reports transforms that do not exist.
  mutating func checkPreprocess() {
    reader.problems += Preprocessing.types(result.preprocess, path: "preprocess").problems
  }
}
