import JSONDocuments
import ModelFiles
import Testing
import VRAMBudget

/// Models whose layers are not all of one kind, and what a GGUF file of them is called.
@Suite("Models of mixed layers")
struct MixedLayerTests {
  private func row(_ label: String) throws -> ModelShape {
    try #require(ParameterRow.all.first { $0.label == label }).model()
  }

  private func model(_ json: String) throws -> ModelShape {
    try ConfigurationFile(Array(json.utf8), id: "test", name: "test").shape
  }

  private func granite(
    layers: [String], experts: Int64 = 64, extra: String = ""
  ) throws -> ModelShape {
    let types = layers.map { "\"\($0)\"" }.joined(separator: ", ")
    return try model(
      """
      {"model_type": "granitemoehybrid", "hidden_size": 1536, "num_hidden_layers": \(layers.count),
       "num_attention_heads": 12, "num_key_value_heads": 4, "vocab_size": 100352,
       "max_position_embeddings": 131072, "tie_word_embeddings": true, "layer_types": [\(types)],
       "intermediate_size": 512, "shared_intermediate_size": 1024, "num_local_experts": \(experts),
       "num_experts_per_tok": \(experts / 10), "mamba_n_heads": 48, "mamba_d_head": 64,
       "mamba_d_state": 128, "mamba_n_groups": 1, "mamba_d_conv": 4, "mamba_expand": 2\(extra)}
      """)
  }

  private static let graniteTiny = (0..<40).map { $0 % 10 == 5 ? "attention" : "mamba" }

  @Test("Granite 4 H Tiny keeps the state that llama.cpp was measured to keep: 58,060,800 bytes")
  func graniteState() throws {
    let model = try granite(layers: Self.graniteTiny)
    let elements = model.layers.flatMap(\.recurrentStates).reduce(0) {
      $0 + $1.convolutionElements + $1.stateElements
    }
    #expect(4 * elements == 58_060_800)
    #expect(model.layers.flatMap(\.cacheRows).count == 4)
  }

  @Test("A Granite 4 of attention alone is a Granite in a GGUF file, with its feed-forward split")
  func graniteNames() throws {
    let dense = try granite(layers: ["attention", "attention"], experts: 0)
    #expect(dense.architecture.ggufName == "granite")
    #expect(dense.ggufTensors.contains { $0.name == "blk.0.ffn_gate.weight" })
    #expect(!dense.checkpointTensors.contains { $0.role == .feedForwardGate })
    #expect(
      try granite(layers: ["attention", "attention"]).architecture.ggufName == "granitemoe")
    #expect(try granite(layers: Self.graniteTiny).architecture.ggufName == "granitehybrid")
  }

  @Test("Every layer of Falcon-H1 keeps both a cache and a state")
  func falcon() throws {
    for layer in try row("Falcon-H1-0.5B").layers {
      #expect(layer.cacheRows.count == 1)
      #expect(layer.recurrentStates.count == 1)
    }
  }

  @Test("Layers of Gemma 3n read the cache of the last layer of their kind that has one")
  func gemma3nCaches() throws {
    let layers = try row("gemma3n_text-defaults(E4B)").layers
    #expect(layers.flatMap(\.cacheRows).count == 20)
    let sources = layers.flatMap(\.mixers).compactMap { mixer -> Int? in
      guard case .sharedAttention(_, let source) = mixer else { return nil }
      return source
    }
    #expect(sources.count == 15)
    #expect(Set(sources) == [18, 19])
  }

  @Test("A GGUF file of Gemma 3n pads the per-layer table, stacks streams, keeps unused keys")
  func gemma3nTensors() throws {
    let model = try row("gemma3n_text-defaults(E4B)")
    let shapes = Dictionary(
      model.ggufTensors.map { ($0.name, $0.shape.dimensions) }, uniquingKeysWith: { $1 })
    #expect(shapes["per_layer_token_embd.weight"] == [8960, 262_400])
    #expect(shapes["altup_proj.weight"] == [2048, 2048, 3])
    #expect(shapes["blk.34.attn_k.weight"] == [2048, 512])
    #expect(model.ggufTensors.count == 847)
  }

  @Test("What the quantizer leaves of Gemma 3n stays in 16 bits; both tables are the head's format")
  func gemma3nFormats() throws {
    let model = try row("gemma3n_text-defaults(E4B)")
    let plan = try FormatRecipe.named("Q4_K_M").plan(for: model)
    let formats = Dictionary(
      plan.entries.map { ($0.tensor.name, $0.format.name) }, uniquingKeysWith: { $1 })
    #expect(formats["per_layer_token_embd.weight"] == "q6_K")
    #expect(formats["per_layer_model_proj.weight"] == "bf16")
    #expect(formats["blk.0.laurel_l.weight"] == "bf16")
    #expect(formats["blk.0.altup_predict_coef.weight"] == "f32")
    #expect(formats["blk.0.inp_gate.weight"] == "q4_K")
  }

  private func gemma4(
    layers: Int, period: Int, sizes: String
  ) throws -> ModelShape {
    let types = (1...layers).map {
      $0.isMultiple(of: period) ? "\"full_attention\"" : "\"sliding_attention\""
    }.joined(separator: ", ")
    return try model(
      """
      {"model_type": "gemma4_text", "num_hidden_layers": \(layers), "layer_types": [\(types)],
       "vocab_size": 262144, "vocab_size_per_layer_input": 262144, "head_dim": 256,
       "global_head_dim": 512, "max_position_embeddings": 131072, "sliding_window": 512, \(sizes)}
      """)
  }

  private func gemma4E2B() throws -> ModelShape {
    try gemma4(
      layers: 35, period: 5,
      sizes: """
        "hidden_size": 1536, "num_attention_heads": 8, "num_key_value_heads": 1,
        "intermediate_size": 6144, "num_kv_shared_layers": 20, "use_double_wide_mlp": true,
        "hidden_size_per_layer_input": 256
        """)
  }

  private func gemma4MixtureOfExperts() throws -> ModelShape {
    try gemma4(
      layers: 30, period: 6,
      sizes: """
        "hidden_size": 2816, "num_attention_heads": 16, "num_key_value_heads": 8,
        "num_global_key_value_heads": 2, "attention_k_eq_v": true, "intermediate_size": 2112,
        "num_kv_shared_layers": 0, "hidden_size_per_layer_input": 0, "enable_moe_block": true,
        "num_experts": 128, "top_k_experts": 8, "moe_intermediate_size": 704
        """)
  }

  /// Source: github.com/animehacker/llama-turboquant/issues/3, a log of a quantized E2B: 601 tensors,
  /// 283 of them f32 and one bf16.
  @Test("Gemma 4 E2B has the tensors of its published GGUF file, unused keys among them")
  func gemma4E2BTensors() throws {
    let model = try gemma4E2B()
    #expect(model.ggufTensors.count == 601)
    let plan = try FormatRecipe.named("Q4_K_M").plan(for: model)
    #expect(plan.entries.count { $0.format.name == "f32" } == 283)
    #expect(plan.entries.count { $0.format.name == "bf16" } == 1)
  }

  /// Source: github.com/scrya-com/rotorquant/issues/9, a log of lmstudio-community's Q4_K_M.
  @Test("Gemma 4 26B-A4B in Q4_K_M has the tensors of each type of its published GGUF file")
  func gemma4MixtureFormats() throws {
    let model = try gemma4MixtureOfExperts()
    #expect(model.ggufTensors.count == 658)
    let plan = try FormatRecipe.named("Q4_K_M").plan(for: model)
    let tensors = Dictionary(
      plan.totalsByFormat.map { ($0.format.name, $0.tensors) }, uniquingKeysWith: +)
    #expect(tensors == ["f32": 392, "q5_0": 32, "q8_0": 28, "q4_K": 192, "q6_K": 14])
  }

  /// Worked by hand from llama.cpp 0c1e57098, src/llama-kv-cache.cpp, `TAG_V_CACHE_VARIABLE`: 12
  /// layers of 1024 cells and 3 of 4096, each 256 or 512 elements of keys; of values likewise, or 512.
  @Test(
    "Without fused attention every layer's values take as much as the widest layer's",
    arguments: [
      (LlamaCppSettings.FlashAttention.on, 37_748_736 as Int64), (.off, 44_040_192),
    ])
  func paddedValues(
    flashAttention: LlamaCppSettings.FlashAttention, bytes: Int64
  ) throws {
    let model = try gemma4E2B()
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.named("Q8_0").plan(for: model),
      runtime: .llamaCpp(LlamaCppSettings(flashAttention: flashAttention)),
      workload: Workload(contextTokens: 4096, contextOrigin: .given, sequences: 1))
    let device = Device(id: "d", name: "d", backend: .cuda, total: .gibibytes(80))
    let budget = try Budget(of: [deployment], on: [device])
    let line = budget.entries(on: .device(0)).first { $0.line.name == .keyValueCache }
    #expect(line?.line.estimate.expected == Bytes(bytes))
  }

  @Test("Full attention of Gemma 4 has heads of its own")
  func gemma4Heads() throws {
    let attentions = try row("gemma4_text-classdefaults").attentions
    #expect(attentions[0]?.keyDimension == 256)
    #expect(attentions[5]?.keyDimension == 512)
    #expect(attentions[0]?.span == .sliding(tokens: 512))
  }

  @Test("An indexer keeps a key beside the compressed vector of each token")
  func indexer() throws {
    let rows = try row("deepseek_v32-defaults").layers[0].cacheRows
    #expect(rows.map(\.keyDimension) == [576, 128])
    #expect(rows.allSatisfy { $0.valueDimension == 0 })
  }

  @Test("Kimi Linear keeps three convolutions and a square for each head")
  func kimi() throws {
    let state = try #require(try row("kimi_linear-defaults").layers[0].recurrentStates.first)
    #expect(state.convolutionElements == 3 * 3 * 32 * 128)
    #expect(state.stateElements == 128 * 128 * 32)
  }

  @Test("An encoder keeps nothing, and its embedding is no head")
  func encoder() throws {
    for label in ["BERT-base", "DistilBERT-base"] {
      let model = try row(label)
      #expect(model.layers.flatMap(\.cacheRows).isEmpty)
      #expect(model.isEncoder)
      #expect(!model.hasTiedEmbeddings)
      #expect(!model.ggufTensors.contains { $0.role == .pooler })
    }
  }

  private func xlmRoberta(positions: Int64, extra: String = "") throws -> ModelShape {
    try model(
      """
      {"model_type": "xlm-roberta", "hidden_size": 1024, "num_hidden_layers": 24,
       "num_attention_heads": 16, "intermediate_size": 4096, "vocab_size": 250002,
       "type_vocab_size": 1, "pad_token_id": 1, "max_position_embeddings": \(positions)\(extra)}
      """)
  }

  /// Worked by hand: (vocabulary + positions + 1 text) × 1024 + a norm, 24 layers of 12,596,224, and
  /// the pooler, of the sizes of multilingual-e5-large and BGE-M3.
  @Test("XLM-RoBERTa has 559,890,432 parameters, BGE-M3 567,754,752; two positions are padding")
  func xlmRobertaParameters() throws {
    #expect(try xlmRoberta(positions: 514).parameters == 559_890_432)
    let model = try xlmRoberta(positions: 8194)
    #expect(model.parameters == 567_754_752)
    #expect(model.maximumContext == 8192)
    let table = try #require(model.ggufTensors.first { $0.role == .positionEmbedding })
    #expect(table.shape.rows == 8192)
  }

  @Test("Jina's encoders are not taken for what their model type says")
  func jina() throws {
    #expect(
      throws: ConfigurationError.unsupported(key: "position_embedding_type", value: "rotary")
    ) {
      try xlmRoberta(positions: 8194, extra: ", \"position_embedding_type\": \"rotary\"")
    }
  }

  @Test("Nemotron-H with both experts and dense feed-forwards has no GGUF file")
  func nemotron() throws {
    #expect(try row("nemotron_h-defaults").architecture.ggufName == nil)
  }

  @Test("A bias, a kind of layer or an indexer that is not described is refused")
  func refused() throws {
    #expect(throws: ConfigurationError.unsupported(key: "mamba_proj_bias", value: "true")) {
      try granite(layers: Self.graniteTiny, extra: ", \"mamba_proj_bias\": true")
    }
    #expect(throws: ConfigurationError.unsupported(key: "layer_types", value: "rwkv")) {
      try granite(layers: ["rwkv"])
    }
    #expect(throws: ConfigurationError.self) {
      try granite(layers: Self.graniteTiny, extra: ", \"mamba_d_head\": 32")
    }
  }
}
