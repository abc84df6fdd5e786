internal import JSONDocuments
internal import VRAMBudget

/// MiniMax M3: grouped attention that reads the blocks of keys which an indexer chooses, and experts,
/// in all layers but the first.
///
/// Published configurations name the layers with an indexer as `sparse_attention_freq`, those with
/// experts as `moe_layer_freq`; Transformers 5 writes lists of kinds.
///
/// Source: transformers 5.23.0, models/minimax_m3_vl (`MiniMaxM3VLTextConfig`, `MiniMaxM3VLIndexer`);
/// the published count less its vision tower and projector.
struct BlockSparseArchitecture: ArchitectureReader {
  let modelType: String
  // llama.cpp's files and caches of such layers are not described.
  let ggufName: String? = nil

  static let all = ["minimax_m3", "minimax_m3_vl_text"].map(BlockSparseArchitecture.init)

  private static let experts = ExpertStyle(
    countKey: "num_local_experts", usedKey: "num_experts_per_tok", widthKey: "intermediate_size",
    shared: .width(key: "shared_intermediate_size"), placement: .byFlags(key: "moe_layer_freq"),
    selectionBias: .buffer)

  /// What the class does not read, or only knows one value of.
  private static let requirements: [Requirement] = [
    .on("use_qk_norm"), .off("attention_output_gate"), .text("qk_norm_type", "per_head"),
    .off("attention_bias"), .number("n_shared_experts", 1), .on("use_routing_bias"),
  ]

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try DecoderSizes(configuration, optional: [])
    for requirement in Self.requirements {
      try requirement.check(hidden: sizes.hidden, configuration)
    }
    let attention = try AttentionSettings(AttentionStyle(headNorms: .perHead), configuration)
    let experts = try ExpertSizes(Self.experts, layers: sizes.layers, configuration)
    let indexers = try BlockIndexers(layers: sizes.layers, configuration)
    let width =
      experts.layers.contains(false)
      ? try configuration.integer("dense_intermediate_size", in: 1...(1 << 22)) : 0
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      list.addAttention(sizes, attention)
      var mixers = [TokenMixer.attention(sizes.attention(span: .full))]
      if let indexer = indexers.indexer, indexers.layers[index] {
        list.add(.indexerQueryUp, sizes.hidden, indexer.queryHeads * indexer.keyDimension)
        list.add(.indexerKey, sizes.hidden, indexer.keyDimension)
        list.addNorm(.indexerQueryNorm, indexer.keyDimension)
        list.addNorm(.indexerKeyNorm, indexer.keyDimension)
        mixers.append(.indexer(indexer))
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      let feedForward = list.addFeedForward(
        ofLayer: index, experts: experts, width: width, hidden: sizes.hidden)
      layers.append(Layer(mixers: mixers, feedForward: feedForward))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }
}

/// The indexers of a model, and which layers have one.
private struct BlockIndexers {
  let layers: [Bool]
  /// Nil where no layer has one.
  let indexer: Indexer?

  init(layers count: Int, _ configuration: ModelConfiguration) throws(ConfigurationError) {
    let published = try configuration.object("sparse_attention_config")
    layers = try Self.layers(count: count, published, configuration)
    guard layers.contains(true) else {
      indexer = nil
      return
    }
    func number(_ key: String, _ publishedKey: String) throws(ConfigurationError) -> Int64 {
      if let number = try published?.optionalInteger(publishedKey, in: 1...1024) { return number }
      return try configuration.integer(key, in: 1...1024)
    }
    indexer = Indexer(
      queryHeads: try number("index_n_heads", "sparse_num_index_heads"),
      keyDimension: try number("index_head_dim", "sparse_index_dim"))
  }

  private static func layers(
    count: Int, _ published: ModelConfiguration?, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let types = try configuration.layerTypes(count: count)
    if let flags = try configuration.flags(
      types, isTrue: ["minimax_m3_sparse"], isFalse: ["full_attention"], key: "layer_types")
    {
      return flags
    }
    guard let published else {
      throw .contradiction(
        key: "layer_types", what: "neither it nor 'sparse_attention_config' is there")
    }
    let flags = try published.integersPerLayer("sparse_attention_freq", layers: count, in: 0...1)
    let disabled = try published.optionalIntegers("sparse_disable_index_value", in: 0...1)
    guard (disabled ?? flags) == flags else {
      throw .unsupported(key: "sparse_disable_index_value", value: "values of an indexer")
    }
    return flags.map { $0 == 1 }
  }
}
