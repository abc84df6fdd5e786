import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of transformers-kv.tsv.
struct TransformersCacheRow: Sendable, CustomTestStringConvertible {
  let label: String
  let configuration: String
  /// Tokens and the bytes of a dynamic cache of them.
  let dynamic: [(tokens: Int64, bytes: Int64)]
  let fixed: [(tokens: Int64, bytes: Int64)]

  var testDescription: String { label }

  static let all: [TransformersCacheRow] = (try? load()) ?? []

  /// The rows that measured a cache object: RecurrentGemma has none, its layers keep their states
  /// themselves.
  static let measured = all.filter { !$0.label.hasPrefix("recurrent_gemma") }

  private static func load() throws -> [TransformersCacheRow] {
    try FixtureTable("transformers-kv.tsv", filePath: fixtureAnchor).rows.map { row in
      let pairs = try #require(row["dynamic"]).split(separator: ",").map { pair in
        let parts = pair.split(separator: ":").compactMap { Int64($0) }
        return (tokens: parts[0], bytes: parts[1])
      }
      return TransformersCacheRow(
        label: try #require(row["label"]), configuration: try #require(row["config"]),
        dynamic: pairs,
        fixed: [
          (2048, try #require(row["static_2048"].flatMap { Int64($0) })),
          (16384, try #require(row["static_16384"].flatMap { Int64($0) })),
        ])
    }
  }

  /// The model; nil when its architecture is not known.
  func model() throws -> ModelShape? {
    do {
      return try ConfigurationFile(Array(configuration.utf8), id: label, name: label).shape
    } catch ConfigurationError.unknownArchitecture {
      return nil
    }
  }
}

@Suite("Transformers' cache")
struct TransformersTests {
  private func cacheBytes(
    _ model: ModelShape, tokens: Int64, cache: TransformersSettings.Cache, sequences: Int64 = 1
  ) throws -> Int64 {
    let plan = try FormatRecipe.named("HF-BF16").plan(for: model)
    let budget = try Budget(
      of: [
        Deployment(
          model: model, weights: plan,
          runtime: .transformers(TransformersSettings(cache: cache)),
          workload: Workload(
            contextTokens: tokens, contextOrigin: .given, sequences: sequences))
      ], on: [Device(memory: .gibibytes(80), named: "80GiB")])
    let lines: [BudgetLine.Name] = [.keyValueCache, .recurrentState]
    return lines.reduce(0) { $0 + budget.expected($1, of: 0).count }
  }

  @Test(
    "A dynamic cache has the bytes that were allocated", arguments: TransformersCacheRow.measured)
  func dynamic(row: TransformersCacheRow) throws {
    guard let model = try row.model() else { return }
    for (tokens, bytes) in row.dynamic {
      #expect(
        try cacheBytes(model, tokens: tokens, cache: .dynamic) == bytes, "\(tokens) tokens")
    }
  }

  @Test("So has a static one", arguments: TransformersCacheRow.measured)
  func fixed(row: TransformersCacheRow) throws {
    guard let model = try row.model() else { return }
    for (tokens, bytes) in row.fixed {
      #expect(try cacheBytes(model, tokens: tokens, cache: .static) == bytes, "\(tokens) tokens")
    }
  }

  @Test("Every row is here")
  func rows() throws {
    let known = try TransformersCacheRow.all.count { try $0.model() != nil }
    print("transformers-kv: \(known) of \(TransformersCacheRow.all.count) rows known")
    #expect(known == 62)
    #expect(TransformersCacheRow.all.count == 62)
  }

  /// By hand from transformers 5.23.0, models/deepseek_v4: two layers of a window alone (keys and values),
  /// 21 of a window, an entry of 512 + 128 for each 4 tokens, four numbers for each of those of open
  /// entries and two for each of the last 4 tokens with one; 20 of a window, an entry of 512 for each 128
  /// tokens and two numbers for each of those of open ones.
  @Test(
    "Compressed attention keeps windows, entries and what waits for one",
    arguments: [
      (3, 583_680), (130, 7_244_800), (8191, 67_905_280), (8192, 62_428_160),
      (1000000, 6_888_678_400),
    ])
  func compressed(tokens: Int64, bytes: Int64) throws {
    let model = try KnownModel.catalogued("deepseek-ai/DeepSeek-V4-Flash")
    #expect(try cacheBytes(model, tokens: tokens, cache: .dynamic) == bytes)
    #expect(try cacheBytes(model, tokens: tokens, cache: .dynamic, sequences: 3) == 3 * bytes)
  }

  @Test("The most that compressed attention keeps on the way is before an entry is made")
  func mostCompressed() throws {
    let model = try KnownModel.catalogued("deepseek-ai/DeepSeek-V4-Flash")
    for attention in Set(model.layers.flatMap(\.mixers).compactMap(\.compressedAttention)) {
      var most: Int64 = 0
      for tokens in Int64(0)...700 {
        most = max(most, CompressedCache(attention, tokens: tokens).elements(of: attention))
        #expect(CompressedCache.mostElements(of: attention, tokens: tokens) == most, "\(tokens)")
      }
    }
  }

  @Test("A static cache of compressed attention, and other runtimes', are refused")
  func compressedElsewhere() throws {
    let model = try KnownModel.catalogued("deepseek-ai/DeepSeek-V4-Flash")
    let plan = try FormatRecipe.named("HF-BF16").plan(for: model)
    for runtime in [
      Runtime.transformers(TransformersSettings(cache: .static)), .vllm(VLLMSettings()),
      .mlx(MLXSettings()),
    ] {
      #expect(throws: (any Error).self) {
        try Budget(
          of: [
            Deployment(
              model: model, weights: plan, runtime: runtime,
              workload: Workload(contextTokens: 8192, contextOrigin: .given))
          ], on: [Device(memory: .gibibytes(800), named: "800GiB")])
      }
    }
    #expect(throws: FormatError.notInGGUF(architecture: "deepseek_v4")) {
      try FormatRecipe.named("Q4_K_M").plan(for: model)
    }
  }

  @Test("More sequences take as many times the cache")
  func sequences() throws {
    let model = try KnownModel.named("Qwen3-4B")
    let one = try cacheBytes(model, tokens: 1000, cache: .dynamic)
    #expect(try cacheBytes(model, tokens: 1000, cache: .dynamic, sequences: 7) == 7 * one)
  }
}
