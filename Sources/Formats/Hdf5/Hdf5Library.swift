import CHDF5
import Synchronization

/// The HDF5 library: one caller at a time, and silent.
enum Hdf5 {
  /// The library keeps global state without locks of its own, so every call of it happens under this one.
  private static let lock = Mutex<Void>(())

  /// Runs `body` while no other thread is in the library.
  static func locked<Result: Sendable>(_ body: () throws -> Result) throws -> Result {
    try lock.withLock { _ in
      guard h5_start() >= 0 else {
        throw FormatError("HDF5", "the library must start", found: "it does not")
      }
      return try body()
    }
  }

  /// The version of the library, such as 1.10.8.
  static var version: String {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    unsafe H5get_libversion(&major, &minor, &release)
    return "\(major).\(minor).\(release)"
  }

  /// The library's words for what went wrong last.
  static var lastError: String {
    var text = [CChar](repeating: 0, count: 512)
    unsafe h5_last_error(&text, text.count)
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return bytes.isEmpty
      ? "the HDF5 library gives no reason"
      : "the HDF5 library says '\(String(decoding: bytes, as: UTF8.self))'"
  }
}

/// An identifier of the library that is closed when nobody needs it any more.
final class Hdf5Handle {
  enum Kind {
    case file
    case object
    case dataset
    case group
    case type
    case space
    case list
    case attribute
  }

  let id: hid_t
  private let kind: Kind
  private var isKept = false

  /// Takes an identifier that a call returned; nil where the call failed.
  init?(_ id: hid_t, _ kind: Kind) {
    guard id >= 0 else { return nil }
    self.id = id
    self.kind = kind
  }

  /// The identifier, which the caller closes from now on.
  func keep() -> hid_t {
    isKept = true
    return id
  }

  deinit {
    if isKept { return }
    switch kind {
    case .file: H5Fclose(id)
    case .object: H5Oclose(id)
    case .dataset: H5Dclose(id)
    case .group: H5Gclose(id)
    case .type: H5Tclose(id)
    case .space: H5Sclose(id)
    case .list: H5Pclose(id)
    case .attribute: H5Aclose(id)
    }
  }
}
