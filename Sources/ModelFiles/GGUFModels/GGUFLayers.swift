internal import VRAMBudget

/// The layers of a model as its tensors and keys describe them.
struct GGUFLayers {
  private typealias Weights = [TensorRole: TensorShape]

  private let keys: GGUFKeys
  private let architecture: GGUFArchitecture
  /// The weights of each layer.
  private let weights: [Weights]
  private let heads: [Int64]
  private let keyValueHeads: [Int64]
  private let keyDimension: Int64
  private let valueDimension: Int64
  private let spans: [Attention.Span]
  private let hidden: Int64

  init(
    _ tensors: [Tensor], count: Int, hidden: Int64,
    architecture: GGUFArchitecture, keys: GGUFKeys
  ) throws(GGUFModelError) {
    self.keys = keys
    self.architecture = architecture
    self.hidden = hidden
    var weights: [Weights] = Array(repeating: [:], count: count)
    for tensor in tensors {
      guard let layer = tensor.layer, tensor.part != .bias else { continue }
      weights[layer][tensor.role] = tensor.shape
    }
    self.weights = weights
    heads =
      try keys.optionalIntegers("attention.head_count", layers: count, in: 0...4096)
      ?? Array(repeating: 0, count: count)
    keyValueHeads =
      try keys.optionalIntegers("attention.head_count_kv", layers: count, in: 0...4096) ?? heads
    // What llama.cpp divides the hidden size by is the first layer's count.
    let first = heads.first ?? 0
    let divided = first > 0 ? hidden / first : 0
    keyDimension =
      try keys.optionalInteger("attention.key_length", in: 0...(1 << 13)) ?? divided
    valueDimension =
      try keys.optionalInteger("attention.value_length", in: 0...(1 << 13)) ?? divided
    spans = try architecture.spans(layers: count, keys)
  }

  /// Returns the layers in order.
  ///
  /// - Throws: ``GGUFModelError`` when a layer's tensors are not those of any layer that is known, or
  ///   have other sizes than the keys say.
  func layers() throws(GGUFModelError) -> [Layer] {
    var layers: [Layer] = []
    layers.reserveCapacity(weights.count)
    for index in weights.indices {
      layers.append(
        Layer(mixers: try mixers(of: index), feedForward: try feedForward(of: index)))
    }
    return layers
  }

  private func mixers(of layer: Int) throws(GGUFModelError) -> [TokenMixer] {
    let weights = weights[layer]
    let isRecurrent = weights[.stateConvolution] != nil || weights[.convolution] != nil
    var mixers: [TokenMixer] = []
    if weights[.latentDown] != nil {
      mixers.append(.latentAttention(try latentAttention(layer)))
    } else if weights[.attentionKey] != nil {
      mixers.append(.attention(try attention(layer, isFused: false)))
    } else if weights[.attentionQueryKeyValue] != nil, !isRecurrent {
      mixers.append(.attention(try attention(layer, isFused: true)))
    }
    if isRecurrent { mixers.append(.recurrent(try state(layer))) }
    guard !mixers.isEmpty else { throw .missingTensor("blk.\(layer).attn_k.weight") }
    return mixers
  }

  private func attention(_ layer: Int, isFused: Bool) throws(GGUFModelError) -> Attention {
    let (queries, keyValues) = (heads[layer], keyValueHeads[layer])
    guard queries > 0, keyValues > 0, queries.isMultiple(of: keyValues) else {
      throw .contradiction(
        key: keys.name("attention.head_count_kv"),
        what: "\(queries) query heads do not divide among \(keyValues) KV heads in layer \(layer)")
    }
    let attention = Attention(
      queryHeads: queries, keyValueHeads: keyValues, keyDimension: keyDimension,
      valueDimension: valueDimension, span: spans[layer],
      isRotary: architecture.isRotary(layer: layer), isFused: isFused)
    if isFused {
      try check(
        .attentionQueryKeyValue, layer, "attention.head_count",
        queries * keyDimension + attention.keyElements + attention.valueElements)
    } else {
      try check(.attentionKey, layer, "attention.key_length", attention.keyElements)
      try check(.attentionValue, layer, "attention.value_length", attention.valueElements)
    }
    return attention
  }

  private func latentAttention(_ layer: Int) throws(GGUFModelError) -> LatentAttention {
    let rope = try keys.integer("rope.dimension_count", in: 1...1024)
    // Files without the absorbed matrices give the heads' sizes under the plain keys.
    let key = try keys.optionalInteger("attention.key_length_mla", in: 1...8192) ?? keyDimension
    let value =
      try keys.optionalInteger("attention.value_length_mla", in: 1...8192) ?? valueDimension
    guard key > rope, heads[layer] > 0 else {
      throw .contradiction(
        key: keys.name("attention.key_length_mla"),
        what: "a key of \(key) has no part beside the \(rope) that are rotated")
    }
    let latent = LatentAttention(
      queryHeads: heads[layer],
      rank: try keys.integer("attention.kv_lora_rank", in: 1...(1 << 12)), ropeDimension: rope,
      plainDimension: key - rope, valueDimension: value)
    try check(.latentDown, layer, "attention.kv_lora_rank", latent.rank + rope)
    return latent
  }

  /// Source: llama.cpp 0c1e57098, src/llama-hparams.cpp, `n_embd_r` and `n_embd_s`.
  private func state(_ layer: Int) throws(GGUFModelError) -> RecurrentState {
    guard let kind = architecture.state else {
      throw .unknownTensor("blk.\(layer).ssm_conv1d.weight", architecture: architecture.name)
    }
    if kind == .shortConvolution {
      let kernel = try keys.integer("shortconv.l_cache", in: 1...64)
      return RecurrentState(
        kind: kind, kernel: kernel, channels: hidden, stateElements: 0)
    }
    let kernel = try keys.integer("ssm.conv_kernel", in: 1...64)
    let inner = try keys.integer("ssm.inner_size", in: 1...(1 << 20))
    let state = try keys.integer("ssm.state_size", in: 1...4096)
    let groups = try keys.optionalInteger("ssm.group_count", in: 0...1024) ?? 0
    let channels = inner + 2 * groups * state
    try check(.stateConvolution, layer, "ssm.inner_size", channels)
    return RecurrentState(
      kind: kind, kernel: kernel, channels: channels, stateElements: state * inner)
  }

  private func feedForward(of layer: Int) throws(GGUFModelError) -> FeedForward {
    let weights = weights[layer]
    if let down = weights[.expertDown] {
      let count = down.dimensions.count == 3 ? down.dimensions[2] : 1
      let used = try keys.integer("expert_used_count", in: 1...4096)
      guard used <= count else {
        throw .contradiction(
          key: keys.name("expert_used_count"), what: "a token cannot use \(used) of \(count)")
      }
      return .experts(
        FeedForward.Experts(
          count: count, used: used, intermediate: down.rowElements,
          sharedIntermediate: weights[.sharedExpertDown]?.rowElements ?? 0))
    }
    guard let down = weights[.feedForwardDown] else { return .none }
    guard weights[.feedForwardGate] == nil else {
      return .dense(intermediate: down.rowElements, isFused: false)
    }
    guard let up = weights[.feedForwardUp] else {
      throw .missingTensor("blk.\(layer).ffn_up.weight")
    }
    return up.rows == 2 * down.rowElements
      ? .dense(intermediate: down.rowElements, isFused: true)
      : .plain(intermediate: down.rowElements)
  }

  /// Checks the rows of a layer's matrix, where it has one.
  private func check(
    _ role: TensorRole, _ layer: Int, _ key: String, _ rows: Int64
  ) throws(GGUFModelError) {
    guard let shape = weights[layer][role], shape.rows != rows else { return }
    throw .contradiction(
      key: keys.name(key),
      what: "'blk.\(layer).\(role.rawValue).weight' has \(shape.rows) rows, not \(rows)")
  }
}
