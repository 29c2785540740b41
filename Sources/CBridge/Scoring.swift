internal import ApusEvents
internal import ApusStudy
internal import CApus

/// Scores rows of inputs: see apus.h.
@c @implementation
public func apus_model_score(
  _ model: OpaquePointer?, _ inputs: UnsafePointer<Float>?, _ count: Int64, _ width: Int64,
  _ scores: UnsafeMutablePointer<Double>?, _ threads: Int32,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  unsafe answer(message) {
    let model = unsafe try opened(model, threads)
    guard width == model.inputs.count else {
      let why = "the model takes \(model.inputs.count) inputs"
      throw BridgeError.impossible("width", width, why)
    }
    let (numbers, overflow) = try size(count, "count").multipliedReportingOverflow(by: Int(width))
    if overflow { throw BridgeError.impossible("count", count) }
    guard numbers > 0 else { return }
    guard let inputs = unsafe inputs else { throw BridgeError.null("inputs") }
    let rows = unsafe [Float](UnsafeBufferPointer(start: inputs, count: numbers))
    let values = try model.trained.scores(
      ofRows: rows, count: Int(count), threads: Int(threads))
    unsafe try copy(values, to: scores)
  }
}

/// Scores events given as columns: see apus.h.
@c @implementation
public func apus_model_score_columns(
  _ model: OpaquePointer?, _ names: UnsafePointer<UnsafePointer<CChar>?>?,
  _ columns: UnsafePointer<UnsafePointer<Double>?>?, _ columnsCount: Int64, _ count: Int64,
  _ scores: UnsafeMutablePointer<Double>?, _ threads: Int32,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  unsafe answer(message) {
    let model = unsafe try opened(model, threads)
    let events = try size(count, "count")
    guard let names = unsafe names, let columns = unsafe columns else {
      throw BridgeError.null("names or columns")
    }
    let table = try (0..<size(columnsCount, "columns_count")).map { k in
      guard let name = unsafe names[k], let values = unsafe columns[k] else {
        throw BridgeError.null("names[\(k)] or columns[\(k)]")
      }
      return unsafe Column(
        String(cString: name), .float64(Array(UnsafeBufferPointer(start: values, count: events))))
    }
    guard events > 0 else { return }
    let values = try model.trained.scores(
      of: try EventTable(table, source: "columns"), threads: Int(threads))
    unsafe try copy(values, to: scores)
  }
}

private func opened(_ handle: OpaquePointer?, _ threads: Int32) throws -> Model {
  guard let model = unsafe Model.of(handle) else { throw BridgeError.null("model") }
  guard threads > 0 else { throw BridgeError.impossible("threads", Int64(threads)) }
  return model
}

private func size(_ number: Int64, _ what: String) throws(BridgeError) -> Int {
  guard number >= 0, let size = Int(exactly: number) else { throw .impossible(what, number) }
  return size
}

private func copy(_ values: [Double], to scores: UnsafeMutablePointer<Double>?) throws(BridgeError)
{
  guard let scores = unsafe scores else { throw .null("scores") }
  unsafe scores.update(from: values, count: values.count)
}
