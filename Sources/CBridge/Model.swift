internal import ApusKernels
internal import ApusStudy
internal import CApus

/// What stands behind an `apus_model`: the model, and its texts as C wants them.
///
/// The texts are made once and live as long as the model does. Nothing changes after `init`.
@safe final class Model: Sendable {
  let trained: TrainedModel
  let name: CText
  let method: CText
  let inputs: [CText]
  let formulas: [CText]
  let scores: [CText]

  init(path: String) throws {
    trained = try TrainedModel(path: path)
    name = CText(trained.name)
    method = CText(trained.method)
    inputs = trained.inputs.map { CText($0) }
    formulas = trained.formulas.map { CText($0) }
    scores = trained.scoreNames.map { CText($0) }
  }

  /// The model behind a handle; nil for none.
  static func of(_ handle: OpaquePointer?) -> Model? {
    guard let handle = unsafe handle else { return nil }
    return unsafe Unmanaged<Model>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
  }
}

/// Opens a model file: see apus.h.
@c @implementation
public func apus_model_open(
  _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  unsafe model?.pointee = nil
  return unsafe answer(message) {
    guard let path = unsafe path, let model = unsafe model else {
      throw BridgeError.null("path or model")
    }
    let opened = try Model(path: unsafe String(cString: path))
    unsafe model.pointee = OpaquePointer(Unmanaged.passRetained(opened).toOpaque())
  }
}

/// Frees a model: see apus.h.
@c @implementation
public func apus_model_close(_ model: OpaquePointer?) {
  guard let model = unsafe model else { return }
  unsafe Unmanaged<Model>.fromOpaque(UnsafeRawPointer(model)).release()
}

/// The name of a model in its run: see apus.h.
@c @implementation
public func apus_model_name(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  unsafe Model.of(model)?.name.pointer
}

/// The name of a model's method: see apus.h.
@c @implementation
public func apus_model_method(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  unsafe Model.of(model)?.method.pointer
}

/// How many inputs a row has: see apus.h.
@c @implementation
public func apus_model_input_count(_ model: OpaquePointer?) -> Int64 {
  unsafe Int64(Model.of(model)?.inputs.count ?? 0)
}

/// The name of an input: see apus.h.
@c @implementation
public func apus_model_input_name(_ model: OpaquePointer?, _ index: Int64) -> UnsafePointer<CChar>?
{
  unsafe text(Model.of(model)?.inputs, index)
}

/// The formula of an input: see apus.h.
@c @implementation
public func apus_model_input_formula(_ model: OpaquePointer?, _ index: Int64) -> UnsafePointer<
  CChar
>? {
  unsafe text(Model.of(model)?.formulas, index)
}

/// How many scores an event has: see apus.h.
@c @implementation
public func apus_model_score_count(_ model: OpaquePointer?) -> Int64 {
  unsafe Int64(Model.of(model)?.scores.count ?? 0)
}

/// The name of a score: see apus.h.
@c @implementation
public func apus_model_score_name(_ model: OpaquePointer?, _ index: Int64) -> UnsafePointer<CChar>?
{
  unsafe text(Model.of(model)?.scores, index)
}

/// A text of a list; nil out of range.
private func text(_ texts: [CText]?, _ index: Int64) -> UnsafePointer<CChar>? {
  guard let texts, index >= 0, index < texts.count else { return nil }
  return unsafe texts[Int(index)].pointer
}
