import Commands
import TestSupport
import Testing
import VRAMBudget

/// What commands say of weights that somebody else made.
@Suite("Published weights")
struct PublishedWeightsTests {
  private func run(_ line: String) -> Outcome {
    Tool.run(line.split(separator: " ").map(String.init))
  }

  /// Writes the configuration of a small Llama.
  private func configuration(_ more: String, in folder: borrowing TemporaryFolder) throws -> String
  {
    let text =
      #"{"model_type": "llama", "hidden_size": 256, "num_hidden_layers": 2, "vocab_size": 256, "#
      + #""intermediate_size": 256, "num_attention_heads": 4, "num_key_value_heads": 4, "#
      + #""max_position_embeddings": 64, "# + more + "}"
    return try folder.write(text, to: "config.json")
  }

  private static let exl = #""quantization_config": {"quant_method": "exl2", "bits": 3.5}"#
  private static let fp8 =
    #""quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}"#

  @Test("A format that was not asked for is blamed on the model, which cannot be priced")
  func place() throws {
    let folder = try TemporaryFolder()
    let path = try configuration(Self.exl, in: folder)
    let untold = run("budget \(path) --gpu 24GiB")
    #expect(untold.status == .cannotTell)
    #expect(untold.diagnostics.hasPrefix("vram: error: \(path): EXL2-3.5bpw"))
    let told = run("budget \(path) --gpu 24GiB --quant EXL2-3.5bpw")
    #expect(told.status == .badInput)
    #expect(told.diagnostics.hasPrefix("vram: error: --quant: "))
  }

  @Test("A description says how the checkpoint is published")
  func inspected() throws {
    let folder = try TemporaryFolder()
    let path = try configuration(Self.fp8, in: folder)
    #expect(run("inspect \(path)").output.contains("Published as  FP8-block\n"))
    let json = run("inspect \(path) --format json").output
    #expect(json.contains(#""published_quantization" : "FP8-block""#))
    let plain = try configuration(#""torch_dtype": "bfloat16""#, in: folder)
    #expect(!run("inspect \(plain)").output.contains("Published"))
    let unknown = try configuration(#""quantization_config": {"quant_method": "hqq"}"#, in: folder)
    #expect(run("inspect \(unknown)").diagnostics.contains("'hqq' is not supported"))
  }

  @Test("A format that is asked for twice has one row")
  func rows() {
    let table = run("weights smollm3-3b --only Q4_0 --only q4_0 --only Q8_0 --format csv").output
    #expect(table.split(separator: "\n").count == 3)
  }

  @Test("A file stands apart from the recipe that it is named after")
  func file() throws {
    let model = try KnownModel.named("Llama-3.2-1B")
    let folder = try TemporaryFolder()
    let stock = try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model)
    let path = try KnownGGUF("Llama-3.2-1B").path(in: folder, stock)
    let outcome = run("weights \(path) --only Q4_K_M")
    #expect(outcome.output.contains("Q4_K_M, this file"))
    #expect(outcome.diagnostics.isEmpty)
    let json = run("weights \(path) --only Q4_K_M --format json").output
    #expect(json.contains(#""origin" : "file""#) && json.contains(#""origin" : "recipe""#))
    // The same keys over other formats.
    let other = try FormatRecipe.llamaCpp(.q8_0).plan(for: model)
    let mixed = try KnownGGUF("Llama-3.2-1B").path(in: folder, other)
    #expect(run("weights \(mixed) --only Q4_K_M").diagnostics.contains("is another mix"))
  }

  @Test(
    "A class that is not called after its family is refused",
    arguments: [("LlamaForCausalLM", true), ("LlamaModel", true), ("YayiForCausalLM", false)])
  func foreignClass(name: String, isKnown: Bool) throws {
    let folder = try TemporaryFolder()
    let path = try configuration(#""architectures": ["\#(name)"]"#, in: folder)
    let outcome = run("inspect \(path)")
    #expect(outcome.status == (isKnown ? .success : .cannotTell))
    #expect(outcome.diagnostics.contains("'\(name)', which is no class of llama's") != isKnown)
  }

  @Test("Layers for multi-token prediction are told of beside the weights")
  func prediction() {
    #expect(run("weights glm-4.5-air --only Q8_0").diagnostics.contains("1 layer for multi-token"))
    #expect(run("inspect glm-4.5-air").output.contains("1 layer for multi-token prediction"))
  }
}
