internal import JSONDocuments
internal import VRAMBudget

/// How a family's mixture of experts is described in its configuration.
struct ExpertStyle {
  /// The expert that every token uses.
  enum Shared {
    case none
    /// One of this width.
    case width(key: String)
    /// As wide as this many experts.
    case count(key: String)
  }

  /// Which layers have experts; the others are dense.
  enum Placement {
    case everywhere
    /// Those after the first few.
    case afterLead(key: String)
    /// Every `decoder_sparse_step`th that is not in `mlp_only_layers`.
    case sparseStep
    /// Every so many layers, the last of each group.
    case interleaved(key: String)
    /// As `mlp_layer_types` says, or those after the first few where `lead` is given.
    case byTypes(lead: String?)
    /// From `moe_layer_start_index` to `moe_layer_end_index`, every `moe_layer_interval`th.
    case ernie
  }

  /// A vector that only steers the choice of experts.
  enum SelectionBias {
    case none
    /// Counted among the parameters.
    case parameter
    /// Stored, but not trained by gradients: not counted.
    case buffer
  }

  /// The key of the number of experts; transformers 5 may write `num_local_experts` instead.
  let countKey: String
  let usedKey: String
  let widthKey: String
  var shared = Shared.none
  var hasSharedGate = false
  var placement = Placement.everywhere
  var hasRouterBias = false
  var hasExpertBias = false
  var selectionBias = SelectionBias.none
  /// How the name of that vector ends in a GGUF file.
  var selectionPart = Tensor.Part.bias
}

/// A mixture of experts with its numbers read.
struct ExpertSizes {
  let count: Int64
  let used: Int64
  let width: Int64
  let sharedWidth: Int64
  /// Whether each layer has experts.
  let layers: [Bool]
  let style: ExpertStyle

  init(
    _ style: ExpertStyle, layers: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    self.style = style
    let isRenamed = !configuration.keys.has(style.countKey)
    let countKey =
      isRenamed && configuration.keys.has("num_local_experts")
      ? "num_local_experts" : style.countKey
    count = try Self.number(countKey, in: 1...4096, configuration)
    used = try Self.number(style.usedKey, in: 1...4096, configuration)
    width = try Self.number(style.widthKey, in: 1...(1 << 22), configuration)
    guard used <= count else {
      throw .contradiction(
        key: style.usedKey, what: "a token cannot use \(used) of \(count) experts")
    }
    switch style.shared {
    case .none: sharedWidth = 0
    case .width(let key):
      sharedWidth = try configuration.optionalInteger(key, in: 0...(1 << 22)) ?? 0
    case .count(let key):
      let experts = try configuration.uniformInteger(key, in: 0...64) ?? 0
      sharedWidth = experts * width
    }
    self.layers = try Self.layers(style.placement, count: layers, configuration)
  }

  /// Returns a number that all layers share, given once or for each.
  private static func number(
    _ key: String, in allowed: ClosedRange<Int64>, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Int64 {
    if let number = try configuration.uniformInteger(key, in: allowed) { return number }
    return try configuration.integer(key, in: allowed)
  }

  /// Returns which layers have experts, from the list of what each layer has.
  private static func layers(
    ofTypes count: Int, lead: String?, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    if let lead, !configuration.keys.has("mlp_layer_types") {
      return try layers(.afterLead(key: lead), count: count, configuration)
    }
    let types = try configuration.reading { () throws(JSONDocumentError) in
      try configuration.keys.required("mlp_layer_types").strings()
    }
    guard types.count == count else {
      throw .contradiction(
        key: "mlp_layer_types", what: "it has \(types.count) entries for \(count) layers")
    }
    if let other = types.first(where: { $0 != "dense" && $0 != "sparse" }) {
      throw .unsupported(key: "mlp_layer_types", value: "'\(other)'")
    }
    return types.map { $0 == "sparse" }
  }

  private static func layers(
    _ placement: ExpertStyle.Placement, count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    switch placement {
    case .everywhere: return Array(repeating: true, count: count)
    case .afterLead(let key):
      let lead = try configuration.optionalInteger(key, in: 0...1024) ?? 0
      return (0..<count).map { Int64($0) >= lead }
    case .sparseStep:
      let step = try configuration.optionalInteger("decoder_sparse_step", in: 1...1024) ?? 1
      let dense = try configuration.optionalIntegers("mlp_only_layers", in: 0...1024) ?? []
      return (0..<count).map { !dense.contains(Int64($0)) && (Int64($0) + 1) % step == 0 }
    case .interleaved(let key):
      let step = try configuration.optionalInteger(key, in: 1...1024) ?? 1
      return (0..<count).map { (Int64($0) + 1) % step == 0 }
    case .byTypes(let lead): return try layers(ofTypes: count, lead: lead, configuration)
    case .ernie:
      let first = try configuration.optionalInteger("moe_layer_start_index", in: 0...1024) ?? 1
      let last =
        try configuration.optionalInteger("moe_layer_end_index", in: -1...1024) ?? -1
      let step = try configuration.optionalInteger("moe_layer_interval", in: 1...1024) ?? 1
      return (0..<count).map { index in
        let layer = Int64(index)
        return layer >= first && (last < 0 || layer <= last) && (layer + 1) % step == 0
      }
    }
  }

  var feedForward: FeedForward {
    .experts(
      FeedForward.Experts(
        count: count, used: used, intermediate: width, sharedIntermediate: sharedWidth))
  }
}

extension TensorList {
  /// Adds a layer's gated feed-forward without biases: experts where the model has them in this
  /// layer, one of `width` elsewhere.
  ///
  /// - Returns: What was added.
  mutating func addFeedForward(
    ofLayer layer: Int, experts: ExpertSizes?, width: Int64, hidden: Int64
  ) -> FeedForward {
    if let experts, experts.layers[layer] {
      addExperts(experts, hidden: hidden)
      return experts.feedForward
    }
    add(.feedForwardGate, hidden, width)
    add(.feedForwardUp, hidden, width)
    add(.feedForwardDown, width, hidden)
    return .dense(intermediate: width, isFused: false)
  }

  /// The router, the experts and the shared expert of a layer.
  mutating func addExperts(_ sizes: ExpertSizes, hidden: Int64) {
    let style = sizes.style
    add(.router, hidden, sizes.count, hasBias: style.hasRouterBias)
    switch style.selectionBias {
    case .none: break
    case .parameter: append(.expertSelection, style.selectionPart, sizes.count)
    case .buffer: append(.expertSelection, style.selectionPart, sizes.count, isParameter: false)
    }
    for (role, input, output) in [
      (TensorRole.expertGate, hidden, sizes.width), (.expertUp, hidden, sizes.width),
      (.expertDown, sizes.width, hidden),
    ] {
      append(role, .weight, input, output, sizes.count)
      if style.hasExpertBias { append(role, .bias, output, sizes.count) }
    }
    guard sizes.sharedWidth > 0 else { return }
    add(.sharedExpertGate, hidden, sizes.sharedWidth)
    add(.sharedExpertUp, hidden, sizes.sharedWidth)
    add(.sharedExpertDown, sizes.sharedWidth, hidden)
    if style.hasSharedGate { append(.sharedExpertRouter, .weight, hidden) }
  }
}
