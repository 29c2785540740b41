import FoundationEssentials
public import Testing

extension Tag {
  /// Marks a test that takes more than a few seconds; give it the trait `.slow`, too.
  @Tag public static var slow: Tag
}

extension Trait where Self == ConditionTrait {
  /// Leaves a long test out unless the environment says `SLOW=1` (`make test SLOW=1`).
  public static var slow: Self {
    .enabled(
      if: ProcessInfo.processInfo.environment["SLOW"] == "1", "takes long; SLOW=1 runs it")
  }
}
