public import ApusKernels

/// What is wrong with a file: where, what must hold, what was found and what to try.
///
/// Every reader and writer of this module throws it; none ever traps on the bytes of a file.
public struct FormatError: ApusError, Equatable {
  /// The file's path as the user gave it.
  public var file: String
  /// The object inside the file: a dataset, an array, a column, a tensor.
  public var object: String?
  /// The line of a text file, from 1.
  public var line: Int?
  /// The position in a binary file, in bytes from its start.
  public var offset: Int?
  /// What must hold, as the start of a sentence: "every row must have 5 cells".
  public var expected: String
  /// What was found, as the rest of that sentence: "this one has 4".
  public var found: String
  /// What to try, as a whole sentence, or an empty string.
  public var remedy: String
  /// Who has to act: `.usage` where the user named something that is not there, else `.failure`.
  public var kind: ErrorKind

  /// Makes an error.
  public init(
    _ file: String, object: String? = nil, line: Int? = nil, offset: Int? = nil,
    _ expected: String, found: String, remedy: String = "", kind: ErrorKind = .failure
  ) {
    self.file = file
    self.object = object
    self.line = line
    self.offset = offset
    self.expected = expected
    self.found = found
    self.remedy = remedy
    self.kind = kind
  }

  /// The whole message, in one order for all errors.
  ///
  /// `file:object, line n, byte n: what must hold, but what was found. What to try.`
  public var message: String {
    var place = file
    if let object { place += ":" + object }
    if let line { place += ", line \(line)" }
    if let offset { place += ", byte \(offset)" }
    let sentence = "\(place): \(expected), but \(found)."
    return remedy.isEmpty ? sentence : sentence + " " + remedy
  }
}
