internal import JSONDocuments
internal import VRAMBudget

/// The sizes that every decoder's configuration gives.
struct DecoderSizes {
  let layers: Int
  let hidden: Int64
  let vocabulary: Int64
  var queryHeads: Int64
  let keyValueHeads: Int64
  let headDimension: Int64
  let maximumContext: Int64

  /// The keys that a family's configurations may leave out: KV heads are then as many as query
  /// heads, a head is the hidden size divided among the query heads.
  ///
  /// Elsewhere transformers fills in a number of its own, which no published configuration relies
  /// on; without the key the model is not known.
  struct OptionalKeys: OptionSet {
    let rawValue: Int
    static let keyValueHeads = OptionalKeys(rawValue: 1)
    static let headDimension = OptionalKeys(rawValue: 2)
  }

  init(
    _ configuration: ModelConfiguration, optional: OptionalKeys, keys: SizeKeys = SizeKeys()
  ) throws(ConfigurationError) {
    layers = Int(try configuration.integer(under: keys.layers, in: 1...1024))
    hidden = try configuration.integer(under: keys.hidden, in: 1...(1 << 17))
    vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    queryHeads = try configuration.integer(under: keys.queryHeads, in: 1...4096)
    keyValueHeads = try Self.keyValueHeads(
      keys.keyValueHeads, queryHeads: queryHeads,
      isOptional: optional.contains(.keyValueHeads), configuration)
    maximumContext = try configuration.integer(
      under: keys.context, in: Workload.allowedContext, default: keys.contextDefault)
    guard queryHeads.isMultiple(of: keyValueHeads) else {
      throw .contradiction(
        key: "num_key_value_heads",
        what: "\(queryHeads) query heads do not divide among \(keyValueHeads) KV heads")
    }
    let isDivided = hidden.isMultiple(of: queryHeads)
    headDimension = try Self.valueOrDefault(
      "head_dim", isDivided ? hidden / queryHeads : nil,
      isOptional: optional.contains(.headDimension), configuration)
    guard queryHeads * headDimension <= 1 << 20 else {
      throw .contradiction(
        key: "head_dim", what: "\(queryHeads) heads of \(headDimension) are more than 2^20")
    }
  }

  private static func keyValueHeads(
    _ rule: SizeKeys.KeyValueHeads, queryHeads: Int64, isOptional: Bool,
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Int64 {
    switch rule {
    case .byKey:
      return try valueOrDefault(
        "num_key_value_heads", queryHeads, isOptional: isOptional, configuration)
    case .allHeads: return queryHeads
    case .multiQuery(let groupedKey):
      if let groupedKey,
        try configuration.bool("new_decoder_architecture", default: false)
      {
        return try configuration.optionalInteger(groupedKey, in: 1...4096) ?? queryHeads
      }
      return try configuration.bool("multi_query", default: true) ? 1 : queryHeads
    }
  }

  /// Returns the number under a key; the default where the key is `null`, or absent and optional.
  private static func valueOrDefault(
    _ key: String, _ value: Int64?, isOptional: Bool, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Int64 {
    if isOptional || configuration.keys.has(key) {
      if let given = try configuration.optionalInteger(key, in: 1...4096) { return given }
      guard let value else {
        throw .contradiction(
          key: "num_attention_heads", what: "the hidden size does not divide among the heads")
      }
      return value
    }
    return try configuration.integer(key, in: 1...4096)
  }

  var queryElements: Int64 { queryHeads * headDimension }
  var keyElements: Int64 { keyValueHeads * headDimension }

  /// Returns the attention of these sizes.
  func attention(span: Attention.Span, isRotary: Bool = true, isFused: Bool = false) -> Attention {
    Attention(
      queryHeads: queryHeads, keyValueHeads: keyValueHeads, keyDimension: headDimension,
      valueDimension: headDimension, span: span, isRotary: isRotary, isFused: isFused)
  }
}
