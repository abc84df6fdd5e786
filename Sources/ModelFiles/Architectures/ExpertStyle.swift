internal import JSONDocuments
internal import VRAMBudget

/// How a family's mixture of experts is described in its configuration.
struct ExpertStyle {
  /// The expert that every token uses.
  enum Shared {
    case none
    /// One of this width.
    case width(key: String)
    /// As wide as this many experts; a key that is left out is refused, unless the family's class
    /// then has none.
    case count(key: String, isOptional: Bool = false)
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
  var placement = ExpertPlacement.everywhere
  var hasRouterBias = false
  var hasExpertBias = false
  var selectionBias = SelectionBias.none
  /// Whether a model says how the weights of its experts are normalized and scaled; else its family
  /// does.
  var hasOwnRouting = false
  /// How the name of that vector ends in a GGUF file.
  var selectionPart = Tensor.Part.bias
}

/// A mixture of experts with its numbers read.
struct ExpertSizes {
  let count: Int64
  let used: Int64
  let width: Int64
  let sharedWidth: Int64
  let routing: FeedForward.Routing
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
      try configuration.requireGiven(key)
      sharedWidth = try configuration.optionalInteger(key, in: 0...(1 << 22)) ?? 0
    case .count(let key, let isOptional):
      if !isOptional { try configuration.requireGiven(key) }
      let experts = try configuration.uniformInteger(key, in: 0...64) ?? 0
      sharedWidth = experts * width
    }
    routing = try FeedForward.Routing(configuration, isOwn: style.hasOwnRouting)
    self.layers = try style.placement.layers(count: layers, configuration)
  }

  /// Returns a number that all layers share, given once or for each.
  private static func number(
    _ key: String, in allowed: ClosedRange<Int64>, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Int64 {
    if let number = try configuration.uniformInteger(key, in: allowed) { return number }
    return try configuration.integer(key, in: allowed)
  }

  var feedForward: FeedForward {
    .experts(
      FeedForward.Experts(
        count: count, used: used, intermediate: width, sharedIntermediate: sharedWidth,
        routing: routing))
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
  ///
  /// - Parameters:
  ///   - expertInput: The elements of what an expert takes and yields, where not the hidden size.
  ///   - hasSelectionBias: Whether the layer has the vector that the style tells of.
  mutating func addExperts(
    _ sizes: ExpertSizes, hidden: Int64, expertInput: Int64? = nil, hasSelectionBias: Bool = true
  ) {
    let style = sizes.style
    let expertInput = expertInput ?? hidden
    add(.router, hidden, sizes.count, hasBias: style.hasRouterBias)
    switch hasSelectionBias ? style.selectionBias : .none {
    case .none: break
    case .parameter: append(.expertSelection, style.selectionPart, sizes.count)
    case .buffer: append(.expertSelection, style.selectionPart, sizes.count, isParameter: false)
    }
    for (role, input, output) in [
      (TensorRole.expertGate, expertInput, sizes.width), (.expertUp, expertInput, sizes.width),
      (.expertDown, sizes.width, expertInput),
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
