internal import ApusEvents

/// Checks the events before any method sees them.
/// - Returns: What a reader should know.
/// - Throws: ``StudyError/unusableEvents(_:)`` with all that makes training impossible.
func checkEvents(_ events: StudyEvents, _ configuration: StudyConfiguration) throws -> [String] {
  []
}
