import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// What one run of torchao stored: bytes by module and inner tensor, of torchao-8da4w.tsv.
private struct TorchAORun {
  /// An inner tensor of a module: `q_proj`, `scale`, `bfloat16`.
  struct Inner: Hashable {
    let module: String
    let inner: String
    let dtype: String
  }

  let name: String
  var bytes: [Inner: Int64] = [:]

  static func load() throws -> [TorchAORun] {
    var runs: [TorchAORun] = []
    for row in try FixtureTable("torchao-8da4w.tsv", filePath: fixtureAnchor).rows {
      let name = try #require(row["run"])
      if runs.last?.name != name { runs.append(TorchAORun(name: name)) }
      let inner = Inner(
        module: try #require(row["module"]), inner: try #require(row["inner"]),
        dtype: try #require(row["dtype"]))
      runs[runs.count - 1].bytes[inner, default: 0] += try #require(
        row["bytes"].flatMap { Int64($0) })
    }
    return runs
  }

  /// The model that was quantized: `smol-2L-float32` is SmolLM3's first two layers.
  func model() throws -> ModelShape {
    let parts = name.split(separator: "-")
    let model =
      switch parts[0] {
      case "smol": try KnownModel.named("SmolLM3-3B")
      case "qwen06": try KnownModel.named("Qwen3-0.6B")
      case "llama1b": try KnownModel.named("Llama-3.2-1B")
      default:
        try ConfigurationFile(
          Fixture.bytes("published/Phi-4-mini-instruct.json", filePath: fixtureAnchor),
          id: "phi", name: "Phi-4-mini"
        ).shape
      }
    return model.keeping(layers: try #require(Int(parts[1].dropLast())))
  }

  /// What the model was loaded as, which its norms and the scales of its embedding keep.
  var loaded: String { name.hasSuffix("bfloat16") ? "bfloat16" : "float32" }
}

/// The modules of a checkpoint that hold tensors of a role.
private func module(of role: TensorRole, in model: ModelShape) -> String {
  let isFused = model.attentions.contains { $0?.isFused == true }
  return switch role {
  case .tokenEmbedding: "embed_tokens"
  case .output: "lm_head"
  case .outputNorm: "norm"
  case .attentionQuery: "q_proj"
  case .attentionKey: "k_proj"
  case .attentionValue: "v_proj"
  case .attentionQueryKeyValue: "qkv_proj"
  case .attentionOutput: "o_proj"
  case .attentionQueryNorm: "q_norm"
  case .attentionKeyNorm: "k_norm"
  case .attentionNorm: "input_layernorm"
  case .feedForwardNorm: "post_attention_layernorm"
  case .feedForwardGate: "gate_proj"
  case .feedForwardUp: isFused ? "gate_up_proj" : "up_proj"
  case .feedForwardDown: "down_proj"
  default: role.rawValue
  }
}

@Suite("8da4w as torchao and ExecuTorch store it")
struct TorchAOTests {
  /// The inner tensors that a checkpoint plan's entries stand for.
  private func bytes(
    of plan: WeightPlan, in model: ModelShape, loadedAs loaded: String
  ) -> [TorchAORun.Inner: Int64] {
    var bytes: [TorchAORun.Inner: Int64] = [:]
    for entry in plan.entries {
      let elements = entry.tensor.shape.elements
      func add(_ inner: String, _ dtype: String, _ count: Int64) {
        let key = TorchAORun.Inner(
          module: module(of: entry.tensor.role, in: model), inner: inner, dtype: dtype)
        bytes[key, default: 0] += count
      }
      let wide: Int64 = loaded == "float32" ? 4 : 2
      switch entry.format.layout {
      case .groups(let bits, let size, let scaleBits, let zeroBits):
        add("qdata", "int8", elements * bits / 8)
        add("scale", "bfloat16", elements / size * scaleBits / 8)
        add("zero_point", "int8", elements / size * zeroBits / 8)
      case .rows(let bits, _, let zeroBits):
        let rows = elements / entry.tensor.shape.rowElements
        add("qdata", "int8", elements * bits / 8)
        add("scale", loaded, rows * wide)
        add("zero_point", "int8", rows * zeroBits / 8)
      default: add("tensor", loaded, elements * wide)
      }
    }
    return bytes
  }

  @Test("Every inner tensor of every checkpoint has its bytes and its type")
  func checkpoints() throws {
    var checked = 0
    for run in try TorchAORun.load() {
      let model = try run.model()
      let recipe = try #require(try FormatRecipe.named("8da4w").checkpoint)
      let plan = try recipe.plan(for: model)
      #expect(bytes(of: plan, in: model, loadedAs: run.loaded) == run.bytes, "\(run.name)")
      if run.loaded == "float32" {
        #expect(plan.tensorBytes.count == run.bytes.values.reduce(0, +), "\(run.name)")
      }
      checked += run.bytes.count
    }
    #expect(checked == 173)
  }

  /// A row of executorch-pte.tsv as numbers.
  private static func programs() throws -> [(label: String, type: String, values: [String: Int64])]
  {
    try FixtureTable("executorch-pte.tsv", filePath: fixtureAnchor).rows.map { row in
      (
        try #require(row["label"]), try #require(row["model_type"]),
        row.compactMapValues { Int64($0) }
      )
    }
  }

  private func model(_ type: String, _ row: [String: Int64]) throws -> ModelShape {
    let keys = [
      "hidden_size": "hidden", "intermediate_size": "intermediate", "num_attention_heads": "heads",
      "num_key_value_heads": "key_value_heads", "head_dim": "head_dimension",
      "vocab_size": "vocabulary", "num_hidden_layers": "layers",
    ]
    let numbers = try keys.sorted { $0.key < $1.key }.map { key, column in
      "\"\(key)\": \(try #require(row[column]))"
    }
    let text =
      #"{"model_type": "\#(type)", "max_position_embeddings": 2048, "tie_word_embeddings": true, "#
      + numbers.joined(separator: ", ") + "}"
    return try ConfigurationFile(Array(text.utf8), id: type, name: type).shape
  }

  @Test("Every program has its linears, constants, cache and arena to the byte, its file in 0.1 %")
  func programs() throws {
    let rows = try Self.programs()
    #expect(rows.count == 8)
    for (label, type, row) in rows {
      let model = try model(type, row)
      let plan = try FormatRecipe.named("8da4w").plan(for: model)
      let deployment = Deployment(
        model: model, weights: plan, runtime: .execuTorch(ExecuTorchSettings()),
        workload: Workload(contextTokens: 2048, contextOrigin: .given, sequences: 1))
      let linears = plan.entries.filter { $0.format == plan.origin.recipe?.mainFormat }.map(\.bytes)
      #expect(linears.reduce(.zero, +).count == row["linears"], "\(label)")
      // Constants: embedding and norms, frequencies of the rotation, 32 bytes of scalars.
      let frequencies = 2 * (row["head_dimension"] ?? 0)
      #expect(
        plan.tensorBytes.count - linears.reduce(.zero, +).count + frequencies + 32
          == row["constants"], "\(label)")
      let file = try #require(deployment.fileBytes).count
      let measured = try #require(row["file"])
      #expect(abs(file - measured) <= 32, "\(label): \(file - measured)")
      #expect(abs(file - measured) * 1000 <= measured, "\(label)")
      let budget = try Budget(
        of: [deployment],
        on: [Device(id: "phone", name: "phone", backend: .cpu, total: .gibibytes(8))])
      #expect(budget.expected(.keyValueCache, of: 0).count == row["cache"], "\(label)")
      let line = try #require(budget.entries.first { $0.line.name == .computeBuffer }).line
      let arena = try #require(row["arena"])
      // With 1,024 words other activations than the logits are the largest.
      if row["vocabulary"] != 1024 {
        #expect(line.estimate == ByteEstimate(exactly: Bytes(arena)), "\(label)")
        #expect(line.basis == .exact)
      } else {
        #expect(line.estimate.low.count < arena && arena <= line.estimate.high.count, "\(label)")
        #expect(abs(line.estimate.expected.count - arena) * 100 <= 3 * arena, "\(label)")
        #expect(line.basis == .modelled)
      }
    }
  }

  @Test("A window beyond the context is kept as attention to all is; a shorter one is refused")
  func windows() throws {
    let model = try KnownModel.catalogued("mistralai/Mistral-7B-v0.1")
    let plan = try FormatRecipe.named("8da4w").plan(for: model)
    func cache(_ context: Int64) throws -> BudgetLine? {
      let deployment = Deployment(
        model: model, weights: plan, runtime: .execuTorch(ExecuTorchSettings()),
        workload: Workload(contextTokens: context, contextOrigin: .given))
      return try Budget(
        of: [deployment],
        on: [Device(id: "phone", name: "phone", backend: .cpu, total: .gibibytes(16))]
      ).entries.first { $0.line.name == .keyValueCache }?.line
    }
    // 32 layers of 8 KV heads of 128, K and V, fp32.
    let line = try #require(try cache(1024))
    #expect(line.estimate.expected == Bytes(1024 * 32 * 8 * 128 * 2 * 4))
    #expect(line.basis == .modelled && line.estimate.high > line.estimate.expected)
    #expect(throws: RuntimeError.self) { try cache(8192) }
  }
}
