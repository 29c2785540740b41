import ApusNeural
import ApusEngine
import Testing

@Suite struct SummaryTests {
  @Test func theMnistNetworkHasTheParametersOfTheLecture() throws {
    let net = Sequential {
      Dense(784, 512, activation: .relu)
      Dropout(0.2)
      Dense(512, 512, activation: .relu)
      Dropout(0.2)
      Dense(512, 10)
    }
    #expect(net.parameterCount == 669_706)
    #expect(
      try net.summary(input: [784]) == """
        layer      output shape  parameters
        0 Dense    [512]            401,920
        1 Dropout  [512]                  0
        2 Dense    [512]            262,656
        3 Dropout  [512]                  0
        4 Dense    [10]               5,130
        total                       669,706

        """)
  }

  @Test func aLayerThatDoesNotFitIsNamedWithBothShapes() {
    let net = Sequential {
      Dense(4, 3)
      Dense(2, 1)
    }
    let error = #expect(throws: EngineError.self) { try net.summary(input: [4]) }
    #expect(error?.message.contains("3") == true && error?.message.contains("2") == true)
  }
}
