import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// Keys that are left out, and keys that say different things.
@Suite("Keys of a configuration")
struct ConfigurationKeyTests {
  private func error(
    _ label: String, _ old: String, _ new: String, also changes: [(String, String)] = []
  ) throws -> ConfigurationError {
    let configuration = try ChangedConfiguration(label, old, new, also: changes)
    return try #require(throws: ConfigurationError.self) { try configuration.shape() }
  }

  // Classes of one family give different numbers, or numbers that its models do not have: DeepSeek-V2's
  // own class no shared experts, transformers' two; ERNIE's own experts in every second layer,
  // transformers' in every one.
  @Test(
    "A size that no class gives alike is refused by its key where it is left out",
    arguments: [
      ("DeepSeek-V2-Lite", "n_shared_experts"), ("DeepSeek-V2-Lite", "first_k_dense_replace"),
      ("DeepSeek-V3", "n_shared_experts"), ("DeepSeek-V3", "first_k_dense_replace"),
      ("GLM-4.5", "n_shared_experts"), ("GLM-4.5", "first_k_dense_replace"),
      ("Qwen2-57B-A14B", "shared_expert_intermediate_size"),
      ("Qwen3-Next-80B-A3B", "shared_expert_intermediate_size"),
      ("ERNIE-4.5-21B-A3B", "moe_layer_interval"), ("ERNIE-4.5-21B-A3B", "moe_layer_start_index"),
      ("ERNIE-4.5-21B-A3B", "moe_num_shared_experts"), ("afmoe-classdefaults", "num_dense_layers"),
      ("Gemma-2-2B", "sliding_window"), ("Gemma-3-4B-text", "sliding_window"),
      ("gpt-oss-20b", "sliding_window"), ("EXAONE-4.0-32B", "sliding_window"),
      ("llama4_text-classdefaults", "attention_chunk_size"),
      ("falcon_h1-defaults", "mamba_d_ssm"),
      ("granitemoehybrid-classdefaults", "num_local_experts"),
      ("granitemoehybrid-classdefaults", "layer_types"),
      ("bamba-classdefaults", "attn_layer_indices"),
    ])
  func missing(label: String, key: String) throws {
    let error = try error(label, "\"\(key)\":", "\"other\":")
    guard case .unreadable(.missing(let path, _)) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(path == key)
  }

  @Test(
    "Keys that say different things are refused",
    arguments: [
      (
        "deepseek_v32-defaults", #""first_k_dense_replace": 3"#, #""first_k_dense_replace": 2"#,
        "first_k_dense_replace"
      ),
      (
        "llama4_text-classdefaults", #""interleave_moe_layer_step": 1"#,
        #""interleave_moe_layer_step": 2"#, "moe_layers"
      ),
      (
        "Gemma-3-4B-text", #""_sliding_window_pattern": 6"#, #""_sliding_window_pattern": 4"#,
        "_sliding_window_pattern"
      ),
      ("Gemma-3-4B-text", "{", #"{"sliding_window_pattern": 5, "#, "sliding_window_pattern"),
      (
        "EXAONE-4.0-32B", #""sliding_window_pattern": 4"#, #""sliding_window_pattern": "LLG""#,
        "sliding_window_pattern"
      ),
      ("Qwen3-Next-80B-A3B", "{", #"{"full_attention_interval": 3, "#, "full_attention_interval"),
      ("Gemma-2-2B", #""sliding_window": 4096"#, #""sliding_window": null"#, "layer_types"),
      ("Qwen2.5-7B", #""full_attention""#, #""sliding_attention""#, "layer_types"),
    ])
  func contradiction(label: String, old: String, new: String, key: String) throws {
    let error = try error(label, old, new)
    guard case .contradiction(let found, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found == key)
  }

  @Test(
    "What changes tensors or layers and is not described is refused by its key",
    arguments: [
      ("Qwen3-Next-80B-A3B", #""linear_attention""#, #""mamba""#, "layer_types"),
      ("LFM2-1.2B", #""conv""#, #""convolution""#, "layer_types"),
      ("modernbert-decoder-classdefaults", #""sliding_attention""#, #""local""#, "layer_types"),
      ("Gemma-2-2B", #""sliding_attention""#, #""linear_attention""#, "layer_types"),
      (
        "EXAONE-4.0-32B", #""sliding_window_pattern": 4"#, #""sliding_window_pattern": "LLLX""#,
        "sliding_window_pattern"
      ),
      ("DeepSeek-V3", "{", #"{"moe_layer_freq": 2, "#, "moe_layer_freq"),
      ("Llama-3.1-8B", "{", #"{"draft_vocab_size": 32000, "#, "draft_vocab_size"),
      ("Llama-3.1-8B", "{", #"{"architectures": ["LlamaForCausalLMEagle3"], "#, "architectures"),
      (
        "Llama-3.1-8B", "{", #"{"architectures": ["LlamaForSequenceClassification"], "#,
        "architectures"
      ),
      (
        "Llama-3.1-8B", "{", #"{"use_bidirectional_attention": true, "#,
        "use_bidirectional_attention"
      ),
      (
        "seed_oss-classdefaults", #""attention_out_bias": false"#, #""attention_out_bias": true"#,
        "attention_out_bias"
      ),
      ("DeepSeek-V2-Lite", #""mlp_bias": false"#, #""mlp_bias": true"#, "mlp_bias"),
      ("minicpm3-defaults", #""mlp_bias": false"#, #""mlp_bias": true"#, "mlp_bias"),
      ("ERNIE-4.5-21B-A3B", #""use_bias": false"#, #""use_bias": true"#, "use_bias"),
      (
        "Qwen3-Next-80B-A3B", #""attention_bias": false"#, #""attention_bias": true"#,
        "attention_bias"
      ),
      (
        "qwen3_5_moe_text-defaults", #""attention_bias": false"#, #""attention_bias": true"#,
        "attention_bias"
      ),
    ])
  func unsupported(label: String, old: String, new: String, key: String) throws {
    let error = try error(label, old, new)
    guard case .unsupported(let found, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found == key)
  }

  @Test(
    "What a class says alike everywhere is taken where a key is left out",
    arguments: [
      ("gpt-oss-20b", "attention_bias"), ("GLM-4-9B-chat-hf", "attention_bias"),
      ("seed_oss-classdefaults", "attention_bias"), ("DeepSeek-V3", "attention_bias"),
      ("Mistral-7B-v0.1", "sliding_window"), ("Qwen2-57B-A14B", "decoder_sparse_step"),
    ])
  func defaults(label: String, key: String) throws {
    let row = try #require(ParameterRow.all.first { $0.label == label })
    let model = try ChangedConfiguration(label, "\"\(key)\":", "\"other\":").shape()
    #expect(model.parameters == row.parameters)
    #expect(try model.layers == row.model().layers)
  }

  /// 3584 + 512 + 512 in each of 28 layers: transformers 5.23.0, models/qwen2_moe, Qwen2MoeAttention.
  @Test("Qwen2's mixtures have no biases of queries, keys and values where the key is false")
  func withoutBias() throws {
    let row = try #require(ParameterRow.all.first { $0.label == "Qwen2-57B-A14B" })
    let model = try ChangedConfiguration(
      "Qwen2-57B-A14B", #""qkv_bias": true"#, #""qkv_bias": false"#
    ).shape()
    #expect(model.parameters == row.parameters - 28 * 4608)
  }

  @Test("A pattern of letters says which layers have a window")
  func letters() throws {
    let number = try ChangedConfiguration("EXAONE-4.0-32B", "\"layer_types\"", "\"other\"").shape()
    let letters = try ChangedConfiguration(
      "EXAONE-4.0-32B", #""sliding_window_pattern": 4"#, #""sliding_window_pattern": "LLLG""#
    ).shape()
    #expect(letters.layers == number.layers)
  }

  @Test("Chunks are where RoPE is, unless the layers are named")
  func chunks() throws {
    let types = try ChangedConfiguration(
      "llama4_text-classdefaults", "\"layer_types\"", "\"other\"")
    let model = try types.shape()
    #expect(model.attentions[2]?.span == .chunked(tokens: 8192))
    #expect(model.attentions[3]?.span == .full)
  }

  // intfloat/e5-mistral-7b-instruct: 7,241,732,096 parameters of Mistral 7B less a head of
  // 32000 × 4096.
  @Test("A class without a head has no head to store")
  func headless() throws {
    let model = try ChangedConfiguration(
      "Mistral-7B-v0.1", "{", #"{"architectures": ["MistralModel"], "#
    ).shape()
    #expect(model.parameters == 7_110_660_096)
    #expect(!model.hasHead)
  }

  @Test("Layers for multi-token prediction are told of, not counted")
  func prediction() throws {
    let row = try #require(ParameterRow.all.first { $0.label == "DeepSeek-V3" })
    let model = try ChangedConfiguration(
      "DeepSeek-V3", #""num_nextn_predict_layers":"#, #""mtp_num_hidden_layers": 2, "other":"#
    ).shape()
    #expect(try row.model().predictionLayers == 1)
    #expect(model.predictionLayers == 2)
    #expect(model.layers.count == 61 && model.parameters == row.parameters)
  }

  // Each size alone is within its range: 1024 layers of 4096 experts of 3 × 2^17 × 2^22 elements, and
  // 1024 layers that keep 2 × 2^20 elements of a token.
  @Test("Sizes whose products no model has are refused, rather than multiplied")
  func excess() throws {
    let experts = try error(
      "Qwen3-30B-A3B", #""hidden_size": 2048"#, #""hidden_size": 131072"#,
      also: [
        (#""num_local_experts": 128"#, #""num_local_experts": 4096"#),
        (#""moe_intermediate_size": 768"#, #""moe_intermediate_size": 4194304"#),
        (#""num_hidden_layers": 48"#, #""num_hidden_layers": 1024"#),
      ])
    #expect(experts == .beyondAnyModel(.elements))
    let heads = try error(
      "Llama-3.1-8B", #""num_attention_heads": 32"#, #""num_attention_heads": 4096"#,
      also: [
        (#""num_key_value_heads": 8"#, #""num_key_value_heads": 4096"#),
        (#""head_dim": 128"#, #""head_dim": 256"#),
        (#""num_hidden_layers": 32"#, #""num_hidden_layers": 1024"#),
      ])
    #expect(heads == .beyondAnyModel(.cachedElements))
  }
}
