import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("Quantization that a configuration tells")
struct PublishedQuantizationTests {
  /// A quantization_config as published, and the recipe that it means.
  struct Row: Sendable, CustomTestStringConvertible {
    let checkpoint: String
    let json: String
    let recipe: String
    var model = "Llama-3.1-8B"
    var testDescription: String { checkpoint }
  }

  static let rows: [Row] = [
    Row(
      checkpoint: "openai/gpt-oss-20b",
      json: #"""
        {"modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router",
        "model.embed_tokens", "lm_head"], "quant_method": "mxfp4"}
        """#, recipe: "MXFP4-experts", model: "Mixtral-8x7B"),
    Row(
      checkpoint: "deepseek-ai/DeepSeek-V3",
      json: #"""
        {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
        "weight_block_size": [128, 128]}
        """#, recipe: "FP8-block"),
    Row(
      checkpoint: "MiniMaxAI/MiniMax-M2",
      json: #"""
        {"quant_method": "fp8", "fmt": "float8_e4m3fn", "activation_scheme": "dynamic",
        "weight_block_size": [128, 128],
        "modules_to_not_convert": ["gate", "e_score_correction_bias", "lm_head"]}
        """#, recipe: "FP8-block"),
    // Shortened: the list names the router of each layer.
    Row(
      checkpoint: "MiniMaxAI/MiniMax-M3-MXFP8",
      json: #"""
        {"quant_method": "mxfp8", "activation_scheme": "dynamic", "weight_block_size": [1, 32],
        "ignored_layers": ["lm_head", "model.embed_tokens", "vision_tower", "multi_modal_projector",
        "patch_merge_mlp", "language_model.model.layers.10.block_sparse_moe.gate"]}
        """#, recipe: "MXFP8"),
    Row(
      checkpoint: "ModelOpt FP8",
      json: #"""
        {"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ["lm_head"],
        "producer": {"name": "modelopt"}}
        """#, recipe: "FP8-modelopt"),
    Row(
      checkpoint: "FBGEMM FP8",
      json: #"{"modules_to_not_convert": ["lm_head"], "quant_method": "fbgemm_fp8"}"#,
      recipe: "FP8-fbgemm"),
    Row(
      checkpoint: "Qwen/Qwen3-4B-FP8",
      json: #"""
        {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
        "weight_block_size": [128, 128], "modules_to_not_convert": ["lm_head",
        "model.layers.0.input_layernorm", "model.layers.0.mlp.gate"]}
        """#, recipe: "FP8-block-bf16", model: "Qwen3-4B"),
    Row(
      checkpoint: "Qwen/Qwen2.5-7B-Instruct-AWQ",
      json: #"""
        {"bits": 4, "group_size": 128, "modules_to_not_convert": null, "quant_method": "awq",
        "version": "gemm", "zero_point": true}
        """#, recipe: "AWQ"),
    Row(
      checkpoint: "Qwen/Qwen2.5-7B-Instruct-GPTQ-Int8",
      json: #"""
        {"batch_size": 1, "bits": 8, "block_name_to_quantize": null, "damp_percent": 0.01,
        "desc_act": false, "group_size": 128, "quant_method": "gptq", "sym": true}
        """#, recipe: "GPTQ-8bit"),
    Row(
      checkpoint: "GPTQ by row",
      json: #"{"bits": 4, "group_size": -1, "desc_act": true, "quant_method": "gptq"}"#,
      recipe: "GPTQ-4bit-channel"),
    Row(
      checkpoint: "RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic",
      json: #"""
        {"config_groups": {"group_0": {"input_activations": {"dynamic": true, "num_bits": 8,
        "strategy": "token", "type": "float"}, "targets": ["Linear"], "weights":
        {"dynamic": false, "num_bits": 8, "strategy": "channel", "symmetric": true,
        "type": "float"}}}, "format": "float-quantized", "ignore": ["lm_head"],
        "quant_method": "compressed-tensors"}
        """#, recipe: "FP8-dynamic"),
    Row(
      checkpoint: "RedHatAI/Llama-3.3-70B-Instruct-quantized.w4a16",
      json: #"""
        {"config_groups": {"group_0": {"input_activations": null, "targets": ["Linear"],
        "weights": {"actorder": "weight", "group_size": 128, "num_bits": 4,
        "strategy": "group", "symmetric": true, "type": "int"}}},
        "format": "pack-quantized", "ignore": ["lm_head"],
        "quant_method": "compressed-tensors"}
        """#, recipe: "W4A16"),
    Row(
      checkpoint: "moonshotai/Kimi-K2.5",
      json: #"""
        {"config_groups": {"group_0": {"input_activations": null, "output_activations": null,
        "targets": ["Linear"], "weights": {"actorder": null, "group_size": 32, "num_bits": 4,
        "strategy": "group", "symmetric": true, "type": "int"}}}, "format": "pack-quantized",
        "ignore": ["lm_head", "re:.*self_attn.*", "re:.*shared_experts.*",
        "re:.*mlp\\.(gate|up|gate_up|down)_proj.*"], "quant_method": "compressed-tensors"}
        """#, recipe: "W4A16-g32, experts only", model: "DeepSeek-V2-Lite"),
    Row(
      checkpoint: "nvidia/Llama-3.3-70B-Instruct-FP4",
      json: #"""
        {"quant_method": "modelopt", "quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8",
        "group_size": 16, "exclude_modules": ["lm_head"]}
        """#, recipe: "NVFP4"),
    Row(
      checkpoint: "unsloth/Llama-3.1-8B-bnb-4bit",
      json: #"""
        {"bnb_4bit_compute_dtype": "bfloat16", "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": true, "llm_int8_skip_modules": null,
        "load_in_4bit": true, "load_in_8bit": false, "quant_method": "bitsandbytes"}
        """#, recipe: "NF4-DQ"),
    Row(
      checkpoint: "mlx-community/Llama-3.2-1B-Instruct-4bit",
      json: #"{"group_size": 64, "bits": 4}"#, recipe: "mlx-4bit"),
    Row(
      checkpoint: "pytorch/Phi-4-mini-instruct-8da4w",
      json: #"""
        {"include_input_output_embeddings": true, "modules_to_not_convert": [],
        "quant_method": "torchao", "quant_type": {"default": {"_type": "ModuleFqnToConfig",
        "_version": 1, "_data": {"module_fqn_to_config": {
        "_default": {"_type": "Int8DynamicActivationIntxWeightConfig", "_version": 1, "_data":
        {"weight_dtype": {"_type": "torch.dtype", "_data": "int4"}, "weight_granularity":
        {"_type": "PerGroup", "_version": 1, "_data": {"group_size": 32}}}},
        "model.embed_tokens": {"_type": "IntxWeightOnlyConfig", "_version": 1, "_data":
        {"weight_dtype": {"_type": "torch.dtype", "_data": "int8"}, "granularity":
        {"_type": "PerAxis", "_version": 1, "_data": {"axis": 0}}}}}}}},
        "untie_embedding_weights": true}
        """#, recipe: "8da4w"),
    Row(
      checkpoint: "turboderp 6.0bpw", json: #"{"quant_method": "exl2", "bits": 6.0}"#,
      recipe: "EXL2-6.0bpw"),
  ]

  /// A committed configuration with a `quantization_config`.
  private func file(_ model: String, _ json: String) throws -> ConfigurationFile {
    let text = try Fixture.text("configs/\(model).json")
    let start = try #require(text.firstIndex(of: "{"))
    let whole = #"{"quantization_config": "# + json + "," + text[text.index(after: start)...]
    return try ConfigurationFile(Array(whole.utf8), id: model, name: model)
  }

  @Test("A published configuration gives its recipe", arguments: rows)
  func recipe(row: Row) throws {
    let file = try file(row.model, row.json)
    let recipe = try #require(try file.quantization())
    #expect(recipe.name == row.recipe)
    #expect(try recipe.plan(for: file.shape).tensorBytes > .zero)
  }

  @Test("gpt-oss's own configuration gives the bytes of its published files")
  func gptOSS() throws {
    let bytes = Array(try Fixture.text("configs/gpt-oss-20b.json").utf8)
    let file = try ConfigurationFile(bytes, id: "", name: "")
    let recipe = try #require(try file.quantization())
    // model.safetensors.index.json of openai/gpt-oss-20b, total_size.
    #expect(try recipe.plan(for: file.shape).tensorBytes == Bytes(13_761_264_768))
  }

  // Qwen3-Next has in each of 48 layers a router of 2048 × 512 and one of 2048 for the shared expert.
  @Test(
    "mlx-lm lists the routers that it gives 8 bits; without the list they have the others' bits")
  func routers() throws {
    let name = "Qwen3-Next-80B-A3B"
    func json(layers: Int) -> String {
      let lists = (0..<layers).map { layer in
        ["gate", "shared_expert_gate"].map {
          #","model.layers.\#(layer).mlp.\#($0)": {"group_size": 64, "bits": 8}"#
        }.joined()
      }
      return #"{"group_size": 64, "bits": 4, "mode": "affine"\#(lists.joined())}"#
    }
    let listed = try file(name, json(layers: 48))
    let recipe = try #require(try listed.quantization())
    #expect(recipe.name == "mlx-4bit")
    let alike = try #require(try file(name, json(layers: 0)).quantization())
    let bytes = try recipe.plan(for: listed.shape).tensorBytes
    let fewer = try alike.plan(for: listed.shape).tensorBytes
    #expect(bytes - fewer == Bytes(48 * (2048 * 512 + 2048) / 2))
    #expect(throws: ConfigurationError.self) {
      try file(name, json(layers: 47)).quantization()
    }
  }

  @Test("Without the key a checkpoint is as trained")
  func none() throws {
    let bytes = Array(try Fixture.text("configs/Llama-3.1-8B.json").utf8)
    #expect(try ConfigurationFile(bytes, id: "", name: "").quantization() == nil)
  }

  @Test(
    "What is not described is refused with its key",
    arguments: [
      (#"{"quant_method": "aqlm"}"#, "quantization_config.quant_method"),
      (#"{"quant_method": "fp8"}"#, "quantization_config.weight_block_size"),
      (
        #"{"quant_method": "torchao", "quant_type": "int8_weight_only"}"#,
        "quantization_config.quant_type"
      ),
      (#"{"quant_method": "awq", "bits": 3}"#, "quantization_config.bits"),
      (
        #"{"quant_method": "awq", "bits": 4, "version": "gemv"}"#, "quantization_config.version"
      ),
      (
        #"{"quant_method": "gptq", "bits": 4, "lm_head": true}"#, "quantization_config.lm_head"
      ),
      (
        #"{"quant_method": "gptq", "bits": 4, "group_size": 48}"#,
        "quantization_config.group_size"
      ),
      (
        #"""
        {"quant_method": "awq", "bits": 4,
        "modules_to_not_convert": ["model.layers.3.mlp.up_proj"]}
        """#, "quantization_config.modules_to_not_convert"
      ),
      (
        #"{"quant_method": "awq", "bits": 4, "modules_to_not_convert": ["self_attn"]}"#,
        "quantization_config.modules_to_not_convert"
      ),
      (
        #"""
        {"quant_method": "compressed-tensors", "format": "pack-quantized", "ignore": [],
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4,
        "strategy": "group", "group_size": 128}}}}
        """#, "quantization_config.ignore"
      ),
      (
        #"{"quant_method": "torchao", "quant_type": {"default": {"_type": "Int4"}}}"#,
        "quantization_config.quant_type"
      ),
      (#"{"bits": 4, "group_size": 64, "lm_head": {"bits": 8}}"#, "quantization_config.lm_head"),
      (#"{"quant_method": "exl2", "bits": 4.123}"#, "quantization_config.bits"),
    ])
  func refused(json: String, key: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try file("Llama-3.1-8B", json).quantization()
    }
    guard case .unsupported(key, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("A key of another kind is named")
  func wrongKinds() throws {
    for json in [
      "4", "[]", #"{"quant_method": 8}"#, "{}", #"{"quant_method": "awq", "bits": "4"}"#,
      #"{"quant_method": "fp8", "weight_block_size": 128}"#,
      #"{"quant_method": "compressed-tensors", "config_groups": []}"#,
      #"{"quant_method": "exl2"}"#,
    ] {
      let error = #expect(throws: ConfigurationError.self, "\(json)") {
        try file("Llama-3.1-8B", json).quantization()
      }
      guard case .unreadable = error else {
        Issue.record("\(json): \(String(describing: error))")
        continue
      }
    }
  }

  @Test(
    "DeepSeek-V4 has experts in FP4, the matrices in FP8 that are counted, and the rest as trained")
  func deepSeekV4() throws {
    let row = try #require(PublishedRow.all.first { $0.label == "deepseek-ai/DeepSeek-V4-Flash" })
    let file = try ConfigurationFile(
      Array(row.configuration.node.compactText.utf8), id: "m", name: "m")
    let recipe = try #require(try file.quantization())
    #expect(recipe.name == "FP8-block-FP4-experts")
    let plan = try recipe.plan(for: file.shape)
    // appmana/deepseek-v4-int4-int8 counts 375 matrices in FP8 and 33,792 in FP4; the layer for
    // prediction has 10 and 768 of them.
    func entries(_ format: String) -> [WeightPlan.Entry] {
      plan.entries.filter { $0.format.name == format }
    }
    #expect(entries("fp8-128x128-e8m0").count == 365)
    #expect(entries("fp4-g32").count * 256 == 33_024)
    // 277,025,390,592 elements of experts, half a byte each and one for each 32.
    #expect(entries("fp4-g32").map(\.bytes).total == Bytes(277_025_390_592 / 32 * 17))
    #expect(entries("int64").map(\.bytes).total == Bytes(3 * 129_280 * 6 * 8))
  }

  @Test("Kimi K3's text model takes what its files do less tower and projector, to the byte")
  func kimiK3() throws {
    let row = try #require(PublishedRow.all.first { $0.label == "moonshotai/Kimi-K3" })
    let file = try ConfigurationFile(
      Array(row.configuration.node.compactText.utf8), id: "m", name: "m")
    let plan = try #require(try file.quantization()).plan(for: file.shape)
    // model.safetensors.index.json, total_size; 401,214,464 and 46,144,512 elements in bf16.
    #expect(
      plan.tensorBytes == Bytes(1_560_860_324_864 - 2 * (401_214_464 + 46_144_512)))
  }

  @Test("MiniMax M3 in MXFP8 takes what its files do less tower and projector")
  func miniMaxM3() throws {
    let row = try #require(PublishedRow.all.first { $0.label == "MiniMaxAI/MiniMax-M3" })
    let quantization = #"""
      {"quantization_config": {"quant_method": "mxfp8", "weight_block_size": [1, 32],
      "ignored_layers": ["lm_head", "model.embed_tokens", "vision_tower"]},
      """#
    let whole = quantization + row.configuration.node.compactText.dropFirst()
    let file = try ConfigurationFile(Array(whole.utf8), id: "m", name: "m")
    let plan = try #require(try file.quantization()).plan(for: file.shape)
    // By hand from the list of the files' tensors: 413.27 GiB, of them 865,567,232 elements in bf16 but
    // 1,505,280 in fp32 that are the tower's and the projector's.
    #expect(plan.tensorBytes == Bytes(442_007_940_096))
  }

  @Test(
    "Experts of another format are refused",
    arguments: [
      (#""expert_dtype":"fp4""#, #""expert_dtype":"fp8""#, "expert_dtype"),
      (#","expert_dtype":"fp4""#, "", "expert_dtype"),
      (#""scale_fmt":"ue8m0""#, #""scale_fmt":"float""#, "quantization_config.scale_fmt"),
    ])
  func otherExperts(old: String, new: String, key: String) throws {
    let line = try #require(
      Fixture.text("published-parameters.jsonl").split(separator: "\n").first {
        $0.contains("V4-Flash")
      })
    let changed = line.replacing(old, with: new)
    #expect(changed != line)
    let row = try JSONCursor(parsing: Array(changed.utf8))
    let file = try ConfigurationFile(
      Array(row.required("config").node.compactText.utf8), id: "m", name: "m")
    let error = #expect(throws: ConfigurationError.self) { try file.quantization() }
    guard case .unsupported(key, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
