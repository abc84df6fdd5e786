internal import JSONDocuments

extension ConvertedKeys {
  /// The classes of families with recurrent layers.
  mutating func addRecurrent(_ architecture: String) throws {
    switch architecture {
    case "mamba", "mamba2": try addMamba(isSecond: architecture == "mamba2")
    case "jamba": try addJamba()
    case "falcon-h1", "granitehybrid": try addPrefixedMamba2(architecture)
    case "nemotron_h", "nemotron_h_moe": try addNemotron()
    case "kimi-linear": try addKimi()
    case "lfm2", "lfm2moe": try addShortConvolution()
    default: try addDeltaNet()
    }
  }

  private mutating func addState(_ keys: KeyValuePairs<String, Int64>) {
    for (key, number) in keys { set("ssm.\(key)", number) }
  }

  /// conversion/mamba.py.
  private mutating func addMamba(isSecond: Bool) throws {
    let hidden = try required("hidden_size", "d_model")
    set("context_length", 1 << 20)
    set("embedding_length", hidden)
    set("feed_forward_length", 0)
    set("attention.head_count", 0)
    remove("attention.head_count_kv")
    remove("attention.key_length")
    remove("attention.value_length")
    let state = try optional(["state_size", "d_state"]) ?? (isSecond ? 128 : 16)
    addState([
      "conv_kernel": try optional(["conv_kernel", "d_conv"]) ?? 4, "state_size": state,
    ])
    if isSecond {
      let inner = (try optional(["expand"]) ?? 2) * hidden
      addState([
        "inner_size": inner, "group_count": try required("n_groups"),
        "time_step_rank": inner / (try optional(["head_dim"]) ?? 64),
      ])
    } else {
      addState(["inner_size": try optional(["intermediate_size", "d_inner"]) ?? 2 * hidden])
    }
  }

  /// conversion/jamba.py.
  private mutating func addJamba() throws {
    let (period, offset) = (
      try required("attn_layer_period"), try required("attn_layer_offset")
    )
    let heads = try required("num_key_value_heads")
    set(
      "attention.head_count_kv",
      numbers: try (0..<layers).map { Int64($0) % period == offset ? heads : 0 })
    addState([
      "conv_kernel": try required("mamba_d_conv"), "state_size": try required("mamba_d_state"),
      "inner_size": try required("mamba_expand") * required("hidden_size"),
    ])
  }

  /// conversion/falcon_h1.py and granite.py, `GraniteHybridModel`.
  private mutating func addPrefixedMamba2(_ architecture: String) throws {
    let hidden = try required("hidden_size")
    let inner =
      architecture == "falcon-h1"
      ? try required("mamba_d_ssm")
      // The class's default, which the catalogue leaves out.
      : try (optional(["mamba_expand"]) ?? 2) * hidden
    addState([
      "conv_kernel": try required("mamba_d_conv"), "state_size": try required("mamba_d_state"),
      "group_count": try required("mamba_n_groups"), "inner_size": inner,
      "time_step_rank": try required("mamba_n_heads"),
    ])
    guard architecture == "granitehybrid" else { return }
    let heads = try required("num_key_value_heads")
    let types = try texts("layer_types")
    let indices = try config.optional("attn_layer_indices")?.elements()
      .map { try $0.integer(in: 0...1023) }
    set(
      "attention.head_count_kv",
      numbers: try (0..<layers).map { layer in
        let isAttention =
          types.map { $0[layer] == "attention" || $0[layer] == "full_attention" }
          ?? indices?.contains(Int64(layer)) ?? false
        return isAttention ? heads : 0
      })
    set("rope.scaling.finetuned", .bool(modelType == "bamba"))
    if modelType != "bamba" { set("context_length", 1 << 20) }
  }

  /// conversion/nemotron.py, `NemotronHModel`.
  private mutating func addNemotron() throws {
    let types: [String] =
      try texts("layers_block_type")
      ?? config.required("hybrid_override_pattern").string().map(String.init)
    func layers(_ names: Set<String>, _ value: Int64) -> [Int64] {
      types.map { names.contains($0) ? value : 0 }
    }
    set("block_count", Int64(types.count))
    let heads = try required("num_key_value_heads")
    set(
      "attention.head_count_kv", numbers: layers(["*", "attention", "full_attention"], heads))
    let isMixture = try optional(["num_experts_per_tok"]) != nil
    set(
      "feed_forward_length",
      numbers: layers(
        ["-", "mlp", "E", "moe"],
        try required(isMixture ? "moe_intermediate_size" : "intermediate_size")))
    addState([
      "conv_kernel": try required("conv_kernel"), "state_size": try required("ssm_state_size"),
      "group_count": try required("n_groups"),
      "inner_size": try required("mamba_num_heads") * required("mamba_head_dim"),
    ])
  }

  /// conversion/kimi_linear.py.
  private mutating func addKimi() throws {
    let nested = try config.optional("linear_attn_config")
    let full = try nested?.required("full_attn_layers").elements()
      .map { try $0.integer(in: 1...1024) }
    let types = try texts("layer_types")
    set(
      "attention.head_count_kv",
      numbers: try (0..<layers).map { layer in
        full?.contains(Int64(layer) + 1) ?? (types?[layer] == "full_attention") ? 1 : 0
      })
    func number(_ nestedKey: String, _ key: String) throws -> Int64 {
      try nested?.required(nestedKey).integer(in: 1...(1 << 20)) ?? required(key)
    }
    set("ssm.conv_kernel", try number("short_conv_kernel_size", "linear_conv_kernel_dim"))
    set("kda.head_dim", try number("head_dim", "linear_head_dim"))
    let (rank, rope) = (try required("kv_lora_rank"), try required("qk_rope_head_dim"))
    set("attention.kv_lora_rank", rank)
    set("rope.dimension_count", rope)
    set("attention.key_length", rank + rope)
    remove("attention.value_length")
    set("attention.key_length_mla", try required("qk_nope_head_dim") + rope)
    set("attention.value_length_mla", try required("v_head_dim"))
  }

  /// conversion/lfm2.py.
  private mutating func addShortConvolution() throws {
    let heads = try required("num_key_value_heads")
    let types = try texts("layer_types")
    let indices = try config.optional("full_attn_idxs")?.elements()
      .map { try $0.integer(in: 0...1023) }
    set(
      "attention.head_count_kv",
      numbers: try (0..<layers).map { layer in
        let isAttention =
          types.map { $0[layer] == "full_attention" } ?? indices?.contains(Int64(layer)) ?? true
        return isAttention ? heads : 0
      })
    set("shortconv.l_cache", try required("conv_L_cache"))
    guard var width = try optional(["block_ff_dim", "intermediate_size"]) else { return }
    if try config.optional("block_auto_adjust_ff_dim")?.bool() ?? (modelType == "lfm2") {
      let multiple = try optional(["block_multiple_of"]) ?? 256
      width = (2 * width / 3 + multiple - 1) / multiple * multiple
    }
    set("feed_forward_length", width)
  }

  /// conversion/qwen.py, `Qwen3NextModel`.
  private mutating func addDeltaNet() throws {
    addState([
      "conv_kernel": try required("linear_conv_kernel_dim"),
      "state_size": try required("linear_key_head_dim"),
      "group_count": try required("linear_num_key_heads"),
      "time_step_rank": try required("linear_num_value_heads"),
      "inner_size": try required("linear_value_head_dim") * required("linear_num_value_heads"),
    ])
    if let types = try texts("layer_types") {
      set("attention.recurrent_layers", flags: types.map { $0 == "linear_attention" })
    }
  }
}
