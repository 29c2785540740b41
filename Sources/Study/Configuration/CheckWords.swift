internal import ApusEvents

/// Checks that need the formula language and the list of transforms.
extension ConfigurationBuilder {
  mutating func checkFormula(_ text: String, _ path: String, _ value: ConfigurationValue?) {}

  mutating func checkPreprocess() {}
}
