import ApusKernels
import ApusStudy

/// Runs what a command line asks for.
/// - Returns: The exit code: 0 done, 1 failed, 2 wrong usage or configuration.
func runProgram(_ words: [String]) -> Int32 {
  defer { for line in remoteWords() { Console.standard.complain(line) } }
  do {
    switch try parseCommandLine(words, commands: allCommands) {
    case .version: Console.standard.say("\(program) \(apusVersion)")
    case .help(nil): Console.standard.say(programHelp(allCommands, version: apusVersion))
    case .help(let command?): Console.standard.say(commandHelp(command))
    case .run(let command, let arguments): try command.run(arguments)
    }
    return 0
  } catch let error as any ApusError {
    Console.standard.complain("\(program): " + error.message)
    return error.kind.rawValue
  } catch {
    Console.standard.complain("\(program): \(error)")
    return ErrorKind.failure.rawValue
  }
}
