internal import JSONDocuments

extension ConvertedKeys {
  /// What a family's class writes besides, or in place of, the base's keys.
  mutating func addFamily(_ architecture: String) throws {
    if Self.ownRouting.contains(architecture) { try addRouting() }
    switch architecture {
    case "bloom", "mpt", "gpt2", "gptneox", "starcoder", "falcon", "phi2": try addOwn(architecture)
    case "gemma2", "gemma3", "gemma-embedding", "gemma3n", "gemma4", "cohere2", "cohere2moe",
      "olmo2", "gpt-oss",
      "afmoe", "exaone4", "granite_swa", "laguna", "phi3", "llama4":
      try addWindows(architecture)
    case "deepseek2", "deepseek32", "glm-dsa", "minicpm3": try addLatent(architecture)
    case "mamba", "mamba2", "jamba", "falcon-h1", "granitehybrid", "nemotron_h", "nemotron_h_moe",
      "kimi-linear", "qwen3next", "qwen35", "qwen35moe", "lfm2", "lfm2moe":
      try addRecurrent(architecture)
    case "deci": try addNeuralSearch()
    case "bert" where ["roberta", "xlm-roberta"].contains(modelType):
      // conversion/bert.py cuts the positions that stand for no token.
      let padding = try required("pad_token_id")
      set("context_length", try required("max_position_embeddings") - padding - 1)
    case "modern-bert":
      set("attention.sliding_window", try required("local_attention"))
      try set("attention.sliding_window_pattern", ["global_attn_every_n_layers"])
    case "ernie4_5-moe":
      try set("expert_count", ["moe_num_experts"])
      try set("expert_used_count", ["moe_k"])
    case "hunyuan-moe":
      try set("expert_used_count", ["moe_topk"])
      if try config.optional("rope_scaling")?.optional("type")?.string() == "dynamic" {
        set("context_length", 256 * 1024)
      }
    default: break
    }
  }

  /// The families whose classes write how the weights of experts are made.
  private static let ownRouting = [
    "deepseek2", "deepseek32", "glm-dsa", "glm4moe", "nemotron_h", "nemotron_h_moe",
  ]

  /// conversion/deepseek.py, glm.py and nemotron.py.
  private mutating func addRouting() throws {
    if let scale = try config.optional("routed_scaling_factor")?.number() {
      set("expert_weights_scale", .float32(Float(scale)))
    }
    if let normalizes = try config.optional("norm_topk_prob")?.bool() {
      set("expert_weights_norm", .bool(normalizes))
    }
  }

  /// conversion/bloom.py, mpt.py, gpt2.py, gptneox.py, starcoder.py, falcon.py, phi.py: classes that
  /// write everything themselves.
  private mutating func addOwn(_ architecture: String) throws {
    remove("attention.head_count_kv")
    remove("attention.key_length")
    remove("attention.value_length")
    switch architecture {
    case "bloom":
      let hidden = try required("hidden_size", "n_embed")
      set("embedding_length", hidden)
      // `seq_length`, or the hidden size where it is absent.
      set("context_length", try optional(["seq_length"]) ?? hidden)
      set("attention.head_count_kv", try required("n_head", "num_attention_heads"))
    case "mpt":
      set("context_length", try required("max_seq_len"))
      set("embedding_length", try required("d_model"))
    case "gpt2": set("context_length", try required("n_ctx", "n_positions"))
    case "starcoder": set("attention.head_count_kv", 1)
    case "falcon":
      set("context_length", 2048)
      set("attention.head_count_kv", try optional(["num_kv_heads", "n_head_kv"]) ?? 1)
    case "phi2":
      set("attention.head_count_kv", try required("n_head", "num_attention_heads"))
    default: break
    }
  }

  /// The classes of families with windows.
  private mutating func addWindows(_ architecture: String) throws {
    let types = try texts("layer_types")
    let hasWindow = try optional(["sliding_window"]) != nil
    if architecture != "llama4" { try set("attention.sliding_window", ["sliding_window"]) }
    let isWindowed = types?.map { $0 == "sliding_attention" }
    let pattern = "attention.sliding_window_pattern"
    switch architecture {
    case "gemma3n":
      set("attention.shared_kv_layers", try required("num_kv_shared_layers"))
      if let isWindowed { set(pattern, flags: isWindowed) }
    case "gemma4": try addGemma4(isWindowed ?? [])
    case "cohere2moe": set(pattern, flags: isWindowed ?? [])
    case "exaone4" where hasWindow:
      if let isWindowed { set(pattern, flags: isWindowed) }
    case "olmo2" where hasWindow:
      set(pattern, flags: try isWindowed ?? (0..<layers).map { ($0 + 1) % 4 != 0 })
    case "granite_swa":
      set(pattern, flags: try isWindowed ?? (0..<layers).map { $0 % 4 != 0 })
    case "laguna":
      let heads = try config.optional("num_attention_heads_per_layer")?.elements()
      if let heads {
        set("attention.head_count", numbers: try heads.map { try $0.integer(in: 1...4096) })
      }
    case "llama4":
      try addLlama4()
      guard types?.allSatisfy({ $0 == "full_attention" }) == true else { return }
      set("attention.sliding_window", 0)
    default: break
    }
  }

  /// conversion/llama4.py: the experts' width has the name that others give the dense one.
  private mutating func addLlama4() throws {
    try set("expert_feed_forward_length", ["intermediate_size"])
    try set("feed_forward_length", ["intermediate_size_mlp"])
  }

  /// conversion/gemma.py, `Gemma4Model`.
  private mutating func addGemma4(_ isWindowed: [Bool]) throws {
    let shared = try required("num_kv_shared_layers")
    set("attention.shared_kv_layers", shared)
    set("attention.sliding_window_pattern", flags: isWindowed)
    let entries = try config.optional("per_layer_config")?.members() ?? []
    /// The key in the first entry of a layer with full attention that has it.
    func ofFull(_ key: String) throws -> Int64? {
      for (name, entry) in entries {
        guard let layer = Int(name), isWindowed.indices.contains(layer), !isWindowed[layer],
          let value = try entry.optional(key)
        else { continue }
        return try value.integer(in: 1...(1 << 20))
      }
      return nil
    }
    let windowed = try required("head_dim")
    let full = try optional(["global_head_dim"]) ?? ofFull("head_dim") ?? windowed
    for part in ["key", "value"] {
      set("attention.\(part)_length", full)
      set("attention.\(part)_length_swa", windowed)
    }
    if try config.optional("use_double_wide_mlp")?.bool() == true {
      let width = try required("intermediate_size")
      let own = isWindowed.count - Int(shared)
      set("feed_forward_length", numbers: isWindowed.indices.map { $0 < own ? width : 2 * width })
    }
    if let full = try optional(["num_global_key_value_heads"]) ?? ofFull("num_key_value_heads") {
      let windowed = try required("num_key_value_heads")
      set("attention.head_count_kv", numbers: isWindowed.map { $0 ? windowed : full })
    }
  }

  /// conversion/deepseek.py, glm.py and minicpm.py.
  private mutating func addLatent(_ architecture: String) throws {
    let rope = try required("qk_rope_head_dim")
    let key = try required("qk_nope_head_dim") + rope
    let rank = try required("kv_lora_rank")
    set("attention.kv_lora_rank", rank)
    set("rope.dimension_count", rope)
    guard architecture != "minicpm3" else {
      set("attention.key_length", key)
      remove("attention.value_length")
      return
    }
    set("attention.head_count_kv", 1)
    set("attention.key_length", rank + rope)
    set("attention.value_length", rank)
    set("attention.key_length_mla", key)
    set("attention.value_length_mla", try required("v_head_dim"))
    guard architecture != "deepseek2" else { return }
    set("attention.indexer.head_count", try required("index_n_heads"))
    set("attention.indexer.key_length", try required("index_head_dim"))
    if architecture == "glm-dsa", let types = try texts("indexer_types") {
      set("attention.indexer.types", flags: types.map { $0 == "full" })
    }
  }

  /// conversion/deci.py: no KV heads in layers where a matrix or nothing stands for attention.
  private mutating func addNeuralSearch() throws {
    let blocks = try config.required("block_configs").elements()
    let heads = try required("num_attention_heads")
    var (queries, keyValues): ([Int64], [Int64]) = ([], [])
    for block in blocks {
      let attention = try block.required("attention")
      if let group = try attention.optional("n_heads_in_group")?.integer(in: 1...4096) {
        queries.append(heads)
        keyValues.append(heads / group)
      } else {
        let isLinear = try attention.optional("replace_with_linear")?.bool() == true
        queries.append(isLinear ? heads : 0)
        keyValues.append(0)
      }
    }
    set("attention.head_count", numbers: queries)
    set("attention.head_count_kv", numbers: keyValues)
    for part in ["key", "value"] {
      set("attention.\(part)_length", try required("hidden_size") / heads)
    }
  }
}
