internal import JSONDocuments
internal import VRAMBudget

/// Gemma 3n: per-layer embeddings, several streams of hidden states (AltUp), a low-rank residual
/// (Laurel), and upper layers that read the cache of lower ones.
///
/// Source: transformers 5.23.0, models/gemma3n; llama.cpp 0c1e57098, src/models/gemma3n.cpp and
/// conversion/gemma.py, `Gemma3NModel` (which pads both embeddings to `vocab_size`, stacks the
/// projections of the streams, and knows four streams only).
struct Gemma3nArchitecture: ArchitectureReader {
  let modelType = "gemma3n_text"
  let ggufName: String? = "gemma3n"

  /// The layers with a cache of their own that llama.cpp takes every model to have.
  private static let ggufOwnLayers = 20
  private static let ggufStreams: Int64 = 4

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    try configuration.requireFalse("attention_bias")
    let sizes = try DecoderSizes(configuration, optional: [])
    let inputs = try perLayerInputs(configuration)
    let streams = try configuration.integer("altup_num_inputs", in: 2...16)
    let rank = try configuration.integer("laurel_rank", in: 1...(1 << 14))
    let widths = try configuration.integersPerLayer(
      "intermediate_size", layers: sizes.layers, in: 1...(1 << 22))
    let spans = try WindowRule.pattern(period: 5).spans(
      layers: sizes.layers, configuration)
    let shared = try SharedCache(isFull: spans.map { $0 == .full }, configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: true, configuration)
    list.addPerLayerTable(
      inputs, layers: sizes.layers, hidden: sizes.hidden, ggufVocabulary: sizes.vocabulary)
    list.addStreams(streams, hidden: sizes.hidden)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      let attention = sizes.attention(span: spans[index])
      for role in NormStyle.sandwich.roles { list.addNorm(role, sizes.hidden) }
      list.addHeadNormedAttention(
        attention, hidden: sizes.hidden, isShared: index >= shared.ownLayers)
      let feedForward = list.addFeedForward(
        ofLayer: index, experts: nil, width: widths[index], hidden: sizes.hidden)
      list.addStreamMixing(streams, hidden: sizes.hidden)
      list.addLowRankResidual(rank, hidden: sizes.hidden)
      list.addPerLayerGate(inputs, hidden: sizes.hidden)
      layers.append(
        Layer(mixers: [shared.mixer(ofLayer: index, attention)], feedForward: feedForward))
    }
    let isKnownToGGUF =
      streams == Self.ggufStreams && shared.ownLayers == Self.ggufOwnLayers
      && Set(widths).count == 1
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors, ggufName: isKnownToGGUF ? .ofFamily : .none)
  }

  private func perLayerInputs(
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> PerLayerInputs {
    guard let inputs = try PerLayerInputs(configuration) else {
      throw .unsupported(key: "hidden_size_per_layer_input", value: "0")
    }
    return inputs
  }
}

extension TensorList {
  /// The projections to and from the streams but the first: a matrix each in a checkpoint, one of
  /// all in a GGUF file.
  fileprivate mutating func addStreams(_ streams: Int64, hidden: Int64) {
    for role in [TensorRole.altUpProjection, .altUpUnembedding] {
      for _ in 1..<streams { add(role, hidden, hidden, presence: .checkpointOnly) }
      append(role, .weight, hidden, hidden, streams - 1, presence: .ggufOnly)
    }
  }

  /// What predicts and corrects the streams of a layer.
  fileprivate mutating func addStreamMixing(_ streams: Int64, hidden: Int64) {
    add(.altUpCorrection, streams, streams)
    append(.altUpCorrectionScale, .weight, hidden)
    add(.altUpPrediction, streams, streams * streams)
    add(.altUpRouter, hidden, streams)
    addNorm(.altUpRouterNorm, hidden)
  }

  fileprivate mutating func addLowRankResidual(_ rank: Int64, hidden: Int64) {
    add(.laurelLeft, hidden, rank)
    add(.laurelRight, rank, hidden)
    addNorm(.laurelNorm, hidden)
  }
}
