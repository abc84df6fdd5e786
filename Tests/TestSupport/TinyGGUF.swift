/// Valid GGUF files of a few kilobytes, one layer of each kind that the reader knows.
public enum TinyGGUF {
  /// `general.architecture` of each.
  public static let architectures = [
    "llama", "gemma4", "gemma3n", "deci", "deepseek32", "glm-dsa", "exaone4", "granite_swa",
    "falcon-h1", "nemotron_h_moe", "kimi-linear", "minimax-01", "lfm2", "bert", "mamba", "llama4",
  ]

  /// Returns a file that the reader takes: 64 elements wide, heads of 16.
  public static func builder(_ architecture: String) -> GGUFBuilder {
    var file = Draft(architecture)
    file.addShared()
    switch architecture {
    case "gemma4": file.addSharedCaches(layers: 4)
    case "gemma3n": file.addSharedCaches(layers: 22)
    case "deci": file.addBareLayer()
    case "deepseek32", "glm-dsa": file.addIndexed()
    case "exaone4": file.addAttention(layers: 64)
    case "granite_swa":
      file.addAttention(layers: 2)
      file.set("attention.sliding_window", .uint32(128))
      file.set("attention.sliding_window_pattern", .array(type: 7, [.bool(false), .bool(true)]))
      file.set("attention.rope_pattern", .array(type: 7, [.bool(false), .bool(true)]))
    case "falcon-h1":
      file.addAttention(layers: 1)
      file.addSecondScan(layer: 0)
    case "bert": file.addEncoder()
    case "nemotron_h_moe": file.addNemotron()
    case "kimi-linear": file.addDelta()
    case "minimax-01": file.addLightning()
    case "lfm2": file.addConvolution()
    case "mamba":
      file.set("attention.head_count", .uint32(0))
      file.set("attention.head_count_kv", nil)
      file.addFirstScan(layer: 0)
    default: file.addAttention(layers: 1)
    }
    return file.builder
  }
}

/// A file while it is being put together.
private struct Draft {
  let architecture: String
  var builder = GGUFBuilder()

  init(_ architecture: String) { self.architecture = architecture }

  mutating func set(_ key: String, _ value: GGUFBuilder.Value?) {
    let name = "\(architecture).\(key)"
    builder.entries.removeAll { $0.key == name }
    if let value { builder.entries.append((name, value)) }
  }

  mutating func set(_ key: String, numbers: [Int32]) {
    set(key, .array(type: 5, numbers.map { .int32($0) }))
  }

  mutating func add(_ layer: Int, _ name: String, _ dimensions: UInt64...) {
    builder.tensors.append(
      GGUFBuilder.Tensor(
        "blk.\(layer).\(name)", dimensions, type: 0, bytes: Int(dimensions.reduce(4, *))))
  }

  mutating func addShared() {
    builder.entries = [("general.architecture", .string(architecture))]
    for (key, number) in [
      ("block_count", 1), ("embedding_length", 64), ("context_length", 2048),
      ("attention.head_count", 4), ("attention.head_count_kv", 2),
    ] as [(String, UInt32)] {
      set(key, .uint32(number))
    }
    builder.tensors = [.float("token_embd.weight", 64, 100), .float("output_norm.weight", 64)]
  }

  /// The norms of a layer: of what mixes tokens, and of the feed-forward.
  private var norms: (mixer: [String], feedForward: [String]) {
    switch architecture {
    case "gemma3n", "gemma4":
      (["attn_norm", "post_attention_norm"], ["ffn_norm", "post_ffw_norm"])
    case "exaone4": (["post_attention_norm"], ["post_ffw_norm"])
    case "bert": (["attn_output_norm"], ["layer_output_norm"])
    case "nemotron_h_moe": (["attn_norm"], ["attn_norm"])
    default: (["attn_norm"], ["ffn_norm"])
    }
  }

  mutating func addMixerNorms(_ layer: Int) {
    for name in norms.mixer { add(layer, "\(name).weight", 64) }
  }

  mutating func addProjections(_ layer: Int) {
    addMixerNorms(layer)
    if ["gemma3n", "exaone4", "lfm2"].contains(architecture) {
      add(layer, "attn_q_norm.weight", 16)
      add(layer, "attn_k_norm.weight", 16)
    }
    add(layer, "attn_q.weight", 64, 64)
    add(layer, "attn_k.weight", 64, 32)
    add(layer, "attn_v.weight", 64, 32)
    add(layer, "attn_output.weight", 64, 64)
    if architecture == "granite_swa" { add(layer, "attn_sinks.weight", 4) }
  }

  mutating func addFeedForward(_ layer: Int) {
    for name in norms.feedForward { add(layer, "\(name).weight", 64) }
    add(layer, "ffn_gate.weight", 64, 96)
    add(layer, "ffn_up.weight", 64, 96)
    add(layer, "ffn_down.weight", 96, 64)
  }

  mutating func addAttention(layers: Int) {
    set("block_count", .uint32(UInt32(layers)))
    for layer in 0..<layers {
      addProjections(layer)
      addFeedForward(layer)
    }
  }

  /// Windows in all but every other layer; the last two layers have no cache.
  mutating func addSharedCaches(layers: Int) {
    addAttention(layers: layers)
    set("attention.sliding_window", .uint32(128))
    let flags = (0..<layers).map { GGUFBuilder.Value.bool($0 % 2 == 0) }
    set("attention.sliding_window_pattern", .array(type: 7, flags))
    set("attention.shared_kv_layers", .uint32(2))
    set("attention.key_length_swa", .uint32(16))
    set("attention.value_length_swa", .uint32(16))
  }

  mutating func addBareLayer() {
    addAttention(layers: 1)
    set("block_count", .uint32(2))
    set("attention.head_count", numbers: [4, 0])
    set("attention.head_count_kv", numbers: [2, 0])
    addFeedForward(1)
  }

  mutating func addIndexed() {
    for (key, number) in [
      ("kv_lora_rank", 32), ("key_length_mla", 24), ("value_length_mla", 16),
      ("indexer.head_count", 2), ("indexer.key_length", 8),
    ] as [(String, UInt32)] {
      set("attention.\(key)", .uint32(number))
    }
    set("rope.dimension_count", .uint32(8))
    set("attention.indexer.types", .array(type: 7, [.bool(true)]))
    set("nextn_predict_layers", .uint32(1))
    set("block_count", .uint32(2))
    addLatent(0)
    add(0, "indexer.attn_k.weight", 64, 8)
    add(0, "indexer.attn_q_b.weight", 64, 16)
    add(0, "indexer.proj.weight", 64, 2)
    addExperts(0)
    add(1, "nextn.eh_proj.weight", 128, 64)
  }

  mutating func addLatent(_ layer: Int) {
    addMixerNorms(layer)
    add(layer, "attn_kv_a_norm.weight", 32)
    add(layer, "attn_q.weight", 64, 96)
    add(layer, "attn_kv_a_mqa.weight", 64, 40)
    add(layer, "attn_k_b.weight", 16, 32, 4)
    add(layer, "attn_v_b.weight", 32, 16, 4)
    add(layer, "attn_output.weight", 64, 64)
  }

  mutating func addExperts(_ layer: Int) {
    set("expert_used_count", .uint32(2))
    set("expert_count", .uint32(4))
    for name in norms.feedForward { add(layer, "\(name).weight", 64) }
    add(layer, "ffn_gate_inp.weight", 64, 4)
    if architecture != "nemotron_h_moe" { add(layer, "ffn_gate_exps.weight", 64, 32, 4) }
    add(layer, "ffn_up_exps.weight", 64, 32, 4)
    add(layer, "ffn_down_exps.weight", 32, 64, 4)
  }

  private mutating func addScan(layer: Int, channels: UInt64) {
    set("ssm.conv_kernel", .uint32(4))
    set("ssm.inner_size", .uint32(128))
    set("ssm.state_size", .uint32(16))
    add(layer, "ssm_conv1d.weight", 4, channels)
    add(layer, "ssm_out.weight", 128, 64)
  }

  mutating func addFirstScan(layer: Int) {
    addMixerNorms(layer)
    addScan(layer: layer, channels: 128)
    add(layer, "ssm_in.weight", 64, 256)
    add(layer, "ssm_x.weight", 128, 36)
    add(layer, "ssm_dt.weight", 4, 128)
    add(layer, "ssm_a", 16, 128)
    add(layer, "ssm_d", 128)
  }

  mutating func addSecondScan(layer: Int) {
    set("ssm.group_count", .uint32(2))
    addScan(layer: layer, channels: 128 + 2 * 2 * 16)
    add(layer, "ssm_in.weight", 64, 328)
    add(layer, "ssm_a", 1, 8)
    add(layer, "ssm_d", 1, 8)
    add(layer, "ssm_norm.weight", 64, 2)
  }

  mutating func addNemotron() {
    set("block_count", .uint32(3))
    set("attention.head_count_kv", numbers: [0, 2, 0])
    addMixerNorms(0)
    addSecondScan(layer: 0)
    addProjections(1)
    addExperts(2)
  }

  mutating func addDelta() {
    set("block_count", .uint32(2))
    set("attention.head_count_kv", numbers: [0, 1])
    set("kda.head_dim", .uint32(16))
    set("ssm.conv_kernel", .uint32(4))
    set("attention.kv_lora_rank", .uint32(32))
    set("attention.key_length_mla", .uint32(24))
    set("attention.value_length_mla", .uint32(16))
    set("rope.dimension_count", .uint32(8))
    addMixerNorms(0)
    for part in ["q", "k", "v"] {
      add(0, "attn_\(part).weight", 64, 64)
      add(0, "ssm_conv1d_\(part).weight", 4, 1, 64)
    }
    for gate in ["f", "g"] {
      add(0, "ssm_\(gate)_a.weight", 64, 16)
      add(0, "ssm_\(gate)_b.weight", 16, 64)
    }
    add(0, "ssm_a", 1, 4)
    add(0, "ssm_beta.weight", 64, 4)
    add(0, "ssm_norm.weight", 16)
    add(0, "attn_output.weight", 64, 64)
    addFeedForward(0)
    addLatent(1)
    addFeedForward(1)
  }

  mutating func addLightning() {
    set("block_count", .uint32(2))
    addMixerNorms(0)
    add(0, "attn_norm_2.weight", 64)
    add(0, "attn_qkv.weight", 64, 192)
    add(0, "attn_gate.weight", 64, 64)
    add(0, "attn_output.weight", 64, 64)
    addFeedForward(0)
    addProjections(1)
    addFeedForward(1)
  }

  mutating func addConvolution() {
    set("block_count", .uint32(2))
    set("attention.head_count_kv", numbers: [0, 2])
    set("attention.sliding_window", .uint32(64))
    set("shortconv.l_cache", .uint32(3))
    builder.tensors[1] = .float("token_embd_norm.weight", 64)
    addMixerNorms(0)
    add(0, "shortconv.conv.weight", 3, 64)
    add(0, "shortconv.in_proj.weight", 64, 192)
    add(0, "shortconv.out_proj.weight", 64, 64)
    addFeedForward(0)
    addProjections(1)
    addFeedForward(1)
  }

  mutating func addEncoder() {
    set("context_length", .uint32(32))
    builder.tensors[1] = .float("token_embd_norm.weight", 64)
    builder.tensors.append(.float("position_embd.weight", 64, 32))
    addAttention(layers: 1)
  }
}
