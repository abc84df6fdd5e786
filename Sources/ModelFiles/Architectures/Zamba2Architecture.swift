internal import JSONDocuments
internal import VRAMBudget

/// Zamba 2: Mamba-2 in every layer, and in some layers attention and a feed-forward before it, whose
/// weights a few layers share; each has an adapter of its own for them.
///
/// A layer's attention reads the stream beside the embeddings, so it is twice as wide.
///
/// Source: transformers 5.23.0, models/zamba2 (`Zamba2AttentionDecoderLayer`, `Zamba2MLP`).
struct Zamba2Architecture: ArchitectureReader {
  let modelType = "zamba2"
  // llama.cpp has no such family.
  let ggufName: String? = nil

  private static let mambaKeys = Mamba2Keys(
    heads: "n_mamba_heads", headDimension: "mamba_headdim", groups: "mamba_ngroups",
    state: "mamba_d_state", kernel: "mamba_d_conv", convolutionBias: "use_conv_bias",
    projectionBiases: ["add_bias_linear"])

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    try configuration.requireFalse("use_shared_attention_adapter")
    try configuration.requireFalse("use_long_context")
    let sizes = try DecoderSizes(configuration, optional: [.keyValueHeads, .headDimension])
    let expansion = try configuration.integer("mamba_expand", in: 1...16)
    let mamba = try Mamba2Sizes(
      Self.mambaKeys, inner: expansion * sizes.hidden, configuration)
    let isHybrid = try Self.hybridLayers(count: sizes.layers, configuration)
    let shared = try SharedBlock(sizes, configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: true, configuration)
    var layers: [Layer] = []
    var blocks = 0
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      list.addMamba2(mamba, hidden: sizes.hidden)
      var mixers = [TokenMixer.recurrent(mamba.recurrentState)]
      if isHybrid[index] {
        list.add(.sharedBlockOutput, sizes.hidden, sizes.hidden)
        list.add(.feedForwardAdapterDown, sizes.hidden, shared.adapterRank)
        list.add(.feedForwardAdapterUp, shared.adapterRank, 2 * shared.width)
        if blocks < shared.count { list.addBlock(shared, hidden: sizes.hidden) }
        blocks += 1
        mixers.insert(.attention(shared.attention), at: 0)
      }
      layers.append(
        Layer(
          mixers: mixers,
          feedForward: isHybrid[index]
            ? .dense(intermediate: shared.width, isFused: true) : .none))
    }
    guard blocks >= shared.count else {
      throw .contradiction(
        key: "num_mem_blocks", what: "\(shared.count) blocks for \(blocks) layers that use them")
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }

  private static func hybridLayers(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let key = "layers_block_type"
    let types = try configuration.optionalTexts(key)
    guard
      let flags = try configuration.flags(
        types, isTrue: ["hybrid"], isFalse: ["linear_attention", "mamba"], key: key)
    else { throw .contradiction(key: key, what: "it is not there") }
    guard flags.count == count else {
      throw .contradiction(key: key, what: "it has \(flags.count) entries for \(count) layers")
    }
    return flags
  }
}

/// What layers share: attention over twice the hidden size, and a feed-forward.
private struct SharedBlock {
  let attention: Attention
  let width: Int64
  let adapterRank: Int64
  /// `num_mem_blocks`: how many there are, which layers use in turn.
  let count: Int

  init(_ sizes: DecoderSizes, _ configuration: ModelConfiguration) throws(ConfigurationError) {
    width = try configuration.integer("intermediate_size", in: 1...(1 << 22))
    adapterRank = try configuration.integer("adapter_rank", in: 1...(1 << 16))
    count = Int(try configuration.integer("num_mem_blocks", in: 1...1024))
    let input = 2 * sizes.hidden
    for (key, value) in [
      ("attention_hidden_size", input), ("attention_head_dim", input / sizes.queryHeads),
    ] {
      let given = try configuration.optionalInteger(key, in: 1...(1 << 20))
      guard input.isMultiple(of: sizes.queryHeads), given ?? value == value else {
        throw .contradiction(
          key: key, what: "\(sizes.queryHeads) heads are not twice \(sizes.hidden) wide")
      }
    }
    attention = Attention(
      queryHeads: sizes.queryHeads, keyValueHeads: sizes.keyValueHeads,
      keyDimension: input / sizes.queryHeads, valueDimension: input / sizes.queryHeads,
      isRotary: try configuration.bool("use_mem_rope", default: false))
  }
}

extension TensorList {
  fileprivate mutating func addBlock(_ block: SharedBlock, hidden: Int64) {
    let attention = block.attention
    let queries = attention.queryHeads * attention.keyDimension
    addNorm(.attentionSecondNorm, 2 * hidden)
    add(.attentionQuery, 2 * hidden, queries)
    add(.attentionKey, 2 * hidden, attention.keyElements)
    add(.attentionValue, 2 * hidden, attention.valueElements)
    add(.attentionOutput, queries, hidden)
    addNorm(.feedForwardNorm, hidden)
    add(.feedForwardUp, hidden, 2 * block.width)
    add(.feedForwardDown, block.width, hidden)
  }
}
