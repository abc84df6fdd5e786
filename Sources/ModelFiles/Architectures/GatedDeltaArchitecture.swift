internal import VRAMBudget

/// Qwen3-Next and Qwen3.5: gated delta nets, and gated attention in every fourth layer.
///
/// Source: transformers 5.23.0, models/qwen3_next, qwen3_5 and qwen3_5_moe; llama.cpp 0c1e57098,
/// `LLM_ARCH_QWEN3NEXT`.
struct GatedDeltaArchitecture: ArchitectureReader {
  let modelType: String
  let ggufName: String?
  var experts: ExpertStyle?
  /// Whether a checkpoint has queries, keys, values and gates of the delta net in one matrix, and
  /// its two small projections in another.
  var isFused = false

  private static let experts = ExpertStyle(
    countKey: "num_experts", usedKey: "num_experts_per_tok", widthKey: "moe_intermediate_size",
    shared: .width(key: "shared_expert_intermediate_size"), hasSharedGate: true,
    placement: .sparseStep)

  static let all: [GatedDeltaArchitecture] = [
    GatedDeltaArchitecture(
      modelType: "qwen3_next", ggufName: "qwen3next", experts: experts, isFused: true),
    GatedDeltaArchitecture(modelType: "qwen3_5_text", ggufName: "qwen35"),
    GatedDeltaArchitecture(
      modelType: "qwen3_5_moe_text", ggufName: "qwen35moe", experts: experts),
  ]

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try DecoderSizes(configuration, optional: [])
    let delta = try DeltaSizes(configuration)
    // Transformers 5 honours it; no published model of these families has such biases.
    if try configuration.bool("attention_bias", default: false) {
      throw .unsupported(key: "attention_bias", value: "true")
    }
    let isAttention = try attentionLayers(sizes, configuration)
    let expertSizes = try experts.map { style throws(ConfigurationError) in
      try ExpertSizes(style, layers: sizes.layers, configuration)
    }
    let needsWidth = expertSizes?.layers.contains(false) ?? true
    let width =
      needsWidth ? try configuration.integer("intermediate_size", in: 1...(1 << 22)) : 0
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      if isAttention[index] {
        list.addGatedAttention(sizes)
      } else {
        list.addDelta(delta, hidden: sizes.hidden, isFused: isFused)
      }
      list.addNorm(.postAttentionNorm, sizes.hidden)
      let feedForward = list.addFeedForward(
        ofLayer: index, experts: expertSizes, width: width, hidden: sizes.hidden)
      layers.append(
        Layer(
          mixers: [
            isAttention[index]
              ? .attention(sizes.attention(span: .full)) : .recurrent(delta.state)
          ], feedForward: feedForward))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }

  private func attentionLayers(
    _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let interval = try configuration.optionalInteger("full_attention_interval", in: 1...1024)
    let byInterval = (0..<sizes.layers).map { (Int64($0) + 1) % (interval ?? 4) == 0 }
    let types = try configuration.layerTypes(count: sizes.layers)
    let named = try configuration.flags(
      types, isTrue: ["full_attention"], isFalse: ["linear_attention"], key: "layer_types")
    // transformers goes by the names, llama.cpp by the interval.
    guard let named, let interval, named != byInterval else { return named ?? byInterval }
    throw .contradiction(
      key: "full_attention_interval", what: "it is \(interval), but 'layer_types' has others")
  }
}

/// The sizes of a gated delta net.
struct DeltaSizes {
  let keyHeads: Int64
  let valueHeads: Int64
  let keyDimension: Int64
  let valueDimension: Int64
  let kernel: Int64

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    keyHeads = try configuration.integer("linear_num_key_heads", in: 1...1024)
    valueHeads = try configuration.integer("linear_num_value_heads", in: 1...1024)
    keyDimension = try configuration.integer("linear_key_head_dim", in: 1...1024)
    valueDimension = try configuration.integer("linear_value_head_dim", in: 1...1024)
    kernel = try configuration.integer("linear_conv_kernel_dim", in: 2...64)
    guard valueHeads.isMultiple(of: keyHeads) else {
      throw .contradiction(
        key: "linear_num_value_heads",
        what: "\(valueHeads) value heads do not divide among \(keyHeads) key heads")
    }
  }

  var valueElements: Int64 { valueHeads * valueDimension }
  /// What the convolution runs over: queries, keys and values.
  var channels: Int64 { 2 * keyHeads * keyDimension + valueElements }

  var state: RecurrentState {
    RecurrentState(
      kind: .gatedDeltaNet, kernel: kernel, channels: channels,
      stateElements: keyDimension * valueElements)
  }
}

extension TensorList {
  /// Attention whose queries come with a gate of the same size.
  mutating func addGatedAttention(_ sizes: DecoderSizes) {
    add(.attentionQuery, sizes.hidden, 2 * sizes.queryElements)
    add(.attentionKey, sizes.hidden, sizes.keyElements)
    add(.attentionValue, sizes.hidden, sizes.keyElements)
    add(.attentionOutput, sizes.queryElements, sizes.hidden)
    addNorm(.attentionQueryNorm, sizes.headDimension)
    addNorm(.attentionKeyNorm, sizes.headDimension)
  }

  /// A gated delta net. Where a checkpoint fuses matrices that a GGUF file keeps apart, each has its
  /// own; the two small projections of Qwen3-Next stay fused in both.
  mutating func addDelta(_ sizes: DeltaSizes, hidden: Int64, isFused: Bool) {
    let separate = isFused ? Tensor.Presence.ggufOnly : .everywhere
    add(.attentionQueryKeyValue, hidden, sizes.channels, presence: separate)
    add(.attentionGate, hidden, sizes.valueElements, presence: separate)
    if isFused {
      add(
        .deltaInput, hidden, sizes.channels + sizes.valueElements, presence: .checkpointOnly)
      add(.stateBetaAlpha, hidden, 2 * sizes.valueHeads)
    } else {
      add(.stateBeta, hidden, sizes.valueHeads)
      add(.stateAlpha, hidden, sizes.valueHeads)
    }
    append(.stateTimeStep, .bias, sizes.valueHeads)
    append(.stateDecay, .plain, sizes.valueHeads)
    add(.stateConvolution, sizes.kernel, sizes.channels)
    addNorm(.stateNorm, sizes.valueDimension)
    add(.stateOutput, sizes.valueElements, hidden)
  }
}
