internal import JSONDocuments
internal import VRAMBudget

/// Which layers see a window only.
enum WindowRule: Equatable {
  case never
  /// All of them, when `sliding_window` is set.
  case everywhere
  /// From layer `max_window_layers` on, when `use_sliding_window` is true.
  case upperLayers
  /// All but the last of every `period` layers, unless `sliding_window_pattern` or `layer_types`
  /// says otherwise.
  case pattern(period: Int64, periodKey: String = "sliding_window_pattern")
  /// All but the first of every `period` layers, unless `layer_types` says otherwise.
  case leading(period: Int64)
  /// Those that `layer_types` names, when it is there.
  case byTypes
  /// Those that `attention_layers` calls local, of `window_size`.
  case localLayers
  /// As pattern, in chunks of `attention_chunk_size`.
  case chunks(period: Int64)

  /// Returns each layer's span.
  func spans(
    layers: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Attention.Span] {
    let full = Array(repeating: Attention.Span.full, count: layers)
    guard self != .never else { return full }
    let isChunked = if case .chunks = self { true } else { false }
    let key =
      isChunked ? "attention_chunk_size" : self == .localLayers ? "window_size" : "sliding_window"
    guard let tokens = try configuration.optionalInteger(key, in: 0...(1 << 27)), tokens > 0
    else { return full }
    let limited = isChunked ? Attention.Span.chunked(tokens: tokens) : .sliding(tokens: tokens)
    if self == .upperLayers,
      try !configuration.bool("use_sliding_window", default: false)
    {
      return full
    }
    if let types = try configuration.layerTypes(count: layers) {
      let kinds = ["full_attention", "sliding_attention", "chunked_attention"]
      if let other = types.first(where: { !kinds.contains($0) }) {
        throw .unsupported(key: "layer_types", value: "'\(other.shown)'")
      }
      return types.map { $0 == "full_attention" ? .full : limited }
    }
    switch self {
    case .never: return full
    case .everywhere: return Array(repeating: limited, count: layers)
    case .upperLayers:
      let first =
        try configuration.optionalInteger("max_window_layers", in: 0...1024) ?? Int64(layers)
      return (0..<layers).map { Int64($0) >= first ? limited : .full }
    case .pattern(let period, let key):
      let given = try configuration.optionalInteger(key, in: 1...1024)
      return (0..<layers).map { (Int64($0) + 1) % (given ?? period) == 0 ? .full : limited }
    case .chunks(let period):
      let given = try configuration.optionalInteger("sliding_window_pattern", in: 1...1024)
      return (0..<layers).map { (Int64($0) + 1) % (given ?? period) == 0 ? .full : limited }
    case .leading(let period):
      return (0..<layers).map { Int64($0) % period == 0 ? .full : limited }
    case .byTypes: return full
    case .localLayers:
      return try localLayers(count: layers, configuration).map { $0 ? limited : .full }
    }
  }

  /// Returns which layers `attention_layers` calls local (GPT-Neo).
  private func localLayers(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let names = try configuration.reading { () throws(JSONDocumentError) in
      try configuration.keys.required("attention_layers").strings()
    }
    guard names.count == count else {
      throw .contradiction(
        key: "attention_layers", what: "it has \(names.count) entries for \(count) layers")
    }
    if let other = names.first(where: { $0 != "local" && $0 != "global" }) {
      throw .unsupported(key: "attention_layers", value: "'\(other)'")
    }
    return names.map { $0 == "local" }
  }
}

extension ModelConfiguration {
  /// The kind of each layer as `layer_types` names it; nil when the key is absent.
  func layerTypes(count: Int) throws(ConfigurationError) -> [String]? {
    let types = try reading { () throws(JSONDocumentError) in
      try keys.optional("layer_types")?.strings()
    }
    guard let types else { return nil }
    guard types.count == count else {
      throw .contradiction(
        key: "layer_types", what: "it has \(types.count) entries for \(count) layers")
    }
    return types
  }
}
