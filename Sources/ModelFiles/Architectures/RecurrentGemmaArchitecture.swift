internal import VRAMBudget

/// RecurrentGemma: gated linear recurrences, and attention within a window in every third layer.
///
/// Source: transformers 5.23.0, models/recurrent_gemma; llama.cpp 0c1e57098 does not know it.
struct RecurrentGemmaArchitecture: ArchitectureReader {
  let modelType = "recurrent_gemma"
  let ggufName: String? = nil

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let sizes = try RecurrentGemmaSizes(configuration)
    var list = try TensorList(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, tiesByDefault: true, configuration)
    var layers: [Layer] = []
    for (index, isAttention) in sizes.isAttention.enumerated() {
      list.layer = index
      list.addNorm(.attentionNorm, sizes.hidden)
      if isAttention {
        list.addWindowedAttention(sizes)
      } else {
        list.addRecurrence(sizes)
      }
      list.addNorm(.feedForwardNorm, sizes.hidden)
      list.add(.feedForwardGate, sizes.hidden, sizes.width, hasBias: true)
      list.add(.feedForwardUp, sizes.hidden, sizes.width, hasBias: true)
      list.add(.feedForwardDown, sizes.width, sizes.hidden, hasBias: true)
      layers.append(
        Layer(
          mixers: [isAttention ? .attention(sizes.attention) : .recurrent(sizes.state)],
          feedForward: .dense(intermediate: sizes.width, isFused: false)))
    }
    // The window is all that attention ever sees: the model names no longest context.
    return ModelDescription(
      hidden: sizes.hidden, vocabulary: sizes.vocabulary, maximumContext: 1 << 20,
      layers: layers, tensors: list.tensors)
  }
}

/// The sizes of a RecurrentGemma model.
private struct RecurrentGemmaSizes {
  let hidden: Int64
  let vocabulary: Int64
  let isAttention: [Bool]
  let attention: Attention
  /// `lru_width`.
  let recurrenceWidth: Int64
  let kernel: Int64
  /// Half of `intermediate_size`, which counts gate and up together.
  let width: Int64
  let hasBias: Bool

  init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    let layers = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    let heads = try configuration.integer("num_attention_heads", in: 1...1024)
    let keyValueHeads =
      try configuration.optionalInteger("num_key_value_heads", in: 1...1024) ?? heads
    recurrenceWidth =
      try configuration.optionalInteger("lru_width", in: 1...(1 << 17)) ?? hidden
    for (key, width) in [("num_attention_heads", hidden), ("lru_width", recurrenceWidth)]
    where !width.isMultiple(of: heads) {
      throw .contradiction(key: key, what: "\(width) does not divide among \(heads) heads")
    }
    guard heads.isMultiple(of: keyValueHeads) else {
      throw .contradiction(
        key: "num_key_value_heads",
        what: "\(heads) query heads do not divide among \(keyValueHeads) KV heads")
    }
    attention = Attention(
      queryHeads: heads, keyValueHeads: keyValueHeads, keyDimension: hidden / heads,
      valueDimension: hidden / heads,
      span: .sliding(
        tokens: try configuration.integer("attention_window_size", in: 1...(1 << 27))))
    kernel = try configuration.integer("conv1d_width", in: 1...64)
    width = try configuration.integer("intermediate_size", in: 2...(1 << 22)) / 2
    hasBias = try configuration.bool("attention_bias", default: false)
    let blocks = try configuration.optionalTexts("block_types") ?? []
    guard
      let pattern = try configuration.flags(
        blocks, isTrue: ["attention"], isFalse: ["recurrent"], key: "block_types"),
      !pattern.isEmpty
    else { throw .contradiction(key: "block_types", what: "it names no block") }
    isAttention = (0..<layers).map { pattern[$0 % pattern.count] }
  }

  var state: RecurrentState {
    RecurrentState(
      kind: .gatedLinearRecurrence, kernel: kernel, channels: recurrenceWidth,
      stateElements: recurrenceWidth)
  }
}

extension TensorList {
  fileprivate mutating func addWindowedAttention(_ sizes: RecurrentGemmaSizes) {
    let attention = sizes.attention
    let queries = attention.queryHeads * attention.keyDimension
    add(.attentionQuery, sizes.hidden, queries, hasBias: sizes.hasBias)
    add(.attentionKey, sizes.hidden, attention.keyElements, hasBias: sizes.hasBias)
    add(.attentionValue, sizes.hidden, attention.valueElements, hasBias: sizes.hasBias)
    add(.attentionOutput, queries, sizes.hidden, hasBias: true)
  }

  fileprivate mutating func addRecurrence(_ sizes: RecurrentGemmaSizes) {
    let (width, heads) = (sizes.recurrenceWidth, sizes.attention.queryHeads)
    add(.attentionGate, sizes.hidden, width, hasBias: true)
    add(.stateInput, sizes.hidden, width, hasBias: true)
    add(.stateConvolution, sizes.kernel, width, hasBias: true)
    append(.stateDecay, .plain, width)
    for role in [TensorRole.recurrenceInputGate, .recurrenceGate] {
      append(role, .weight, width / heads, width / heads, heads)
      append(role, .bias, width / heads, heads)
    }
    add(.stateOutput, width, sizes.hidden, hasBias: true)
  }
}
