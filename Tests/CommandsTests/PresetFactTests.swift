import Commands
import TestSupport
import Testing

/// What the presets say where a source said otherwise.
@Suite("Facts of presets")
struct PresetFactTests {
  private func run(_ line: String) -> Outcome {
    Tool.run(line.split(separator: " ").map(String.init))
  }

  /// arXiv 2412.04862, table 1, and the models' own configurations.
  @Test(
    "A model's context is without the factor of its rotation",
    arguments: [
      ("exaone3.5:2.4b", 32_768), ("exaone3.5:32b", 32_768), ("internlm3-8b-instruct", 32_768),
      ("internlm2_5-20b-chat", 32_768), ("codellama:70b", 4_096),
    ])
  func contexts(model: String, tokens: Int) {
    let line = "budget \(model) --gpu 200GiB --context "
    #expect(!run(line + "\(tokens)").diagnostics.contains("was made for"))
    #expect(run(line + "\(tokens + 256)").diagnostics.contains("was made for (\(tokens))"))
  }

  @Test("DeepSeek-V3.2 is published in FP8")
  func published() {
    let line = "budget deepseek-v3.2 --runtime transformers --gpu 2000GiB"
    #expect(run(line).output.contains("FP8-block"))
  }

  @Test("A card of two GPUs is two devices")
  func card() {
    let output = run("budget llama3.1:8b --gpu mi250 --format json").output
    #expect(output.contains("mi250-gcd"))
  }

  @Test(
    "A name of models of several sizes is not one of them",
    arguments: ["deepseek-r1", "deepseek-r1:latest", "command-r:latest", "deepseek-v2"])
  func ambiguous(name: String) {
    let outcome = run("inspect \(name)")
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.contains("write one of them"), "\(outcome.diagnostics)")
  }

  @Test("The maker's own name of a model is not ambiguous")
  func full() {
    #expect(run("inspect deepseek-ai/DeepSeek-R1").output.contains("671"))
  }
}
