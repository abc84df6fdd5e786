internal import VRAMBudget

/// OLMo Hybrid: gated delta nets, and OLMo's attention in every fourth layer.
///
/// Source: transformers 5.23.0, models/olmo_hybrid; llama.cpp 0c1e57098 does not know it.
struct OlmoHybridArchitecture: ArchitectureReader {
  let modelType = "olmo_hybrid"
  let ggufName: String? = nil

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try DecoderSizes(configuration, optional: [.keyValueHeads, .headDimension])
    let delta = try DeltaSizes(configuration)
    let width = try configuration.integer("intermediate_size", in: 1...(1 << 22))
    let attention = try AttentionSettings(
      AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .wholeRow), configuration)
    let isFull =
      try configuration.flags(
        try configuration.layerTypes(count: sizes.layers), isTrue: ["full_attention"],
        isFalse: ["linear_attention"], key: "layer_types")
      ?? (0..<sizes.layers).map { $0 % 4 == 3 }
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      var mixer = TokenMixer.recurrent(delta.state)
      if isFull[index] {
        for role in NormStyle.after.roles { list.addNorm(role, sizes.hidden) }
        list.addAttention(sizes, attention)
        mixer = .attention(sizes.attention(span: .full))
      } else {
        for role in NormStyle.standard.roles { list.addNorm(role, sizes.hidden) }
        list.addSeparateDelta(delta, hidden: sizes.hidden)
      }
      let feedForward = list.addFeedForward(
        ofLayer: index, experts: nil, width: width, hidden: sizes.hidden)
      layers.append(Layer(mixers: [mixer], feedForward: feedForward))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }
}

extension TensorList {
  /// A gated delta net whose queries, keys and values have a matrix each.
  fileprivate mutating func addSeparateDelta(_ sizes: DeltaSizes, hidden: Int64) {
    let keys = sizes.keyHeads * sizes.keyDimension
    add(.attentionQuery, hidden, keys)
    add(.attentionKey, hidden, keys)
    add(.attentionValue, hidden, sizes.valueElements)
    add(.attentionGate, hidden, sizes.valueElements)
    add(.stateAlpha, hidden, sizes.valueHeads)
    add(.stateBeta, hidden, sizes.valueHeads)
    append(.stateTimeStep, .bias, sizes.valueHeads)
    append(.stateDecay, .plain, sizes.valueHeads)
    add(.stateConvolution, sizes.kernel, sizes.channels)
    addNorm(.stateNorm, sizes.valueDimension)
    add(.stateOutput, sizes.valueElements, hidden)
  }
}
