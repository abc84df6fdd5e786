internal import JSONDocuments
internal import VRAMBudget

/// A decoder of alike layers: grouped-query attention, then a gated feed-forward.
///
/// One row a family. Source: transformers 5.23.0, models/<type>/configuration_<type>.py (keys and
/// defaults) and modeling_<type>.py (modules); checked in parameters.jsonl.
struct DenseArchitecture {
  /// Which projections of attention have a bias.
  enum AttentionBias {
    case never
    /// Queries, keys and values, not the output.
    case queryKeyValue
    /// All four, when `attention_bias` is true.
    case byKey
  }

  /// Which layers see a window only.
  enum Window {
    case never
    /// All of them, when `sliding_window` is set.
    case everywhere
    /// From layer `max_window_layers` on, when `use_sliding_window` is true.
    case upperLayers
  }

  let modelType: String
  let ggufName: String
  let bias: AttentionBias
  /// Whether `mlp_bias` may add biases to the feed-forward.
  var hasFeedForwardBiasKey = false
  /// Whether queries and keys are normalized head by head.
  var hasHeadNorms = false
  /// Whether queries, keys and values are one matrix, and gate and up another.
  var isFused = false
  var window = Window.never
  /// What `tie_word_embeddings` means when it is absent.
  var tiesByDefault = false
  /// Whether some layers are without rotary positions (`no_rope_layers`).
  var mayOmitRope = false

  static let all: [DenseArchitecture] = [
    DenseArchitecture(
      modelType: "llama", ggufName: "llama", bias: .byKey, hasFeedForwardBiasKey: true),
    DenseArchitecture(
      modelType: "mistral", ggufName: "llama", bias: .never, window: .everywhere),
    DenseArchitecture(
      modelType: "qwen2", ggufName: "qwen2", bias: .queryKeyValue, window: .upperLayers),
    DenseArchitecture(
      modelType: "qwen3", ggufName: "qwen3", bias: .byKey, hasHeadNorms: true,
      window: .upperLayers),
    DenseArchitecture(
      modelType: "smollm3", ggufName: "smollm3", bias: .byKey, hasFeedForwardBiasKey: true,
      window: .upperLayers, tiesByDefault: true, mayOmitRope: true),
    DenseArchitecture(
      modelType: "phi3", ggufName: "phi3", bias: .never, isFused: true, window: .everywhere),
  ]
}

extension DenseArchitecture {
  /// Returns the model that a configuration describes.
  func model(
    from configuration: ModelConfiguration, id: String, name: String, source: ModelShape.Source
  ) throws(ConfigurationError) -> ModelShape {
    let sizes = try DenseSizes(configuration)
    let hasFeedForwardBias =
      hasFeedForwardBiasKey ? try configuration.bool("mlp_bias", default: false) : false
    let isTied = try configuration.bool("tie_word_embeddings", default: tiesByDefault)
    let hasAllBiases =
      switch bias {
      case .byKey: try configuration.bool("attention_bias", default: false)
      case .never, .queryKeyValue: false
      }
    let windows = try windows(sizes, configuration)
    let rotary = try rotaryLayers(sizes, configuration)
    let layers = (0..<sizes.layers).map { index in
      Layer(
        mixers: [
          .attention(sizes.attention(span: windows[index], isRotary: rotary[index], isFused))
        ], feedForward: .dense(intermediate: sizes.intermediate, isFused: isFused))
    }
    var tensors = [
      Tensor(.tokenEmbedding, shape: TensorShape(sizes.hidden, sizes.vocabulary)),
      Tensor(.outputNorm, shape: TensorShape(sizes.hidden)),
    ]
    if !isTied {
      tensors.append(Tensor(.output, shape: TensorShape(sizes.hidden, sizes.vocabulary)))
    }
    tensors += try ropeTables(sizes, configuration)
    for index in 0..<sizes.layers {
      tensors += attentionTensors(sizes, layer: index, hasAllBiases: hasAllBiases)
      tensors += feedForwardTensors(sizes, layer: index, hasBias: hasFeedForwardBias)
    }
    return ModelShape(
      id: id, name: name, source: source,
      architecture: Architecture(modelType: modelType, ggufName: ggufName),
      hiddenSize: sizes.hidden, vocabularySize: sizes.vocabulary,
      maximumContext: sizes.maximumContext, layers: layers, tensors: tensors)
  }

  private func attentionTensors(
    _ sizes: DenseSizes, layer: Int, hasAllBiases: Bool
  ) -> [Tensor] {
    let hidden = sizes.hidden
    let queries = sizes.queryHeads * sizes.headDimension
    let keys = sizes.keyValueHeads * sizes.headDimension
    let hasInputBiases = hasAllBiases || bias == .queryKeyValue
    var tensors = [Tensor(.attentionNorm, layer: layer, shape: TensorShape(hidden))]
    if isFused {
      tensors += Tensor.linear(.attentionQueryKeyValue, layer, hidden, queries + 2 * keys)
    } else {
      tensors += Tensor.linear(.attentionQuery, layer, hidden, queries, hasBias: hasInputBiases)
      tensors += Tensor.linear(.attentionKey, layer, hidden, keys, hasBias: hasInputBiases)
      tensors += Tensor.linear(.attentionValue, layer, hidden, keys, hasBias: hasInputBiases)
    }
    tensors += Tensor.linear(.attentionOutput, layer, queries, hidden, hasBias: hasAllBiases)
    if hasHeadNorms {
      let shape = TensorShape(sizes.headDimension)
      tensors.append(Tensor(.attentionQueryNorm, layer: layer, shape: shape))
      tensors.append(Tensor(.attentionKeyNorm, layer: layer, shape: shape))
    }
    return tensors
  }

  private func feedForwardTensors(
    _ sizes: DenseSizes, layer: Int, hasBias: Bool
  ) -> [Tensor] {
    let hidden = sizes.hidden
    let width = sizes.intermediate
    var tensors = [Tensor(.feedForwardNorm, layer: layer, shape: TensorShape(hidden))]
    if isFused {
      tensors += Tensor.linear(.feedForwardUp, layer, hidden, 2 * width)
    } else {
      tensors += Tensor.linear(.feedForwardGate, layer, hidden, width, hasBias: hasBias)
      tensors += Tensor.linear(.feedForwardUp, layer, hidden, width, hasBias: hasBias)
    }
    return tensors + Tensor.linear(.feedForwardDown, layer, width, hidden, hasBias: hasBias)
  }

  // MARK: Layers that differ

  private func windows(
    _ sizes: DenseSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Attention.Span] {
    let full = Array(repeating: Attention.Span.full, count: sizes.layers)
    guard window != .never,
      let tokens = try configuration.optionalInteger("sliding_window", in: 1...(1 << 27))
    else { return full }
    let sliding = Attention.Span.sliding(tokens: tokens)
    switch window {
    case .never: return full
    case .everywhere: return Array(repeating: sliding, count: sizes.layers)
    case .upperLayers:
      guard try configuration.bool("use_sliding_window", default: false) else { return full }
      let first =
        try configuration.optionalInteger("max_window_layers", in: 0...1024)
        ?? Int64(sizes.layers)
      return (0..<sizes.layers).map { $0 >= first ? sliding : .full }
    }
  }

  /// Whether each layer rotates queries and keys.
  ///
  /// `no_rope_layers` holds 1 for a layer *with* RoPE; without it every fourth layer has none.
  private func rotaryLayers(
    _ sizes: DenseSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    guard mayOmitRope else { return Array(repeating: true, count: sizes.layers) }
    if let list = try configuration.optionalIntegers("no_rope_layers", in: 0...1) {
      guard list.count == sizes.layers else {
        throw .contradiction(
          key: "no_rope_layers",
          what: "it has \(list.count) entries for \(sizes.layers) layers")
      }
      return list.map { $0 == 1 }
    }
    let interval =
      try configuration.optionalInteger("no_rope_layer_interval", in: 1...1024) ?? 4
    return (0..<sizes.layers).map { (Int64($0) + 1) % interval != 0 }
  }

  /// The RoPE tables that a GGUF file carries besides the checkpoint's tensors.
  ///
  /// Source: llama.cpp 0c1e57098, conversion of `rope_scaling` (`rope_freqs` for llama3,
  /// `rope_factors_long` and `_short` for longrope): one value for each pair of dimensions.
  private func ropeTables(
    _ sizes: DenseSizes, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Tensor] {
    let scaling = try configuration.text(of: "rope_scaling", in: ["rope_type", "type"])
    let parameters = try configuration.text(of: "rope_parameters", in: ["rope_type", "type"])
    let roles: [TensorRole] =
      switch scaling ?? parameters {
      case "llama3": [.ropeFrequencies]
      case "longrope", "su", "yarn": isFused ? [.ropeFactorsLong, .ropeFactorsShort] : []
      default: []
      }
    let share =
      try configuration.reading { () throws(JSONDocumentError) in
        try configuration.keys.optional("partial_rotary_factor")?.number()
      } ?? 1
    guard share > 0, share <= 1 else {
      throw .contradiction(key: "partial_rotary_factor", what: "it is \(share), not within 0 to 1")
    }
    let pairs = max(1, Int64(Double(sizes.headDimension) * share) / 2)
    return roles.map { Tensor($0, shape: TensorShape(pairs), presence: .ggufOnly) }
  }
}

extension Tensor {
  /// The tensors of a linear layer: its matrix and, where it has one, its bias.
  fileprivate static func linear(
    _ role: TensorRole, _ layer: Int, _ input: Int64, _ output: Int64, hasBias: Bool = false
  ) -> [Tensor] {
    let weight = Tensor(role, layer: layer, shape: TensorShape(input, output))
    guard hasBias else { return [weight] }
    return [weight, Tensor(role, .bias, layer: layer, shape: TensorShape(output))]
  }
}

/// The sizes that every dense configuration gives.
struct DenseSizes {
  let layers: Int
  let hidden: Int64
  let intermediate: Int64
  let vocabulary: Int64
  let queryHeads: Int64
  let keyValueHeads: Int64
  let headDimension: Int64
  let maximumContext: Int64

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    layers = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    intermediate = try configuration.integer("intermediate_size", in: 1...(1 << 22))
    vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    queryHeads = try configuration.integer("num_attention_heads", in: 1...4096)
    keyValueHeads =
      try configuration.optionalInteger("num_key_value_heads", in: 1...4096) ?? queryHeads
    maximumContext = try configuration.integer(
      "max_position_embeddings", in: Workload.allowedContext)
    guard queryHeads.isMultiple(of: keyValueHeads) else {
      throw .contradiction(
        key: "num_key_value_heads",
        what: "\(queryHeads) query heads do not divide among \(keyValueHeads) KV heads")
    }
    if let given = try configuration.optionalInteger("head_dim", in: 1...4096) {
      headDimension = given
    } else {
      guard hidden.isMultiple(of: queryHeads) else {
        throw .contradiction(
          key: "num_attention_heads",
          what: "a hidden size of \(hidden) does not divide into \(queryHeads) heads")
      }
      headDimension = hidden / queryHeads
    }
    guard queryHeads * headDimension <= 1 << 20 else {
      throw .contradiction(
        key: "head_dim", what: "\(queryHeads) heads of \(headDimension) are more than 2^20")
    }
  }

  func attention(span: Attention.Span, isRotary: Bool, _ isFused: Bool) -> Attention {
    Attention(
      queryHeads: queryHeads, keyValueHeads: keyValueHeads, keyDimension: headDimension,
      valueDimension: headDimension, span: span, isRotary: isRotary, isFused: isFused)
  }
}
