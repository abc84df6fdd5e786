internal import VRAMBudget

/// An encoder that reads a text in both directions: BERT and its relatives.
///
/// Source: transformers 5.23.0, models/bert, distilbert and nomic_bert (the model without a head);
/// llama.cpp 0c1e57098, conversion/bert.py (which drops the pooler, and takes Nomic's only from
/// checkpoints with queries, keys and values in one matrix), src/models/bert.cpp and nomic-bert.cpp.
struct EncoderArchitecture: ArchitectureReader {
  let modelType: String
  let ggufName: String?
  fileprivate let keys: Keys
  fileprivate let parts: Parts

  /// The keys of the sizes, which families spell differently.
  fileprivate struct Keys {
    var hidden = "hidden_size"
    var layers = "num_hidden_layers"
    var heads = "num_attention_heads"
    var width = "intermediate_size"
  }

  fileprivate struct Parts: OptionSet {
    let rawValue: Int
    /// Biases of the projections.
    static let biases = Parts(rawValue: 1)
    /// Learned embeddings of positions.
    static let positions = Parts(rawValue: 2)
    /// Embeddings of the two texts of a pair.
    static let tokenTypes = Parts(rawValue: 4)
    static let pooler = Parts(rawValue: 8)
    /// A gated feed-forward.
    static let gate = Parts(rawValue: 16)
    /// Queries, keys and values are one matrix in a GGUF file.
    static let ggufFusesAttention = Parts(rawValue: 32)
  }

  static let all: [EncoderArchitecture] = [
    EncoderArchitecture(
      modelType: "bert", ggufName: "bert", keys: Keys(),
      parts: [.biases, .positions, .tokenTypes, .pooler]),
    EncoderArchitecture(
      modelType: "distilbert", ggufName: "bert",
      keys: Keys(hidden: "dim", layers: "n_layers", heads: "n_heads", width: "hidden_dim"),
      parts: [.biases, .positions]),
    EncoderArchitecture(
      modelType: "nomic_bert", ggufName: "nomic-bert", keys: Keys(),
      parts: [.tokenTypes, .gate, .ggufFusesAttention]),
  ]

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    for key in ["is_decoder", "add_cross_attention", "sinusoidal_pos_embds"] {
      try configuration.requireFalse(key)
    }
    let hidden = try configuration.integer(keys.hidden, in: 1...(1 << 17))
    let vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    let context = try configuration.integer("max_position_embeddings", in: 1...(1 << 27))
    let layerCount = Int(try configuration.integer(keys.layers, in: 1...1024))
    let width = try configuration.integer(keys.width, in: 1...(1 << 22))
    let attention = try attention(hidden: hidden, configuration)
    var list = TensorList()
    list.addEmbeddings(hidden: hidden, vocabulary: vocabulary, isTied: true)
    if parts.contains(.positions) { list.add(.positionEmbedding, hidden, context) }
    if parts.contains(.tokenTypes) {
      list.add(
        .tokenTypes, hidden, try configuration.integer("type_vocab_size", in: 1...1024))
    }
    list.addNorm(.tokenEmbeddingNorm, hidden, hasBias: true)
    if parts.contains(.pooler) {
      list.add(.pooler, hidden, hidden, hasBias: true, presence: .checkpointOnly)
    }
    for index in 0..<layerCount {
      list.layer = index
      list.addEncoderAttention(hidden: hidden, parts)
      list.addNorm(.attentionOutputNorm, hidden, hasBias: true)
      list.addEncoderFeedForward(hidden: hidden, width: width, parts)
      list.addNorm(.layerOutputNorm, hidden, hasBias: true)
    }
    let layer = Layer(
      mixers: [.encoderAttention(attention)],
      feedForward: parts.contains(.gate)
        ? .dense(intermediate: width, isFused: false) : .plain(intermediate: width))
    return ModelDescription(
      hidden: hidden, vocabulary: vocabulary, maximumContext: context,
      layers: Array(repeating: layer, count: layerCount), tensors: list.tensors)
  }

  private func attention(
    hidden: Int64, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Attention {
    let heads = try configuration.integer(keys.heads, in: 1...1024)
    guard hidden.isMultiple(of: heads) else {
      throw .contradiction(
        key: keys.heads, what: "\(hidden) does not divide among \(heads) heads")
    }
    let dimension = hidden / heads
    for (key, value) in [("num_key_value_heads", heads), ("head_dim", dimension)] {
      let given = try configuration.optionalInteger(key, in: 1...4096) ?? value
      guard given == value else {
        throw .contradiction(key: key, what: "it is \(given), not \(value)")
      }
    }
    return Attention(
      queryHeads: heads, keyValueHeads: heads, keyDimension: dimension,
      valueDimension: dimension, isRotary: !parts.contains(.positions))
  }
}

extension TensorList {
  fileprivate mutating func addEncoderAttention(
    hidden: Int64, _ parts: EncoderArchitecture.Parts
  ) {
    let hasBias = parts.contains(.biases)
    let isFused = parts.contains(.ggufFusesAttention)
    for role in [TensorRole.attentionQuery, .attentionKey, .attentionValue] {
      add(
        role, hidden, hidden, hasBias: hasBias,
        presence: isFused ? .checkpointOnly : .everywhere)
    }
    if isFused { add(.attentionQueryKeyValue, hidden, 3 * hidden, presence: .ggufOnly) }
    add(.attentionOutput, hidden, hidden, hasBias: hasBias)
  }

  fileprivate mutating func addEncoderFeedForward(
    hidden: Int64, width: Int64, _ parts: EncoderArchitecture.Parts
  ) {
    let hasBias = parts.contains(.biases)
    if parts.contains(.gate) { add(.feedForwardGate, hidden, width, hasBias: hasBias) }
    add(.feedForwardUp, hidden, width, hasBias: hasBias)
    add(.feedForwardDown, width, hidden, hasBias: hasBias)
  }
}
