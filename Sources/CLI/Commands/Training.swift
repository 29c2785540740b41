import ApusStudy

private let setFlag = Command.Flag(
  "--set", .texts("KEY=VALUE"),
  "replace one value of the configuration, for example methods.dnn.epochs=20; may be repeated")
private let seedFlag = Command.Flag(
  "--seed", .integer("N", 0...Int.max), "the seed of the split and of every method")
let memoryFlag = Command.Flag(
  "--memory", .text("SIZE"),
  "what the run may take of the memory, such as 2GB; larger samples are streamed. Half of the machine's without it"
)
private let configuration = Command.Positional("CONFIG", "the configuration, a YAML file")

let trainCommand = Command(
  name: "train", summary: "Train and compare the methods of a configuration",
  positionals: [configuration],
  flags: [
    .init("--out", .text("DIR"), "the run folder; without it runs/<name of the configuration>"),
    .init("--resume", .plain, "go on with a run that was stopped, from its checkpoints"),
    .init("--force", .plain, "replace a finished run in the folder"),
    setFlag, seedFlag, threadsFlag, memoryFlag,
  ],
  details: """
    The run folder gets config.yaml, run.json, metrics.json, history.csv, models/, scores.h5, plots/ and
    report.html. Ctrl-C stops after the current step and keeps what was learned; --resume goes on from there
    and ends with the same model as if nothing had happened.
    """,
  run: { arguments in
    installInterruptionHandler()
    var request = TrainRequest(configuration: arguments.required("CONFIG"))
    request.folder = arguments.text("--out")
    request.resume = arguments.has("--resume")
    request.force = arguments.has("--force")
    request.overrides = arguments.texts("--set")
    request.seed = arguments.integer("--seed")
    request.threads = arguments.integer("--threads")
    request.memory = arguments.text("--memory")
    try train(request, console: .standard, shouldStop: isInterrupted)
  })

let checkCommand = Command(
  name: "check", summary: "Check a configuration and its data without training",
  positionals: [configuration], flags: [setFlag, seedFlag, threadsFlag, memoryFlag],
  details: "Prints the inputs, the yields and weights of each sample and class, memory and time.",
  run: { arguments in
    var request = TrainRequest(configuration: arguments.required("CONFIG"))
    request.overrides = arguments.texts("--set")
    request.seed = arguments.integer("--seed")
    request.threads = arguments.integer("--threads")
    request.memory = arguments.text("--memory")
    try check(request, console: .standard)
  })

let methodsCommand = Command(
  name: "methods", summary: "List the methods, or the options of one",
  positionals: [.init("NAME", .optional, "the method to describe")],
  run: { try describeMethods($0.text("NAME"), console: .standard) })

let benchCommand = Command(
  name: "bench", summary: "Measure the speed of standard cases on this machine",
  positionals: [
    .init(
      "CASE", .many,
      "the cases to run; all of them without; or 'read FILE': how fast a table is read")
  ],
  flags: [
    .init("--json", .plain, "print one JSON object a case"),
    .init("--columns", .text("NAMES"), "of 'read': only these columns: a,b,jet_*"),
    .init(
      "--tree", .text("NAME"), "of 'read': the tree, dataset or group, where there are several"),
    .init("--rounds", .integer("N", 1...1000), "of 'read': how often to read; the fastest counts"),
    .init("--explain", .text("CASE"), "print the plan of a case: where the time goes"),
    threadsFlag,
  ],
  run: { arguments in
    let words = arguments.texts("CASE")
    if words.count == 2, words[0] == "read" {
      return try benchRead(
        words[1], tree: arguments.text("--tree"),
        columns: arguments.text("--columns")?.split(separator: ",").map(String.init),
        rounds: arguments.integer("--rounds") ?? 1, json: arguments.has("--json"),
        console: .standard)
    }
    try bench(
      cases: arguments.texts("CASE"), json: arguments.has("--json"),
      explain: arguments.text("--explain"), threads: arguments.integer("--threads"),
      console: .standard)
  })
