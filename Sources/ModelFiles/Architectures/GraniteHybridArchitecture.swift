internal import VRAMBudget

/// Mamba-2 with attention in some layers: Granite 4, whose layers also have a shared expert and maybe
/// others, and Bamba.
///
/// Source: transformers 5.23.0, models/granitemoehybrid and bamba; llama.cpp 0c1e57098,
/// src/models/granite-hybrid.cpp and conversion/granite.py, `GraniteHybridModel` (which takes a model
/// of attention alone for a `granite` or `granitemoe`, and knows no width but twice the hidden size).
struct GraniteHybridArchitecture: ArchitectureReader {
  let modelType: String
  let ggufName: String? = "granitehybrid"
  fileprivate let style: Style

  /// What differs between the two.
  fileprivate enum Style {
    case granite, bamba
  }

  static let all: [GraniteHybridArchitecture] = [
    GraniteHybridArchitecture(modelType: "granitemoehybrid", style: .granite),
    GraniteHybridArchitecture(modelType: "bamba", style: .bamba),
  ]

  private static let experts = ExpertStyle(
    countKey: "num_local_experts", usedKey: "num_experts_per_tok",
    widthKey: "intermediate_size")

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try DecoderSizes(configuration, optional: [.keyValueHeads, .headDimension])
    let isAttention = try attentionLayers(sizes, configuration)
    let mamba: Mamba2Sizes? =
      isAttention.contains(false) ? try mambaSizes(sizes, configuration) : nil
    let feedForward = try feedForward(sizes, configuration)
    let attention = try AttentionSettings(
      AttentionStyle(bias: .allByKey("attention_bias")), configuration)
    let isRotary = try isRotary(configuration, hasMamba: mamba != nil)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      var mixer = TokenMixer.attention(sizes.attention(span: .full, isRotary: isRotary))
      if let mamba, !isAttention[index] {
        list.addMamba2(mamba, hidden: sizes.hidden)
        mixer = .recurrent(mamba.recurrentState)
      } else {
        list.addAttention(sizes, attention)
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      layers.append(
        Layer(
          mixers: [mixer], feedForward: list.addFeedForward(feedForward, hidden: sizes.hidden)))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors,
      ggufName: try ggufName(sizes, mamba, configuration))
  }

  private func attentionLayers(
    _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    switch style {
    case .granite:
      try configuration.requireGiven("layer_types")
      let types = try configuration.layerTypes(count: sizes.layers)
      return try configuration.flags(
        types, isTrue: ["attention", "full_attention"], isFalse: ["mamba", "linear_attention"],
        key: "layer_types") ?? Array(repeating: false, count: sizes.layers)
    case .bamba:
      try configuration.requireGiven("attn_layer_indices")
      let indices = try configuration.optionalIntegers("attn_layer_indices", in: 0...1023) ?? []
      return (0..<sizes.layers).map { indices.contains(Int64($0)) }
    }
  }

  private func mambaSizes(
    _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Mamba2Sizes {
    let expansion = try configuration.optionalInteger("mamba_expand", in: 1...16) ?? 2
    return try Mamba2Sizes(.prefixed, inner: expansion * sizes.hidden, configuration)
  }

  private func feedForward(
    _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> GraniteFeedForward {
    switch style {
    case .bamba:
      return .plain(
        width: try configuration.integer("intermediate_size", in: 1...(1 << 22)),
        hasBias: try configuration.bool("mlp_bias", default: false))
    case .granite:
      let shared = try configuration.integer("shared_intermediate_size", in: 1...(1 << 21))
      try configuration.requireGiven("num_local_experts")
      guard try configuration.optionalInteger("num_local_experts", in: 0...4096) ?? 0 > 0 else {
        return .shared(width: shared)
      }
      return .experts(
        try ExpertSizes(Self.experts, layers: sizes.layers, configuration), shared: shared)
    }
  }

  /// Granite's attention rotates where no state-space layer stands beside it, unless the
  /// configuration says otherwise.
  ///
  /// Source: llama.cpp 0c1e57098, conversion/granite.py, `use_rope`.
  private func isRotary(
    _ configuration: ModelConfiguration, hasMamba: Bool
  ) throws(ConfigurationError) -> Bool {
    guard style != .bamba, let kind = try configuration.text("position_embedding_type") else {
      return style == .bamba || !hasMamba
    }
    return kind == "rope"
  }

  private func ggufName(
    _ sizes: DecoderSizes, _ mamba: Mamba2Sizes?, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription.GGUFName {
    guard sizes.queryElements == sizes.hidden else { return .none }
    guard let mamba else {
      let used = try configuration.optionalInteger("num_experts_per_tok", in: 0...4096) ?? 0
      return .other(used > 0 ? "granitemoe" : "granite")
    }
    return mamba.inner == 2 * sizes.hidden ? .ofFamily : .none
  }
}

/// What follows the mixer of a layer.
private enum GraniteFeedForward {
  case plain(width: Int64, hasBias: Bool)
  /// The shared expert alone.
  case shared(width: Int64)
  case experts(ExpertSizes, shared: Int64)
}

extension TensorList {
  /// A feed-forward. The checkpoint of a Granite model fuses gate and up of the shared expert, which a
  /// GGUF file splits; where there is no other expert it is the feed-forward there.
  fileprivate mutating func addFeedForward(
    _ feedForward: GraniteFeedForward, hidden: Int64
  ) -> FeedForward {
    switch feedForward {
    case .plain(let width, let hasBias):
      add(.feedForwardGate, hidden, width, hasBias: hasBias)
      add(.feedForwardUp, hidden, width, hasBias: hasBias)
      add(.feedForwardDown, width, hidden, hasBias: hasBias)
      return .dense(intermediate: width, isFused: false)
    case .shared(let width):
      add(.sharedExpertGateUp, hidden, 2 * width, presence: .checkpointOnly)
      add(.feedForwardGate, hidden, width, presence: .ggufOnly)
      add(.feedForwardUp, hidden, width, presence: .ggufOnly)
      add(.feedForwardDown, width, hidden)
      return .dense(intermediate: width, isFused: false)
    case .experts(let sizes, let shared):
      addExperts(sizes, hidden: hidden)
      add(.sharedExpertGateUp, hidden, 2 * shared, presence: .checkpointOnly)
      add(.sharedExpertGate, hidden, shared, presence: .ggufOnly)
      add(.sharedExpertUp, hidden, shared, presence: .ggufOnly)
      add(.sharedExpertDown, shared, hidden)
      return .experts(
        FeedForward.Experts(
          count: sizes.count, used: sizes.used, intermediate: sizes.width,
          sharedIntermediate: shared))
    }
  }
}
