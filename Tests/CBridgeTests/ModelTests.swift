import ApusEvents
import ApusStudy
import CApus
import Foundation
import Testing

// The functions of apus.h, called as C calls them.

/// The files of one small run, made once: `target = 2 a - b`, and two classes apart in `a`.
private struct Run {
  let folder: String
  var model: String { folder + "/run/models/fisher.apus" }

  init() throws {
    folder = NSTemporaryDirectory() + "apus-bridge-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var text = "a,b,label\n"
    for i in 0..<200 {
      let isSignal = i % 2
      text +=
        "\(Double(i * 37 % 100) / 50 + Double(isSignal)),\(Double(i * 61 % 100) / 25),\(isSignal)\n"
    }
    try text.write(toFile: folder + "/events.csv", atomically: true, encoding: .utf8)
    let configuration = """
      events: {files: events.csv, label: {column: label, signal: 1}}
      inputs: [a, "difference = a - b"]
      methods: {fisher: {}}
      seed: 1
      """
    try configuration.write(toFile: folder + "/run.yaml", atomically: true, encoding: .utf8)
  }

  func train(force: Int32 = 0) -> (status: Int32, message: String?) {
    told { apus_train(folder + "/run.yaml", folder + "/run", force, &$0) }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

/// The status of a call and its message, freed.
private func told(_ call: (inout UnsafeMutablePointer<CChar>?) -> Int32) -> (
  status: Int32, message: String?
) {
  var message: UnsafeMutablePointer<CChar>?
  let status = call(&message)
  defer { apus_text_free(message) }
  return (status, message.map { String(cString: $0) })
}

@Suite struct ModelTests {
  @Test func rowsColumnsAndFilesHaveTheSameScores() throws {
    let run = try Run()
    defer { run.remove() }
    let trained = run.train()
    #expect(trained.status == 0 && trained.message == nil, "\(trained.message ?? "")")
    var model: OpaquePointer?
    #expect(apus_model_open(run.model, &model, nil) == 0)
    defer { apus_model_close(model) }
    #expect(apus_model_name(model).map { String(cString: $0) } == "fisher")
    #expect(apus_model_input_count(model) == 2)
    #expect(apus_model_input_name(model, 1).map { String(cString: $0) } == "difference")
    #expect(apus_model_input_formula(model, 1).map { String(cString: $0) } == "a - b")
    #expect(apus_model_input_name(model, 2) == nil)
    #expect(apus_model_score_count(model) == 1)
    #expect(apus_model_score_name(model, 0).map { String(cString: $0) } == "score_fisher")

    let a = [0.25, 1.5, 3], b = [1.0, -0.5, 0.75]
    let rows = zip(a, b).flatMap { [Float($0), Float($0 - $1)] }
    var ofRows = [Double](repeating: .nan, count: 3)
    #expect(apus_model_score(model, rows, 3, 2, &ofRows, 1, nil) == 0)
    #expect(ofRows[0] < ofRows[1] && ofRows[1] < ofRows[2])

    var ofColumns = [Double](repeating: .nan, count: 3)
    let status = "a".withCString { first in
      "b".withCString { second in
        a.withUnsafeBufferPointer { a in
          b.withUnsafeBufferPointer { b in
            apus_model_score_columns(
              model, [first, second], [a.baseAddress, b.baseAddress], 2, 3, &ofColumns, 2, nil)
          }
        }
      }
    }
    #expect(status == 0)
    #expect(ofColumns == ofRows)

    let data = run.folder + "/new.csv"
    try "b,a\n1,0.25\n-0.5,1.5\n0.75,3\n".write(toFile: data, atomically: true, encoding: .utf8)
    #expect(apus_apply(run.model, data, run.folder + "/scores.csv", nil) == 0)
    let written = try String(contentsOfFile: run.folder + "/scores.csv", encoding: .utf8)
    let ofFile = written.split(separator: "\n").dropFirst().compactMap { Float($0) }
    #expect(ofFile == ofRows.map { Float($0) })
  }

  /// A model of several targets gives a row of estimates.
  @Test func severalTargetsAreRows() throws {
    let run = try Run()
    defer { run.remove() }
    let configuration = """
      events: {files: events.csv, target: {sum: a + b, twice: 100 * a}}
      inputs: [a, b]
      methods: {linear: {}, bdt: {trees: 3}}
      """
    try configuration.write(toFile: run.folder + "/run.yaml", atomically: true, encoding: .utf8)
    #expect(run.train().status == 0)
    for name in ["linear", "bdt"] {
      var model: OpaquePointer?
      #expect(apus_model_open(run.folder + "/run/models/\(name).apus", &model, nil) == 0)
      defer { apus_model_close(model) }
      #expect(apus_model_score_count(model) == 2)
      let last = apus_model_score_name(model, 1).map { String(cString: $0) }
      #expect(last == "score_\(name)_twice")
      var scores = [Double](repeating: .nan, count: 4)
      #expect(apus_model_score(model, [0.5, 1, 1.5, 2], 2, 2, &scores, 1, nil) == 0)
      #expect(scores.allSatisfy { $0.isFinite })
      guard name == "linear" else { continue }
      for (found, wanted) in zip(scores, [1.5, 50, 3.5, 150]) {
        #expect(abs(found - wanted) < 1e-3)
      }
    }
  }

  @Test func aMistakeIsToldInWordsAndEndsWithTheStatusOfTheProgram() throws {
    let run = try Run()
    defer { run.remove() }
    #expect(run.train().status == 0)
    let again = run.train()
    #expect(again.status == 2)
    #expect(again.message?.contains("holds a finished run") == true)
    #expect(run.train(force: 1).status == 0)

    var model = OpaquePointer(bitPattern: 8)
    let missing = told { apus_model_open(run.folder + "/nothing.apus", &model, &$0) }
    #expect(missing.status == 1 && model == nil)
    #expect(missing.message?.contains("nothing.apus: can't read the model") == true)
    #expect(told { apus_model_open(run.folder + "/events.csv", &model, &$0) }.status == 1)

    #expect(apus_model_open(run.model, &model, nil) == 0)
    defer { apus_model_close(model) }
    var score = 0.0
    let wide = told { apus_model_score(model, [1, 2, 3], 1, 3, &score, 1, &$0) }
    #expect(wide.status == 2)
    #expect(wide.message == "width is 3, which is impossible: the model takes 2 inputs.")
    let bad = told { apus_model_score(model, [1, .nan], 1, 2, &score, 1, &$0) }
    #expect(bad.status == 1)
    #expect(bad.message?.contains("'difference' must be a finite number, but is nan") == true)
    let lacking = told { apus_model_score_columns(model, [nil], [nil], 1, 1, &score, 1, &$0) }
    #expect(lacking.message == "names[0] or columns[0] is NULL, but must point to something.")
    let column = told { message in
      "a".withCString { name in
        [1.0].withUnsafeBufferPointer {
          apus_model_score_columns(model, [name], [$0.baseAddress], 1, 1, &score, 1, &message)
        }
      }
    }
    #expect(column.status == 2)
    #expect(column.message?.contains("there is no column 'b'") == true)
  }

  @Test func nothingIsANothingAndNotACrash() {
    apus_model_close(nil)
    apus_text_free(nil)
    #expect(apus_model_input_count(nil) == 0 && apus_model_score_count(nil) == 0)
    #expect(apus_model_name(nil) == nil && apus_model_score_name(nil, 0) == nil)
    #expect(told { apus_model_open(nil, nil, &$0) }.status == 2)
    #expect(
      told { apus_model_score(nil, nil, 1, 1, nil, 1, &$0) }.message?.hasPrefix("model is NULL")
        == true)
    #expect(told { apus_train(nil, nil, 0, &$0) }.status == 2)
    #expect(told { apus_apply(nil, nil, nil, &$0) }.status == 2)
    #expect(apus_version().map { String(cString: $0) } == apusVersion)
  }

  @Test func impossibleNumbersAreRefused() throws {
    let run = try Run()
    defer { run.remove() }
    #expect(run.train().status == 0)
    var model: OpaquePointer?
    #expect(apus_model_open(run.model, &model, nil) == 0)
    defer { apus_model_close(model) }
    var score = 0.0
    for (count, width, threads) in [(-1, 2, 1), (.max, 2, 1), (1, -2, 1), (1, 2, 0)]
      as [(Int64, Int64, Int32)]
    {
      let told = told { apus_model_score(model, [1, 2], count, width, &score, threads, &$0) }
      #expect(told.status == 2, "count \(count), width \(width), threads \(threads)")
      #expect(told.message?.contains("impossible") == true)
    }
    #expect(apus_model_score(model, nil, 0, 2, nil, 1, nil) == 0)
  }
}
