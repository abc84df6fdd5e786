internal import JSONDocuments
internal import VRAMBudget

/// Gemma 4: heads of their own in layers with full attention, layers that share a cache, per-layer
/// embeddings in the small models, experts beside the dense feed-forward in the large one.
///
/// Source: transformers 5.23.0, models/gemma4; llama.cpp 0c1e57098, src/models/gemma4.cpp and
/// conversion/gemma.py, `Gemma4Model`.
struct Gemma4Architecture: ArchitectureReader {
  let modelType = "gemma4_text"
  let ggufName: String? = "gemma4"

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    try configuration.requireFalse("attention_bias")
    let sizes = try Gemma4Sizes(configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: true, configuration)
    // RoPE turns a part of the long heads only: the others have infinite periods in this table.
    if let full = sizes.attentions.first(where: { $0.span == .full }) {
      list.append(.ropeFrequencies, .weight, full.keyDimension / 2, presence: .ggufOnly)
    }
    if let inputs = sizes.inputs {
      list.addPerLayerTable(inputs, layers: sizes.attentions.count, hidden: sizes.hidden)
    }
    var layers: [Layer] = []
    for (index, attention) in sizes.attentions.enumerated() {
      list.layer = index
      for role in NormStyle.sandwich.roles { list.addNorm(role, sizes.hidden) }
      list.addHeadNormedAttention(
        attention, hidden: sizes.hidden, isShared: index >= sizes.shared.ownLayers,
        hasValues: !(sizes.reusesKeys && attention.span == .full))
      layers.append(
        Layer(
          mixers: [sizes.shared.mixer(ofLayer: index, attention)],
          feedForward: list.addFeedForward(ofLayer: index, sizes)))
      if let inputs = sizes.inputs { list.addPerLayerGate(inputs, hidden: sizes.hidden) }
      list.append(.layerScale, .weight, 1, isParameter: false)
    }
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: sizes.maximumContext,
      layers: layers, tensors: list.tensors)
  }
}

/// The sizes of a Gemma 4 model.
private struct Gemma4Sizes {
  let hidden: Int64
  let vocabulary: Int64
  let maximumContext: Int64
  /// Each layer's attention.
  let attentions: [Attention]
  let shared: SharedCache
  /// Whether keys serve as values in layers with full attention (`attention_k_eq_v`).
  let reusesKeys: Bool
  let inputs: PerLayerInputs?
  let experts: ExpertSizes?
  private let width: Int64
  private let isDoubleWide: Bool

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    let sizes = try DecoderSizes(configuration, optional: [])
    hidden = sizes.hidden
    vocabulary = sizes.vocabulary
    maximumContext = sizes.maximumContext
    reusesKeys = try configuration.bool("attention_k_eq_v", default: false)
    inputs = try PerLayerInputs(configuration)
    width = try configuration.integer("intermediate_size", in: 1...(1 << 21))
    isDoubleWide = try configuration.bool("use_double_wide_mlp", default: false)
    if try configuration.text("use_bidirectional_attention") == "all" {
      throw .unsupported(key: "use_bidirectional_attention", value: "all")
    }
    let isFull = try Self.fullLayers(sizes, configuration)
    shared = try SharedCache(isFull: isFull, configuration)
    let heads = try Gemma4Heads(sizes, reusesKeys: reusesKeys, configuration)
    let window = try configuration.integer("sliding_window", in: 1...(1 << 27))
    var attentions: [Attention] = []
    for (layer, isFull) in isFull.enumerated() {
      let (keyValueHeads, dimension) = try heads.ofLayer(layer, isFull: isFull)
      attentions.append(
        Attention(
          queryHeads: sizes.queryHeads, keyValueHeads: keyValueHeads, keyDimension: dimension,
          valueDimension: dimension, span: isFull ? .full : .sliding(tokens: window)))
    }
    self.attentions = attentions
    experts =
      try configuration.bool("enable_moe_block", default: false)
      ? try ExpertSizes(
        ExpertStyle(
          countKey: "num_experts", usedKey: "top_k_experts", widthKey: "moe_intermediate_size"),
        layers: sizes.layers, configuration) : nil
  }

  private static func fullLayers(
    _ sizes: DecoderSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let types = try configuration.layerTypes(count: sizes.layers)
    let isFull =
      try configuration.flags(
        types, isTrue: ["full_attention"], isFalse: ["sliding_attention"], key: "layer_types")
      ?? (0..<sizes.layers).map { ($0 + 1) % 6 == 0 }
    guard isFull.last == true else {
      throw .contradiction(key: "layer_types", what: "the last layer must have full attention")
    }
    return isFull
  }

  /// The width of a layer's dense feed-forward.
  func width(ofLayer layer: Int) -> Int64 {
    isDoubleWide && layer >= shared.ownLayers ? 2 * width : width
  }
}

/// The heads of the two kinds of layers.
///
/// Transformers 5 writes them as `per_layer_config`; before, `global_head_dim` and
/// `num_global_key_value_heads` gave those of full attention.
private struct Gemma4Heads {
  private let sizes: DecoderSizes
  private let globalKeyValueHeads: Int64
  private let configuration: ModelConfiguration
  private let perLayer: [Int: JSONCursor]?

  init(
    _ sizes: DecoderSizes, reusesKeys: Bool, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    self.sizes = sizes
    self.configuration = configuration
    let global = try configuration.optionalInteger("num_global_key_value_heads", in: 1...4096)
    if let global, !reusesKeys, global != sizes.keyValueHeads {
      throw .contradiction(
        key: "num_global_key_value_heads", what: "'attention_k_eq_v' is not true")
    }
    globalKeyValueHeads = global ?? sizes.keyValueHeads
    perLayer = try configuration.reading { () throws(JSONDocumentError) -> [Int: JSONCursor]? in
      guard let members = try configuration.keys.optional("per_layer_config")?.members() else {
        return nil
      }
      var layers: [Int: JSONCursor] = [:]
      for (key, value) in members {
        guard let layer = Int(key) else { throw value.wrongKind("an entry for a layer number") }
        layers[layer] = value
      }
      return layers
    }
  }

  /// Returns the KV heads of a layer and their dimension.
  func ofLayer(
    _ layer: Int, isFull: Bool
  ) throws(ConfigurationError) -> (keyValueHeads: Int64, dimension: Int64) {
    let heads: Int64
    let dimension: Int64
    if let perLayer {
      let entry = perLayer[layer]
      (heads, dimension) = try configuration.reading { () throws(JSONDocumentError) in
        (
          try entry?.optional("num_key_value_heads")?.integer(in: 1...4096) ?? sizes.keyValueHeads,
          try entry?.optional("head_dim")?.integer(in: 1...4096) ?? sizes.headDimension
        )
      }
    } else if isFull {
      heads = globalKeyValueHeads
      dimension = try configuration.integer("global_head_dim", in: 1...4096)
    } else {
      (heads, dimension) = (sizes.keyValueHeads, sizes.headDimension)
    }
    guard sizes.queryHeads.isMultiple(of: heads), sizes.queryHeads * dimension <= 1 << 20 else {
      throw .contradiction(
        key: "num_attention_heads",
        what: "\(sizes.queryHeads) do not go with \(heads) KV heads of \(dimension)")
    }
    return (heads, dimension)
  }
}

extension TensorList {
  /// The dense feed-forward, and the experts that stand beside it.
  fileprivate mutating func addFeedForward(ofLayer layer: Int, _ sizes: Gemma4Sizes) -> FeedForward
  {
    let (hidden, width) = (sizes.hidden, sizes.width(ofLayer: layer))
    add(.feedForwardGate, hidden, width)
    add(.feedForwardUp, hidden, width)
    add(.feedForwardDown, width, hidden)
    guard let experts = sizes.experts else {
      return .dense(intermediate: width, isFused: false)
    }
    add(.router, hidden, experts.count)
    append(.router, .scale, hidden)
    append(.expertGateUp, .weight, hidden, 2 * experts.width, experts.count)
    append(.expertDown, .weight, experts.width, hidden, experts.count)
    append(.expertDown, .scale, experts.count)
    for role in [TensorRole.denseFeedForwardNorm, .expertInputNorm, .expertOutputNorm] {
      addNorm(role, hidden)
    }
    return .experts(
      FeedForward.Experts(
        count: experts.count, used: experts.used, intermediate: experts.width,
        sharedIntermediate: width))
  }
}
