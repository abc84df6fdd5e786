internal import JSONDocuments
internal import VRAMBudget

/// A model of Mamba-1 layers alone.
///
/// Source: transformers 5.23.0, models/mamba; llama.cpp 0c1e57098, `LLM_ARCH_MAMBA`.
struct MambaArchitecture {
  static let modelType = "mamba"

  /// Returns the model that a configuration describes.
  static func model(
    from configuration: ModelConfiguration, id: String, name: String, source: ModelShape.Source
  ) throws(ConfigurationError) -> ModelShape {
    let hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    let vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    let layerCount = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    let given = try configuration.optionalInteger("intermediate_size", in: 1...(1 << 20))
    let expansion = try configuration.optionalInteger("expand", in: 1...16) ?? 2
    let inner = given ?? hidden * expansion
    let state = try configuration.integer("state_size", in: 1...4096)
    let kernel = try configuration.integer("conv_kernel", in: 1...64)
    let rank = try configuration.integer("time_step_rank", in: 1...(1 << 16))
    let hasBias = try configuration.bool("use_bias", default: false)
    let hasConvolutionBias = try configuration.bool("use_conv_bias", default: true)
    var list = TensorList()
    list.addEmbeddings(
      hidden: hidden, vocabulary: vocabulary,
      isTied: try configuration.bool("tie_word_embeddings", default: true))
    list.addNorm(.outputNorm, hidden)
    for index in 0..<layerCount {
      list.layer = index
      list.addNorm(.attentionNorm, hidden)
      list.add(.stateInput, hidden, 2 * inner, hasBias: hasBias)
      list.add(.stateConvolution, kernel, inner, hasBias: hasConvolutionBias)
      list.add(.stateProjection, inner, rank + 2 * state)
      list.add(.stateTimeStep, rank, inner, hasBias: true)
      list.append(.stateDecay, .plain, state, inner)
      list.append(.stateSkip, .plain, inner)
      list.add(.stateOutput, inner, hidden, hasBias: hasBias)
    }
    let mixer = TokenMixer.recurrent(
      RecurrentState(
        kind: .mamba, convolutionElements: (kernel - 1) * inner, stateElements: state * inner))
    return ModelShape(
      id: id, name: name, source: source,
      architecture: Architecture(modelType: modelType, ggufName: "mamba"), hiddenSize: hidden,
      vocabularySize: vocabulary, maximumContext: 1 << 20,
      layers: Array(
        repeating: Layer(mixers: [mixer], feedForward: .none), count: layerCount),
      tensors: list.tensors)
  }
}

/// LFM2: short convolutions, and attention in some layers.
///
/// Source: transformers 5.23.0, models/lfm2 and lfm2_moe; llama.cpp 0c1e57098, `LLM_ARCH_LFM2`.
struct ShortConvolutionArchitecture {
  let modelType: String
  let ggufName: String
  var experts: ExpertStyle?

  static let all: [ShortConvolutionArchitecture] = [
    ShortConvolutionArchitecture(modelType: "lfm2", ggufName: "lfm2"),
    ShortConvolutionArchitecture(
      modelType: "lfm2_moe", ggufName: "lfm2moe",
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", placement: .afterLead(key: "num_dense_layers"),
        selectionBias: .buffer)),
  ]

  /// Returns the model that a configuration describes.
  func model(
    from configuration: ModelConfiguration, id: String, name: String, source: ModelShape.Source
  ) throws(ConfigurationError) -> ModelShape {
    let sizes = try DecoderSizes(configuration, optional: .headDimension)
    let kernel = try configuration.integer("conv_L_cache", in: 2...64)
    let hasBias = try configuration.bool("conv_bias", default: false)
    let isAttention = try attentionLayers(sizes, configuration)
    let width = try feedForwardWidth(configuration)
    let expertSizes = try experts.map { style throws(ConfigurationError) in
      try ExpertSizes(style, layers: sizes.layers, configuration)
    }
    let attention = try AttentionSettings(AttentionStyle(headNorms: .perHead), configuration)
    var list = TensorList()
    list.addEmbeddings(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary,
      isTied: try isTied(configuration))
    list.addNorm(.tokenEmbeddingNorm, sizes.hidden)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      var mixer = TokenMixer.attention(sizes.attention(span: .full))
      if isAttention[index] {
        list.addAttention(sizes, attention)
      } else {
        list.add(.convolution, kernel, sizes.hidden, hasBias: hasBias)
        list.add(.convolutionInput, sizes.hidden, 3 * sizes.hidden, hasBias: hasBias)
        list.add(.convolutionOutput, sizes.hidden, sizes.hidden, hasBias: hasBias)
        mixer = .recurrent(
          RecurrentState(
            kind: .shortConvolution, convolutionElements: (kernel - 1) * sizes.hidden,
            stateElements: 0))
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      let feedForward = list.addFeedForward(
        ofLayer: index, experts: expertSizes, width: width, hidden: sizes.hidden)
      layers.append(Layer(mixers: [mixer], feedForward: feedForward))
    }
    return ModelShape(
      id: id, name: name, source: source,
      architecture: Architecture(modelType: modelType, ggufName: ggufName),
      hiddenSize: sizes.hidden, vocabularySize: sizes.vocabulary,
      maximumContext: sizes.maximumContext, layers: layers, tensors: list.tensors)
  }

  /// `tie_embedding` is the older spelling of `tie_word_embeddings`.
  private func isTied(
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Bool {
    let older = try configuration.bool("tie_embedding", default: true)
    return try configuration.bool("tie_word_embeddings", default: older)
  }

  private func attentionLayers(
    _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    if let types = try configuration.layerTypes(count: sizes.layers) {
      return types.map { $0 == "full_attention" }
    }
    guard let indices = try configuration.optionalIntegers("full_attn_idxs", in: 0...1023) else {
      return Array(repeating: true, count: sizes.layers)
    }
    return (0..<sizes.layers).map { indices.contains(Int64($0)) }
  }

  /// The width of the feed-forward: `block_ff_dim` or `intermediate_size`, cut to two thirds, scaled
  /// and rounded up where `block_auto_adjust_ff_dim` says so.
  private func feedForwardWidth(
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Int64 {
    let key = configuration.keys.has("block_ff_dim") ? "block_ff_dim" : "intermediate_size"
    let given = try configuration.integer(key, in: 1...(1 << 22))
    guard experts == nil,
      try configuration.bool("block_auto_adjust_ff_dim", default: true)
    else { return given }
    let factor =
      try configuration.reading { () throws(JSONDocumentError) in
        try configuration.keys.optional("block_ffn_dim_multiplier")?.number()
      } ?? 1
    let multiple =
      try configuration.optionalInteger("block_multiple_of", in: 1...(1 << 16)) ?? 256
    guard factor > 0, factor <= 16 else {
      throw .contradiction(key: "block_ffn_dim_multiplier", what: "it is \(factor)")
    }
    let scaled = Int64(factor * Double(2 * given / 3))
    return (scaled + multiple - 1) / multiple * multiple
  }
}
