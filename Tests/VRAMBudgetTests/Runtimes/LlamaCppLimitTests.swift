import TestSupport
import Testing
import VRAMBudget

/// What llama.cpp 0c1e57098 asserts of a model (src/llama-hparams.h, rope.cu).
@Suite("llama.cpp's limits")
struct LlamaCppLimitTests {
  /// llama.cpp 0c1e57098, src/llama-context.cpp, `encode` and `output_reserve`: of each token of an input
  /// 30,522 logits and an embedding of 1024, 4 B each. A context of 100 has 256 cells.
  @Test(
    "An encoder's output buffer holds every token of an input",
    arguments: [(512, 512), (256, 256), (100, 256)] as [(Int64, Int64)])
  func encoderOutputs(context: Int64, tokens: Int64) throws {
    let model = try KnownModel.catalogued("BAAI/bge-large-en-v1.5")
    let budget = try Budget(
      of: [
        Deployment(
          model: model, weights: try FormatRecipe.llamaCpp(.f16).plan(for: model),
          runtime: .llamaCpp(LlamaCppSettings(outputs: .perSequence(1))),
          workload: Workload(contextTokens: context, contextOrigin: .given))
      ], on: [Device(memory: .gibibytes(8), named: "8GiB")])
    #expect(budget.expected(.outputBuffer, of: 0) == Bytes(4 * tokens * (30_522 + 1024)))
  }

  private func refusal(of layers: [Layer]) throws -> RuntimeError? {
    let model = ModelShape(
      id: "m", name: "m", source: .config,
      architecture: Architecture(modelType: "llama", ggufName: "llama"), hiddenSize: 256,
      vocabularySize: 1024, maximumContext: 4096, layers: layers,
      tensors: [Tensor(.tokenEmbedding, shape: TensorShape(256, 1024))])
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.llamaCpp(.f16).plan(for: model),
      runtime: .llamaCpp(LlamaCppSettings()),
      workload: Workload(contextTokens: 512, contextOrigin: .given))
    do {
      _ = try Budget(of: [deployment], on: [Device(memory: .gibibytes(8), named: "8GiB")])
      return nil
    } catch {
      return error
    }
  }

  private func layer(dimension: Int64 = 64, experts: Int64 = 0) -> Layer {
    Layer(
      mixers: [
        .attention(
          Attention(
            queryHeads: 4, keyValueHeads: 4, keyDimension: dimension, valueDimension: dimension))
      ],
      feedForward: experts > 0
        ? .experts(
          FeedForward.Experts(
            count: experts, used: 2, intermediate: 64, sharedIntermediate: 0))
        : .dense(intermediate: 512, isFused: false))
  }

  @Test("512 layers are taken, 513 are not")
  func layers() throws {
    #expect(try refusal(of: Array(repeating: layer(), count: 512)) == nil)
    #expect(
      try refusal(of: Array(repeating: layer(), count: 513))
        == .beyondLimit(runtime: .llamaCpp, what: "513 layers", limit: "512 (LLAMA_MAX_LAYERS)"))
  }

  @Test("1024 experts are taken, 1025 are not")
  func experts() throws {
    #expect(try refusal(of: [layer(experts: 1024)]) == nil)
    let error = try #require(try refusal(of: [layer(experts: 1025)]))
    #expect(error.problem.contains("1025 experts in layer 0"))
  }

  @Test("Heads of an odd length are not taken")
  func heads() throws {
    let error = try #require(try refusal(of: [layer(dimension: 65)]))
    #expect(error.problem.contains("heads of 65 elements"))
  }
}
