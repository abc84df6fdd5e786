internal import JSONDocuments
internal import VRAMBudget

/// The names under which a family's configurations give a decoder's sizes.
///
/// Where there are several names, they are spellings of one size, the family's own first;
/// transformers takes any of them (`attribute_map`).
struct SizeKeys {
  /// How many heads have keys and values of their own.
  enum KeyValueHeads {
    /// `num_key_value_heads`.
    case byKey
    /// As many as query heads.
    case allHeads
    /// One where `multi_query` is true, else as many as query heads; but the number under
    /// `groupedKey` where `new_decoder_architecture` is true (Falcon).
    case multiQuery(groupedKey: String?)
  }

  var layers = ["num_hidden_layers"]
  var hidden = ["hidden_size"]
  var queryHeads = ["num_attention_heads"]
  var keyValueHeads = KeyValueHeads.byKey
  var context = ["max_position_embeddings"]
  /// The context of a family whose configurations need not say it.
  var contextDefault: Int64?
  /// The width of a dense feed-forward; none for a family where it follows from the hidden size.
  var width = ["intermediate_size"]
  /// How many times the hidden size a feed-forward is wide where no key says it.
  var widthMultiple: Int64?
  /// The list of each layer's query heads, where layers differ.
  var layerQueryHeads: String?

  /// The spellings of GPT-2 and its kin.
  static func gpt2(_ keyValueHeads: KeyValueHeads = .allHeads) -> SizeKeys {
    SizeKeys(
      layers: ["n_layer", "num_hidden_layers"], hidden: ["n_embd", "hidden_size"],
      queryHeads: ["n_head", "num_attention_heads"], keyValueHeads: keyValueHeads,
      context: ["n_positions", "max_position_embeddings"], width: ["n_inner"], widthMultiple: 4)
  }

  /// Returns the width of a dense feed-forward.
  func width(
    hidden: Int64, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> Int64 {
    let allowed: ClosedRange<Int64> = 1...(1 << 22)
    for key in width {
      if let given = try configuration.optionalInteger(key, in: allowed) { return given }
    }
    if let widthMultiple { return widthMultiple * hidden }
    return try configuration.integer(width.first ?? "intermediate_size", in: allowed)
  }
}

extension ModelConfiguration {
  /// Returns the whole number under one of several spellings of a key.
  ///
  /// - Throws: ``ConfigurationError/contradiction(key:what:)`` when two of them differ,
  ///   ``ConfigurationError/unreadable(_:)`` when none is there.
  func integer(
    under spellings: [String], in allowed: ClosedRange<Int64>, default missing: Int64? = nil
  ) throws(ConfigurationError) -> Int64 {
    var found: (key: String, value: Int64)?
    for key in spellings {
      guard let value = try optionalInteger(key, in: allowed) else { continue }
      if let found, found.value != value {
        throw .contradiction(key: key, what: "it is \(value), but '\(found.key)' is \(found.value)")
      }
      found = found ?? (key, value)
    }
    if let value = found?.value ?? missing { return value }
    return try integer(spellings.first ?? "", in: allowed)
  }

  /// Returns the whole number under a key that holds one, or a list of equal ones, one a layer.
  ///
  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` when layers differ.
  func uniformInteger(
    _ key: String, in allowed: ClosedRange<Int64>
  ) throws(ConfigurationError) -> Int64? {
    guard let value = try? keys.optional(key), case .array = value.node.value,
      let list = try? value.elements()
    else { return try optionalInteger(key, in: allowed) }
    var numbers: Set<Int64> = []
    for element in list {
      numbers.insert(
        try reading { () throws(JSONDocumentError) in try element.integer(in: allowed) })
    }
    guard numbers.count <= 1 else {
      throw .unsupported(key: key, value: "numbers that differ from layer to layer")
    }
    return numbers.first
  }
}
