import Commands
import HostSystem
import TestSupport
import Testing

/// A command line and the file that holds what it writes.
struct GoldenCase: CustomTestStringConvertible, Sendable {
  let name: String
  let line: String

  var testDescription: String { name }

  static let all: [GoldenCase] = [
    GoldenCase(name: "budget-table", line: "budget qwen2.5-coder:14b --gpu rtx-3060-12gb"),
    GoldenCase(
      name: "budget-json",
      line:
        "budget qwen2.5-coder:14b --quant Q4_K_M --context 8192 --gpu rtx-3060-12gb --format json"),
    GoldenCase(
      name: "budget-csv", line: "budget smollm3-3b --quant Q8_0 --gpu rtx-3060-12gb --format csv"),
    GoldenCase(
      name: "budget-markdown", line: "budget llama3.1:70b --gpu rtx-4090 --format markdown"),
    GoldenCase(
      name: "budget-explain",
      line: "budget smollm3-3b --quant 8da4w --context 2048 --gpu galaxy-s22 --explain"),
    GoldenCase(
      name: "budget-two-cards", line: "budget llama3.1:70b --gpu rtx-3090x2 --context 4096"),
    GoldenCase(name: "budget-no-fit", line: "budget llama3.1:70b --quant F16 --gpu rtx-4090"),
    GoldenCase(name: "weights-table", line: "weights smollm3-3b"),
    GoldenCase(name: "inspect-table", line: "inspect smollm3-3b"),
    GoldenCase(name: "help", line: "help"),
    GoldenCase(name: "help-budget", line: "help budget"),
    GoldenCase(name: "formats-table", line: "formats"),
    GoldenCase(name: "formats-explain", line: "formats q4_k_m --explain"),
    GoldenCase(
      name: "formats-explain-8da4w", line: "formats 8da4w --explain --model smollm3-3b"),
  ]
}

@Suite("Whole outputs")
struct GoldenTests {
  /// `UPDATE_GOLDEN=1` writes the files anew and fails, so that a change is always looked at.
  @Test("A command writes what its file holds", arguments: GoldenCase.all)
  func golden(row: GoldenCase) throws {
    let outcome = Tool.run(row.line.split(separator: " ").map(String.init))
    let path = Fixture.folder(of: #filePath) + "/Golden/\(row.name).txt"
    let text = "$ vram \(row.line)\n" + outcome.diagnostics + outcome.output
    if HostSystem.environment("UPDATE_GOLDEN") == "1" {
      try Fixture.write(text, toPath: path)
      Issue.record("wrote \(path)")
      return
    }
    #expect(text == (try Fixture.text(atPath: path)))
  }
}
