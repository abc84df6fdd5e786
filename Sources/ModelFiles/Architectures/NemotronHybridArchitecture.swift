internal import JSONDocuments
internal import VRAMBudget

/// Nemotron-H: layers that are Mamba-2, attention, a feed-forward or experts, one of them each.
///
/// Source: transformers 5.23.0, models/nemotron_h; llama.cpp 0c1e57098, src/models/nemotron-h.cpp and
/// conversion/nemotron.py, `NemotronHModel`.
struct NemotronHybridArchitecture: ArchitectureReader {
  let modelType = "nemotron_h"
  let ggufName: String? = "nemotron_h"

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    try configuration.requireFalse("attention_bias")
    let blocks = try NemotronBlock.blocks(configuration)
    let sizes = try NemotronSizes(blocks, configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    var layers: [Layer] = []
    for (index, block) in blocks.enumerated() {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      layers.append(list.addBlock(block, sizes))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors,
      ggufName: try ggufName(blocks, configuration))
  }

  /// The converter goes by `num_experts_per_tok`: with it every feed-forward has experts, without it
  /// none.
  private func ggufName(
    _ blocks: [NemotronBlock], _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription.GGUFName {
    if configuration.keys.has("num_experts_per_tok") {
      return blocks.contains(.feedForward) ? .none : .other("nemotron_h_moe")
    }
    return blocks.contains(.experts) ? .none : .ofFamily
  }
}

/// What a layer of Nemotron-H is.
private enum NemotronBlock {
  case mamba, attention, feedForward, experts

  /// Each layer, by `layers_block_type` or the letters of `hybrid_override_pattern`.
  static func blocks(
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [NemotronBlock] {
    var names: [String]
    let key: String
    if let types = try configuration.optionalTexts("layers_block_type") {
      (names, key) = (types, "layers_block_type")
    } else {
      key = "hybrid_override_pattern"
      names = try configuration.reading { () throws(JSONDocumentError) in
        try configuration.keys.required(key).string().map(String.init)
      }
    }
    let count = try configuration.optionalInteger("num_hidden_layers", in: 1...1024)
    guard (1...1024).contains(names.count), count ?? Int64(names.count) == Int64(names.count)
    else {
      throw .contradiction(
        key: key, what: "it has \(names.count) layers, 'num_hidden_layers' \(count ?? 0)")
    }
    var blocks: [NemotronBlock] = []
    for name in names {
      guard let block = NemotronBlock(name) else { throw .unsupported(key: key, value: name) }
      blocks.append(block)
    }
    return blocks
  }

  private init?(_ name: String) {
    switch name {
    case "M", "mamba", "linear_attention": self = .mamba
    case "*", "attention", "full_attention": self = .attention
    case "-", "mlp": self = .feedForward
    case "E", "moe": self = .experts
    default: return nil
    }
  }
}

/// The sizes of a Nemotron-H model.
private struct NemotronSizes {
  let hidden: Int64
  let vocabulary: Int64
  let maximumContext: Int64
  let attention: Attention
  /// Nil where no layer is of the kind.
  let mamba: Mamba2Sizes?
  let experts: NemotronExperts?
  let width: Int64
  let hasBias: Bool

  init(
    _ blocks: [NemotronBlock], _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    maximumContext = try configuration.integer(
      "max_position_embeddings", in: Workload.allowedContext)
    let queryHeads = try configuration.integer("num_attention_heads", in: 1...1024)
    let keyValueHeads = try configuration.integer("num_key_value_heads", in: 1...1024)
    guard queryHeads.isMultiple(of: keyValueHeads) else {
      throw .contradiction(
        key: "num_key_value_heads",
        what: "\(queryHeads) query heads do not divide among \(keyValueHeads) KV heads")
    }
    let dimension = try configuration.integer("head_dim", in: 1...1024)
    attention = Attention(
      queryHeads: queryHeads, keyValueHeads: keyValueHeads, keyDimension: dimension,
      valueDimension: dimension, isRotary: false)
    mamba =
      blocks.contains(.mamba)
      ? try Mamba2Sizes(.nemotron, inner: nil, configuration) : nil
    experts = blocks.contains(.experts) ? try NemotronExperts(configuration) : nil
    width =
      blocks.contains(.feedForward)
      ? try configuration.integer("intermediate_size", in: 1...(1 << 22)) : 0
    hasBias = try configuration.bool("mlp_bias", default: false)
    if hasBias, experts != nil { throw .unsupported(key: "mlp_bias", value: "true") }
  }
}

/// Experts without a gate, which may work on vectors shorter than the hidden state.
private struct NemotronExperts {
  let sizes: ExpertSizes
  let sharedWidth: Int64
  /// `moe_latent_size`.
  let latent: Int64?

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    sizes = try ExpertSizes(
      ExpertStyle(
        countKey: "n_routed_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", hasOwnRouting: true), layers: 0, configuration)
    sharedWidth = try configuration.integer(
      "moe_shared_expert_intermediate_size", in: 1...(1 << 22))
    latent = try configuration.optionalInteger("moe_latent_size", in: 1...(1 << 17))
  }

  var feedForward: FeedForward {
    .experts(
      FeedForward.Experts(
        count: sizes.count, used: sizes.used, intermediate: sizes.width,
        sharedIntermediate: sharedWidth, routing: sizes.routing))
  }
}

extension TensorList {
  fileprivate mutating func addBlock(_ block: NemotronBlock, _ sizes: NemotronSizes) -> Layer {
    let hidden = sizes.hidden
    switch block {
    case .mamba:
      guard let mamba = sizes.mamba else { return Layer(mixers: [], feedForward: .none) }
      addMamba2(mamba, hidden: hidden)
      return Layer(mixers: [.recurrent(mamba.recurrentState)], feedForward: .none)
    case .attention:
      let attention = sizes.attention
      let queries = attention.queryHeads * attention.keyDimension
      add(.attentionQuery, hidden, queries)
      add(.attentionKey, hidden, attention.keyElements)
      add(.attentionValue, hidden, attention.valueElements)
      add(.attentionOutput, queries, hidden)
      return Layer(mixers: [.attention(attention)], feedForward: .none)
    case .feedForward:
      add(.feedForwardUp, hidden, sizes.width, hasBias: sizes.hasBias)
      add(.feedForwardDown, sizes.width, hidden, hasBias: sizes.hasBias)
      return Layer(mixers: [], feedForward: .plain(intermediate: sizes.width))
    case .experts:
      guard let experts = sizes.experts else { return Layer(mixers: [], feedForward: .none) }
      addExperts(experts, hidden: hidden)
      return Layer(mixers: [], feedForward: experts.feedForward)
    }
  }

  private mutating func addExperts(_ experts: NemotronExperts, hidden: Int64) {
    let sizes = experts.sizes
    let input = experts.latent ?? hidden
    add(.router, hidden, sizes.count)
    append(.expertSelection, .bias, sizes.count, isParameter: false)
    if let latent = experts.latent {
      add(.expertLatentDown, hidden, latent)
      add(.expertLatentUp, latent, hidden)
    }
    append(.expertUp, .weight, input, sizes.width, sizes.count)
    append(.expertDown, .weight, sizes.width, input, sizes.count)
    add(.sharedExpertUp, hidden, experts.sharedWidth)
    add(.sharedExpertDown, experts.sharedWidth, hidden)
  }
}
