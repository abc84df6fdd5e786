import Commands
import TestSupport
import Testing

/// A device as somebody typed it, and what that means.
struct GPUSpelling: CustomTestStringConvertible, Sendable {
  let typed: String
  let words: [String]

  var testDescription: String { typed }

  static func load() throws -> [GPUSpelling] {
    try FixtureTable("gpu-spellings.tsv").rows.map { row in
      GPUSpelling(
        typed: try #require(row["typed"]),
        words: try #require(row["means"]).split(separator: " ").map(String.init))
    }
  }
}

@Suite("Devices as people write them")
struct GPUSpellingTests {
  private func run(_ gpu: String) -> Outcome {
    Tool.run(["budget", "smollm2:135m", "--gpu", gpu, "--format", "csv"])
  }

  /// The devices of a budget as CSV: a line of weights for each, as model, device, line, …
  private func devices(in csv: String) -> [String] {
    var devices: [String] = []
    for row in csv.split(separator: "\n") {
      let cells = row.split(separator: ",").map(String.init)
      if cells[2] == "weights", cells[1] != "host" { devices.append(cells[1]) }
    }
    return devices
  }

  @Test("A device is found however it is written", arguments: try GPUSpelling.load())
  func spelling(row: GPUSpelling) throws {
    let outcome = run(row.typed)
    switch row.words[0] {
    case "?":
      let choices = row.words.dropFirst().joined(separator: ", ")
      #expect(
        outcome.diagnostics.hasPrefix(
          "vram: error: --gpu: '\(row.typed)' is one of several: \(choices)\n"),
        "\(outcome.diagnostics)")
    case "!":
      #expect(outcome.diagnostics.hasPrefix("vram: error: --gpu: unknown GPU '\(row.typed)'\n"))
      let fix = try #require(outcome.diagnostics.split(separator: "\n").last)
      #expect(fix.contains(row.words[1]), "\(fix)")
      // Three at most: two commas between them.
      #expect(fix.prefix { $0 != "?" }.count { $0 == "," } <= 2, "\(fix)")
    default:
      let count = Int(row.words[0]) ?? 1
      let id = try #require(row.words.last)
      #expect(outcome.diagnostics == "")
      #expect(devices(in: outcome.output) == Array(repeating: id, count: count))
    }
  }

  @Test(
    "The largest sizes are summed up, and larger ones refused",
    arguments: [
      "fit smollm2:135m --format json",
      "budget llama3.1:8b --runtime vllm --tensor-parallel-size 16 --format csv",
    ])
  func largest(line: String) {
    let words = line.split(separator: " ").map(String.init)
    #expect(Tool.run(words + ["--gpu", "1024TiBx16"]).status == .success)
    let larger = Tool.run(words + ["--gpu", "1025TiB"])
    #expect(larger.status == .badInput)
    #expect(larger.diagnostics.contains("within 1 B to 1 PiB"))
  }

  @Test("Well over a hundred spellings are tried")
  func count() throws {
    #expect(try GPUSpelling.load().count >= 150)
  }
}
