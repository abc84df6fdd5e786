internal import JSONDocuments
internal import VRAMBudget

/// Keys that say something of every layer, and features that are refused.
extension ModelConfiguration {
  /// Returns the text under a key; nil when it is absent or of another kind.
  func text(_ key: String) throws(ConfigurationError) -> String? {
    guard let value = try reading({ () throws(JSONDocumentError) in try keys.optional(key) })
    else { return nil }
    return try? value.string()
  }

  /// Returns one number for each layer: those of the list under a key, or its only number for all.
  func integersPerLayer(
    _ key: String, layers: Int, in allowed: ClosedRange<Int64>
  ) throws(ConfigurationError) -> [Int64] {
    let value = try reading { () throws(JSONDocumentError) in try keys.required(key) }
    guard let elements = try? value.elements() else {
      return Array(repeating: try integer(key, in: allowed), count: layers)
    }
    guard elements.count == layers else {
      throw .contradiction(
        key: key, what: "it has \(elements.count) entries for \(layers) layers")
    }
    return try reading { () throws(JSONDocumentError) in
      var integers: [Int64] = []
      for element in elements { integers.append(try element.integer(in: allowed)) }
      return integers
    }
  }

  /// Returns the number of layers for multi-token prediction.
  ///
  /// Source: transformers 5.23.0, `attribute_map` of DeepSeek-V3 and GLM-4.5; Qwen3.5 has a key of its
  /// own.
  func predictionLayers() throws(ConfigurationError) -> Int {
    for key in ["num_nextn_predict_layers", "num_mtp_layers", "mtp_num_hidden_layers"] {
      if let layers = try optionalInteger(key, in: 0...1024) { return Int(layers) }
    }
    return 0
  }

  /// Returns the tokens that the rotation is scaled to, as vLLM derives them: those of `llama3` and
  /// `longrope` are in `max_position_embeddings` already, as are Gemma 3's.
  ///
  /// Source: vLLM 0.25.1, vllm/config/model.py, `_get_and_verify_max_len`.
  func scaledContext(from maximum: Int64) -> Int64 {
    guard let type = try? modelType(), !type.contains("gemma3") else { return maximum }
    var most = maximum
    for key in ["rope_parameters", "rope_scaling"] {
      guard let object = (try? keys.optional(key)) ?? nil else { continue }
      // One for all layers, or one for each of their kinds.
      let nested = ((try? object.members()) ?? []).map(\.value)
      for rope in [object] + nested { most = max(most, Self.scaled(maximum, by: rope)) }
    }
    return most
  }

  private static func scaled(_ maximum: Int64, by rope: JSONCursor) -> Int64 {
    func value(_ key: String) -> JSONCursor? { (try? rope.optional(key)) ?? nil }
    guard let type = try? (value("rope_type") ?? value("type"))?.string(),
      !["su", "longrope", "llama3"].contains(type),
      let factor = try? value("factor")?.number(), factor > 1, factor < 1e6
    else { return maximum }
    let allowed = Workload.allowedContext
    let original =
      type == "yarn" ? try? value("original_max_position_embeddings")?.integer(in: allowed) : nil
    return min(allowed.upperBound, Int64(Double(original ?? maximum) * factor))
  }

  /// Returns the list of texts under a key; nil when it is absent or `null`.
  func optionalTexts(_ key: String) throws(ConfigurationError) -> [String]? {
    try reading { () throws(JSONDocumentError) in try keys.optional(key)?.strings() }
  }

  /// Returns, for each of the texts, which of two kinds it names; nil for no texts.
  ///
  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` for a text that names neither.
  func flags(
    _ texts: [String]?, isTrue: Set<String>, isFalse: Set<String>, key: String
  ) throws(ConfigurationError) -> [Bool]? {
    guard let texts else { return nil }
    for text in texts where !isTrue.contains(text) && !isFalse.contains(text) {
      throw .unsupported(key: key, value: text)
    }
    return texts.map(isTrue.contains)
  }

  /// Refuses a feature that is not described.
  ///
  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` where the key is true.
  func requireFalse(_ key: String) throws(ConfigurationError) {
    guard try !bool(key, default: false) else { throw .unsupported(key: key, value: "true") }
  }

  /// Refuses a configuration without the key, which may be `null`: a class would fill in a number
  /// of its own, or programs would not agree on one.
  ///
  /// - Throws: ``ConfigurationError/unreadable(_:)``.
  func requireGiven(_ key: String) throws(ConfigurationError) {
    guard !isGiven(key) else { return }
    _ = try reading { () throws(JSONDocumentError) in try keys.required(key) }
  }

  /// Whether the key is there, or nested where the family's class says its number.
  func isGiven(_ key: String) -> Bool { keys.has(key) || defaults[key] != nil }
}
