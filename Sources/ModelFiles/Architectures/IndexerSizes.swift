internal import JSONDocuments
internal import VRAMBudget

/// The lightning indexers of DeepSeek-V3.2 and GLM-5.
///
/// Source: transformers 5.23.0, models/deepseek_v32 and glm_moe_dsa (`indexer_types`); llama.cpp
/// 0c1e57098, src/llama-kv-cache-dsa.cpp (a second cache, of one key a token in each layer with an
/// indexer), src/models/deepseek32.cpp and glm-dsa.cpp.
struct IndexerSizes {
  let indexer: Indexer
  /// Whether each layer has an indexer; one without uses the tokens that the last one chose.
  let layers: [Bool]
  /// Whether the configuration names the kind of each layer.
  private let areLayersNamed: Bool

  init(layers: Int, _ configuration: ModelConfiguration) throws(ConfigurationError) {
    indexer = Indexer(
      queryHeads: try configuration.integer("index_n_heads", in: 1...1024),
      keyDimension: try configuration.integer("index_head_dim", in: 1...1024))
    let types = try configuration.optionalTexts("indexer_types")
    if let types, types.count != layers {
      throw .contradiction(
        key: "indexer_types", what: "it has \(types.count) entries for \(layers) layers")
    }
    for key in ["index_topk_pattern", "index_topk_freq"]
    where types == nil && configuration.keys.has(key) {
      throw .unsupported(key: key, value: "an indexer in some layers, without 'indexer_types',")
    }
    areLayersNamed = types != nil
    self.layers =
      try configuration.flags(
        types, isTrue: ["full"], isFalse: ["shared"], key: "indexer_types")
      ?? Array(repeating: true, count: layers)
  }

  /// Whether llama.cpp gives the same layers an indexer: without names, it takes a GLM made for a
  /// million tokens to be a 5.2, and DeepSeek has one everywhere.
  func isKnownToGGUF(of ggufName: String?, maximumContext: Int64) -> Bool {
    guard ggufName == "glm-dsa" else { return !layers.contains(false) }
    return areLayersNamed || maximumContext < 1 << 20
  }
}

extension TensorList {
  mutating func addIndexer(_ sizes: IndexerSizes, _ latent: LatentSizes) {
    let indexer = sizes.indexer
    add(
      .indexerQueryUp, latent.queryRank ?? latent.hidden, indexer.queryHeads * indexer.keyDimension)
    add(.indexerKey, latent.hidden, indexer.keyDimension)
    addNorm(.indexerKeyNorm, indexer.keyDimension, hasBias: true)
    add(.indexerHeadWeights, latent.hidden, indexer.queryHeads)
  }
}
