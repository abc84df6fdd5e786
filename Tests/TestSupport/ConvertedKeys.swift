internal import JSONDocuments

/// The keys that llama.cpp's converter writes of a configuration, as far as a model's layers depend
/// on them.
///
/// It is written from the converter's rules alone and shares nothing with the reader. Where
/// transformers 5 spells a key in another way than the published configuration, both are taken.
///
/// Source: llama.cpp 0c1e57098, conversion/base.py, `TextModel.set_gguf_parameters`, and the same
/// function of each family's class.
struct ConvertedKeys {
  private let architecture: String
  let modelType: String
  let config: JSONCursor
  private var values: [(key: String, value: GGUFBuilder.Value)] = []

  /// All keys, in the order in which they were first written.
  var entries: [(key: String, value: GGUFBuilder.Value)] {
    [
      ("general.architecture", .string(architecture)), ("general.name", .string("converted")),
      ("general.file_type", .uint32(1)),
    ] + values.map { ("\(architecture).\($0.key)", $0.value) }
  }

  init(architecture: String, modelType: String, _ config: JSONCursor) throws {
    self.architecture = architecture
    self.modelType = modelType
    self.config = config
    try addBase()
    try addFamily(architecture)
  }

  /// What every class writes.
  private mutating func addBase() throws {
    try set("block_count", ["n_layers", "num_hidden_layers", "n_layer", "num_layers"])
    try set(
      "context_length",
      [
        "max_position_embeddings", "n_ctx", "n_positions", "max_length", "max_sequence_length",
        "model_max_length",
      ])
    try set("embedding_length", ["hidden_size", "n_embd", "dim"])
    try set(
      "feed_forward_length",
      [
        "prefix_dense_intermediate_size", "dense_intermediate_size", "intermediate_size", "n_inner",
        "hidden_dim",
      ])
    try set("attention.head_count", ["num_attention_heads", "n_head", "n_heads"])
    try set("attention.head_count_kv", ["num_key_value_heads", "n_kv_heads"])
    try set("expert_count", ["num_local_experts", "num_experts", "n_routed_experts"])
    try set(
      "expert_used_count", ["num_experts_per_tok", "num_experts_per_token", "top_k_experts"])
    try set("expert_feed_forward_length", ["expert_intermediate_size", "moe_intermediate_size"])
    try set("expert_group_count", ["n_group"])
    try set("expert_group_used_count", ["topk_group"])
    try set("attention.key_length", ["head_dim"])
    try set("attention.value_length", ["head_dim"])
  }

  // MARK: Writing

  mutating func set(_ key: String, _ value: GGUFBuilder.Value) {
    if let index = values.firstIndex(where: { $0.key == key }) {
      values[index].value = value
    } else {
      values.append((key, value))
    }
  }

  mutating func set(_ key: String, _ number: Int64) { set(key, .uint32(UInt32(number))) }

  /// Writes the first number that is there under several names, if any.
  mutating func set(_ key: String, _ names: [String]) throws {
    guard let number = try optional(names) else { return }
    set(key, number)
  }

  mutating func set(_ key: String, numbers: [Int64]) {
    set(key, .array(type: 5, numbers.map { .int32(Int32($0)) }))
  }

  mutating func set(_ key: String, flags: [Bool]) {
    set(key, .array(type: 7, flags.map { .bool($0) }))
  }

  mutating func remove(_ key: String) { values.removeAll { $0.key == key } }

  // MARK: Reading

  /// The first number under several names; a list of equal numbers counts as one.
  func optional(_ names: [String]) throws -> Int64? {
    for name in names {
      guard let value = try config.optional(name) else { continue }
      if let list = try? value.elements() {
        return try list.first?.integer(in: 0...(1 << 40))
      }
      return try value.integer(in: 0...(1 << 40))
    }
    return nil
  }

  func required(_ names: String...) throws -> Int64 {
    if let number = try optional(names) { return number }
    return try config.required(names[0]).integer(in: 0...(1 << 40))
  }

  func texts(_ name: String) throws -> [String]? { try config.optional(name)?.strings() }

  var layers: Int {
    get throws { Int(try required("n_layers", "num_hidden_layers", "n_layer", "num_layers")) }
  }
}
