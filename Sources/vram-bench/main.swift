/// Measures the program and prints a table of ratios and rates:
/// `vram-bench [--long] [PATH-OF-VRAM PATH-OF-ONE-LINE]`.
///
/// The start-up ratio needs two static executables; the paths name them. Without, the library alone
/// is measured. With `--long`, a sweep of ten million rows is measured, too.

internal import HostSystem

let arguments = CommandLine.arguments.dropFirst().filter { $0 != "--long" }
var rows: [BenchRow] = []
// First, while this program has taken nothing of the machine's time that its children would wait for.
if arguments.count == 2, let tool = arguments.first, let line = arguments.last {
  rows = StartUp.rows(tool: tool, oneLine: line)
  rows += Sweeps.rows(tool: tool, isLong: CommandLine.arguments.contains("--long"))
}
rows += Evaluations.rows() + HeaderReading.rows()
_ = HostSystem.write(BenchTable(rows: rows).text, to: .output)
