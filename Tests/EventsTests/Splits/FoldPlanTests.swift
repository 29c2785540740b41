import ApusEvents
import Testing

@Suite struct FoldPlanTests {
  @Test(arguments: [2, 3, 5]) func everyEventIsTestedByAModelThatNeverSawIt(count: Int) throws {
    let plan = FoldPlan(count: count, by: "event")
    let folds = try plan.folds(of: (-40..<60).map(Double.init))
    #expect(folds[39] == count - 1 && folds[40] == 0)
    for model in 0..<count {
      let split = plan.split(folds, model: model)
      #expect(split.leaks.isEmpty)
      #expect(split.train.count + split.validation.count + split.test.count == 100)
      #expect(split.validation.isEmpty == (count == 2))
      for fold in 0..<count {
        let event = folds.firstIndex(of: fold) ?? -1
        #expect(split.test.contains(event) == (plan.model(thatTests: fold) == model))
        #expect(split.validation.contains(event) == (plan.model(thatWatched: fold) == model))
        if plan.model(thatLearned: fold) == model { #expect(split.train.contains(event)) }
      }
    }
  }

  @Test func identitiesMustBeWhole() {
    let plan = FoldPlan(count: 3, by: "run")
    for wrong in [0.5, .nan, .infinity, 0x1p54] {
      let error = #expect(throws: SplitError.self) { try plan.folds(of: [1, wrong]) }
      #expect(error?.message.contains("'run' must be a whole number below 2^53") == true)
    }
  }

  @Test func mixedFoldsDoNotFollowTheNumber() throws {
    let mixed = FoldPlan(count: 2, by: "event", isHashed: true)
    let folds = try mixed.folds(of: (0..<1000).map { Double(2 * $0) })
    // Even numbers only: without mixing all would be in fold 0.
    #expect(abs(folds.count { $0 == 0 } - 500) < 80)
  }
}
