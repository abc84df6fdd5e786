import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("Latent attention that llama.cpp cannot absorb")
struct GGUFLatentTests {
  /// A layer of DeepSeek-V2: 64 elements wide, 4 heads of 16 + 8 and 16 elements, a compressed vector
  /// of 32 + 8.
  private func builder(isSplit: Bool) -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.entries = [
      ("general.architecture", .string("deepseek2")), ("deepseek2.block_count", .uint32(1)),
      ("deepseek2.embedding_length", .uint32(64)), ("deepseek2.context_length", .uint32(2048)),
      ("deepseek2.attention.head_count", .uint32(4)),
      ("deepseek2.attention.kv_lora_rank", .uint32(32)),
      ("deepseek2.rope.dimension_count", .uint32(8)),
    ]
    let sizes: [(String, UInt32)] =
      isSplit
      ? [
        ("head_count_kv", 1), ("key_length", 40), ("value_length", 32), ("key_length_mla", 24),
        ("value_length_mla", 16),
      ] : [("head_count_kv", 4), ("key_length", 24), ("value_length", 16)]
    for (key, size) in sizes {
      builder.entries.append(("deepseek2.attention.\(key)", .uint32(size)))
    }
    builder.tensors = [
      .float("token_embd.weight", 64, 100), .float("output_norm.weight", 64),
      .float("blk.0.attn_norm.weight", 64), .float("blk.0.attn_q.weight", 64, 96),
      .float("blk.0.attn_kv_a_mqa.weight", 64, 40), .float("blk.0.attn_kv_a_norm.weight", 32),
      .float("blk.0.attn_output.weight", 64, 64), .float("blk.0.ffn_norm.weight", 64),
      .float("blk.0.ffn_up.weight", 64, 96), .float("blk.0.ffn_gate.weight", 64, 96),
      .float("blk.0.ffn_down.weight", 96, 64),
    ]
    builder.tensors +=
      isSplit
      ? [
        .float("blk.0.attn_k_b.weight", 16, 32, 4), .float("blk.0.attn_v_b.weight", 32, 16, 4),
      ] : [.float("blk.0.attn_kv_b.weight", 32, 128)]
    return builder
  }

  private func model(_ builder: GGUFBuilder) throws -> GGUFModel {
    let folder = try TemporaryFolder()
    let path = try folder.file("model.gguf", builder.file)
    return try GGUFModel(try GGUFFile(path: path), id: path, name: "tiny")
  }

  private func cache(
    _ shape: ModelShape, _ plan: WeightPlan, contextTokens: Int64
  ) throws -> Bytes {
    let budget = try Budget(
      of: [
        Deployment(
          model: shape, weights: plan, runtime: .llamaCpp(LlamaCppSettings()),
          workload: Workload(
            contextTokens: contextTokens, contextOrigin: .given, sequences: 1))
      ], on: [Device(memory: .gibibytes(24), named: "24GiB")])
    return budget.entries.map(\.line).filter { $0.name == .keyValueCache }
      .reduce(.zero) { $0 + $1.estimate.expected }
  }

  @Test("A split up-projection is absorbed: one vector of 40 elements a token")
  func split() throws {
    let model = try model(builder(isSplit: true))
    let cache = try cache(model.shape, model.weights, contextTokens: 256)
    #expect(cache == Bytes(256 * 40 * 2))
  }

  @Test("With the old matrix keys of 24 and values of 16 elements are cached for four heads")
  func whole() throws {
    let model = try model(builder(isSplit: false))
    let cache = try cache(model.shape, model.weights, contextTokens: 256)
    #expect(cache == Bytes(256 * 4 * (24 + 16) * 2))
    let split = try self.model(builder(isSplit: true))
    #expect(model.shape.layers == split.shape.layers)
  }

  @Test("MiniCPM3 caches 40 heads of 96 and 64 elements in each of 62 layers")
  func miniCPM3() throws {
    let row = try #require(ParameterRow.known.first { $0.label == "minicpm3-defaults" })
    let shape = try row.model()
    let plan = try FormatRecipe.llamaCpp(.q8_0).plan(for: shape)
    #expect(
      try cache(shape, plan, contextTokens: 4096) == Bytes(62 * 40 * (96 + 64) * 2 * 4096))
    #expect(shape.ggufTensors.contains { $0.name == "blk.61.attn_kv_b.weight" })
    #expect(!shape.ggufTensors.contains { $0.role == .latentKeyUp })
  }

  @Test("A latent layer without either matrix is refused")
  func neither() throws {
    var changed = builder(isSplit: false)
    changed.tensors.removeAll { $0.name == "blk.0.attn_kv_b.weight" }
    #expect(throws: GGUFModelError.missingTensor("blk.0.attn_k_b.weight")) { try model(changed) }
  }
}
