import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of published-parameters.jsonl.
struct PublishedRow: CustomTestStringConvertible, Sendable {
  let label: String
  let configuration: JSONCursor
  /// The elements of the published checkpoint that are parameters.
  let parameters: Int64

  var testDescription: String { label }

  static let all: [PublishedRow] = (try? load()) ?? []

  private static func load() throws -> [PublishedRow] {
    try Fixture.text("published-parameters.jsonl").split(separator: "\n").map { line in
      let row = try JSONCursor(parsing: Array(line.utf8))
      let total = try row.required("published_total").integer(in: 1...1 << 50)
      return PublishedRow(
        label: try row.required("label").string(), configuration: try row.required("config"),
        parameters: total - (try row.required("not_described").integer(in: 0...1 << 40)))
    }
  }
}

@Suite("Families of decoders")
struct DecoderFamilyTests {
  @Test(
    "A family of its own code has as many parameters as is published", arguments: PublishedRow.all)
  func published(row: PublishedRow) throws {
    let model = try ModelShape(
      configuration: row.configuration, id: row.label, name: row.label, source: .config)
    #expect(model.parameters == row.parameters)
  }

  @Test("Every published row is here")
  func rows() {
    #expect(PublishedRow.all.count == 15)
  }

  private func model(
    _ label: String, _ old: String = "\"model_type\"", _ new: String = "\"model_type\""
  ) throws -> ModelShape { try ChangedConfiguration(label, old, new).shape() }

  private func shapes(_ model: ModelShape, _ name: String) -> [[Int64]] {
    model.ggufTensors.filter { $0.name == name }.map(\.shape.dimensions)
  }

  @Test(
    "A GGUF file has the heads' norms of StableLM in one matrix, a checkpoint in one tensor each")
  func headNorms() throws {
    let model = try model("StableLM-2-12B")
    #expect(shapes(model, "blk.0.attn_q_norm.weight") == [[160, 32]])
    #expect(shapes(model, "blk.0.attn_k_norm.weight") == [[160, 8]])
    #expect(model.checkpointTensors.count { $0.name == "blk.0.attn_q_norm.weight" } == 32)
  }

  @Test("A GGUF file has queries, keys and values of InternLM 2 apart, a checkpoint together")
  func internLM2() throws {
    let row = try #require(PublishedRow.all.first { $0.label == "internlm/internlm2-chat-7b" })
    let model = try ModelShape(
      configuration: row.configuration, id: "m", name: "m", source: .config)
    #expect(shapes(model, "blk.0.attn_q.weight") == [[4096, 4096]])
    #expect(shapes(model, "blk.0.attn_v.weight") == [[4096, 1024]])
    #expect(shapes(model, "blk.0.attn_qkv.weight").isEmpty)
    #expect(model.checkpointTensors.contains { $0.name == "blk.0.attn_qkv.weight" })
  }

  @Test("A GGUF file of Falcon has the head that its tied checkpoint stores")
  func falconHead() throws {
    let model = try model("falcon-classdefaults")
    #expect(shapes(model, "output.weight") == [[4544, 65024]])
    // The published safetensors of falcon-7b-instruct: 7,217,189,760 elements.
    #expect(model.parameters + 4544 * 65024 == 7_217_189_760)
  }

  @Test("llama.cpp gives Falcon's matrices other formats than others'")
  func falconFormats() throws {
    let model = try model("Falcon-40B")
    // By hand from llama.cpp 0c1e57098, src/llama-quant.cpp: of 60 layers the first 3; the first 7,
    // the last 8 and every third between; the rest.
    let expected: [(LlamaCppFileType, String, TensorFormat)] = [
      (.q4_K_M, "output.weight", .q8_0), (.q4_K_M, "blk.2.ffn_down.weight", .q6_K),
      (.q4_K_M, "blk.6.ffn_down.weight", .q5_K), (.q4_K_M, "blk.7.ffn_down.weight", .q4_K),
      (.q4_K_M, "blk.9.ffn_down.weight", .q5_K), (.q4_K_M, "blk.59.ffn_down.weight", .q5_K),
      (.q4_K_S, "blk.0.ffn_down.weight", .q4_K), (.q3_K_L, "blk.0.attn_output.weight", .q4_K),
      (.q3_K_L, "blk.0.ffn_down.weight", .q4_K), (.q3_K_M, "blk.0.attn_output.weight", .q3_K),
      (.q3_K_M, "blk.2.ffn_down.weight", .q5_K), (.q3_K_M, "blk.7.ffn_down.weight", .q3_K),
      (.q2_K, "blk.0.attn_output.weight", .q2_K), (.q5_K_M, "blk.6.ffn_down.weight", .q6_K),
    ]
    for (fileType, name, format) in expected {
      let plan = try FormatRecipe.llamaCpp(fileType, hasImatrix: false).plan(for: model)
      let entry = plan.entries.first { $0.tensor.name == name }
      #expect(entry?.format == format, "\(name) of \(fileType.rawValue)")
    }
  }

  @Test("Learned positions are a tensor of GPT-2, not of Bloom and MPT")
  func positions() throws {
    #expect(try shapes(model("GPT-2"), "position_embd.weight") == [[768, 1024]])
    #expect(try shapes(model("BLOOM-560M"), "position_embd.weight").isEmpty)
    #expect(try shapes(model("BLOOM-560M"), "token_embd_norm.bias") == [[1024]])
    #expect(try shapes(model("MPT-7B"), "position_embd.weight").isEmpty)
  }

  @Test("The numbers of Apertus' activation are metadata of a GGUF file")
  func apertus() throws {
    let model = try model("apertus-classdefaults")
    #expect(!model.ggufTensors.contains { $0.role == .activationAlphaPositive })
    #expect(model.checkpointTensors.contains { $0.role == .activationAlphaPositive })
  }

  @Test("Layers of Nemotron Super lack attention, and differ in width")
  func neuralSearch() throws {
    let row = try #require(PublishedRow.all.first { $0.label.contains("Nemotron-Super") })
    let model = try ModelShape(
      configuration: row.configuration, id: "m", name: "m", source: .config)
    #expect(model.layers[6].mixers.isEmpty)
    #expect(shapes(model, "blk.6.attn_norm.weight").isEmpty)
    // 2.625 × 8192 × 2 / 3 and 5.25 × 8192 × 2 / 3.
    #expect(shapes(model, "blk.0.ffn_up.weight") == [[8192, 14336]])
    #expect(shapes(model, "blk.1.ffn_up.weight") == [[8192, 28672]])
    #expect(model.attentions[0]?.keyValueHeads == 8)
  }

  @Test(
    "A setting that changes tensors and is not described is refused by its key",
    arguments: [
      ("falcon-classdefaults", #""parallel_attn": true"#, #""parallel_attn": false"#),
      ("falcon-classdefaults", #""alibi": false"#, #""alibi": true"#),
      ("OPT-6.7B", #""word_embed_proj_dim": 4096"#, #""word_embed_proj_dim": 512"#),
      ("OPT-6.7B", #""do_layer_norm_before": true"#, #""do_layer_norm_before": false"#),
      ("MPT-7B", #""qk_ln": false"#, #""qk_ln": true"#),
      ("MPT-7B", #""expansion_ratio": 4"#, #""expansion_ratio": 2"#),
      ("MPT-7B", #""attn_type": "multihead"#, #""attn_type": "multiquery"#),
      ("GPT-2", #""n_embd""#, #""add_cross_attention": true, "n_embd""#),
      ("Pythia-1.4B", #""attention_bias": true"#, #""attention_bias": false"#),
      ("laguna-classdefaults", #""gating": true"#, #""gating": "per-row""#),
    ])
  func refused(label: String, old: String, new: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try model(label, old, new) }
    guard case .unsupported(let key, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(new.contains(try #require(key.split(separator: ".").last)))
  }

  @Test("A number that is given for each layer is read where all are the same")
  func uniformNumbers() throws {
    let line = try #require(
      Fixture.text("published-parameters.jsonl").split(separator: "\n").first {
        $0.contains("hunyuan_v1_moe")
      })
    func model(topK: String) throws -> ModelShape {
      var text = String(line)
      let used = try #require(text.firstRange(of: #""moe_topk":8"#))
      text.replaceSubrange(used, with: "\"moe_topk\":\(topK)")
      return try ModelShape(
        configuration: try JSONCursor(parsing: Array(text.utf8)).required("config"), id: "m",
        name: "m", source: .config)
    }
    // The active parameters of the catalogue: the router, 8 of 64 experts, and the shared one.
    #expect(try model(topK: "[8, 8, 8]").activeParameters == 12_747_448_320)
    #expect(
      throws: ConfigurationError.unsupported(
        key: "moe_topk", value: "numbers that differ from layer to layer")
    ) { try model(topK: "[8, 4]") }
  }

  @Test("Two spellings of one size must agree")
  func spellings() throws {
    #expect(try model("GPT-2", "{", #"{"num_hidden_layers": 12,"#).layers.count == 12)
    let error = try #require(throws: ConfigurationError.self) {
      try model("GPT-2", "{", #"{"num_hidden_layers": 13,"#)
    }
    guard case .contradiction("num_hidden_layers", _) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test("A gate has a number for each head, or for each element where Laguna says so")
  func gates() throws {
    #expect(try shapes(model("laguna-classdefaults"), "blk.0.attn_gate.weight") == [[2048, 48]])
    let elements = try model(
      "laguna-classdefaults", #""gating": true"#, #""gating": "per-element""#)
    #expect(shapes(elements, "blk.0.attn_gate.weight") == [[2048, 6144]])
  }

  @Test("Windows and positions follow the layers")
  func windows() throws {
    let cwm = try model("cwm-classdefaults").attentions
    #expect(cwm[0]?.span == .full)
    #expect(cwm[1]?.span == .sliding(tokens: 8192))
    let neo = try model("gpt_neo-defaults").attentions
    #expect(neo[1]?.span == .sliding(tokens: 256))
    #expect(neo[1]?.isRotary == false)
    let afmoe = try model("afmoe-classdefaults").attentions
    #expect(afmoe[0]?.isRotary == true)
    #expect(afmoe[3]?.isRotary == false)
  }
}
