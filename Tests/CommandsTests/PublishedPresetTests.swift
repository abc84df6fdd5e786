import Commands
import TestSupport
import Testing

@Suite("Presets and the checkpoints that they are published as")
struct PublishedPresetTests {
  private func run(_ line: String) -> Outcome {
    Tool.run(line.split(separator: " ").map(String.init))
  }

  /// The `quantization_config` of each preset's config.json, as its file under presets/ has it.
  @Test(
    "Under what loads a checkpoint, a preset is the checkpoint as published",
    arguments: [
      ("gpt-oss:20b", "MXFP4-experts"), ("gpt-oss:120b", "MXFP4-experts"),
      ("deepseek-r1:671b", "FP8-block"), ("deepseek-v3:671b", "FP8-block"),
      ("minimax-m2.5", "FP8-block"), ("kimi-k2.5", "W4A16-g32"), ("llama3.1:8b", "HF-BF16"),
      ("devstral-small-2:24b", "FP8-mistral"), ("ministral-3:8b", "FP8-mistral"),
    ])
  func published(name: String, format: String) {
    let outcome = run("budget \(name) --gpu 2000GiB --runtime vllm")
    #expect(outcome.output.contains("· \(format)"), "\(outcome.output.prefix(200))")
    // Nothing is said of programs that load files of other formats.
    #expect(run("budget \(name) --gpu 2000GiB").output.contains("· Q4_K_M ·"))
  }

  @Test("The repository is launched as published, and another dtype is another repository")
  func launch() {
    let line = "budget gpt-oss:20b --gpu 80GiB --runtime vllm --launch"
    #expect(run(line).output.hasPrefix("vllm serve openai/gpt-oss-20b "))
    #expect(!run(line).output.contains("--dtype"))
    #expect(run(line + " --quant hf-bf16").output.contains("openai/gpt-oss-20b-HF-BF16"))
  }

  @Test("Native MXFP4 comes before what it would be converted to")
  func native() {
    let text = run("fit gpt-oss:120b --runtime vllm --gpu 80GiB").output
    #expect(text.contains("MXFP4-experts") && !text.contains("NF4"))
  }

  @Test(
    "A checkpoint that is loaded whole is not sure to fit", arguments: ["vllm", "transformers"])
  func whole(runtime: String) {
    for model in ["gemma3:4b", "gemma4:e4b", "kimi-k2.5", "qwen2.5vl:7b"] {
      let line = "budget \(model) --gpu 2000GiB --runtime \(runtime)"
      let outcome = run(line + " --format json")
      #expect(outcome.output.contains("\"name\" : \"projector\""), "\(model)")
      #expect(outcome.output.contains("\"verdict\" : \"tight\""), "\(model)")
      #expect(outcome.diagnostics.contains("--language-model-only"), "\(model)")
      #expect(run(line + " --language-model-only").output.contains("FITS"), "\(model)")
    }
    #expect(run("budget gemma3:4b --gpu 24GiB").output.contains("FITS"))
    #expect(run("budget llama3.1:8b --gpu 2000GiB --runtime \(runtime)").output.contains("FITS"))
  }

  /// Writes a checkpoint of a small Llama in fp32, and returns its folder.
  private func checkpoint(_ more: String, in folder: borrowing TemporaryFolder) throws -> String {
    let text =
      #"{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1, "vocab_size": 256, "#
      + #""intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 4, "#
      + #""tie_word_embeddings": true, "max_position_embeddings": 64\#(more)}"#
    let path = try folder.write(text, to: "config.json")
    let layer = "model.layers.0."
    let matrices =
      ["q", "k", "v", "o"].map { "\(layer)self_attn.\($0)_proj.weight" }
      + ["gate", "up", "down"].map { "\(layer)mlp.\($0)_proj.weight" }
    let norms = [
      "\(layer)input_layernorm.weight", "\(layer)post_attention_layernorm.weight",
      "model.norm.weight",
    ]
    let builder = SafetensorsBuilder(
      tensors: [("model.embed_tokens.weight", "F32", [256, 64], 65_536)]
        + matrices.map { ($0, "F32", [64, 64], 16_384) } + norms.map { ($0, "F32", [64], 256) })
    _ = try folder.file("model.safetensors", builder.file)
    return String(path.dropLast("config.json".count))
  }

  /// 45,248 elements. vLLM 0.25.1 casts fp32 to 16 bits (`_resolve_auto_dtype`); Transformers 5.23.0
  /// takes config.json's dtype first. The cache: 64 tokens × 4 heads × 16 × K and V.
  @Test(
    "A checkpoint in fp32 is loaded in the dtype that the program takes",
    arguments: [
      ("vllm", "", "", 90_496, 16_384), ("transformers", "", "", 180_992, 32_768),
      ("transformers", #", "torch_dtype": "bfloat16""#, "", 90_496, 16_384),
      ("vllm", "", " --quant HF-F32", 180_992, 32_768),
    ] as [(String, String, String, Int, Int)])
  func casts(runtime: String, more: String, format: String, weights: Int, cache: Int) throws {
    let folder = try TemporaryFolder()
    let path = try checkpoint(more, in: folder)
    let line = "budget \(path) --gpu 24GiB --context 64 --runtime \(runtime)\(format)"
    let output = run(line + " --format json").output
    #expect(output.contains("\"weights_bytes\" : \(weights)"), "\(output.prefix(3000))")
    #expect(output.contains("\"kv_cache_bytes\" : \(cache),"))
  }
}
