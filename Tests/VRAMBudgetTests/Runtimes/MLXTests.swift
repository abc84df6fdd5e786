import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of mlx-cache.tsv.
struct MLXCacheRow: Sendable, CustomTestStringConvertible {
  let label: String
  let configuration: String
  let elementBytes: Int64
  let context: Int64
  let bits: Int64?
  let cacheBytes: Int64
  let stateBytes: Int64
  let peakBytes: Int64

  var testDescription: String { "\(label), \(context) tokens, \(bits.map(String.init) ?? "-")" }

  static let all: [MLXCacheRow] = (try? load()) ?? []

  private static func load() throws -> [MLXCacheRow] {
    try FixtureTable("mlx-cache.tsv", filePath: fixtureAnchor).rows.map { row in
      func number(_ name: String) throws -> Int64 {
        try #require(row[name].flatMap { Int64($0) })
      }
      return MLXCacheRow(
        label: try #require(row["label"]), configuration: try #require(row["config"]),
        elementBytes: try number("element_bytes"), context: try number("context"),
        bits: row["kv_bits"].flatMap { Int64($0) }, cacheBytes: try number("kv_bytes"),
        stateBytes: try number("state_bytes"), peakBytes: try number("peak_kv_bytes"))
    }
  }
}

@Suite("MLX")
struct MLXTests {
  private let mac = Device(
    id: "mac", name: "a Mac", backend: .metal, total: .gibibytes(512), isUnified: true)

  private func budget(
    _ model: ModelShape, recipe: String = "HF-BF16", context: Int64, sequences: Int64 = 1,
    settings: MLXSettings = MLXSettings(), device: Device? = nil
  ) throws -> Budget {
    try Budget(
      of: [
        Deployment(
          model: model, weights: try FormatRecipe.named(recipe).plan(for: model),
          runtime: .mlx(settings),
          workload: Workload(
            contextTokens: context, contextOrigin: .given, sequences: sequences))
      ], on: [device ?? mac])
  }

  @Test("Caches and states have the bytes that were allocated", arguments: MLXCacheRow.all)
  func measured(row: MLXCacheRow) throws {
    let model = try ConfigurationFile(
      Array(row.configuration.utf8), id: row.label, name: row.label
    ).shape
    let budget = try budget(
      model, recipe: row.elementBytes == 4 ? "HF-F32" : "HF-BF16", context: row.context,
      settings: MLXSettings(cacheBits: row.bits))
    #expect(budget.expected(.keyValueCache, of: 0).count == row.cacheBytes)
    #expect(budget.expected(.recurrentState, of: 0).count == row.stateBytes)
    let compute = try #require(budget.entries.first { $0.line.name == .computeBuffer }).line
    let windows = compute.formula.terms.first { $0.label == "windows while the prompt is read" }
    // Measured after a step, when caches of every token lack the last 256: so at most a little less.
    let beyond = row.peakBytes - row.cacheBytes
    if row.bits == nil {
      #expect((beyond...beyond * 6 / 5).contains(windows?.bytes.count ?? 0))
    }
  }

  @Test("Every row is here")
  func rows() { #expect(MLXCacheRow.all.count == 82) }

  private func deepSeekV3() throws -> ModelShape {
    let row = try #require(TransformersCacheRow.all.first { $0.label == "DeepSeek-V3" })
    return try #require(try row.model())
  }

  /// Peak memory of published runs, which the range must hold. DeepSeek-V3 in four bits: mlx-lm PR 839,
  /// in GB of 10^9.
  @Test(
    "Latent attention's peak is within 1 % of a published run",
    arguments: [(4096, 383_213), (8192, 388_343), (16384, 398_605)])
  func deepSeek(context: Int64, megabytes: Int64) throws {
    let model = try deepSeekV3()
    let need = try budget(model, recipe: "mlx-4bit", context: context).ofMLX
    let measured = megabytes * 1_000_000
    #expect(abs(need.expected.count - measured) < measured / 100, "\(need.expected.count)")
    #expect(need.high.count >= measured && need.low.count <= measured)
  }

  /// Granite 4.0 H Small in four bits, a prompt of 2048 tokens and two more: 23.501 GB (mlx-lm PR 525).
  @Test("A hybrid's peak is within 2 % of a published run")
  func granite() throws {
    let layers = (0..<40).map { $0 % 10 == 5 ? #""attention""# : #""mamba""# }
    let text =
      #"{"model_type":"granitemoehybrid","hidden_size":4096,"intermediate_size":768,"#
      + #""num_hidden_layers":40,"num_attention_heads":32,"num_key_value_heads":8,"#
      + #""vocab_size":100352,"max_position_embeddings":131072,"tie_word_embeddings":true,"#
      + #""num_local_experts":72,"num_experts_per_tok":10,"shared_intermediate_size":1536,"#
      + #""mamba_n_heads":128,"mamba_d_head":64,"mamba_d_state":128,"mamba_d_conv":4,"#
      + #""mamba_n_groups":1,"mamba_conv_bias":true,"mamba_proj_bias":false,"mamba_expand":2,"#
      + #""attention_bias":false,"position_embedding_type":"nope","#
      + #""layer_types":[\#(layers.joined(separator: ","))]}"#
    let model = try ConfigurationFile(Array(text.utf8), id: "granite", name: "granite").shape
    let need = try budget(model, recipe: "mlx-4bit", context: 2050).ofMLX
    let measured: Int64 = 23_501_000_000
    #expect(abs(need.expected.count - measured) < measured / 50, "\(need.expected.count)")
    #expect(need.high.count >= measured)
  }

  /// mlx PR 828, 1k tokens, in GiB.
  @Test("Mistral 7B's peaks lie in the range", arguments: [("HF-F16", 13_627), ("mlx-4bit", 4108)])
  func mistral(recipe: String, milligibibytes: Int64) throws {
    let model = try KnownModel.named("Mistral-7B-v0.3")
    let need = try budget(model, recipe: recipe, context: 1024).ofMLX
    let measured = milligibibytes * (1 << 30) / 1000
    #expect(need.low.count <= measured && measured <= need.high.count, "\(need) \(measured)")
  }

  @Test("A longer context never has a smaller cache, more bits neither")
  func monotonous() throws {
    for name in ["Qwen3-4B", "gemma-3-4b"] {
      guard let model = try? KnownModel.named(name) else { continue }
      var last: Int64 = 0
      for context in stride(from: Int64(256), through: 12_288, by: 256) {
        let bytes = try budget(model, context: context).expected(.keyValueCache, of: 0).count
        #expect(bytes >= last, "\(name), \(context)")
        last = bytes
      }
    }
    let model = try KnownModel.named("Qwen3-4B")
    let whole = try budget(model, context: 8192).expected(.keyValueCache, of: 0)
    for bits in MLXSettings.allowedBits {
      let packed = try budget(model, context: 8192, settings: MLXSettings(cacheBits: bits))
      #expect(packed.expected(.keyValueCache, of: 0) < whole)
    }
  }

  @Test("Sequences take as many times the cache")
  func sequences() throws {
    let model = try KnownModel.named("Qwen3-4B")
    let one = try budget(model, context: 2048).expected(.keyValueCache, of: 0)
    let four = try budget(model, context: 2048, sequences: 4)
    #expect(four.expected(.keyValueCache, of: 0) == 4 * one)
  }

  @Test("Other devices, unknown classes and caches without a quantized form are refused")
  func refused() throws {
    let model = try KnownModel.named("Qwen3-4B")
    let card = Device(id: "card", name: "a card", backend: .cuda, total: .gibibytes(24))
    #expect(
      throws: RuntimeError.deviceNotSupported(
        runtime: .mlx, device: "a card", needed: "Apple silicon")
    ) { try budget(model, context: 2048, device: card) }
    #expect(throws: RuntimeError.self) {
      try budget(model, recipe: "Q4_K_M", context: 2048)
    }
    let deepSeek = try deepSeekV3()
    #expect(throws: RuntimeError.self) {
      try budget(deepSeek, context: 8192, settings: MLXSettings(cacheBits: 4))
    }
  }
}

extension Budget {
  /// What MLX itself allocates: all but the process.
  fileprivate var ofMLX: ByteEstimate {
    entries.filter { $0.line.name != .runtimeContext }.reduce(.zero) { $0 + $1.line.estimate }
  }
}
