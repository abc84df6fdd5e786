internal import JSONDocuments

/// The keys of a Hugging Face config.json, read with their allowed ranges.
///
/// The ranges lie far beyond any model, and so close together that no product of sizes, tokens and
/// bytes leaves 63 bits.
struct ModelConfiguration {
  let keys: JSONCursor
  /// The configuration that this one is nested in, for the few keys that hold for both.
  var outer: JSONCursor?
  /// What the family's class gives where a nested configuration leaves a key out.
  var defaults: [String: Int64] = [:]
  /// The family of a nested configuration, where the whole tells it.
  var impliedType: String?

  /// Returns the whole number under a key.
  ///
  /// - Throws: ``ConfigurationError/unreadable(_:)`` when it is missing, of another kind or outside
  ///   `allowed`.
  func integer(
    _ key: String, in allowed: ClosedRange<Int64>
  ) throws(ConfigurationError) -> Int64 {
    if !keys.has(key), let value = defaults[key], allowed.contains(value) { return value }
    return try reading { () throws(JSONDocumentError) in
      try keys.required(key).integer(in: allowed)
    }
  }

  /// Returns the whole number under a key, or nil when the key is absent or `null`.
  func optionalInteger(
    _ key: String, in allowed: ClosedRange<Int64>
  ) throws(ConfigurationError) -> Int64? {
    if !keys.has(key), let value = defaults[key], allowed.contains(value) { return value }
    return try reading { () throws(JSONDocumentError) in
      try keys.optional(key)?.integer(in: allowed)
    }
  }

  /// Returns the truth value under a key, or `missing` when the key is absent or `null`.
  func bool(_ key: String, default missing: Bool) throws(ConfigurationError) -> Bool {
    let own = try reading { () throws(JSONDocumentError) in try keys.optional(key)?.bool() }
    guard Self.inheritedKeys.contains(key), let outer else { return own ?? missing }
    let inherited = try reading { () throws(JSONDocumentError) in try outer.optional(key)?.bool() }
    guard let inherited, let own, inherited != own else { return own ?? inherited ?? missing }
    throw .contradiction(
      key: key, what: "it is \(inherited) for the whole and \(own) under 'text_config'")
  }

  /// The keys of a whole configuration that hold for the text model in it.
  private static let inheritedKeys = ["tie_word_embeddings"]

  /// Returns the text under a key, or nil when the key is absent or `null`.
  func optionalText(_ key: String) throws(ConfigurationError) -> String? {
    try reading { () throws(JSONDocumentError) in try keys.optional(key)?.string() }
  }

  /// Returns the keys of the object under a key, or nil when the key is absent or `null`.
  func object(_ key: String) throws(ConfigurationError) -> ModelConfiguration? {
    try reading { () throws(JSONDocumentError) in
      try keys.optional(key).map { ModelConfiguration(keys: $0) }
    }
  }

  /// Returns the list of whole numbers under a key, or nil when it is absent or `null`.
  func optionalIntegers(
    _ key: String, in allowed: ClosedRange<Int64>
  ) throws(ConfigurationError) -> [Int64]? {
    try reading { () throws(JSONDocumentError) in
      guard let list = try keys.optional(key) else { return nil }
      var integers: [Int64] = []
      for element in try list.elements() { integers.append(try element.integer(in: allowed)) }
      return integers
    }
  }

  /// The value of the first of several keys of an object that is there and a text.
  func text(of key: String, in names: [String]) throws(ConfigurationError) -> String? {
    try reading { () throws(JSONDocumentError) in
      guard let object = try keys.optional(key) else { return nil }
      for name in names {
        if let text = try object.optional(name) { return try text.string() }
      }
      return nil
    }
  }

  /// The configuration of the language model: the whole, or what a multimodal model's configuration
  /// nests.
  func textModel() throws(ConfigurationError) -> ModelConfiguration {
    if let thinker = try object("thinker_config") { return try thinker.textModel() }
    for key in Self.nestingKeys {
      let nested = try reading { () throws(JSONDocumentError) in try keys.optional(key) }
      guard let nested else { continue }
      if let implied = try impliedTextType(of: nested) {
        return ModelConfiguration(keys: nested, outer: keys, impliedType: implied)
      }
      guard nested.has("model_type") else { continue }
      let modelType = try reading { () throws(JSONDocumentError) in
        try nested.required("model_type").string()
      }
      return ModelConfiguration(
        keys: nested, outer: keys, defaults: Self.classDefaults[modelType] ?? [:])
    }
    return self
  }

  /// The family of the language model.
  ///
  /// A Qwen2-VL has its text model's keys at the top, beside `vision_config`.
  func modelType() throws(ConfigurationError) -> String {
    if let impliedType { return impliedType }
    let modelType = try reading { () throws(JSONDocumentError) in
      try keys.required("model_type").string()
    }
    return Self.textTypes[modelType] ?? modelType
  }

  /// Where multimodal models nest their language model: those of transformers, InternVL, DeepSeek-VL.
  /// Qwen's Omni models nest another level deep.
  private static let nestingKeys = ["text_config", "llm_config", "language_config"]

  /// The text model of the families that do not nest its keys.
  ///
  /// Source: transformers 5.23.0, models/qwen2_vl and qwen2_5_vl, `__post_init__` of the whole.
  private static let textTypes = ["qwen2_vl": "qwen2_vl_text", "qwen2_5_vl": "qwen2_5_vl_text"]

  /// The family of the text model that this configuration nests, where the whole says more of it than
  /// the text model's own `model_type`; nil elsewhere.
  ///
  /// Source: MiniMaxAI/MiniMax-M3 (none there) and moonshotai/Kimi-K3 (`kimi_linear` there), config.json.
  private func impliedTextType(of nested: JSONCursor) throws(ConfigurationError) -> String? {
    switch try optionalText("model_type") {
    case "minimax_m3_vl": nested.has("model_type") ? nil : "minimax_m3"
    case "kimi_k3": "kimi_k3"
    default: nil
    }
  }

  func reading<Value>(
    _ body: () throws(JSONDocumentError) -> Value
  ) throws(ConfigurationError) -> Value {
    do { return try body() } catch { throw .unreadable(error) }
  }

  /// The numbers that published nested configurations leave to the family's class.
  ///
  /// Source: transformers 5.23.0, models/<type>/configuration_<type>.py. google/gemma-3-4b-it gives
  /// none of Gemma 3's, llava-hf/llava-1.5-7b-hf none of Llama's but the vocabulary and the context,
  /// mistral-community/pixtral-12b no query heads.
  private static let classDefaults: [String: [String: Int64]] = [
    "gemma3_text": [
      "vocab_size": 262_208, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
      "max_position_embeddings": 131_072, "sliding_window": 4096,
    ],
    "gemma": [
      "vocab_size": 256_000, "num_attention_heads": 16, "num_key_value_heads": 16,
      "head_dim": 256, "max_position_embeddings": 8192,
    ],
    "gemma2": [
      "vocab_size": 256_000, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
      "max_position_embeddings": 8192, "sliding_window": 4096,
    ],
    "llama": [
      "vocab_size": 32_000, "hidden_size": 4096, "intermediate_size": 11_008,
      "num_hidden_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 2048,
    ],
    "mistral": [
      "vocab_size": 32_000, "hidden_size": 4096, "intermediate_size": 14_336,
      "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
      "max_position_embeddings": 131_072, "sliding_window": 4096,
    ],
    "qwen2": ["max_position_embeddings": 32_768],
  ]
}
