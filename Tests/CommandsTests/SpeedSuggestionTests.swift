import Commands
import TestSupport
import Testing

@Suite("What makes a model fast enough")
struct SpeedSuggestionTests {
  private func budget(_ words: [String], _ more: String...) -> Outcome {
    Tool.run(["budget"] + words + more)
  }

  private func words(_ line: String) -> [String] {
    line.split(separator: " ").map(String.init)
  }

  /// The flags of the suggestions in a table.
  private func flags(_ table: String) -> [[String]] {
    let lines = table.split(separator: "\n").drop { $0 != "  To be fast enough:" }
    return lines.filter { $0.hasPrefix("    --") }.map { line in
      var flags: [String] = []
      for word in line.drop(while: { $0 == " " }).split(
        separator: " ", omittingEmptySubsequences: false)
      {
        guard !word.isEmpty else { break }
        flags.append(String(word))
      }
      return flags
    }
  }

  /// A command line's words with others in place of those of the same options.
  private func replacing(_ words: [String], by flags: [String]) -> [String] {
    var kept: [String] = []
    var isDropped = false
    for word in words {
      if word.hasPrefix("--") { isDropped = flags.contains(word) }
      if !isDropped { kept.append(word) }
    }
    return kept + flags
  }

  @Test(
    "What is suggested is fast enough when it is given, and fits",
    arguments: [
      (
        "llama3.1:8b --gpu rtx-3060-12gb --gpu-layers 20 --min-tokens-per-second 20",
        ["--gpu-layers"]
      ),
      (
        "gpt-oss:20b --gpu rtx-4090 --n-cpu-moe 24 --min-tokens-per-second 60", ["--n-cpu-moe"]
      ),
      (
        "llama3.1:8b --gpu rtx-3060-12gb --quant Q8_0 --min-tokens-per-second 40",
        ["--quant", "--gpu"]
      ),
      (
        "llama3.1:8b --gpu rtx-3060-12gb --prompt 8000 --max-first-token 3s",
        ["--prompt", "--gpu"]
      ),
      (
        "llama3.1:8b --gpu rtx-4090 --sequences 16 --context 65536 --prompt 4k"
          + " --min-tokens-per-second 40", ["--sequences"]
      ),
    ])
  func enough(line: String, expected: [String]) {
    let line = words(line)
    #expect(budget(line, "--require-fit").status == .doesNotFit)
    let suggested = flags(budget(line).output)
    for option in expected {
      #expect(suggested.contains { $0.first == option }, "\(option) is not in \(suggested)")
    }
    for flags in suggested {
      let changed = budget(replacing(line, by: flags), "--require-fit")
      #expect(changed.status == .success, "\(flags): \(changed.output)\(changed.diagnostics)")
    }
  }

  @Test("No fewer layers on the device are enough than are suggested")
  func least() throws {
    let line = words("llama3.1:8b --gpu rtx-3060-12gb --gpu-layers 20 --min-tokens-per-second 20")
    let flags = try #require(flags(budget(line).output).first { $0.first == "--gpu-layers" })
    let layers = try #require(Int(flags[1]))
    func status(_ layers: Int) -> Outcome.Status {
      budget(replacing(line, by: ["--gpu-layers", "\(layers)"]), "--strict").status
    }
    #expect(status(layers) == .success)
    #expect(status(layers - 1) == .doesNotFit)
  }

  @Test("What is fast enough, or of unknown speed, needs no change")
  func none() {
    #expect(
      flags(budget(words("llama3.1:8b --gpu rtx-4090 --min-tokens-per-second 5")).output) == [])
    #expect(flags(budget(words("llama3.1:8b --gpu 24GiB --min-tokens-per-second 5")).output) == [])
  }

  @Test("A deployment that is too slow is checked with the change that mends it")
  func check() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      { "deployments": [ { "name": "slow", "model": "llama3.1:8b", "gpu": "rtx-3060-12gb",
        "gpu_layers": 20, "min_tokens_per_second": 20 } ] }
      """, to: "vram.json")
    let outcome = Tool.run(["check", file])
    #expect(outcome.status == .doesNotFit)
    #expect(outcome.output.contains("fix: \"gpu_layers\": \""), "\(outcome.output)")
  }
}
