internal import VRAMBudget

/// The embeddings of each token that Gemma 3n and 4 give every layer of their own.
struct PerLayerInputs {
  /// `hidden_size_per_layer_input`.
  let width: Int64
  /// `vocab_size_per_layer_input`.
  let vocabulary: Int64

  /// Nil where the model has none.
  init?(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    width = try configuration.integer("hidden_size_per_layer_input", in: 0...(1 << 16))
    guard width > 0 else { return nil }
    vocabulary = try configuration.integer("vocab_size_per_layer_input", in: 1...(1 << 23))
  }
}

extension TensorList {
  /// The table of per-layer embeddings and the projection that is added to them.
  ///
  /// - Parameter ggufVocabulary: The tokens of the table in a GGUF file, where the converter adds
  ///   some.
  mutating func addPerLayerTable(
    _ inputs: PerLayerInputs, layers: Int, hidden: Int64, ggufVocabulary: Int64? = nil
  ) {
    let row = inputs.width * Int64(layers)
    let isPadded = ggufVocabulary.map { $0 > inputs.vocabulary } ?? false
    add(
      .perLayerTokenEmbedding, row, inputs.vocabulary,
      presence: isPadded ? .checkpointOnly : .everywhere)
    if let ggufVocabulary, isPadded {
      add(.perLayerTokenEmbedding, row, ggufVocabulary, presence: .ggufOnly)
    }
    add(.perLayerModelProjection, hidden, row)
    addNorm(.perLayerProjectionNorm, inputs.width)
  }

  /// What mixes a layer's own embedding into its output.
  mutating func addPerLayerGate(_ inputs: PerLayerInputs, hidden: Int64) {
    add(.perLayerGate, hidden, inputs.width)
    add(.perLayerProjection, inputs.width, hidden)
    addNorm(.perLayerNorm, hidden)
  }

  /// The projections and norms of attention that normalizes queries and keys head by head.
  ///
  /// - Parameters:
  ///   - isShared: Whether the layer reads an earlier one's cache. Its own projections of keys and
  ///     values are in the checkpoint, and so in a GGUF file, but nothing uses them.
  ///   - hasValues: Whether values have a projection; without one they are the keys.
  mutating func addHeadNormedAttention(
    _ attention: Attention, hidden: Int64, isShared: Bool, hasValues: Bool = true
  ) {
    let queries = attention.queryHeads * attention.keyDimension
    append(.attentionQuery, .weight, hidden, queries)
    append(.attentionKey, .weight, hidden, attention.keyElements, isParameter: !isShared)
    if hasValues {
      append(.attentionValue, .weight, hidden, attention.valueElements, isParameter: !isShared)
    }
    append(.attentionOutput, .weight, queries, hidden)
    append(.attentionQueryNorm, .weight, attention.keyDimension)
    append(.attentionKeyNorm, .weight, attention.keyDimension, isParameter: !isShared)
  }
}

/// Which layers read the cache of an earlier layer (`num_kv_shared_layers`).
struct SharedCache {
  /// The layers with a cache of their own, from the first.
  let ownLayers: Int
  private let isFull: [Bool]

  init(isFull: [Bool], _ configuration: ModelConfiguration) throws(ConfigurationError) {
    let layers = isFull.count
    let shared = Int(try configuration.integer("num_kv_shared_layers", in: 0...1024))
    self.isFull = isFull
    ownLayers = layers - shared
    let own = isFull.prefix(max(0, ownLayers))
    guard isFull.allSatisfy({ own.contains($0) }) else {
      throw .contradiction(
        key: "num_kv_shared_layers",
        what: "with \(shared) of \(layers) layers shared, none before them has their kind of cache")
    }
  }

  /// Returns a layer's attention: its own, or one that reads the cache of the last layer of the same
  /// kind that has one.
  func mixer(ofLayer layer: Int, _ attention: Attention) -> TokenMixer {
    guard layer >= ownLayers,
      let source = isFull.prefix(ownLayers).lastIndex(of: isFull[layer])
    else { return .attention(attention) }
    return .sharedAttention(attention, cacheOf: source)
  }
}
