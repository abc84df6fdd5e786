internal import VRAMBudget

/// The sizes that every decoder's configuration gives.
struct DecoderSizes {
  let layers: Int
  let hidden: Int64
  let vocabulary: Int64
  let queryHeads: Int64
  let keyValueHeads: Int64
  let headDimension: Int64
  let maximumContext: Int64

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    layers = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
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

  var queryElements: Int64 { queryHeads * headDimension }
  var keyElements: Int64 { keyValueHeads * headDimension }

  /// Returns the attention of these sizes.
  func attention(span: Attention.Span, isRotary: Bool = true, isFused: Bool = false) -> Attention {
    Attention(
      queryHeads: queryHeads, keyValueHeads: keyValueHeads, keyDimension: headDimension,
      valueDimension: headDimension, span: span, isRotary: isRotary, isFused: isFused)
  }
}
