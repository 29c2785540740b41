import ApusStudy

private let treeFlag = Command.Flag(
  "--tree", .text("NAME"), "the tree, dataset or group of the file, where it has several")

private let friendsFlag = Command.Flag(
  "--friends", .text("FILES"),
  "tables that stand beside the events, entry by entry or found by columns: other.root:tree,name=scores.h5@run+event"
)

let applyCommand = Command(
  name: "apply", summary: "Score every event of a file with a saved model",
  positionals: [
    .init("MODEL", "a model file, runs/<run>/models/<method>.apus"),
    .init("DATA", "the events to score"),
  ],
  flags: [
    .init(
      "--out", .text("FILE"),
      "where to write the scores: .root, .rntuple.root, .h5, .parquet, .npz, .csv ...; without it DATA's name with _scores.h5"
    ),
    treeFlag, friendsFlag,
    .init(
      "--set", .texts("NAME=NUMBER"),
      "a column with one value for all events, such as the hypothesis m_X=500"),
    .init(
      "--shapley", .plain,
      "also write how much each input moved each score (trees): shapley_<method>_<input>, which with .._base add up to the score before its link"
    ),
    threadsFlag,
  ],
  details:
    "The model carries its inputs, formulas and transforms: DATA needs only the raw columns.",
  run: { arguments in
    var request = ApplyRequest(
      model: arguments.required("MODEL"), data: arguments.required("DATA"))
    request.output = arguments.text("--out")
    request.tree = arguments.text("--tree")
    request.friends = arguments.text("--friends")?.split(separator: ",").map(String.init) ?? []
    request.constants = arguments.texts("--set")
    request.threads = arguments.integer("--threads")
    request.explained = arguments.has("--shapley")
    try apply(request, console: .standard)
  })

let evaluateCommand = Command(
  name: "evaluate", summary: "Compute the metrics of a run again, or on new data",
  positionals: [.init("RUN", "a run folder")],
  flags: [
    .init("--data", .text("FILE"), "labelled events in the form of the configuration's samples"),
    treeFlag, friendsFlag, threadsFlag, memoryFlag,
  ],
  details:
    "The events of FILE are read run by run; of each only its answer, its weight and its scores are kept.",
  run: { arguments in
    var request = EvaluateRequest(folder: arguments.required("RUN"))
    request.data = arguments.text("--data")
    request.tree = arguments.text("--tree")
    request.friends = arguments.text("--friends")?.split(separator: ",").map(String.init) ?? []
    request.threads = arguments.integer("--threads")
    request.memory = arguments.text("--memory")
    try evaluate(request, console: .standard)
  })

let reportCommand = Command(
  name: "report", summary: "Write report.html of a run again",
  positionals: [.init("RUN", "a run folder")],
  run: { try rewriteReport(of: $0.required("RUN"), console: .standard) })

let inspectCommand = Command(
  name: "inspect", summary: "Show what a file holds: trees, columns, types, entries, first values",
  positionals: [.init("FILE", "a table or a model")],
  run: { try inspect($0.required("FILE"), console: .standard) })

let convertCommand = Command(
  name: "convert", summary: "Convert any readable table to any writable one, by their names",
  positionals: [
    .init("IN", "the table to read: file, file:tree or a pattern such as 'data/*.root:Events'"),
    .init("OUT", "the file to write"),
  ],
  flags: [
    .init("--columns", .text("NAMES"), "only these columns: a,b,jet_*"),
    treeFlag,
    .init("--force", .plain, "replace OUT where it exists"),
  ],
  details:
    "OUT's ending says the format: .root (a TTree; out.root:name names it), .rntuple.root (an RNTuple), .parquet, .h5, .npz, "
    + ".npy, .csv, .tsv, .csv.gz. In .npz and .h5 a list x is x (the values of all events) and x.offsets (events + 1); a list of "
    + "lists adds x.offsets1.",
  run: { arguments in
    var request = ConvertRequest(input: arguments.required("IN"), output: arguments.required("OUT"))
    request.columns = arguments.text("--columns")?.split(separator: ",").map(String.init)
    request.tree = arguments.text("--tree")
    request.force = arguments.has("--force")
    try convert(request, console: .standard)
  })
