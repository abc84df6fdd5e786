internal import VRAMBudget

/// MiniMax-Text-01 and M1: linear ("lightning") attention, and full attention in some layers.
///
/// Source: transformers 5.23.0, models/minimax; llama.cpp 0c1e57098, src/models/minimax-01.cpp
/// (`n_embd_head_la` is the head's dimension) and conversion/minimax.py, `MiniMaxText01Model`.
struct LightningArchitecture: ArchitectureReader {
  let modelType = "minimax"
  let ggufName: String? = "minimax-01"

  /// Every layer of this number has full attention in a GGUF file, which says nothing of them.
  private static let ggufInterval = 8

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try DecoderSizes(configuration, optional: [.headDimension])
    let isFull = try fullLayers(count: sizes.layers, configuration)
    let experts = try ExpertSizes(
      ExpertStyle(
        countKey: "num_local_experts", usedKey: "num_experts_per_tok",
        widthKey: "intermediate_size"), layers: sizes.layers, configuration)
    let attention = try AttentionSettings(AttentionStyle(), configuration)
    let state = RecurrentState(
      kind: .lightningAttention, kernel: 1, channels: 0,
      stateElements: sizes.headDimension * sizes.queryElements)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      var mixer = TokenMixer.recurrent(state)
      if isFull[index] {
        list.addAttention(sizes, attention)
        mixer = .attention(sizes.attention(span: .full))
      } else {
        list.addLightning(sizes)
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      list.addExperts(experts, hidden: sizes.hidden)
      layers.append(Layer(mixers: [mixer], feedForward: experts.feedForward))
    }
    let isKnownToGGUF = isFull.enumerated().allSatisfy { index, isFull in
      isFull == ((index + 1) % Self.ggufInterval == 0)
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors, ggufName: isKnownToGGUF ? .ofFamily : .none)
  }

  private func fullLayers(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let types = try configuration.layerTypes(count: count)
    let isFull = try configuration.flags(
      types, isTrue: ["full_attention"], isFalse: ["linear_attention"], key: "layer_types")
    guard let isFull else { throw .contradiction(key: "layer_types", what: "it is not there") }
    return isFull
  }
}

extension TensorList {
  fileprivate mutating func addLightning(_ sizes: DecoderSizes) {
    addNorm(.attentionSecondNorm, sizes.queryElements)
    add(.attentionQueryKeyValue, sizes.hidden, 3 * sizes.queryElements)
    add(.attentionGate, sizes.hidden, sizes.queryElements)
    add(.attentionOutput, sizes.queryElements, sizes.hidden)
  }
}
