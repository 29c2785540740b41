func runEagerly(_ nodes: [Node]) throws(EngineError) {
  throw EngineError("evaluate", "not yet")
}
