import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import TestSupport
import Testing

/// What no analysis means to give a method of trees, and what each then does.
@Suite struct TreeBadInputTests {
  private func fit(_ type: any Method.Type, _ sample: Sample, _ options: Given = []) throws
    -> any Response
  {
    var given = options
    // AdaBoost's own limit of a leaf is a share of the events.
    if type.name == "adaboost" { given.append(("min_node_size", .real(0))) }
    return try made(type, given).fit(
      sample, validation: nil, context: FitContext(seed: 2, threads: 2))
  }

  private func small(_ type: any Method.Type) -> Given {
    type.name == "tree" ? [] : [("trees", .integer(10))]
  }

  @Test(arguments: TreeOptionTests.all.indices) func whatCanNotBeLearnedIsTold(place: Int) throws {
    let type = TreeOptionTests.all[place]
    func words(_ sample: Sample) -> String {
      do { _ = try fit(type, sample, small(type)) } catch { return "\(error)" }
      return "no error"
    }
    var one = treeSample(100)
    one.labels = one.labels.map { _ in 1 }
    #expect(words(one).contains("there are no training events of class 'b'"))
    let single = Sample(
      inputs: [1], features: ["x"], labels: [1], weights: [1], classes: ["b", "s"], task: .binary)
    #expect(words(single).contains("there are no training events of class 'b'"))
    var infinite = treeSample(100)
    infinite.inputs[7] = -.infinity
    #expect(words(infinite).contains("input 'x3' of training event 1 is -inf"))
    var negative = treeSample(100)
    negative.weights = negative.weights.map { -$0 }
    #expect(words(negative).contains("must have a positive sum of weights"))
    var broken = treeSample(100)
    broken.weights[3] = .nan
    #expect(words(broken).contains("the weight of training event 3 is nan"))
    let none = Sample(
      inputs: [], features: ["x"], labels: [], weights: [], classes: ["b", "s"], task: .binary)
    #expect(words(none).contains("needs events and inputs"))
  }

  @Test(arguments: TreeOptionTests.all.indices) func oddColumnsHarmNobody(place: Int) throws {
    let type = TreeOptionTests.all[place]
    // One useful column between a constant, one that is missing everywhere, and a copy; more bins than values.
    let plain = treeSample(300, width: 1)
    var sample = plain
    sample.features = ["constant", "x", "missing", "copy", "mixed"]
    sample.inputs = plain.inputs.enumerated().flatMap { place, x in
      let rounded = (x * 2).rounded()
      return [4, rounded, .nan, rounded, place % 2 == 0 ? .nan : 1]
    }
    sample.labels = plain.inputs.map { abs($0) > 0.7 ? 1 : 0 }
    let model = try fit(type, sample, small(type))
    let found = try scores(model, sample)
    #expect(found.allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(try area(model, sample) > 0.85)
    let shares = model.importances
    #expect(shares[0] == 0 && shares[2] == 0, "nothing can be cut there")
    expectClose(shares.reduce(0, +), 1, absolute: 1e-9)
    let back = try type.restore(model.record())
    #expect(try scores(back, sample) == found)
    // A single column, and events that differ in nothing.
    let single = try fit(type, plain, small(type))
    #expect(try scores(single, plain).allSatisfy { $0.isFinite })
    var alike = plain
    alike.inputs = alike.inputs.map { _ in 2 }
    #expect(Set(try scores(try fit(type, alike, small(type)), alike)).count == 1)
  }
}
