import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A figure that an engine or a project published for a cache, and the settings that give it.
struct PublishedCache: Sendable, CustomTestStringConvertible {
  let model: String
  let runtime: Runtime
  let context: Int64
  let sequences: Int64
  let ranks: Int
  let lines: [BudgetLine.Name]
  /// What was published, in bytes; where it was rounded, the formula gives it.
  let bytes: Int64
  let source: String

  init(
    _ model: String, _ runtime: Runtime, context: Int64, sequences: Int64 = 1, ranks: Int = 1,
    lines: [BudgetLine.Name] = [.keyValueCache], bytes: Int64, _ source: String
  ) {
    self.model = model
    self.runtime = runtime
    self.context = context
    self.sequences = sequences
    self.ranks = ranks
    self.lines = lines
    self.bytes = bytes
    self.source = source
  }

  var testDescription: String { "\(model) \(context) x\(sequences) (\(source))" }

  static let all: [PublishedCache] = plain + windowed + latent + hybrid + slots + pairs

  private static let mebibyte: Int64 = 1 << 20
  private static let llamaCpp = Runtime.llamaCpp(LlamaCppSettings())
  private static let unified = Runtime.llamaCpp(LlamaCppSettings(isUnified: true))
  private static let fullWindows = Runtime.llamaCpp(LlamaCppSettings(keepsFullWindows: true))
  private static let dynamic = Runtime.transformers(TransformersSettings(cache: .dynamic))
  private static let fixed = Runtime.transformers(TransformersSettings(cache: .static))
  private static let vllm = Runtime.vllm(VLLMSettings(batchedTokens: 2048))
  private static let vllmFourRanks = Runtime.vllm(
    VLLMSettings(tensorParallel: 4, batchedTokens: 2048))
  private static let vllmFP8 = Runtime.vllm(
    VLLMSettings(batchedTokens: 2048, cacheElementBytes: 1))

  private static let plain: [PublishedCache] = [
    .init(
      "meta-llama/Llama-3.1-8B-Instruct", dynamic, context: 1, bytes: 131_072,
      "kvplan: 131,072 B/token"),
    .init(
      "meta-llama/Llama-3.1-8B-Instruct", llamaCpp, context: 128_000, bytes: 16_000 * mebibyte,
      "huggingface/blog 2345: 15.62 GB, 15.625 GiB"),
    .init(
      "meta-llama/Llama-3.1-8B-Instruct", vllm, context: 128_000, bytes: 16_000 * mebibyte,
      "huggingface/blog 2345: 15.62 GB, 15.625 GiB"),
    .init(
      "Qwen/Qwen3-0.6B", llamaCpp, context: 40_960, bytes: 4480 * mebibyte,
      "unsloth PR 4757: 4.375 GiB"),
    .init(
      "nvidia/Llama-3_3-Nemotron-Super-49B-v1", vllm, context: 16, bytes: 16 * 200_704,
      "vramfit docs: 200,704 B/token"),
    .init(
      "nvidia/Llama-3_3-Nemotron-Super-49B-v1", vllmFP8, context: 16_384, bytes: 1568 * mebibyte,
      "vramfit docs: fp8 1.531 GiB"),
    .init(
      "Qwen/Qwen3-235B-A22B", vllmFourRanks, context: 35_776, sequences: 5, ranks: 4,
      bytes: 178_880 * 48_128,
      "vllm 21348: 178,880 tokens of 48,128 B on each of 4 GPUs, in sequences of which it takes"),
  ]

  private static let windowed: [PublishedCache] = [
    .init(
      "google/gemma-3-27b-it", fixed, context: 131_072, bytes: 10_656 * mebibyte,
      "unsloth PR 4757: 10.406 GiB, windows of exactly 1024"),
    .init(
      "gemma-4-31b", fixed, context: 262_144, bytes: 22_313_697_280,
      "fitllm-engine: ideal windows of 1024"),
    .init(
      "openai/gpt-oss-20b", fixed, context: 8192, sequences: 32, bytes: 6240 * mebibyte,
      "hf-mem PR 70: 6.094 GiB with windows of 128"),
    .init(
      "openai/gpt-oss-20b", fullWindows, context: 262_144, sequences: 32, bytes: 12_288 * mebibyte,
      "hf-mem PR 70: 12.00 GiB, every layer full"),
    .init(
      "openai/gpt-oss-20b", fullWindows, context: 131_072, bytes: 6144 * mebibyte,
      "gguf-parser 32: naive 6.00 GiB"),
    .init(
      "openai/gpt-oss-20b", llamaCpp, context: 131_072, bytes: (3072 + 18) * mebibyte,
      "gguf-parser 32: 12 full layers, 12 of 768 cells; 3.018 GiB"),
    .init(
      "google/gemma-3-4b-it", llamaCpp, context: 32_768, bytes: 814 * mebibyte,
      "llama.cpp PR 22171: 814 MiB"),
  ]

  private static let latent: [PublishedCache] = [
    .init(
      "deepseek-ai/DeepSeek-V3", llamaCpp, context: 163_840, bytes: 163_840 * 61 * 576 * 2,
      "unsloth PR 4757: 10.723 GiB (V3.1 has V3's shape)"),
    .init(
      "moonshotai/Kimi-K2.5", llamaCpp, context: 262_144, bytes: 262_144 * 61 * 576 * 2,
      "unsloth PR 4757: 17.156 GiB"),
    .init(
      "zai-org/GLM-4.7-Flash", llamaCpp, context: 256, bytes: 256 * 54_144,
      "fitllm-engine: 54,144 B/token"),
    .init(
      "zai-org/GLM-4.7-Flash", vllm, context: 16, bytes: 16 * 54_144,
      "fitllm-engine: 54,144 B/token"),
  ]

  private static let hybrid: [PublishedCache] = [
    .init(
      "Qwen/Qwen3.6-27B", unified, context: 262_144, sequences: 4, bytes: 16_384 * mebibyte,
      "LM Studio tracker 1862: 16,384 MiB"),
    .init(
      "Qwen/Qwen3.6-27B", unified, context: 262_144, sequences: 4, lines: [.recurrentState],
      bytes: 627_572_736, "LM Studio tracker 1862: 598.5 MiB for 4 sequences"),
    .init(
      "Qwen/Qwen3.6-27B", llamaCpp, context: 262_144, lines: [.recurrentState],
      bytes: 156_893_184, "unsloth PR 11073: 149.6 MiB"),
    .init(
      "LiquidAI/LFM2-1.2B", llamaCpp, context: 32_768, bytes: 384 * mebibyte,
      "gguf-parser 35: 384 MiB"),
  ]

  /// gemma-3-270m, one cache for each slot: unsloth PR 5225 and 7530.
  private static let slots: [PublishedCache] = [
    (4096, 1, 27), (4096, 2, 42), (4096, 4, 72), (4096, 8, 72), (8192, 1, 39), (8192, 2, 54),
    (1024, 3, 27), (1024, 4, 18),
  ].map { context, slots, mebibytes in
    .init(
      "google/gemma-3-270m-it", llamaCpp, context: context, sequences: slots,
      bytes: mebibytes * mebibyte, "unsloth PR 5225, 7530: \(mebibytes) MiB")
  }

  /// Blocks of 32: 34 B of q8_0, 18 B of q4_0 (lilbee PR 740), beside 64 B of f16.
  private static let pairs: [PublishedCache] = [(TensorFormat.q8_0, 34), (.q4_0, 18)].map {
    format, blockBytes in
    .init(
      "Qwen/Qwen3-0.6B", .llamaCpp(LlamaCppSettings(keyFormat: format, valueFormat: format)),
      context: 40_960, bytes: 4480 * mebibyte * blockBytes / 64, "lilbee PR 740: \(format.name)")
  }

  func deployment() throws -> Deployment {
    let shape = model == "gemma-4-31b" ? Self.gemma4 : try KnownModel.catalogued(model)
    let recipe = try runtime.kind == .llamaCpp ? .llamaCpp(.f16) : FormatRecipe.named("HF-BF16")
    return Deployment(
      model: shape, weights: try recipe.plan(for: shape), runtime: runtime,
      workload: Workload(
        contextTokens: context, contextOrigin: .given, sequences: sequences))
  }

  var devices: [Device] {
    Array(repeating: Device(memory: .gibibytes(80), named: "80GiB"), count: ranks)
  }

  /// Gemma 4 31B as far as its cache goes: 50 windows of 16 x 256, ten full layers of 4 x 512.
  private static let gemma4: ModelShape = {
    func layer(heads: Int64, dimension: Int64, span: Attention.Span) -> Layer {
      Layer(
        mixers: [
          .attention(
            Attention(
              queryHeads: 32, keyValueHeads: heads, keyDimension: dimension,
              valueDimension: dimension, span: span))
        ], feedForward: .none)
    }
    let sliding = layer(heads: 16, dimension: 256, span: .sliding(tokens: 1024))
    let full = layer(heads: 4, dimension: 512, span: .full)
    return ModelShape(
      id: "gemma", name: "gemma", source: .config,
      architecture: Architecture(modelType: "gemma4_text", ggufName: "gemma4"),
      hiddenSize: 5376, vocabularySize: 262_144, maximumContext: 262_144,
      layers: (0..<60).map { ($0 + 1) % 6 == 0 ? full : sliding },
      tensors: [Tensor(.tokenEmbedding, shape: TensorShape(5376, 262_144))])
  }()
}

@Suite("Published KV caches")
struct PublishedCacheTests {
  /// Published figures that no setting here gives, and what they are instead.
  static let others: [String: String] = [
    "Gemma-3-27B, naive 81.375 GiB (unsloth PR 4757)":
      "62 layers of 16 heads of hidden size / heads = 168; the heads are of 128: 62 GiB",
    "gpt-oss-20b, about 3.05 GiB (gguf-parser 32)":
      "a reading of what a process took; the cells give 3.018",
    "27B, KV 4.75 GiB, recurrent 1.75 GiB (toolchest PR 180)":
      "neither the model nor the cache's formats and sequences are stated",
  ]

  @Test("Each is the cache's size to the byte", arguments: PublishedCache.all)
  func exact(published: PublishedCache) throws {
    let budget = try Budget(of: [published.deployment()], on: published.devices)
    let priced = budget.entries(on: .device(0)).filter { published.lines.contains($0.line.name) }
      .map(\.line.estimate.expected.count).reduce(0, +)
    #expect(priced == published.bytes)
  }

  /// vLLM once printed the tokens that every group of layers would hold, no window saved: all blocks
  /// divided by the groups. It now prints what the concurrency comes to; a window takes one block
  /// more than its tokens fill, so a sequence of 16 takes one block in a full group and two in each
  /// windowed one.
  @Test(
    "vLLM has the blocks for the tokens that were published in the memory that was",
    arguments: [
      ("gemma-4-31b", 26_800, 983_040, 1, 5, 24.54, "hf-mem PR 61"),
      ("openai/gpt-oss-120b", 78_384, 73_728, 1, 1, 5.38, "hf-mem 60"),
    ] as [(String, Int64, Int64, Int64, Int64, Double, String)])
  func tokens(
    model: String, tokens: Int64, bytesPerToken: Int64, fullGroups: Int64, windowedGroups: Int64,
    gibibytes: Double, source: String
  ) throws {
    let computed = Double(tokens * bytesPerToken) / 1_073_741_824
    #expect(abs(computed - gibibytes) < 0.005)
    let published = PublishedCache(
      model, .vllm(VLLMSettings(batchedTokens: 2048)), context: 16,
      bytes: tokens * bytesPerToken, source)
    let report = try VLLMReport(
      of: published.deployment(), on: published.devices, cacheBytes: Bytes(published.bytes))
    let blocks = tokens / 16 * (fullGroups + windowedGroups)
    #expect(report.cacheTokens == blocks * 16 / (fullGroups + 2 * windowedGroups))
  }

  @Test("The naive figure of Gemma 3 27B takes the heads to be hidden size / query heads wide")
  func naive() throws {
    let perToken: Int64 = 62 * 16 * (5376 / 32) * 2 * 2
    #expect(Bytes(perToken * 131_072) == .mebibytes(83_328))
    let published = PublishedCache(
      "google/gemma-3-27b-it", .llamaCpp(LlamaCppSettings(keepsFullWindows: true)),
      context: 131_072, bytes: 62 << 30, "62 GiB")
    try exact(published: published)
    print("kv-vectors: \(PublishedCache.all.count) exact, \(Self.others.count) explained")
  }
}
