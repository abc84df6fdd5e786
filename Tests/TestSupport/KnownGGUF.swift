internal import JSONDocuments
public import VRAMBudget

/// The GGUF files of the models that were measured: keys from the hyperparameters that their files
/// carry (llamacpp-models.json), tensors by name, shape and format as the quantizer makes them.
public struct KnownGGUF {
  public let name: String
  private let keys: JSONCursor
  private let architecture: String

  public static let names = [
    "SmolLM3-3B", "Llama-3.1-8B", "Llama-3.2-1B", "Llama-3.3-70B", "Mistral-7B-v0.3",
    "SmolLM2-360M", "Mixtral-8x7B", "Qwen2.5-0.5B", "Qwen2.5-7B", "Qwen2.5-Coder-14B",
    "Qwen3-0.6B", "Qwen3-4B", "Phi-3-mini-4k", "Gemma-2-2B", "Gemma-3-1B", "Gemma-3-4B",
    "gpt-oss-20b", "DeepSeek-V2-Lite", "LFM2-1.2B", "Qwen3-Next-80B-A3B", "mamba-130m",
  ]

  public init(_ name: String) throws {
    let path =
      Fixture.folder(of: #filePath) + "/../ModelFilesTests/Fixtures/llamacpp-models.json"
    let all = try JSONCursor(parsing: try Fixture.bytes(atPath: path))
    self.name = name
    keys = try all.required(name)
    architecture = try keys.required("arch").string()
  }

  /// A hyperparameter; nil where the model has none.
  public func integer(_ key: String) throws -> Int64? {
    try keys.optional(key)?.integer(in: 0...1 << 40)
  }

  /// The file's header and tensors; the tensors' data is not written.
  public func builder(_ plan: WeightPlan) throws -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.entries = try entries()
    builder.tensors = plan.entries.map { entry in
      GGUFBuilder.Tensor(
        entry.tensor.name, entry.tensor.shape.dimensions.map(UInt64.init),
        type: entry.format.ggmlType ?? 0, bytes: Int(entry.bytes.count))
    }
    return builder
  }

  /// The path of the file in a folder.
  public func path(in folder: TemporaryFolder, _ plan: WeightPlan) throws -> String {
    let builder = try builder(plan)
    let header = builder.header
    let data = builder.tensors.reduce(0) { $0 + ($1.bytes + 31) / 32 * 32 }
    return try folder.sparseFile(
      "\(name).gguf", header, bytes: Int64(header.count + data))
  }

  private func entries() throws -> [(key: String, value: GGUFBuilder.Value)] {
    var entries: [(key: String, value: GGUFBuilder.Value)] = [
      ("general.architecture", .string(architecture)), ("general.name", .string(name)),
      ("general.file_type", .uint32(15)),
    ]
    for (key, gguf) in Self.plain {
      guard let value = try integer(key) else { continue }
      entries.append(("\(architecture).\(gguf)", .uint32(UInt32(value))))
    }
    let heads = try keys.required("kv")
    if let list = try? heads.elements() {
      let counts = try list.map {
        GGUFBuilder.Value.int32(Int32(try $0.integer(in: 0...4096)))
      }
      entries.append(("\(architecture).attention.head_count_kv", .array(type: 5, counts)))
    } else {
      let count = UInt32(try heads.integer(in: 0...4096))
      entries.append(("\(architecture).attention.head_count_kv", .uint32(count)))
    }
    return entries + (try headEntries())
  }

  private static let plain = [
    ("L", "block_count"), ("d", "embedding_length"), ("ctx", "context_length"),
    ("ff", "feed_forward_length"), ("h", "attention.head_count"), ("E", "expert_count"),
    ("EU", "expert_used_count"), ("eff", "expert_feed_forward_length"),
    ("swa", "attention.sliding_window"), ("dense_lead", "leading_dense_block_count"),
    ("kv_lora", "attention.kv_lora_rank"), ("n_rot", "rope.dimension_count"),
    ("lcache", "shortconv.l_cache"), ("d_conv", "ssm.conv_kernel"),
    ("d_inner", "ssm.inner_size"), ("d_state", "ssm.state_size"),
    ("dt_rank", "ssm.time_step_rank"), ("n_group", "ssm.group_count"),
  ]

  /// The lengths of keys and values, which a latent cache gives twice.
  private func headEntries() throws -> [(key: String, value: GGUFBuilder.Value)] {
    func entry(_ key: String, _ value: Int64) -> (key: String, value: GGUFBuilder.Value) {
      ("\(architecture).attention.\(key)", .uint32(UInt32(value)))
    }
    guard let rank = try integer("kv_lora"), let rope = try integer("qk_rope") else {
      let length = try integer("hd") ?? 0
      return length == 0 ? [] : [entry("key_length", length), entry("value_length", length)]
    }
    let plain = try integer("qk_nope") ?? 0
    return [
      entry("key_length", rank + rope), entry("value_length", rank),
      entry("key_length_mla", plain + rope), entry("value_length_mla", try integer("vh") ?? 0),
    ]
  }
}
