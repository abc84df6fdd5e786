internal import Commands
internal import HostSystem

let outcome = Tool.run(Array(CommandLine.arguments.dropFirst()))
HostSystem.write(outcome.output, to: .output)
HostSystem.write(outcome.diagnostics, to: .diagnostics)
HostSystem.exit(outcome.status.rawValue)
