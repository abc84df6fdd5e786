import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("GGUF files that hold no model that is known")
struct GGUFModelErrorTests {
  /// conversion/base.py, `_try_set_pooling_type`: only of what sentence-transformers pools.
  @Test("A file that says how its outputs are pooled holds an embedding model")
  func pooled() throws {
    let folder = try TemporaryFolder()
    for isPooled in [false, true] {
      var builder = builder()
      if isPooled { builder.entries.append(("llama.pooling_type", .uint32(3))) }
      let path = try folder.file("\(isPooled).gguf", builder.file)
      let shape = try GGUFModel(GGUFFile(path: path), id: "m", name: "m").shape
      #expect(shape.isEmbedding == isPooled && !shape.isEncoder)
    }
  }

  /// A dense model of one layer: 64 elements wide, four query heads and two KV heads of 16.
  private func builder() -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.entries = [
      ("general.architecture", .string("llama")), ("llama.block_count", .uint32(1)),
      ("llama.embedding_length", .uint32(64)), ("llama.context_length", .uint32(2048)),
      ("llama.attention.head_count", .uint32(4)), ("llama.attention.head_count_kv", .uint32(2)),
    ]
    builder.tensors = [
      tensor("token_embd.weight", 64, 100), tensor("output_norm.weight", 64),
      tensor("blk.0.attn_norm.weight", 64), tensor("blk.0.attn_q.weight", 64, 64),
      tensor("blk.0.attn_k.weight", 64, 32), tensor("blk.0.attn_v.weight", 64, 32),
      tensor("blk.0.attn_output.weight", 64, 64), tensor("blk.0.ffn_norm.weight", 64),
      tensor("blk.0.ffn_gate.weight", 64, 96), tensor("blk.0.ffn_up.weight", 64, 96),
      tensor("blk.0.ffn_down.weight", 96, 64),
    ]
    return builder
  }

  private func tensor(_ name: String, _ dimensions: UInt64...) -> GGUFBuilder.Tensor {
    GGUFBuilder.Tensor(
      name, dimensions, type: 0, bytes: Int(dimensions.reduce(4, *)))
  }

  private func model(_ builder: GGUFBuilder) throws -> GGUFModel {
    let folder = try TemporaryFolder()
    let path = try folder.file("model.gguf", builder.file)
    return try GGUFModel(try GGUFFile(path: path), id: path, name: "tiny")
  }

  private func setting(_ key: String, _ value: GGUFBuilder.Value?) -> GGUFBuilder {
    var changed = builder()
    changed.entries.removeAll { $0.key == key }
    if let value { changed.entries.append((key, value)) }
    return changed
  }

  @Test("The file without a fault is read")
  func faultless() throws {
    let shape = try model(builder()).shape
    #expect(shape.name == "tiny")
    #expect(
      shape.layers == [
        Layer(
          mixers: [
            .attention(
              Attention(queryHeads: 4, keyValueHeads: 2, keyDimension: 16, valueDimension: 16))
          ], feedForward: .dense(intermediate: 96, isFused: false))
      ])
  }

  @Test("Without a file type the format with the most bytes names the weights")
  func unnamedMix() throws {
    #expect(try model(builder()).weights.name == "f32")
  }

  @Test("A family that is not known is refused by name")
  func unknownFamily() throws {
    let error = #expect(throws: GGUFModelError.self) {
      try model(setting("general.architecture", .string("llama9")))
    }
    guard case .unknownArchitecture("llama9", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("A projector and an adapter are no models")
  func notModels() throws {
    #expect(throws: GGUFModelError.notAModel(what: "a vision projector")) {
      try model(setting("general.architecture", .string("clip")))
    }
    #expect(throws: GGUFModelError.notAModel(what: "something of the type 'adapter'")) {
      try model(setting("general.type", .string("adapter")))
    }
  }

  @Test("A tensor of no known role is refused by name")
  func unknownTensor() throws {
    for name in [
      "blk.0.attn_z.weight", "blk.1.attn_q.weight", "blk.0.attn_norm.scale",
      "blk.0.attn_q_norm.input_scale", "extra", "blk..x",
      "blk.99999999999999999999.attn_q.weight", "blk.-1.attn_q.weight", "blk.0.", ".weight",
    ] {
      var changed = builder()
      changed.tensors.append(tensor(name, 64))
      #expect(throws: GGUFModelError.unknownTensor(name, architecture: "llama")) {
        try model(changed)
      }
    }
  }

  @Test("Scales of NVFP4 and a classifier are loaded, and the scales are no parameters")
  func scales() throws {
    let plain = try model(builder())
    var changed = builder()
    changed.tensors += [
      tensor("blk.0.attn_q.scale", 1), tensor("blk.0.attn_q.input_scale", 1),
      tensor("cls.output.weight", 64, 2),
    ]
    let scaled = try model(changed)
    #expect(scaled.shape.parameters == plain.shape.parameters + 128)
    #expect(scaled.weights.tensorBytes == plain.weights.tensorBytes + Bytes(4 + 4 + 512))
    #expect(scaled.shape.layers == plain.shape.layers)
  }

  @Test("A missing key or tensor is named")
  func missing() throws {
    for key in ["block_count", "embedding_length", "context_length"] {
      #expect(throws: GGUFModelError.metadata(.missing(key: "llama.\(key)"))) {
        try model(setting("llama.\(key)", nil))
      }
    }
    var changed = builder()
    changed.tensors.removeAll { $0.name == "token_embd.weight" }
    #expect(throws: GGUFModelError.missingTensor("token_embd.weight")) { try model(changed) }
    changed = builder()
    changed.tensors.removeAll { $0.name == "blk.0.attn_k.weight" }
    #expect(throws: GGUFModelError.missingTensor("blk.0.attn_k.weight")) { try model(changed) }
  }

  @Test(
    "A layer lacks no matrix, and each has the sizes of the keys",
    arguments: [
      "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down",
    ])
  func matrices(role: String) throws {
    let name = "blk.0.\(role).weight"
    var lacking = builder()
    lacking.tensors.removeAll { $0.name == name }
    #expect(throws: GGUFModelError.missingTensor(name)) { try model(lacking) }
    var changed = builder()
    let index = try #require(changed.tensors.firstIndex { $0.name == name })
    let shape = changed.tensors[index].dimensions
    changed.tensors[index] = tensor(name, shape[0], shape[1] + 32)
    let error = #expect(throws: GGUFModelError.self) { try model(changed) }
    guard case .contradiction = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    "Norms are there and as wide as the model",
    arguments: ["output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"])
  func norms(role: String) throws {
    let name = "\(role).weight"
    var lacking = builder()
    lacking.tensors.removeAll { $0.name == name }
    #expect(throws: GGUFModelError.missingTensor(name)) { try model(lacking) }
    var halved = builder()
    let index = try #require(halved.tensors.firstIndex { $0.name == name })
    halved.tensors[index] = tensor(name, 32)
    let error = #expect(throws: GGUFModelError.self) { try model(halved) }
    guard case .contradiction = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("Tensors that a dense model's keys say nothing of contradict them")
  func otherTensors() throws {
    let experts = [
      tensor("blk.0.ffn_gate_inp.weight", 64, 4), tensor("blk.0.ffn_gate_exps.weight", 64, 32, 4),
      tensor("blk.0.ffn_up_exps.weight", 64, 32, 4),
      tensor("blk.0.ffn_down_exps.weight", 32, 64, 4),
    ]
    let used: (key: String, value: GGUFBuilder.Value) = ("llama.expert_used_count", .uint32(2))
    let count: (key: String, value: GGUFBuilder.Value) = ("llama.expert_count", .uint32(4))
    let tokens: (key: String, value: GGUFBuilder.Value) = (
      "tokenizer.ggml.tokens", .array(type: 8, (0..<250).map { .string("\($0)") })
    )
    let cases: [(String, [GGUFBuilder.Tensor], [(key: String, value: GGUFBuilder.Value)])] = [
      ("llama.expert_count", experts, [used]), ("llama.expert_count", experts, [used, count]),
      ("tokenizer.ggml.tokens", [], [tokens]),
      ("llama.embedding_length", [tensor("blk.0.attn_q.bias", 32)], []),
    ]
    for (key, tensors, entries) in cases {
      var changed = builder()
      changed.tensors += tensors
      changed.entries += entries
      let error = #expect(throws: GGUFModelError.self) { try model(changed) }
      guard case .contradiction(key, _) = error else {
        Issue.record("\(key): \(String(describing: error))")
        continue
      }
    }
  }

  @Test("Keys that contradict the tensors are named")
  func contradictions() throws {
    let faults: [(key: String, value: GGUFBuilder.Value)] = [
      ("llama.attention.head_count_kv", .uint32(4)), ("llama.attention.head_count_kv", .uint32(3)),
      ("llama.attention.head_count_kv", .uint32(0)), ("llama.attention.head_count", .uint32(0)),
      ("llama.attention.key_length", .uint32(32)), ("llama.attention.value_length", .uint32(8)),
      ("llama.embedding_length", .uint32(128)), ("llama.feed_forward_length", .uint32(128)),
      ("llama.attention.head_count_kv", .array(type: 5, [])),
    ]
    for fault in faults {
      let error = #expect(throws: GGUFModelError.self, "\(fault)") {
        try model(setting(fault.key, fault.value))
      }
      guard case .contradiction = error else {
        Issue.record("\(fault): \(String(describing: error))")
        continue
      }
    }
  }

  @Test("What a family's rules and the keys do not allow is named")
  func familyRules() throws {
    let faults: [(family: String, key: String, value: GGUFBuilder.Value?)] = [
      ("gemma4", "attention.sliding_window", nil),
      ("gemma4", "attention.sliding_window_pattern", nil),
      ("gemma4", "attention.sliding_window_pattern", .uint32(2)),
      ("gemma4", "attention.sliding_window_pattern", .array(type: 7, [.bool(true)])),
      ("gemma4", "attention.shared_kv_layers", .uint32(3)),
      ("gemma4", "attention.key_length_swa", .uint32(8)),
      ("deci", "attention.head_count_kv", .uint32(2)),
      ("granite_swa", "attention.rope_pattern", .array(type: 5, [.int32(2), .int32(2)])),
      ("glm-dsa", "attention.indexer.head_count", nil),
      ("glm-dsa", "attention.indexer.key_length", .uint32(16)),
      ("glm-dsa", "nextn_predict_layers", .uint32(2)), ("glm-dsa", "expert_used_count", .uint32(0)),
      ("glm-dsa", "nextn_predict_layers", nil), ("kimi-linear", "kda.head_dim", .uint32(8)),
      ("kimi-linear", "attention.head_count", .uint32(0)),
      ("minimax-01", "attention.key_length", .uint32(0)), ("mamba", "ssm.inner_size", nil),
      ("llama", "nextn_predict_layers", .uint32(1)),
    ]
    for fault in faults {
      var changed = TinyGGUF.builder(fault.family)
      let key = "\(fault.family).\(fault.key)"
      changed.entries.removeAll { $0.key == key }
      if let value = fault.value { changed.entries.append((key, value)) }
      #expect(throws: GGUFModelError.self, "\(fault)") { try model(changed) }
    }
  }

  @Test("Keys out of range or of another kind are named")
  func badKeys() throws {
    let faults: [(key: String, value: GGUFBuilder.Value)] = [
      ("llama.block_count", .uint32(0)), ("llama.block_count", .uint64(1 << 63)),
      ("llama.block_count", .string("1")), ("llama.context_length", .int32(-1)),
      ("llama.attention.head_count", .float32(4)), ("general.architecture", .uint32(1)),
      ("general.name", .bool(true)), ("general.file_type", .string("Q4_K_M")),
    ]
    for fault in faults {
      let error = #expect(throws: GGUFModelError.self, "\(fault)") {
        try model(setting(fault.key, fault.value))
      }
      guard case .metadata = error else {
        Issue.record("\(fault): \(String(describing: error))")
        continue
      }
    }
  }

  @Test("Layers for multi-token prediction are not loaded, and said to be there")
  func predictionLayers() throws {
    var changed = builder()
    changed.entries = changed.entries.map { entry in
      let key = entry.key.replacing("llama.", with: "glm4moe.")
      return (key, entry.key == "general.architecture" ? .string("glm4moe") : entry.value)
    }
    changed.entries.removeAll { $0.key == "glm4moe.block_count" }
    changed.entries += [
      ("glm4moe.block_count", .uint32(2)), ("glm4moe.nextn_predict_layers", .uint32(1)),
    ]
    changed.tensors += [
      tensor("blk.0.post_attention_norm.weight", 64),
      tensor("blk.1.nextn.eh_proj.weight", 128, 64),
    ]
    let model = try model(changed)
    #expect(model.shape.layers.count == 1)
    #expect(model.skippedTensors == 1)
    #expect(model.skippedBytes == Bytes(4 * 128 * 64))
  }
}
