internal import ApusKernels
internal import ApusStudy
internal import CApus

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What only a caller in C can get wrong.
enum BridgeError: ApusError {
  /// An argument that must be there is NULL.
  case null(String)
  /// A number that can't be one of events, columns or threads.
  case impossible(String, Int64, String = "")

  var kind: ErrorKind { .usage }

  var message: String {
    switch self {
    case .null(let what): "\(what) is NULL, but must point to something."
    case .impossible(let what, let number, let why):
      "\(what) is \(number), which is impossible" + (why.isEmpty ? "." : ": \(why).")
    }
  }
}

/// Does the work of a call, and turns what it throws into status and message.
func answer(
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ work: () throws -> Void
) -> Int32 {
  unsafe message?.pointee = nil
  do {
    try work()
    return Int32(APUS_DONE.rawValue)
  } catch {
    let known = error as? any ApusError
    unsafe message?.pointee = strdup(known?.message ?? "\(error)")
    return (known?.kind ?? .failure).rawValue
  }
}

/// A text in C's memory, freed with its owner.
@safe final class CText: Sendable {
  nonisolated(unsafe) let pointer: UnsafePointer<CChar>?

  init(_ text: String) { unsafe pointer = UnsafePointer(strdup(text)) }
  deinit { unsafe free(UnsafeMutableRawPointer(mutating: pointer)) }
}

/// Frees a message: see apus.h.
@c @implementation
public func apus_text_free(_ text: UnsafeMutablePointer<CChar>?) { unsafe free(text) }

/// The version of the library: see apus.h.
@c @implementation
public func apus_version() -> UnsafePointer<CChar>? { unsafe version.pointer }

private let version = CText(apusVersion)
