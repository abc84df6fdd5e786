internal import VRAMBudget

/// A decoder with multi-head latent attention: DeepSeek and its relatives.
///
/// Source: transformers 5.23.0, models/deepseek_v2 and deepseek_v3; llama.cpp 0c1e57098 splits
/// `kv_b_proj` into `attn_k_b` and `attn_v_b`, one matrix a head, but not MiniCPM3's
/// (src/models/minicpm3.cpp).
struct LatentArchitecture: ArchitectureReader {
  let modelType: String
  var ggufName: String? = "deepseek2"
  /// Nil for a dense model.
  var experts: ExpertStyle?
  var tiesByDefault = false
  /// Whether an indexer chooses the tokens that attention reads.
  var hasIndexer = false
  /// Whether a GGUF file keeps the matrix from the compressed vector whole, which llama.cpp then
  /// computes all heads' keys and values with, and caches those.
  var keepsUpProjection = false

  /// The experts of all of them, which differ in whether a stored vector steers the choice, and in
  /// whether a configuration may name the kind of each layer.
  private static func experts(
    _ bias: ExpertStyle.SelectionBias, _ placement: ExpertPlacement
  ) -> ExpertStyle {
    ExpertStyle(
      countKey: "n_routed_experts", usedKey: "num_experts_per_tok",
      widthKey: "moe_intermediate_size", shared: .count(key: "n_shared_experts"),
      placement: placement, selectionBias: bias, hasOwnRouting: true)
  }

  private static let lead = ExpertPlacement.afterLead(key: "first_k_dense_replace")
  private static let types = ExpertPlacement.byTypes(lead: "first_k_dense_replace")

  static let all: [LatentArchitecture] = [
    LatentArchitecture(modelType: "deepseek_v2", experts: experts(.none, lead)),
    LatentArchitecture(modelType: "deepseek_v3", experts: experts(.buffer, lead)),
    LatentArchitecture(modelType: "kimi_k2", experts: experts(.buffer, lead)),
    LatentArchitecture(modelType: "glm4_moe_lite", experts: experts(.buffer, types)),
    LatentArchitecture(
      modelType: "deepseek_v32", ggufName: "deepseek32", experts: experts(.buffer, types),
      hasIndexer: true),
    LatentArchitecture(
      modelType: "glm_moe_dsa", ggufName: "glm-dsa", experts: experts(.buffer, types),
      hasIndexer: true),
    LatentArchitecture(
      modelType: "minicpm3", ggufName: "minicpm3", tiesByDefault: true, keepsUpProjection: true),
  ]

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try LatentSizes(configuration)
    let expertSizes = try experts.map { style throws(ConfigurationError) in
      try ExpertSizes(style, layers: sizes.layers, configuration)
    }
    let hasBias = try configuration.bool("attention_bias", default: false)
    guard !hasBias else { throw .unsupported(key: "attention_bias", value: "true") }
    // The classes of the others have no such biases, whatever the key says.
    let readsBias = modelType == "deepseek_v2" || modelType == "minicpm3"
    if readsBias, try configuration.bool("mlp_bias", default: false) {
      throw .unsupported(key: "mlp_bias", value: "true")
    }
    let width = try configuration.integer("intermediate_size", in: 1...(1 << 22))
    let indexers =
      hasIndexer ? try IndexerSizes(layers: sizes.layers, configuration) : nil
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: tiesByDefault,
      configuration)
    if keepsUpProjection { try addRopeTables(to: &list, sizes, configuration) }
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      list.addLatentAttention(sizes, splitsUpProjection: !keepsUpProjection)
      var mixers = [TokenMixer.latentAttention(sizes.attention)]
      if let indexers, indexers.layers[index] {
        list.addIndexer(indexers, sizes)
        mixers.append(.indexer(indexers.indexer))
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      let feedForward = list.addFeedForward(
        ofLayer: index, experts: expertSizes, width: width, hidden: sizes.hidden)
      layers.append(Layer(mixers: mixers, feedForward: feedForward))
    }
    let isKnownToGGUF =
      indexers?.isKnownToGGUF(of: ggufName, maximumContext: sizes.maximumContext) ?? true
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors, ggufName: isKnownToGGUF ? .ofFamily : .none)
  }
}

extension LatentArchitecture {
  /// The tables of longrope, one value for each pair of rotated dimensions.
  ///
  /// Source: llama.cpp 0c1e57098, conversion/minicpm.py, `MiniCPM3Model.generate_extra_tensors`.
  private func addRopeTables(
    to list: inout TensorList, _ sizes: LatentSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    let scaling = try configuration.text(of: "rope_scaling", in: ["rope_type", "type"])
    let parameters = try configuration.text(of: "rope_parameters", in: ["rope_type", "type"])
    guard (scaling ?? parameters) == "longrope" else { return }
    for role in [TensorRole.ropeFactorsLong, .ropeFactorsShort] {
      list.append(
        role, .weight, max(1, sizes.attention.ropeDimension / 2), presence: .ggufOnly)
    }
  }
}

/// The sizes of a decoder with latent attention.
struct LatentSizes {
  let layers: Int
  let hidden: Int64
  let vocabulary: Int64
  let maximumContext: Int64
  /// `q_lora_rank`; nil where queries are projected directly.
  let queryRank: Int64?
  let attention: LatentAttention

  /// - Parameter contextKey: The key of the tokens that the model was made for.
  init(
    _ configuration: ModelConfiguration, contextKey: String = "max_position_embeddings"
  ) throws(ConfigurationError) {
    layers = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    maximumContext = try configuration.integer(
      contextKey, in: Workload.allowedContext)
    queryRank = try configuration.optionalInteger("q_lora_rank", in: 1...(1 << 16))
    attention = LatentAttention(
      queryHeads: try configuration.integer("num_attention_heads", in: 1...1024),
      rank: try configuration.integer("kv_lora_rank", in: 1...(1 << 12)),
      ropeDimension: try configuration.integer("qk_rope_head_dim", in: 1...1024),
      plainDimension: try configuration.integer("qk_nope_head_dim", in: 1...1024),
      valueDimension: try configuration.integer("v_head_dim", in: 1...1024))
  }
}

extension TensorList {
  /// The projections of latent attention. A checkpoint has one matrix from the compressed vector
  /// to keys and values.
  ///
  /// - Parameter splitsUpProjection: Whether a GGUF file has two in its place, split by head.
  mutating func addLatentAttention(_ sizes: LatentSizes, splitsUpProjection: Bool = true) {
    let attention = sizes.attention
    let heads = attention.queryHeads
    let queries = heads * (attention.plainDimension + attention.ropeDimension)
    if let rank = sizes.queryRank {
      add(.attentionQueryDown, sizes.hidden, rank)
      addNorm(.attentionQueryDownNorm, rank)
      add(.attentionQueryUp, rank, queries)
    } else {
      add(.attentionQuery, sizes.hidden, queries)
    }
    add(.latentDown, sizes.hidden, attention.rank + attention.ropeDimension)
    addNorm(.latentNorm, attention.rank)
    add(
      .latentUp, attention.rank, heads * (attention.plainDimension + attention.valueDimension),
      presence: splitsUpProjection ? .checkpointOnly : .everywhere)
    if splitsUpProjection {
      append(
        .latentKeyUp, .weight, attention.plainDimension, attention.rank, heads,
        presence: .ggufOnly)
      append(
        .latentValueUp, .weight, attention.rank, attention.valueDimension, heads,
        presence: .ggufOnly)
    }
    add(.attentionOutput, heads * attention.valueDimension, sizes.hidden)
  }
}
