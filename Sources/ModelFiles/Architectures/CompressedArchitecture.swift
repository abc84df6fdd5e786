internal import JSONDocuments
internal import VRAMBudget

/// DeepSeek-V4: attention to a window and to entries of several tokens each, streams that run beside
/// each other through the layers, and experts that a table chooses in the first of them.
///
/// Published configurations say the tokens of an entry as `compress_ratios`, one a layer and one for
/// the prediction layer, and `num_hash_layers`; Transformers 5 writes lists of kinds.
///
/// Source: transformers 5.23.0, models/deepseek_v4 (configuration_deepseek_v4.py, `__post_init__`);
/// the published counts of V4-Flash and V4-Pro.
struct CompressedArchitecture: ArchitectureReader {
  let modelType = "deepseek_v4"
  // llama.cpp's caches of such layers are not described.
  let ggufName: String? = nil

  private static let experts = ExpertStyle(
    countKey: "n_routed_experts", usedKey: "num_experts_per_tok",
    widthKey: "moe_intermediate_size", shared: .count(key: "n_shared_experts"),
    selectionBias: .buffer)

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    for key in ["attention_bias", "mlp_bias"] { try configuration.requireFalse(key) }
    let sizes = try CompressedSizes(configuration)
    let experts = try ExpertSizes(Self.experts, layers: sizes.layers, configuration)
    let isHashed = try Self.hashLayers(count: sizes.layers, configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: false, configuration)
    list.addStreams(sizes, .headStreams, .headStreamsBase, .headStreamsScale, ofHead: true)
    var layers: [Layer] = []
    for index in 0..<sizes.layers {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      let mixer = list.addAttention(sizes, sizes.kinds[index])
      list.addStreams(sizes, .attentionStreams, .attentionStreamsBase, .attentionStreamsScale)
      list.addNorm(.feedForwardNorm, sizes.hidden)
      list.addExperts(experts, hidden: sizes.hidden, chosenByTable: isHashed[index] ? sizes : nil)
      list.addStreams(
        sizes, .feedForwardStreams, .feedForwardStreamsBase, .feedForwardStreamsScale)
      layers.append(Layer(mixers: [mixer], feedForward: experts.feedForward))
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }

  /// Which layers have a table in place of a bias that steers the choice of experts.
  private static func hashLayers(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let types = try configuration.optionalTexts("mlp_layer_types")
    guard
      let isHashed = try configuration.flags(
        types, isTrue: ["hash_moe"], isFalse: ["moe"], key: "mlp_layer_types")
    else {
      let lead = try configuration.integer("num_hash_layers", in: 0...1024)
      return (0..<count).map { Int64($0) < lead }
    }
    guard isHashed.count == count else {
      throw .contradiction(
        key: "mlp_layer_types", what: "it has \(isHashed.count) entries for \(count) layers")
    }
    return isHashed
  }
}

/// The sizes of a model with compressed attention.
private struct CompressedSizes {
  /// What a layer sees beside its window.
  enum Kind { case nothing, overlapping(tokens: Int64), plain(tokens: Int64) }

  let layers: Int
  let hidden: Int64
  let vocabulary: Int64
  let maximumContext: Int64
  let queryHeads: Int64
  let headDimension: Int64
  let queryRank: Int64
  let outputGroups: Int64
  let outputRank: Int64
  let window: Int64
  let streams: Int64
  let indexer: Indexer
  let kinds: [Kind]

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    layers = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    maximumContext = try configuration.integer(
      "max_position_embeddings", in: Workload.allowedContext)
    queryHeads = try configuration.integer("num_attention_heads", in: 1...1024)
    headDimension = try configuration.integer("head_dim", in: 1...1024)
    queryRank = try configuration.integer("q_lora_rank", in: 1...(1 << 16))
    outputGroups = try configuration.integer("o_groups", in: 1...1024)
    outputRank = try configuration.integer("o_lora_rank", in: 1...(1 << 14))
    window = try configuration.integer("sliding_window", in: 1...(1 << 27))
    // Published configurations may leave it to the class.
    streams = try configuration.optionalInteger("hc_mult", in: 1...64) ?? 4
    indexer = Indexer(
      queryHeads: try configuration.integer("index_n_heads", in: 1...1024),
      keyDimension: try configuration.integer("index_head_dim", in: 1...1024))
    kinds = try Self.kinds(count: layers, configuration)
    let heads = try configuration.integer("num_key_value_heads", in: 1...1024)
    guard heads == 1 else { throw .unsupported(key: "num_key_value_heads", value: "\(heads)") }
    guard (queryHeads * headDimension).isMultiple(of: outputGroups) else {
      throw .contradiction(
        key: "o_groups", what: "\(queryHeads) heads of \(headDimension) do not divide among them")
    }
  }

  private static func kinds(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Kind] {
    guard let types = try configuration.layerTypes(count: count) else {
      return try ratios(count: count, configuration)
    }
    let rates = try configuration.object("compress_rates")
    func rate(_ type: String, _ single: String, _ usual: Int64) throws(ConfigurationError) -> Int64
    {
      if let rate = try configuration.optionalInteger(single, in: 1...(1 << 16)) { return rate }
      return try rates?.optionalInteger(type, in: 1...(1 << 16)) ?? usual
    }
    let overlapping = try rate("compressed_sparse_attention", "compress_rate_csa", 4)
    let plain = try rate("heavily_compressed_attention", "compress_rate_hca", 128)
    var kinds: [Kind] = []
    for type in types {
      switch type {
      case "sliding_attention": kinds.append(.nothing)
      case "compressed_sparse_attention": kinds.append(.overlapping(tokens: overlapping))
      case "heavily_compressed_attention": kinds.append(.plain(tokens: plain))
      default: throw .unsupported(key: "layer_types", value: "'\(type.shown)'")
      }
    }
    return kinds
  }

  /// The kinds as published: the tokens of an entry, 0 for none; entries of 4 overlap, those of 128 do
  /// not. The list goes on for prediction layers.
  private static func ratios(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Kind] {
    let key = "compress_ratios"
    guard let ratios = try configuration.optionalIntegers(key, in: 0...(1 << 16)) else {
      throw .contradiction(key: "layer_types", what: "neither it nor '\(key)' is there")
    }
    guard (count...(count + 8)).contains(ratios.count) else {
      throw .contradiction(key: key, what: "it has \(ratios.count) entries for \(count) layers")
    }
    var kinds: [Kind] = []
    for ratio in ratios.prefix(count) {
      switch ratio {
      case 0: kinds.append(.nothing)
      case 4: kinds.append(.overlapping(tokens: ratio))
      case 128: kinds.append(.plain(tokens: ratio))
      default: throw .unsupported(key: key, value: "\(ratio)")
      }
    }
    return kinds
  }
}

extension TensorList {
  /// The projections, sinks and compressors of a layer.
  ///
  /// - Returns: What was added.
  fileprivate mutating func addAttention(
    _ sizes: CompressedSizes, _ kind: CompressedSizes.Kind
  ) -> TokenMixer {
    let (heads, dimension) = (sizes.queryHeads, sizes.headDimension)
    append(.attentionSinks, .weight, heads)
    add(.attentionQueryDown, sizes.hidden, sizes.queryRank)
    addNorm(.attentionQueryDownNorm, sizes.queryRank)
    add(.attentionQueryUp, sizes.queryRank, heads * dimension)
    add(.attentionKeyValue, sizes.hidden, dimension)
    addNorm(.latentNorm, dimension)
    let outputs = sizes.outputGroups * sizes.outputRank
    add(.attentionOutputDown, heads * dimension / sizes.outputGroups, outputs)
    add(.attentionOutputUp, outputs, sizes.hidden)
    switch kind {
    case .nothing:
      return .attention(
        Attention(
          queryHeads: heads, keyValueHeads: 1, keyDimension: dimension, valueDimension: dimension,
          span: .sliding(tokens: sizes.window)))
    case .plain(let tokens):
      addCompressor(sizes, tokens: tokens, width: dimension, entry: dimension, Compressor.attention)
      return .compressedAttention(mixer(sizes, tokens: tokens, overlaps: false))
    case .overlapping(let tokens):
      addCompressor(
        sizes, tokens: tokens, width: 2 * dimension, entry: dimension, Compressor.attention)
      let key = sizes.indexer.keyDimension
      addCompressor(sizes, tokens: tokens, width: 2 * key, entry: key, Compressor.indexer)
      add(.indexerQueryUp, sizes.queryRank, sizes.indexer.queryHeads * key)
      add(.indexerHeadWeights, sizes.hidden, sizes.indexer.queryHeads)
      return .compressedAttention(mixer(sizes, tokens: tokens, overlaps: true))
    }
  }

  private func mixer(
    _ sizes: CompressedSizes, tokens: Int64, overlaps: Bool
  ) -> CompressedAttention {
    CompressedAttention(
      queryHeads: sizes.queryHeads, keyDimension: sizes.headDimension, window: sizes.window,
      entryTokens: tokens, overlaps: overlaps, indexer: overlaps ? sizes.indexer : nil)
  }

  /// The roles of what makes entries: their values, the values' weights, a bias by place, a norm.
  private enum Compressor {
    typealias Roles = (
      value: TensorRole, gate: TensorRole, position: TensorRole, norm: TensorRole
    )
    static var attention: Roles {
      (.compressorValue, .compressorGate, .compressorPosition, .compressorNorm)
    }
    static var indexer: Roles {
      (
        .indexerCompressorValue, .indexerCompressorGate, .indexerCompressorPosition,
        .indexerCompressorNorm
      )
    }
  }

  private mutating func addCompressor(
    _ sizes: CompressedSizes, tokens: Int64, width: Int64, entry: Int64, _ roles: Compressor.Roles
  ) {
    add(roles.value, sizes.hidden, width)
    add(roles.gate, sizes.hidden, width)
    append(roles.position, .weight, width, tokens)
    addNorm(roles.norm, entry)
  }

  /// What collapses the streams before a block and spreads its result over them; before the head they
  /// are only collapsed.
  fileprivate mutating func addStreams(
    _ sizes: CompressedSizes, _ mix: TensorRole, _ base: TensorRole, _ scale: TensorRole,
    ofHead: Bool = false
  ) {
    let streams = sizes.streams
    let outputs = ofHead ? streams : (2 + streams) * streams
    append(mix, .weight, streams * sizes.hidden, outputs)
    append(base, .weight, outputs)
    append(scale, .weight, ofHead ? 1 : 3)
  }

  /// Experts whose choice a bias steers, or a table makes.
  fileprivate mutating func addExperts(
    _ experts: ExpertSizes, hidden: Int64, chosenByTable sizes: CompressedSizes?
  ) {
    addExperts(experts, hidden: hidden, hasSelectionBias: sizes == nil)
    guard let sizes else { return }
    append(.expertTable, .weight, experts.used, sizes.vocabulary, isParameter: false)
  }
}
