internal import VRAMBudget

/// Jamba: Mamba-1, attention in every eighth layer, experts in every second.
///
/// Source: transformers 5.23.0, models/jamba; llama.cpp 0c1e57098, src/models/jamba.cpp and
/// conversion/jamba.py.
struct JambaArchitecture: ArchitectureReader {
  let modelType = "jamba"
  let ggufName: String? = "jamba"

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try DecoderSizes(configuration, optional: [.headDimension])
    let mamba = try mambaSizes(hidden: sizes.hidden, configuration)
    let isAttention = try layers("attn_layer", count: sizes.layers, configuration)
    let experts = try expertSizes(layers: sizes.layers, configuration)
    let hasExperts = try layers("expert_layer", count: sizes.layers, configuration)
    let width = try configuration.integer("intermediate_size", in: 1...(1 << 22))
    let attention = try AttentionSettings(AttentionStyle(), configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      var mixer = TokenMixer.recurrent(mamba.recurrentState)
      if isAttention[index] {
        list.addAttention(sizes, attention)
        mixer = .attention(sizes.attention(span: .full, isRotary: false))
      } else {
        list.addMamba(mamba, hasNorms: true)
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      let feedForward = list.addFeedForward(
        ofLayer: index, experts: hasExperts[index] ? experts : nil, width: width,
        hidden: sizes.hidden)
      layers.append(Layer(mixers: [mixer], feedForward: feedForward))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors,
      ggufName: mamba.isKnownToGGUF && sizes.queryElements == sizes.hidden ? .ofFamily : .none)
  }

  private func mambaSizes(
    hidden: Int64, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> MambaSizes {
    MambaSizes(
      hidden: hidden,
      inner: hidden * (try configuration.integer("mamba_expand", in: 1...16)),
      state: try configuration.integer("mamba_d_state", in: 1...4096),
      kernel: try configuration.integer("mamba_d_conv", in: 1...64),
      rank: try configuration.timeStepRank("mamba_dt_rank", hidden: hidden),
      hasBias: try configuration.bool("mamba_proj_bias", default: false),
      hasConvolutionBias: try configuration.bool("mamba_conv_bias", default: true))
  }

  /// The experts; nil where there is but one, which is then the feed-forward.
  private func expertSizes(
    layers: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ExpertSizes? {
    let style = ExpertStyle(
      countKey: "num_experts", usedKey: "num_experts_per_tok", widthKey: "intermediate_size")
    if try configuration.optionalInteger("num_experts", in: 1...4096) == 1 { return nil }
    return try ExpertSizes(style, layers: layers, configuration)
  }

  /// Which layers `<kind>_period` and `<kind>_offset` choose.
  private func layers(
    _ kind: String, count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let period = try configuration.integer("\(kind)_period", in: 1...1024)
    let offset = try configuration.integer("\(kind)_offset", in: 0...1023)
    guard offset < period else {
      throw .contradiction(
        key: "\(kind)_offset", what: "it is \(offset), not below the period \(period)")
    }
    return (0..<count).map { Int64($0) % period == offset }
  }
}
