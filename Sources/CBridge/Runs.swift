internal import ApusStudy
internal import CApus

/// Scores a file: see apus.h.
@c @implementation
public func apus_apply(
  _ modelPath: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?,
  _ output: UnsafePointer<CChar>?, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  unsafe answer(message) {
    guard let modelPath = unsafe modelPath, let data = unsafe data, let output = unsafe output
    else { throw BridgeError.null("model_path, data or output") }
    var request = unsafe ApplyRequest(
      model: String(cString: modelPath), data: String(cString: data))
    request.output = unsafe String(cString: output)
    try apply(request, console: .silent)
  }
}

/// Runs a configuration: see apus.h.
@c @implementation
public func apus_train(
  _ configuration: UnsafePointer<CChar>?, _ folder: UnsafePointer<CChar>?, _ force: Int32,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  unsafe answer(message) {
    guard let configuration = unsafe configuration else { throw BridgeError.null("configuration") }
    var request = unsafe TrainRequest(configuration: String(cString: configuration))
    request.folder = unsafe folder.map { unsafe String(cString: $0) }
    request.force = force != 0
    try train(request, console: .silent)
  }
}
