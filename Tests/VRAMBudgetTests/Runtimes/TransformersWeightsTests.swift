import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("Weights as Transformers holds them")
struct TransformersWeightsTests {
  private func weights(
    _ model: ModelShape, _ recipe: String, on device: Device
  ) throws -> BudgetLine {
    let lines = try Runtime.lines(
      for: Deployment(
        model: model, weights: try FormatRecipe.named(recipe).plan(for: model),
        runtime: .transformers(TransformersSettings()),
        workload: Workload(contextTokens: 2048, contextOrigin: .given)), on: [device])
    return try #require(lines.first { $0.name == .weights })
  }

  private func device(_ capability: String?, backend: Backend = .cuda) -> Device {
    Device(
      id: "card", name: "card", backend: backend, total: .gibibytes(200),
      computeCapability: capability.flatMap { ComputeCapability($0) })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let model: String
    let recipe: String
    let capability: String?
    let bytes: Int64
    var high: Int64?

    var testDescription: String { "\(model) \(recipe) \(capability ?? "unknown")" }
  }

  /// By hand. Llama 3.1 8B has 8,030,261,248 weights, 6,979,321,856 of them in 224 linears with 1,376,256
  /// outputs; Qwen3 30B A3B has 28,991,029,248 in experts, 905,969,664 in 192 other linears and
  /// 635,123,712 elsewhere; gpt-oss 20B has 20,914,757,184.
  static let cases = [
    // 2 B each, and 2 B for every 128 and 16 B a matrix.
    Case(
      model: "Llama-3.1-8B", recipe: "W4A16", capability: "8.9",
      bytes: 16_060_522_496 + 109_051_904 + 3_584),
    // 2 B an output.
    Case(
      model: "Llama-3.1-8B", recipe: "FP8-dynamic", capability: nil,
      bytes: 16_060_522_496 + 2_752_512),
    // A scale for every 16, then of 2 B, and 8 B a matrix.
    Case(
      model: "Llama-3.1-8B", recipe: "NVFP4", capability: "12.0",
      bytes: 16_060_522_496 + 872_415_232 + 1_792),
    Case(model: "Llama-3.1-8B", recipe: "FP8-block", capability: "8.6", bytes: 16_060_522_496),
    // 1 B of the linears, and 4 B for each of their 425,984 tiles.
    Case(
      model: "Llama-3.1-8B", recipe: "FP8-block", capability: "8.9",
      bytes: 16_060_522_496 - 6_979_321_856 + 1_703_936),
    Case(
      model: "Llama-3.1-8B", recipe: "FP8-block", capability: nil,
      bytes: 16_060_522_496 - 6_979_321_856 + 1_703_936, high: 16_060_522_496),
    // Experts as bf16, other linears in 4 bits with 4 B for every 64 and 146 B a matrix.
    Case(
      model: "Qwen3-30B-A3B", recipe: "NF4", capability: "8.9",
      bytes: 57_982_058_496 + 1_779_883_392),
    Case(
      model: "Qwen3-30B-A3B", recipe: "W4A16", capability: "8.9",
      bytes: 57_982_058_496 + 3_096_345_600),
    Case(model: "gpt-oss-20b", recipe: "MXFP4-experts", capability: "7.0", bytes: 41_829_514_368),
  ]

  private static let mixture = """
    {"model_type":"qwen3_moe","hidden_size":2048,"intermediate_size":6144,
     "moe_intermediate_size":768,"num_experts":128,"num_experts_per_tok":8,"num_hidden_layers":48,
     "num_attention_heads":32,"num_key_value_heads":4,"head_dim":128,"vocab_size":151936,
     "max_position_embeddings":40960,"tie_word_embeddings":false,"decoder_sparse_step":1,
     "mlp_only_layers":[]}
    """

  private func model(_ name: String) throws -> ModelShape {
    switch name {
    case "Llama-3.1-8B": try KnownModel.named("Llama-3.1-8B")
    case "gpt-oss-20b": try KnownModel.named("gpt-oss-20b")
    default:
      try ConfigurationFile(Array(Self.mixture.utf8), id: name, name: name).shape
    }
  }

  @Test("What is unpacked takes bf16", arguments: cases)
  func unpacked(row: Case) throws {
    let line = try weights(try model(row.model), row.recipe, on: device(row.capability))
    #expect(line.estimate.expected.count == row.bytes)
    #expect(line.estimate.high.count == row.high ?? row.bytes)
    #expect(line.basis == (row.bytes < 10_000_000_000 && row.high == nil ? .exact : .modelled))
  }

  @Test("Metal and processors dequantize FP8; ROCm and XPUs do not")
  func otherBackends() throws {
    let model = try model("Llama-3.1-8B")
    for (backend, isHeld) in [
      (Backend.metal, false), (.cpu, false), (.rocm, true), (.sycl, true),
    ] {
      let line = try weights(model, "FP8-block", on: device(nil, backend: backend))
      #expect((line.estimate.expected.count < 10_000_000_000) == isHeld, "\(backend)")
    }
  }

  @Test("Linears of experts, and methods without a quantizer, are refused")
  func refused() throws {
    let (dense, experts) = (try model("Llama-3.1-8B"), try model("Qwen3-30B-A3B"))
    for (model, recipe, capability) in [
      (experts, "AWQ", "8.9"), (experts, "GPTQ-4bit", "8.9"), (dense, "FP8-modelopt", "8.9"),
      (dense, "FP8-fbgemm", "8.9"),
    ] {
      #expect(throws: RuntimeError.self, "\(recipe)") {
        try weights(model, recipe, on: device(capability))
      }
    }
    #expect(throws: Never.self) { try weights(dense, "FP8-fbgemm", on: device("9.0")) }
  }

  @Test("vLLM refuses chips before compute capability 7.5")
  func older() throws {
    let model = try model("Llama-3.1-8B")
    func lines(_ capability: String) throws -> [BudgetLine] {
      try Runtime.lines(
        for: Deployment(
          model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
          runtime: .vllm(VLLMSettings()),
          workload: Workload(contextTokens: 2048, contextOrigin: .given)),
        on: [device(capability)])
    }
    #expect(throws: RuntimeError.self) { try lines("6.1") }
    #expect(throws: Never.self) { try lines("7.5") }
  }
}
