internal import JSONDocuments
internal import VRAMBudget

extension DecoderArchitecture: ArchitectureReader {
  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    guard try !configuration.bool("use_bidirectional_attention", default: false) else {
      throw .unsupported(key: "use_bidirectional_attention", value: "true")
    }
    let sizes = try DecoderSizes(configuration, optional: optionalKeys)
    let settings = try LayerSettings(self, sizes, configuration)
    let isTied = try configuration.bool("tie_word_embeddings", default: tiesByDefault)
    var list = TensorList()
    list.addEmbeddings(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, isTied: isTied,
      headBias: try hasHeadBias(configuration))
    if norms.hasOutputNorm {
      list.addNorm(.outputNorm, sizes.hidden, hasBias: norms.hasBias)
    }
    try addRopeTables(to: &list, sizes, configuration)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      for role in norms.roles { list.addNorm(role, sizes.hidden, hasBias: norms.hasBias) }
      list.addAttention(sizes, settings.attention)
      let feedForward = settings.feedForward(ofLayer: index)
      list.addFeedForward(feedForward, settings, hidden: sizes.hidden)
      layers.append(
        Layer(
          mixers: [
            .attention(
              sizes.attention(
                span: settings.spans[index], isRotary: settings.rotary[index],
                isFused: attention.isFused))
          ], feedForward: feedForward))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }

  private func hasHeadBias(
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Bool {
    switch headBias {
    case .never: false
    case .always: true
    case .byKey(let key): try configuration.bool(key, default: false)
    }
  }

  /// The RoPE tables that a GGUF file carries besides the checkpoint's tensors.
  ///
  /// Source: llama.cpp 0c1e57098, conversion of `rope_scaling` (`rope_freqs` for llama3,
  /// `rope_factors_long` and `_short` for longrope): one value for each pair of dimensions.
  private func addRopeTables(
    to list: inout TensorList, _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    let scaling = try configuration.text(of: "rope_scaling", in: ["rope_type", "type"])
    let parameters = try configuration.text(of: "rope_parameters", in: ["rope_type", "type"])
    let roles: [TensorRole] =
      switch scaling ?? parameters {
      case "llama3": [.ropeFrequencies]
      case "longrope", "su", "yarn":
        ggufName == "phi3" ? [.ropeFactorsLong, .ropeFactorsShort] : []
      default: []
      }
    guard !roles.isEmpty else { return }
    let share =
      try configuration.reading { () throws(JSONDocumentError) in
        try configuration.keys.optional("partial_rotary_factor")?.number()
      } ?? 1
    guard share > 0, share <= 1 else {
      throw .contradiction(key: "partial_rotary_factor", what: "it is \(share), not within 0 to 1")
    }
    let pairs = max(1, Int64(Double(sizes.headDimension) * share) / 2)
    for role in roles { list.append(role, .weight, pairs, presence: .ggufOnly) }
  }
}

/// What a configuration says of a decoder's layers, read once.
struct LayerSettings {
  let attention: AttentionSettings
  let spans: [Attention.Span]
  let rotary: [Bool]
  let experts: ExpertSizes?
  let hasFeedForwardBias: Bool
  private let shape: FeedForwardStyle.Shape
  /// The width of dense layers; 0 where every layer has experts.
  private let width: Int64

  init(
    _ architecture: DecoderArchitecture, _ sizes: DecoderSizes,
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    attention = try AttentionSettings(architecture.attention, configuration)
    spans = try architecture.window.spans(
      layers: sizes.layers, configuration)
    rotary = try Self.rotaryLayers(architecture.rope, sizes, configuration)
    if let style = architecture.experts {
      experts = try ExpertSizes(style, layers: sizes.layers, configuration)
    } else {
      experts = nil
    }
    shape = architecture.feedForward.shape
    switch architecture.feedForward.bias {
    case .never: hasFeedForwardBias = false
    case .always: hasFeedForwardBias = true
    case .byKey(let key): hasFeedForwardBias = try configuration.bool(key, default: false)
    }
    let hasDenseLayer = experts?.layers.contains(false) ?? true
    width =
      hasDenseLayer
      ? try configuration.integer(architecture.widthKey, in: 1...(1 << 22)) : 0
  }

  private static func rotaryLayers(
    _ rule: RopeRule, _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    guard case .byList(let defaultInterval) = rule else {
      return Array(repeating: true, count: sizes.layers)
    }
    if let list = try configuration.optionalIntegers("no_rope_layers", in: 0...1), !list.isEmpty {
      guard list.count == sizes.layers else {
        throw .contradiction(
          key: "no_rope_layers",
          what: "it has \(list.count) entries for \(sizes.layers) layers")
      }
      return list.map { $0 == 1 }
    }
    let interval =
      try configuration.optionalInteger("no_rope_layer_interval", in: 1...1024)
      ?? defaultInterval
    return (0..<sizes.layers).map { (Int64($0) + 1) % interval != 0 }
  }

  /// What follows attention in a layer.
  func feedForward(ofLayer index: Int) -> FeedForward {
    if let experts, experts.layers[index] { return experts.feedForward }
    switch shape {
    case .gated: return .dense(intermediate: width, isFused: false)
    case .fused: return .dense(intermediate: width, isFused: true)
    case .plain: return .plain(intermediate: width)
    }
  }
}

/// An attention style with its keys read.
struct AttentionSettings {
  let hasInputBias: Bool
  let hasOutputBias: Bool
  let headNorms: AttentionStyle.HeadNorms
  let isFused: Bool
  let hasSinks: Bool

  init(
    _ style: AttentionStyle, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    isFused = style.isFused
    hasSinks = style.hasSinks
    switch style.bias {
    case .never: (hasInputBias, hasOutputBias) = (false, false)
    case .inputs: (hasInputBias, hasOutputBias) = (true, false)
    case .all: (hasInputBias, hasOutputBias) = (true, true)
    case .inputsByKey(let key):
      (hasInputBias, hasOutputBias) = (try configuration.bool(key, default: false), false)
    case .allByKey(let key):
      let isSet = try configuration.bool(key, default: false)
      (hasInputBias, hasOutputBias) = (isSet, isSet)
    }
    if case .perHeadByKey(let key) = style.headNorms {
      headNorms = try configuration.bool(key, default: false) ? .perHead : .none
    } else {
      headNorms = style.headNorms
    }
  }
}

extension TensorList {
  /// The projections of attention, with their biases, norms and sinks.
  mutating func addAttention(_ sizes: DecoderSizes, _ settings: AttentionSettings) {
    let hidden = sizes.hidden
    let bias = settings.hasInputBias
    if settings.isFused {
      add(
        .attentionQueryKeyValue, hidden, sizes.queryElements + 2 * sizes.keyElements,
        hasBias: bias)
    } else {
      add(.attentionQuery, hidden, sizes.queryElements, hasBias: bias)
      add(.attentionKey, hidden, sizes.keyElements, hasBias: bias)
      add(.attentionValue, hidden, sizes.keyElements, hasBias: bias)
    }
    add(.attentionOutput, sizes.queryElements, hidden, hasBias: settings.hasOutputBias)
    switch settings.headNorms {
    case .none, .perHeadByKey: break
    case .perHead:
      addNorm(.attentionQueryNorm, sizes.headDimension)
      addNorm(.attentionKeyNorm, sizes.headDimension)
    case .wholeRow:
      addNorm(.attentionQueryNorm, sizes.queryElements)
      addNorm(.attentionKeyNorm, sizes.keyElements)
    }
    if settings.hasSinks { append(.attentionSinks, .weight, sizes.queryHeads) }
  }

  /// The matrices of a feed-forward.
  mutating func addFeedForward(
    _ feedForward: FeedForward, _ settings: LayerSettings, hidden: Int64
  ) {
    let bias = settings.hasFeedForwardBias
    switch feedForward {
    case .none: break
    case .dense(let width, let isFused):
      if isFused {
        add(.feedForwardUp, hidden, 2 * width, hasBias: bias)
      } else {
        add(.feedForwardGate, hidden, width, hasBias: bias)
        add(.feedForwardUp, hidden, width, hasBias: bias)
      }
      add(.feedForwardDown, width, hidden, hasBias: bias)
    case .plain(let width):
      add(.feedForwardUp, hidden, width, hasBias: bias)
      add(.feedForwardDown, width, hidden, hasBias: bias)
    case .experts:
      if let experts = settings.experts { addExperts(experts, hidden: hidden) }
    }
  }
}
