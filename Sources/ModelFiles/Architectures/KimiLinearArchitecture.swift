internal import JSONDocuments
internal import VRAMBudget

/// Kimi Linear and Kimi K3: Kimi delta attention, and latent attention in every fourth layer.
///
/// Transformers 5 writes the sizes of the delta attention as `linear_…` keys and the kinds of layers as
/// lists; the published checkpoint has `linear_attn_config` and `first_k_dense_replace`.
///
/// Source: transformers 5.23.0, models/kimi_linear; llama.cpp 0c1e57098, src/models/kimi-linear.cpp
/// and conversion/kimi_linear.py.
struct KimiLinearArchitecture: ArchitectureReader {
  let modelType: String
  let ggufName: String?
  /// The key of the tokens that the model was made for.
  let contextKey: String

  static let all = [
    KimiLinearArchitecture(
      modelType: "kimi_linear", ggufName: "kimi-linear", contextKey: "model_max_length"),
    // llama.cpp's files of it are not described.
    KimiLinearArchitecture(
      modelType: "kimi_k3", ggufName: nil, contextKey: "max_position_embeddings"),
  ]

  private static let experts = ExpertStyle(
    countKey: "num_experts", usedKey: "num_experts_per_token",
    widthKey: "moe_intermediate_size", shared: .count(key: "num_shared_experts"),
    selectionBias: .buffer)

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    try configuration.requireFalse("attention_bias")
    let sizes = try LatentSizes(configuration, contextKey: contextKey)
    let additions = try KimiAdditions(isThere: modelType == "kimi_k3", configuration)
    let delta = try KimiDeltaSizes(layers: sizes.layers, configuration)
    let experts = try ExpertSizes(Self.experts, layers: sizes.layers, configuration)
    let isDense = try denseLayers(count: sizes.layers, configuration)
    let width = try configuration.integer("intermediate_size", in: 1...(1 << 22))
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    if additions.hasResiduals {
      list.addResidual(.outputResidual, .outputResidualNorm, hidden: sizes.hidden)
    }
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      if additions.hasResiduals {
        list.addResidual(.attentionResidual, .attentionResidualNorm, hidden: sizes.hidden)
        list.addResidual(.feedForwardResidual, .feedForwardResidualNorm, hidden: sizes.hidden)
      }
      var mixer = TokenMixer.recurrent(delta.state)
      if delta.isFullAttention[index] {
        list.addLatentAttention(sizes)
        if additions.hasOutputGate {
          list.add(
            .attentionGate, sizes.hidden,
            sizes.attention.queryHeads * sizes.attention.valueDimension)
        }
        mixer = .latentAttention(sizes.attention)
      } else {
        list.addKimiDelta(delta, hidden: sizes.hidden)
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      let feedForward: FeedForward
      if let latent = additions.latentExperts, !isDense[index] {
        list.addLatentExperts(experts, hidden: sizes.hidden, latent: latent)
        feedForward = experts.feedForward
      } else {
        feedForward = list.addFeedForward(
          ofLayer: index, experts: isDense[index] ? nil : experts, width: width,
          hidden: sizes.hidden)
      }
      layers.append(Layer(mixers: [mixer], feedForward: feedForward))
    }
    // The heads of both kinds of layers are one number in a GGUF file.
    let isKnownToGGUF = delta.heads == sizes.attention.queryHeads
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors, ggufName: isKnownToGGUF ? .ofFamily : .none)
  }

  private func denseLayers(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let types = try configuration.optionalTexts("mlp_layer_types")
    guard
      let isDense = try configuration.flags(
        types, isTrue: ["dense"], isFalse: ["sparse"], key: "mlp_layer_types")
    else {
      let lead = try configuration.integer("first_k_dense_replace", in: 0...1024)
      guard try configuration.optionalInteger("moe_layer_freq", in: 1...1024) ?? 1 == 1 else {
        throw .unsupported(key: "moe_layer_freq", value: "more than 1")
      }
      return (0..<count).map { Int64($0) < lead }
    }
    guard isDense.count == count else {
      throw .contradiction(
        key: "mlp_layer_types", what: "it has \(isDense.count) entries for \(count) layers")
    }
    return isDense
  }
}

/// The sizes of Kimi delta attention, and which layers have latent attention instead.
private struct KimiDeltaSizes {
  let heads: Int64
  let dimension: Int64
  let kernel: Int64
  let isFullAttention: [Bool]
  /// Whether the gate of what comes out is one matrix rather than two narrow ones (Kimi K3), whose
  /// files then hold a decay for each element of a head rather than for each head.
  let hasFullGate: Bool

  init(layers: Int, _ configuration: ModelConfiguration) throws(ConfigurationError) {
    let nested = try configuration.reading { () throws(JSONDocumentError) in
      try configuration.keys.optional("linear_attn_config")
    }
    let source = nested.map { ModelConfiguration(keys: $0) } ?? configuration
    let isNested = nested != nil
    heads = try source.integer(isNested ? "num_heads" : "linear_num_heads", in: 1...1024)
    dimension = try source.integer(isNested ? "head_dim" : "linear_head_dim", in: 1...1024)
    kernel = try source.integer(
      isNested ? "short_conv_kernel_size" : "linear_conv_kernel_dim", in: 2...64)
    hasFullGate = try source.bool("use_full_rank_gate", default: false)
    let types = try configuration.layerTypes(count: layers)
    if let isFull = try configuration.flags(
      types, isTrue: ["full_attention"], isFalse: ["linear_attention"], key: "layer_types")
    {
      isFullAttention = isFull
    } else {
      guard isNested, let full = try source.optionalIntegers("full_attn_layers", in: 1...1024)
      else { throw .contradiction(key: "layer_types", what: "it is not there") }
      isFullAttention = (1...Int64(layers)).map(full.contains)
    }
  }

  var elements: Int64 { heads * dimension }

  /// Source: llama.cpp 0c1e57098, src/llama-hparams.cpp, `n_embd_r` and `n_embd_s`.
  var state: RecurrentState {
    RecurrentState(
      kind: .kimiDeltaAttention, kernel: kernel, channels: 3 * elements,
      stateElements: dimension * elements)
  }
}

extension TensorList {
  /// Kimi delta attention. Transformers 5 joins the three convolutions that a GGUF file, and the
  /// published checkpoint, keep apart.
  fileprivate mutating func addKimiDelta(_ sizes: KimiDeltaSizes, hidden: Int64) {
    let elements = sizes.elements
    for role in [TensorRole.attentionQuery, .attentionKey, .attentionValue] {
      add(role, hidden, elements)
    }
    add(.stateConvolution, sizes.kernel, 3 * elements, presence: .checkpointOnly)
    for role in [
      TensorRole.stateQueryConvolution, .stateKeyConvolution, .stateValueConvolution,
    ] {
      append(role, .weight, sizes.kernel, 1, elements, presence: .ggufOnly)
    }
    append(.stateTimeStep, .bias, elements)
    append(.stateDecay, .plain, 1, sizes.hasFullGate ? sizes.dimension : sizes.heads)
    add(.stateForgetDown, hidden, sizes.dimension)
    add(.stateForgetUp, sizes.dimension, elements)
    add(.stateBeta, hidden, sizes.heads)
    if sizes.hasFullGate {
      add(.attentionGate, hidden, elements)
    } else {
      add(.stateGateDown, hidden, sizes.dimension)
      add(.stateGateUp, sizes.dimension, elements)
    }
    addNorm(.stateNorm, sizes.dimension)
    add(.attentionOutput, elements, hidden)
  }
}
