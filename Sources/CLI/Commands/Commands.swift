/// Every command of the program, in the order of the help.
let allCommands: [Command] = [
  trainCommand, applyCommand, evaluateCommand, reportCommand, checkCommand, inspectCommand,
  convertCommand, methodsCommand, benchCommand,
]

/// `--threads N`, shared by all commands that compute.
let threadsFlag = Command.Flag(
  "--threads", .integer("N", 1...1024), "use this many threads; all cores without it")
