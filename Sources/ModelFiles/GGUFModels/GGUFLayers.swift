internal import VRAMBudget

/// The layers of a model as its tensors and keys describe them.
struct GGUFLayers {
  typealias Weights = [TensorRole: TensorShape]

  let keys: GGUFKeys
  let architecture: GGUFArchitecture
  let hidden: Int64
  /// The weights of each layer.
  let weights: [Weights]
  /// The biases of each layer's matrices and norms.
  let biases: [Weights]
  let heads: GGUFHeads
  private let rotary: [Bool]
  private let cacheSources: [Int?]
  private let indexed: [Bool]

  init(
    _ tensors: [Tensor], count: Int, hidden: Int64, context: Int64,
    architecture: GGUFArchitecture, keys: GGUFKeys
  ) throws(GGUFModelError) {
    self.keys = keys
    self.architecture = architecture
    self.hidden = hidden
    var weights: [Weights] = Array(repeating: [:], count: count)
    var biases = weights
    for tensor in tensors {
      guard let layer = tensor.layer else { continue }
      switch tensor.part {
      case .weight, .plain: weights[layer][tensor.role] = tensor.shape
      case .bias: biases[layer][tensor.role] = tensor.shape
      case .scale, .inputScale: break
      }
    }
    self.weights = weights
    self.biases = biases
    let spans = try architecture.spans(layers: count, keys)
    heads = try GGUFHeads(spans, hidden: hidden, keys)
    rotary = try architecture.rotary(spans, keys)
    cacheSources = try architecture.cacheSources(spans, keys)
    indexed = try architecture.indexed(layers: count, context: context, keys)
  }

  /// Returns the layers in order.
  ///
  /// - Throws: ``GGUFModelError`` when a layer's tensors are not those of any layer that is known, or
  ///   have other sizes than the keys say.
  func layers() throws(GGUFModelError) -> [Layer] {
    var layers: [Layer] = []
    layers.reserveCapacity(weights.count)
    for index in weights.indices {
      let layer = Layer(mixers: try mixers(of: index), feedForward: try feedForward(of: index))
      try checkTensors(of: index, layer)
      layers.append(layer)
    }
    return layers
  }

  private func mixers(of layer: Int) throws(GGUFModelError) -> [TokenMixer] {
    let state = try state(layer)
    var mixers: [TokenMixer] = []
    if state == nil || architecture.mixesSideBySide {
      mixers = try attentionMixers(of: layer)
    }
    if let state { mixers.append(.recurrent(state)) }
    let mayBeBare = architecture.hasBareLayers && heads.keyValues[layer] == 0
    guard !mixers.isEmpty || mayBeBare else {
      throw .missingTensor("blk.\(layer).attn_k.weight")
    }
    return mixers
  }

  private func attentionMixers(of layer: Int) throws(GGUFModelError) -> [TokenMixer] {
    let weights = weights[layer]
    if weights[.latentDown] != nil {
      let latent = TokenMixer.latentAttention(try latentAttention(layer))
      return indexed[layer] ? [latent, .indexer(try indexer(layer))] : [latent]
    }
    let isFused = weights[.attentionQueryKeyValue] != nil
    let source = cacheSources[layer]
    guard isFused || weights[.attentionKey] != nil || source != nil else { return [] }
    let attention = try attention(layer, isFused: isFused && !architecture.isEncoder)
    if architecture.isEncoder { return [.encoderAttention(attention)] }
    if let source { return [.sharedAttention(attention, cacheOf: source)] }
    return [.attention(attention)]
  }

  private func attention(_ layer: Int, isFused: Bool) throws(GGUFModelError) -> Attention {
    let (queries, keyValues) = (heads.queries[layer], heads.keyValues[layer])
    if queries == 0, keys.metadata[keys.name("attention.head_count")] == nil {
      throw .metadata(.missing(key: keys.name("attention.head_count")))
    }
    guard queries > 0, keyValues > 0, queries.isMultiple(of: keyValues) else {
      throw .contradiction(
        key: keys.name("attention.head_count_kv"),
        what: "\(queries) query heads do not divide among \(keyValues) KV heads in layer \(layer)")
    }
    let attention = Attention(
      queryHeads: queries, keyValueHeads: keyValues, keyDimension: heads.keyDimensions[layer],
      valueDimension: heads.valueDimensions[layer], span: heads.spans[layer],
      isRotary: rotary[layer], isFused: isFused)
    guard attention.keyDimension > 0, attention.valueDimension > 0 else {
      throw .contradiction(
        key: keys.name("attention.head_count"),
        what: "layer \(layer) has \(queries) heads of no elements")
    }
    try check(
      .attentionQueryKeyValue, layer, "attention.head_count",
      queries * attention.keyDimension + attention.keyElements + attention.valueElements)
    try check(.attentionKey, layer, "attention.key_length", attention.keyElements)
    try check(.attentionValue, layer, "attention.value_length", attention.valueElements)
    return attention
  }

  private func latentAttention(_ layer: Int) throws(GGUFModelError) -> LatentAttention {
    let rope = try keys.integer("rope.dimension_count", in: 1...1024)
    // Files without the absorbed matrices give the heads' sizes under the plain keys.
    let key =
      try keys.optionalInteger("attention.key_length_mla", in: 1...8192)
      ?? heads.keyDimensions[layer]
    let value =
      try keys.optionalInteger("attention.value_length_mla", in: 1...8192)
      ?? heads.valueDimensions[layer]
    guard key > rope, value > 0, heads.queries[layer] > 0 else {
      throw .contradiction(
        key: keys.name("attention.key_length_mla"),
        what: "a key of \(key) has no part beside the \(rope) that are rotated")
    }
    let latent = LatentAttention(
      queryHeads: heads.queries[layer],
      rank: try keys.integer("attention.kv_lora_rank", in: 1...(1 << 12)), ropeDimension: rope,
      plainDimension: key - rope, valueDimension: value)
    try check(.latentDown, layer, "attention.kv_lora_rank", latent.rank + rope)
    if weights[layer][.latentKeyUp] == nil {
      guard weights[layer][.latentUp] != nil else {
        throw .missingTensor("blk.\(layer).attn_k_b.weight")
      }
      try check(
        .latentUp, layer, "attention.head_count",
        latent.queryHeads * (latent.plainDimension + value))
    }
    return latent
  }

  private func indexer(_ layer: Int) throws(GGUFModelError) -> Indexer {
    guard weights[layer][.indexerKey] != nil else {
      throw .missingTensor("blk.\(layer).indexer.attn_k.weight")
    }
    let indexer = Indexer(
      queryHeads: try keys.integer("attention.indexer.head_count", in: 1...1024),
      keyDimension: try keys.integer("attention.indexer.key_length", in: 1...1024))
    try check(.indexerKey, layer, "attention.indexer.key_length", indexer.keyDimension)
    return indexer
  }

  /// Checks the rows of a layer's matrix, where it has one.
  func check(
    _ role: TensorRole, _ layer: Int, _ key: String, _ rows: Int64
  ) throws(GGUFModelError) {
    guard let shape = weights[layer][role], shape.rows != rows else { return }
    throw .contradiction(
      key: keys.name(key),
      what: "'blk.\(layer).\(role.rawValue).weight' has \(shape.rows) rows, not \(rows)")
  }
}
