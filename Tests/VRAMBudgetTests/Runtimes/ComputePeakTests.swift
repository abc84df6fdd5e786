import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("What sets the peak of a compute buffer")
struct ComputePeakTests {
  private func peaks(
    _ name: String, context: Int64 = 8192, attention: LlamaCppSettings.FlashAttention = .auto
  ) throws -> (Budget, [Place: ComputePeak]) {
    let model = try KnownModel.named(name)
    let budget = try Budget(
      of: [
        Deployment(
          model: model, weights: try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model),
          runtime: .llamaCpp(LlamaCppSettings(flashAttention: attention)),
          workload: Workload(contextTokens: context, contextOrigin: .given))
      ], on: [Device(memory: .gibibytes(80), named: "80GiB")])
    return (budget, budget.computePeaks(of: 0))
  }

  @Test(
    "The tensors and the holes between them are the buffer",
    arguments: [
      "Llama-3.1-8B", "Qwen3-4B", "Gemma-3-4B", "gpt-oss-20b", "DeepSeek-V2-Lite", "LFM2-1.2B",
      "Qwen3-Next-80B-A3B", "Phi-3-mini-4k", "mamba-130m",
    ])
  func sum(name: String) throws {
    let (budget, peaks) = try peaks(name)
    for place in [Place.device(0), .host] {
      let line = try #require(
        budget.entries(on: place).first { $0.line.name == .computeBuffer }?.line)
      let peak = try #require(peaks[place])
      #expect(peak.bytes == line.formula.bytes)
      #expect(peak.holes >= .zero)
      #expect(!peak.groups.isEmpty)
    }
  }

  @Test("The logits of a batch fill the buffer of a small model with a large vocabulary")
  func logits() throws {
    let peak = try #require(try peaks("Qwen2.5-Coder-14B").1[.device(0)])
    #expect(peak.cause == .logits)
    // 152,064 × 512 × 4 B.
    #expect(peak.groups[0].bytes == Bytes(311_427_072))
    #expect(peak.groups[0].shape == [152_064, 512])
  }

  @Test("Without flash attention the scores of a long context do")
  func scores() throws {
    let peak = try #require(
      try peaks("Llama-3.1-8B", context: 32_768, attention: .off).1[.device(0)])
    #expect(peak.cause == .attention)
    // 32,768 cells × 512 tokens × 32 heads × 4 B.
    #expect(peak.groups[0].bytes == Bytes(32_768 * 512 * 32 * 4))
  }

  @Test("Nothing is said of a graph that is not described")
  func undescribed() throws {
    let model = try ConfigurationFile(
      Array(
        #"""
        {"model_type": "gpt_neox", "hidden_size": 2048, "num_hidden_layers": 2,
        "num_attention_heads": 16, "intermediate_size": 8192, "vocab_size": 50304,
        "max_position_embeddings": 4096}
        """#.utf8), id: "s", name: "s"
    ).shape
    let budget = try Budget(
      of: [
        Deployment(
          model: model, weights: try FormatRecipe.llamaCpp(.q8_0).plan(for: model),
          runtime: .llamaCpp(LlamaCppSettings()),
          workload: Workload(contextTokens: 4096, contextOrigin: .given))
      ], on: [Device(memory: .gibibytes(24), named: "24GiB")])
    #expect(budget.computePeaks(of: 0).isEmpty)
  }
}
