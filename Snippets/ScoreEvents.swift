// A model that a run wrote, opened by a program that scores events itself.
import Apus
import Foundation

/// Trains a small model as `apus train` does, and returns the path of its file.
func trainedModel(in folder: URL) throws -> String {
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let rows = (0..<200).map { i in
    "\(Double(i * 37 % 100) / 50 + Double(i % 2)),\(Double(i * 61 % 100) / 25),\(i % 2)"
  }
  try (["x,y,label"] + rows).joined(separator: "\n")
    .write(to: folder.appendingPathComponent("events.csv"), atomically: true, encoding: .utf8)
  let configuration = folder.appendingPathComponent("run.yaml")
  try """
  events: {files: events.csv, label: {column: label, signal: 1}}
  inputs: [x, "difference = x - y"]
  methods: {fisher: {}}
  """.write(to: configuration, atomically: true, encoding: .utf8)
  var request = TrainRequest(configuration: configuration.path)
  request.folder = folder.appendingPathComponent("run").path
  try train(request, console: .silent)
  return folder.appendingPathComponent("run/models/fisher.apus").path
}

func score(path: String) throws {
  let model = try TrainedModel(path: path)
  print("\(model.name) takes \(model.inputs.joined(separator: ", "))")
  let ofRows = try model.scores(ofRows: [0.2, -0.3, 1.5, 1], count: 2)
  let events = try EventTable([
    Column("x", .float64([0.2, 1.5])), Column("y", .float64([0.5, 0.5])),
  ])
  let ofTable = try model.scores(of: events)
  print("scores of two events: \(ofTable)")
  precondition(ofRows == ofTable && ofTable[0] < ofTable[1])
}

let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
  "apus-snippet-\(UUID().uuidString)")
defer { try? FileManager.default.removeItem(at: folder) }
try score(path: trainedModel(in: folder))
