internal import JSONDocuments
internal import VRAMBudget

/// Llama models whose layers a search has thinned out: some without attention, some without a
/// feed-forward, the others of several widths (Nemotron Super and Ultra, DeciLM).
///
/// Source: modeling_decilm.py and block_config.py in nvidia/Llama-3_3-Nemotron-Super-49B-v1, checked
/// against its published parameter count; llama.cpp 0c1e57098, conversion/deci.py and
/// src/models/deci.cpp.
struct NeuralSearchArchitecture: ArchitectureReader {
  let modelType = "nemotron-nas"
  let ggufName: String? = "deci"

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try NeuralSearchSizes(configuration)
    for key in ["attention_bias", "mlp_bias"] {
      try Requirement.off(key).check(hidden: sizes.hidden, configuration)
    }
    let blocks = try sizes.blocks(configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    let scaling = try configuration.text(of: "rope_scaling", in: ["rope_type", "type"])
    let parameters = try configuration.text(of: "rope_parameters", in: ["rope_type", "type"])
    if (scaling ?? parameters) == "llama3" {
      list.append(.ropeFrequencies, .weight, sizes.headDimension / 2, presence: .ggufOnly)
    }
    var layers: [Layer] = []
    for (index, block) in blocks.enumerated() {
      list.layer = index
      let mixers = list.addAttention(block.attention, sizes)
      if block.width > 0 {
        list.addNorm(.feedForwardNorm, sizes.hidden)
        list.add(.feedForwardGate, sizes.hidden, block.width)
        list.add(.feedForwardUp, sizes.hidden, block.width)
        list.add(.feedForwardDown, block.width, sizes.hidden)
      }
      layers.append(
        Layer(
          mixers: mixers,
          feedForward: block.width > 0
            ? .dense(intermediate: block.width, isFused: false) : .none))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }
}

/// A layer as `block_configs` describes it.
private struct Block {
  enum Attention {
    case none
    /// A matrix in place of attention.
    case linear
    case grouped(keyValueHeads: Int64)
  }

  let attention: Attention
  /// The width of the feed-forward; 0 where there is none.
  let width: Int64
}

/// The sizes that all layers share.
private struct NeuralSearchSizes {
  let hidden: Int64
  let vocabulary: Int64
  let queryHeads: Int64
  let maximumContext: Int64
  let headDimension: Int64

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    queryHeads = try configuration.integer("num_attention_heads", in: 1...4096)
    maximumContext = try configuration.integer(
      "max_position_embeddings", in: Workload.allowedContext)
    guard hidden.isMultiple(of: queryHeads) else {
      throw .contradiction(
        key: "num_attention_heads", what: "the hidden size does not divide among the heads")
    }
    headDimension = hidden / queryHeads
  }

  /// Reads `block_configs`.
  func blocks(_ configuration: ModelConfiguration) throws(ConfigurationError) -> [Block] {
    let count = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    let list = try configuration.reading { () throws(JSONDocumentError) in
      try configuration.keys.required("block_configs").elements()
    }
    guard list.count == count else {
      throw .contradiction(
        key: "block_configs", what: "it has \(list.count) entries for \(count) layers")
    }
    var blocks: [Block] = []
    for block in list {
      let parts = try configuration.reading { () throws(JSONDocumentError) in
        (try block.required("attention"), try block.required("ffn"))
      }
      blocks.append(
        Block(
          attention: try attention(ModelConfiguration(keys: parts.0)),
          width: try width(ModelConfiguration(keys: parts.1))))
    }
    return blocks
  }

  private func attention(_ block: ModelConfiguration) throws(ConfigurationError) -> Block.Attention
  {
    for key in [
      "sparsify", "window_length", "num_sink_tokens", "unshifted_sink",
      "use_prefill_window_in_sink_attention",
    ] {
      try Requirement.off(key).check(hidden: hidden, block)
    }
    if try block.bool("no_op", default: false) { return .none }
    if try block.bool("replace_with_linear", default: false) { return .linear }
    let queriesPerHead = try block.integer("n_heads_in_group", in: 1...4096)
    guard queryHeads.isMultiple(of: queriesPerHead) else {
      throw .contradiction(
        key: "n_heads_in_group", what: "\(queryHeads) heads do not divide by \(queriesPerHead)")
    }
    return .grouped(keyValueHeads: queryHeads / queriesPerHead)
  }

  /// Two thirds of `ffn_mult` times the hidden size, rounded up to 256.
  private func width(_ block: ModelConfiguration) throws(ConfigurationError) -> Int64 {
    for key in ["sparsify", "replace_with_linear"] {
      try Requirement.off(key).check(hidden: hidden, block)
    }
    if try block.bool("no_op", default: false) { return 0 }
    let multiple = try block.reading { () throws(JSONDocumentError) in
      try block.keys.required("ffn_mult").number()
    }
    guard multiple > 0, multiple <= 64 else {
      throw .contradiction(key: "ffn_mult", what: "it is \(multiple), not within 0 to 64")
    }
    let exact = Int64(2 * multiple * Double(hidden) / 3)
    return (exact + 255) / 256 * 256
  }
}

extension TensorList {
  /// Adds what stands for attention in a layer.
  ///
  /// - Returns: What mixes tokens there.
  fileprivate mutating func addAttention(
    _ attention: Block.Attention, _ sizes: NeuralSearchSizes
  ) -> [TokenMixer] {
    let hidden = sizes.hidden
    switch attention {
    case .none: return []
    case .linear:
      addNorm(.attentionNorm, hidden)
      add(.attentionOutput, hidden, hidden)
      return []
    case .grouped(let heads):
      addNorm(.attentionNorm, hidden)
      add(.attentionQuery, hidden, hidden)
      add(.attentionKey, hidden, heads * sizes.headDimension)
      add(.attentionValue, hidden, heads * sizes.headDimension)
      add(.attentionOutput, hidden, hidden)
      return [
        .attention(
          Attention(
            queryHeads: sizes.queryHeads, keyValueHeads: heads,
            keyDimension: sizes.headDimension, valueDimension: sizes.headDimension))
      ]
    }
  }
}
