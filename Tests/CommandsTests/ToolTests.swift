import Commands
import HostSystem
import TestSupport
import Testing
import VRAMBudget

@Suite("The tool")
struct ToolTests {
  private func run(_ line: String) -> Outcome {
    Tool.run(line.split(separator: " ").map(String.init))
  }

  @Test(
    "A wrong command line is refused with the place, the value and the fix",
    arguments: [
      ("budget qwen2.5-coder:14 --gpu 24GiB", "MODEL", "qwen2.5-coder:14b"),
      ("budget smollm3-3b --gpu rtx-3061", "--gpu", "rtx-3060"),
      ("budget smollm3-3b --gpu 4060ti", "--gpu", "rtx-4060-ti-8gb"),
      ("budget smollm3-3b --gpu 24G", "--gpu", "24GiB"),
      ("budget smollm3-3b --gpu 24GiB --quant Q4_K_X", "--quant", "Q4_K_M"),
      ("budget smollm3-3b --gpu 24GiB --quant int8", "--quant", "8da4w"),
      ("budget smollm3-3b --gpu 24GiB --context 0", "--context", "1 to"),
      ("budget smollm3-3b --gpu 24GiB --contxt 5", "--contxt", "--context"),
      ("budget smollm3-3b --gpu 24GiB --cache-type q7", "--cache-type", "q8_0"),
      ("budget smollm3-3b --gpu 24GiB --sequences 257", "--sequences", "256"),
      ("budget smollm3-3b", "--gpu", "vram devices"),
      ("budgt smollm3-3b", "vram", "budget"),
      ("budget ./nowhere/config.json --gpu 24GiB", "./nowhere/config.json", "path"),
      (
        "budget smollm3-3b --gpu 24GiB --flash-attention off --cache-type-v q8_0", "--cache-type-v",
        "--flash-attention on"
      ), ("budget smollm3-3b --gpu 24GiB --quant 8da4w --ubatch 64", "--ubatch", "llama.cpp"),
      (
        "budget smollm3-3b --gpu 24GiB --quant exl2-4.0bpw", "--quant",
        "vram weights MODEL --only EXL2-4.0bpw"
      ),
      (
        "budget smollm3-3b --gpu 24GiB --quant awq --runtime llama.cpp", "--quant",
        "--runtime vllm or transformers"
      ), ("budget smollm3-3b --gpu 24GiB --tensor-split 3,1", "--tensor-split", "1"),
      ("budget llama3.1:8b --gpu 24GiB --runtime vllm --utilization 1.5", "--utilization", "0.9"),
      ("budget llama3.1:8b --gpu 24GiB --runtime vllm --utilization 0", "--utilization", "0.9"),
      ("budget llama3.1:8b --gpu 24GiB --runtime vllm --ubatch 64", "--ubatch", "llama.cpp"),
      ("budget llama3.1:8b --gpu 24GiB --utilization 0.9", "--utilization", "vLLM"),
      (
        "budget llama3.1:8b --gpu 24GiBx2 --runtime vllm --tensor-parallel-size 4",
        "--tensor-parallel-size", "--gpu"
      ),
      ("budget smollm3-3b --gpu 24GiBx2 --tensor-split 0,0", "--tensor-split", "3,1"),
      ("budget smollm3-3b --gpu 24GiBx2 --tensor-split 1,nan", "--tensor-split", "3,1"),
      ("budget smollm3-3b --gpu 24GiBx2 --tensor-split 1,-1", "--tensor-split", "3,1"),
      ("budget smollm3-3b --gpu 24GiB --cpu-moe --n-cpu-moe 4", "--n-cpu-moe", "one of"),
      ("budget smollm3-3b --gpu 24GiB --quant 8da4w --swa-full", "--swa-full", "llama.cpp"),
      ("budget smollm3-3b --gpu rtx-4090 --quant mlx-4bit", "--gpu", "a Mac"),
      ("budget smollm3-3b --gpu 24GiB --quant mlx-4bit --ubatch 64", "--ubatch", "llama.cpp"),
      ("budget smollm3-3b --gpu 24GiB --quant mlx-4bit --kv-bits 7", "--kv-bits", "8"),
      ("budget gemma3:4b --gpu 24GiB --quant mlx-4bit --kv-bits 4", "--kv-bits", "leave out"),
      ("budget smollm3-3b --gpu 24GiB --runtime ollama --ubatch 64", "--ubatch", "llama.cpp"),
      ("budget smollm3-3b --gpu 24GiB --runtime ollama --cache-type q5_0", "--cache-type", "q8_0"),
      ("budget smollm3-3b --gpu 24GiB --runtime ollama --quant mlx-4bit", "--quant", "mlx"),
      ("budget smollm3-3b --gpu 24GiB --draft smollm2", "--draft", "smollm2:135m"),
      ("budget smollm3-3b --gpu 24GiB --draft nomic-embed-text", "--draft", "language model"),
      ("budget smollm3-3b --gpu 24GiB+", "--gpu", "both sides"),
      ("budget minicpm3-4b --gpu 24GiB --cache-type q8_0", "--cache-type-v", "--cache-type-k"),
      ("budget smollm3-3b --gpu apple-m2-24gb --desktop linux", "--desktop", "--reserve"),
      (
        "budget smollm3-3b --gpu 24GiB --quant mlx-4bit --kv-group-size 32", "--kv-group-size",
        "--kv-bits"
      ), ("budget llama3.1:8b --gpu 24GiB --runtime vllm --block-size 7", "--block-size", "16"),
      ("budget llama3.1:8b --gpu 24GiB --runtime vllm --block-size 24", "--block-size", "16"),
      (
        "budget llama3.1:8b --gpu 24GiB --runtime vllm --max-num-seqs 16 --sequences 64",
        "--sequences", "--max-num-seqs 64"
      ), ("budget llama3.1:8b --gpu apple-m2-24gb --quant awq", "--gpu", "graphics card"),
      (
        "budget phi3:14b --gpu 80GiBx4 --runtime vllm", "--tensor-parallel-size", "1, 2, 5 or 10"
      ),
      ("budget smollm3-3b --gpu 24GiB --context 1M", "--context", "1024k"),
      ("budget smollm3-3b --gpu 24GiBx2 --runtime transformers", "--gpu", "one --gpu"),
      ("budget llama3:8b --gpu 24GiB --runtime vllm --context 32k", "--context", "8192"),
      ("budget smollm3-3b --gpu 24GiB --draft qwen3-embedding:0.6b", "--draft", "language"),
      ("budget smollm3-3b --gpu 24GiB --draft-quant Q8_0", "--draft-quant", "--draft"),
      (
        "budget smollm3-3b --gpu 24GiB --runtime ollama --draft smollm2-360m", "--draft",
        "llama.cpp"
      ), ("budget smollm3-3b --gpu 24GiB --lora 16:queries", "--lora", "attention"),
      ("budget smollm3-3b --gpu 24GiB --lora 0", "--lora", "1 to 4096"),
      ("budget smollm3-3b --gpu 24GiB --lora nowhere.gguf", "--lora", ".gguf"),
      ("budget smollm3-3b --gpu 24GiB --mmproj nowhere.gguf", "--mmproj", ".gguf"),
      ("formats --explain", "--explain", "FORMAT"),
      ("formats awq --model x", "--model", "--explain"),
      ("formats int4 --explain", "FORMAT", "AWQ"),
      ("weights smollm2-360m --only awq", "AWQ", "f16"),
      ("budget smollm3-3b --gpu 24GiB --output-tensor-type q8", "--output-tensor-type", "q8_0"),
      ("formats q4_0 --explain --token-embedding-type q8_1", "--token-embedding-type", "q2_0"),
      ("weights smollm3-3b --only awq --output-tensor-type q8_0", "--output-tensor-type", "Q4_K_M"),
      ("formats 8da4w --explain --imatrix", "--imatrix", "Q4_K_M"),
      (
        "weights smollm3-3b --token-embedding-type iq2_xs", "--token-embedding-type", "--imatrix"
      ), ("weights smollm2-360m --token-embedding-type q6_K", "--token-embedding-type", "f16"),
      (
        "budget smollm2-360m --gpu 24GiB --token-embedding-type Q6_K", "--token-embedding-type",
        "f16"
      ),
    ])
  func refused(line: String, place: String, fix: String) {
    let outcome = run(line)
    #expect(outcome.status == .badInput)
    #expect(outcome.output.isEmpty)
    #expect(outcome.diagnostics.hasPrefix("vram: error: \(place): "), "\(outcome.diagnostics)")
    let lines = outcome.diagnostics.split(separator: "\n")
    #expect(lines.count == 2 && lines[1].hasPrefix("  fix: "), "\(outcome.diagnostics)")
    #expect(lines[1].contains(fix), "\(outcome.diagnostics)")
  }

  /// A file of ModelFilesTests, written by gguf 0.19.0 or safetensors 0.8.0 (Fixtures/README.md).
  private func header(_ name: String) -> String {
    Fixture.folder(of: #filePath) + "/../ModelFilesTests/Fixtures/headers/\(name)"
  }

  @Test(
    "inspect tells what a file of weights holds",
    arguments: [
      ("gguf-py-little.gguf", #""weights_bytes" : 170"#, #""file_bytes" : 992"#),
      ("gguf-py-big.gguf", #""weights_bytes" : 170"#, #""header_bytes" : 768"#),
      ("gguf-py-split-00001-of-00002.gguf", #""weights_bytes" : 216"#, #""files" : 2"#),
      ("safetensors-py.safetensors", #""weights_bytes" : 52"#, #""file_bytes" : 332"#),
    ])
  func weightFile(name: String, weights: String, whole: String) {
    let outcome = run("inspect \(header(name)) --format json")
    #expect(outcome.status == .success)
    #expect(outcome.output.contains(weights) && outcome.output.contains(whole))
    // What does not describe a model cannot be priced.
    let status = run("budget \(header(name)) --gpu 24GiB").status
    #expect(status == .cannotTell || status == .badInput)
  }

  @Test("vLLM's settings change what it reports and needs")
  func vllm() {
    let plain = run("budget llama3.1:8b --gpu rtx-4090 --runtime vllm --format json")
    #expect(plain.output.contains(#""max_model_len""#))
    #expect(plain.output.contains(#""cuda_graphs""#))
    let eager = run("budget llama3.1:8b --gpu rtx-4090 --runtime vllm --enforce-eager --format csv")
    #expect(!eager.output.contains("cuda_graphs"))
    let fp8 = run(
      "budget llama3.1:8b --gpu rtx-4090 --runtime vllm --kv-cache-dtype fp8 --format json")
    // 8192 tokens × 32 layers × 8 KV heads × 128 × K and V, one byte each.
    #expect(fp8.output.contains(#""kv_cache_bytes" : 536870912"#))
    let half = run("budget llama3.1:8b --gpu rtx-4090 --runtime vllm --utilization 50%")
    #expect(half.output.contains("DOES NOT FIT"))
  }

  @Test("A configuration's own quantization is told")
  func published() {
    let path =
      "\(Fixture.folder(of: #filePath))/../ModelFilesTests/Fixtures/configs/gpt-oss-20b.json"
    let outcome = run("weights \(path) --only MXFP4-experts --only Q8_0")
    #expect(outcome.output.contains("published as MXFP4-experts"))
    #expect(outcome.output.contains("13,761,264,768"))
  }

  @Test("A checkpoint is priced by the configuration beside it, when both agree")
  func checkpoint() throws {
    // Two matrices of 8 × 4 and 4 × 8 in place of a whole model: the bytes cannot agree.
    let folder = try TemporaryFolder()
    let builder = SafetensorsBuilder(tensors: [("x", "BF16", [8, 4], 64)])
    let path = try folder.file("model.safetensors", builder.file)
    #expect(run("budget \(path) --gpu 24GiB").diagnostics.contains("config.json"))
    let model = #"""
      {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 1,
      "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 16,
      "vocab_size": 10, "max_position_embeddings": 64, "tie_word_embeddings": true}
      """#
    _ = try folder.write(model, to: "config.json")
    let refused = run("budget \(path) --gpu 24GiB")
    #expect(refused.status == .cannotTell)
    #expect(refused.diagnostics.contains("the files hold 64 B"))
    // Embedding 80, queries and output 64 each, keys and values 32 each, three of 128, norms 24.
    let whole = SafetensorsBuilder(tensors: [("all", "BF16", [680], 1360)])
    let agreeing = try folder.file("whole.safetensors", whole.file)
    let priced = run("budget \(agreeing) --gpu 24GiB --format json")
    #expect(priced.status == .success)
    #expect(priced.output.contains(#""weights_bytes" : 1360"#))
    #expect(priced.output.contains(#""runtime" : "vllm""#))
    // The folder's own weights disagree with its configuration.
    let disagreeing = run("budget \(folder.path) --gpu 24GiB")
    #expect(disagreeing.status == .cannotTell)
    #expect(disagreeing.diagnostics.contains("the files hold 64 B"))
    // A table beside the weights is no reason to refuse them.
    let table = SafetensorsBuilder(
      tensors: [("all", "BF16", [680], 1360), ("inv_freq", "F32", [4], 16)])
    _ = try folder.file("model.safetensors", table.file)
    let near = run("budget \(folder.path) --gpu 24GiB")
    #expect(near.status == .success)
    #expect(near.diagnostics.contains("the configuration alone is priced"))
    // Packed numbers are stored in a way that the configuration does not say.
    let packed = SafetensorsBuilder(tensors: [("all", "I32", [340], 1360)])
    _ = try folder.file("model.safetensors", packed.file)
    #expect(run("budget \(folder.path) --gpu 24GiB").status == .cannotTell)
    _ = try folder.file("model.safetensors", whole.file)
    let inspected = run("inspect \(folder.path)").output
    #expect(inspected.contains("680") && inspected.contains("BF16"))
    let agreed = run("budget \(folder.path) --gpu 24GiB")
    #expect(agreed.output.contains("vLLM") && agreed.diagnostics.isEmpty)
    #expect(run("budget \(folder.path) --gpu 24GiB --runtime llama.cpp").output.contains("Q4_K_M"))
  }

  @Test(
    "A tensor that the configuration has no place for is named with its key",
    arguments: [
      ("model.embed_tokens.weight", "BF16", [10, 16], "hidden_size"),
      ("model.embed_tokens.weight", "BF16", [20, 8], "vocab_size"),
      ("model.layers.0.mlp.down_proj.weight", "F16", [8, 24], "intermediate_size"),
      ("model.layers.1.mlp.down_proj.weight", "F16", [8, 16], "num_hidden_layers"),
      ("model.layers.0.mlp.up_proj.weight", "F8_E4M3", [16, 8], "quantization_config"),
    ])
  func contradictingTensor(name: String, dtype: String, shape: [Int], key: String) throws {
    let folder = try TemporaryFolder()
    let model = #"""
      {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 1,
      "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 16,
      "vocab_size": 10, "max_position_embeddings": 64, "tie_word_embeddings": true}
      """#
    _ = try folder.write(model, to: "config.json")
    let bytes = shape.reduce(dtype == "F8_E4M3" ? 1 : 2, *)
    let builder = SafetensorsBuilder(tensors: [(name, dtype, shape, bytes)])
    _ = try folder.file("model.safetensors", builder.file)
    let outcome = run("budget \(folder.path) --gpu 24GiB")
    #expect(outcome.status == .cannotTell)
    #expect(outcome.diagnostics.contains("the tensor '\(name)' is"))
    #expect(outcome.diagnostics.contains("which '\(key)' contradicts"))
  }

  // llama.cpp 0c1e57098, common/arg.cpp; vLLM's and mlx-lm's own names.
  @Test(
    "A runtime's own word for an option is answered with the option",
    arguments: [
      ("--ctx-size", "--context"), ("-ngl", "--gpu-layers"), ("-fa", "--flash-attention"),
      ("-ctk", "--cache-type-k"), ("-ctv", "--cache-type-v"), ("-b", "--batch"),
      ("--ubatch-size", "--ubatch"), ("--parallel", "--sequences"), ("-ts", "--tensor-split"),
      ("-nkvo", "--no-kv-offload"), ("-cmoe", "--cpu-moe"), ("-ncmoe", "--n-cpu-moe"),
      ("-kvu", "--kv-unified"), ("--model-draft", "--draft"), ("--device", "--gpu"),
      ("--max-model-len", "--context"), ("--gpu-memory-utilization", "--utilization"),
      ("-tp", "--tensor-parallel-size"), ("-pp", "--pipeline-parallel-size"),
      ("--quantization", "--quant"), ("--num-ctx", "--context"), ("--num-gpu", "--gpu-layers"),
      ("--num-batch", "--batch"), ("--num-parallel", "--sequences"),
      ("--max-kv-size", "--context"), ("--max-seq-len", "--context"),
    ])
  func spelling(word: String, flag: String) {
    let outcome = run("budget llama3.1:8b \(word) 1 --gpu 24GiB")
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.contains("'s \(word) is \(flag) here"), "\(outcome.diagnostics)")
  }

  @Test("A GGUF file is budgeted as it is, and as what --quant makes of it")
  func budgetOfFile() throws {
    let plan = try FormatRecipe.llamaCpp(.q8_0).plan(for: KnownModel.named("Llama-3.2-1B"))
    let folder = try TemporaryFolder()
    let path = try KnownGGUF("Llama-3.2-1B").path(in: folder, plan)
    let unnamed = run("budget \(folder.path) --gpu 24GiB")
    #expect(unnamed.status == .badInput)
    #expect(unnamed.diagnostics.contains("has a GGUF file") && unnamed.diagnostics.contains(path))
    let asIs = run("budget \(path) --gpu 24GiB --format json")
    #expect(asIs.output.contains(#""weights_bytes" : \#(plan.tensorBytes.count)"#))
    #expect(asIs.output.contains(#""source" : "gguf""#))
    let other = try FormatRecipe.llamaCpp(.q4_0).plan(for: KnownModel.named("Llama-3.2-1B"))
    let again = run("budget \(path) --gpu 24GiB --quant Q4_0 --format json")
    #expect(again.output.contains(#""weights_bytes" : \#(other.tensorBytes.count)"#))
    #expect(run("budget \(path) --gpu 24GiB --imatrix").status == .badInput)
    #expect(run("budget \(path) --gpu 24GiB --quant AWQ").status == .badInput)
    let table = run("weights \(path) --format csv").output
    #expect(table.contains(",\(plan.tensorBytes.count),"))
    #expect(!table.contains("AWQ"))
    let description = run("inspect \(path)").output
    #expect(description.contains("All layers"))
    #expect(description.contains("full attention, 32 query heads, 8 KV heads of 64"))
    #expect(description.contains("1,235,814,400"))
  }

  @Test("A GGUF file is known without its ending, and a torn one is refused")
  func namelessFile() throws {
    let folder = try TemporaryFolder()
    let bytes = try HostSystem.read(header("gguf-py-little.gguf"), limit: 4096)
    let whole = try folder.file("sha256-whole", bytes)
    #expect(run("inspect \(whole) --tensors").output.contains("token_embd.weight"))
    let torn = try folder.file("sha256-torn", Array(bytes.prefix(300)))
    #expect(run("inspect \(torn)").status == .badInput)
    #expect(run("inspect \(torn)").diagnostics.hasPrefix("vram: error: \(torn): "))
  }

  @Test("The architectures that are known can be listed")
  func architectures() {
    let outcome = run("models --architectures --format csv")
    let names = outcome.output.split(separator: "\n").dropFirst().map(String.init)
    #expect(names == names.sorted())
    #expect(Set(names).isSuperset(of: ["llama", "qwen3_next", "deepseek_v3", "lfm2", "mamba"]))
    #expect(run("models --architectures gemma").output.contains("gemma3_text"))
  }

  @Test("An unknown architecture is refused by name, with status 3")
  func unknownArchitecture() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      #"{"model_type": "quantum_llama", "hidden_size": 4}"#, to: "config.json")
    for operand in [path, folder.path] {
      let outcome = run("budget \(operand) --gpu 24GiB")
      #expect(outcome.status == .cannotTell)
      #expect(outcome.diagnostics.contains("'quantum_llama'"))
    }
  }

  @Test("A malformed configuration is refused with line and column")
  func malformed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "{\"model_type\": \"llama\",\n  \"hidden_size\": }", to: "config.json")
    let outcome = run("inspect \(path)")
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.hasPrefix("vram: error: \(path): line 2, column 18: "))
  }

  @Test("A contradiction in a configuration names the key")
  func contradiction() throws {
    let folder = try TemporaryFolder()
    let keys =
      #"{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 8, "#
      + #""intermediate_size": 64, "num_attention_heads": 6, "num_key_value_heads": 4, "#
      + #""max_position_embeddings": 64}"#
    let path = try folder.write(keys, to: "config.json")
    let outcome = run("inspect \(path)")
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.contains("'num_key_value_heads'"))
  }

  @Test("A context beyond the model's maximum is priced with a warning")
  func beyondMaximum() {
    let outcome = run("budget smollm3-3b --context 131072 --gpu 24GiB --format json")
    #expect(outcome.status == .success)
    #expect(outcome.diagnostics.hasPrefix("vram: warning: --context: 131072"))
    #expect(outcome.output.contains("\"kv_cache_bytes\" : 9663676416"))
  }

  @Test(
    "With --require-fit the status is the verdict",
    arguments: [
      ("llama3.1:70b --quant F16 --gpu rtx-4090", Outcome.Status.doesNotFit),
      ("llama3.1:70b --quant Q4_K_M --gpu rtx-4090", .doesNotFit),
      ("llama3.1:70b --quant F16 --gpu a100-80gb", .doesNotFit),
      ("llama3.1:70b --quant Q4_0 --gpu a100-80gb", .success),
      ("llama3.1:70b --quant Q4_K_M --gpu a100-80gb", .success),
      ("llama3.1:70b --quant Q4_K_M --gpu apple-m2-max-96gb", .success),
      ("qwen2.5-coder:14b --context 16k --gpu rtx-3060-12gb", .success),
      ("qwen2.5-coder:14b --context 16k --gpu rtx-3060-12gb --strict", .doesNotFit),
    ])
  func requireFit(line: String, status: Outcome.Status) {
    #expect(run("budget \(line) --require-fit").status == status)
  }

  @Test("Without --require-fit the status says that the command did its work")
  func reportOnly() {
    #expect(run("budget llama3.1:70b --quant F16 --gpu rtx-4090").status == .success)
  }

  @Test(
    "SmolLM3 at any context keeps 73,728 bytes a token",
    arguments: [2048, 8192, 32768, 65536, 131072])
  func smollm(context: Int) {
    let outcome = run(
      "budget smollm3-3b --quant Q8_0 --context \(context) --gpu 24GiB --format json")
    #expect(outcome.output.contains("\"kv_cache_bytes\" : \(73728 * context),"))
    #expect(outcome.output.contains("\"weights_bytes\" : 3267731456"))
  }

  @Test("Formats that a model's rows do not allow are left out of the list with a note")
  func leftOut() {
    let outcome = run("weights smollm2-360m")
    #expect(outcome.status == .success)
    #expect(outcome.diagnostics.contains("vram: note: AWQ is left out: a row of 960 elements"))
    #expect(!outcome.diagnostics.contains("MXFP4-experts"))
    #expect(!outcome.output.contains("AWQ"))
    #expect(outcome.output.contains("mlx-4bit"))
  }

  @Test("An explanation for scripts holds the bytes, and those of the checkpoint apart")
  func explanation() {
    let output = run("formats 8da4w --explain --model smollm3-3b --format json").output
    #expect(output.contains("\"weights_bytes\" : 1993438208"))
    #expect(output.contains("\"checkpoint_bytes\" : 3627133184"))
    #expect(!run("formats awq --explain --format json").output.contains("checkpoint_bytes"))
  }

  /// The formats of a weights table, in its order.
  private func formats(_ line: String) -> [String] {
    run("\(line) --format csv").output.split(separator: "\n").dropFirst().map {
      String($0.prefix { $0 != "," })
    }
  }

  @Test("The formats of a model are sorted as asked, by size unless asked")
  func sorted() {
    let four = "weights llama3.1:8b --only Q4_0 --only FP16 --only Q4_K_M --only Q8_0"
    #expect(formats(four) == ["F16", "Q8_0", "Q4_K_M", "Q4_0"])
    #expect(formats("\(four) --sort size") == formats(four))
    #expect(formats("\(four) --sort bits") == formats(four))
    #expect(formats("\(four) --sort name") == ["F16", "Q4_0", "Q4_K_M", "Q8_0"])
    // Q5_K_M loses less than Q5_1, which is larger; nobody measured NF4.
    #expect(
      formats("weights llama3.1:8b --only NF4 --only Q5_1 --only Q5_K_M --only F16 --sort quality")
        == ["F16", "Q5_K_M", "Q5_1", "NF4"])
    #expect(run("\(four) --sort best").status == .badInput)
  }

  // 6.407115 against 6.23316: llama.cpp's perplexity tool, of Llama 3 8B.
  @Test("A published loss stands beside its format, with the model and the source")
  func quality() {
    let table = run("weights smollm3-3b --only Q4_K_M --only NF4").output
    #expect(table.contains("  +2.8 % a  0.0313  the default for local work\n"))
    #expect(table.contains("a: Llama 3 8B, wikitext-2-raw test, 512 tokens, F16 6.23316 a token\n"))
    #expect(table.contains("https://github.com/ggml-org/llama.cpp/blob/"))
    let document = run("weights smollm3-3b --only Q4_K_M --only NF4 --format json").output
    for part in [
      #""metric" : "perplexity""#, #""value" : 6.407115"#, #""baseline" : 6.23316,"#,
      #""unit" : "per_token","#, #""model" : "Llama 3 8B","#, #""kl_divergence" : 0.031273,"#,
      #""quality" : null,"#, #""use" : "the default for local work","#,
    ] {
      #expect(document.contains(part), "\(part)")
    }
    #expect(!run("weights smollm3-3b --only NF4").output.contains("PPL:"))
    let lines = run("weights llama3.1:405b").output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 120 })
  }

  @Test("Formats that were asked for are named in every output")
  func overrides() {
    let asked = "--output-tensor-type Q8_0 --token-embedding-type F16"
    let budget = run("budget llama3.1:8b --gpu 24GiB \(asked)").output
    #expect(budget.contains(" · Q4_K_M (output q8_0, embedding f16) · "))
    // Q4_K_M with these: llamacpp-overrides.tsv.
    let document = run("budget llama3.1:8b --gpu 24GiB \(asked) --format json").output
    #expect(document.contains("\"output_tensor_type\" : \"q8_0\""))
    #expect(document.contains("\"weights_bytes\" : 5795299584"))
    let explained = run("formats q4_k_m --explain \(asked)").output
    #expect(explained.contains("Q4_K_M (output q8_0, embedding f16) of "))
    #expect(explained.contains("asked for"))
    let weights = run("weights llama3.1:8b \(asked) --format json").output
    #expect(weights.contains("\"token_embedding_type\" : \"f16\""))
    #expect(weights.contains("\"weights_bytes\" : 5795299584"))
    // Other programs' formats are as they were.
    #expect(weights.contains("\"quantization\" : \"AWQ\""))
    let table = run("weights llama3.1:8b \(asked)").output
    #expect(table.contains("files with output q8_0, embedding f16\n"))
  }

  @Test("8da4w prices the deployed weights, the file and the planned cache")
  func executorch() {
    let outcome = run(
      "budget smollm3-3b --quant 8da4w --context 2048 --gpu galaxy-s22 --format json")
    #expect(outcome.output.contains("\"weights_bytes\" : 1993438208"))
    #expect(outcome.output.contains("\"kv_cache_bytes\" : 301989888,"))
    // 1,994,040,448 by the measured container of 36 layers.
    #expect(outcome.output.contains("\"file_bytes\" : 1994040"))
  }

  @Test("MLX keeps SmolLM3's cache in steps of 256 tokens, on a Mac or in a size")
  func mlx() {
    for device in ["apple-m1-16gb", "24GiB"] {
      let outcome = run(
        "budget smollm3-3b --runtime mlx --context 2000 --gpu \(device) --format json")
      #expect(outcome.output.contains("\"kv_cache_bytes\" : \(73728 * 2048),"))
      #expect(outcome.output.contains("\"runtime\" : \"mlx\""))
      #expect(outcome.output.contains("\"quantization\" : \"mlx-4bit\""))
    }
    #expect(run("budget smollm3-3b --runtime mlx --quant HF-BF16 --gpu 24GiB").status == .success)
    #expect(run("budget smollm3-3b --runtime mlx --quant AWQ --gpu 24GiB").status == .badInput)
  }

  /// The tiers of Ollama's server: 4k, 32k from 23 GiB, 256k from 47 GiB of all devices.
  @Test(
    "Ollama's context follows the devices' memory",
    arguments: [
      ("rtx-3060-12gb", 4096), ("rtx-3090", 32768), ("rtx-3090x2", 131072),
      ("a100-80gb", 131072), ("apple-m1-16gb", 4096),
    ])
  func ollama(gpu: String, context: Int) {
    let outcome = run(
      "budget llama3.1:8b --runtime ollama --gpu \(gpu) --format json")
    #expect(outcome.output.contains("\"context\" : \(context),"))
    #expect(outcome.output.contains("\"runtime\" : \"ollama\""))
    #expect(outcome.output.contains("\"reason\" : \"runtime\""))
    let own = run("budget llama3.1:8b --runtime ollama --gpu \(gpu) --reserve 1GiB --format json")
    #expect(!own.output.contains("\"reason\" : \"runtime\""))
  }

  @Test("A vision tower that is not counted is said to be so")
  func visionTower() throws {
    let folder = try TemporaryFolder()
    let text =
      #"{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 256, "#
      + #""intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 4, "#
      + #""max_position_embeddings": 64, "vision_config": {"hidden_size": 8}}"#
    let path = try folder.write(text, to: "config.json")
    let line = "budget \(path) --quant F16 --gpu 24GiB"
    #expect(run(line).diagnostics.contains("vision tower"))
    #expect(run(line).diagnostics.contains("--mmproj FILE"))
    #expect(!run("\(line) --mmproj unknown").diagnostics.contains("vision tower"))
  }

  @Test("Adapters and projectors are read from their files")
  func companions() throws {
    let folder = try TemporaryFolder()
    var adapter = GGUFBuilder()
    adapter.tensors = [
      .init("blk.0.attn_q.weight.lora_a", [2048, 8], type: 1, bytes: 32768),
      .init("blk.0.attn_q.weight.lora_b", [8, 2048], type: 1, bytes: 32768),
    ]
    let path = try folder.file("adapter.gguf", adapter.file)
    let lora = run("budget smollm3-3b --gpu 24GiB --lora \(path) --lora 8x2 --format csv")
    // 8 × (2048 + 2048, twice, and 2048 + 512, twice) × 4 B × 36 layers, twice, and the file's.
    #expect(lora.output.contains("adapter,\(65536 + 2 * 15_335_424),"))
    let explained = run("budget smollm3-3b --gpu 24GiB --lora 8 --explain").output
    #expect(explained.contains("rank 8 × (in + out) of all matrices 8 × 479,232 elements × 4 B"))
    // Llama 3.2 3B is 3072 wide.
    let other = run("budget llama3.2:3b --gpu 24GiB --lora \(path)")
    #expect(other.status == .badInput && other.diagnostics.contains("has 2048 inputs, not 3072"))
    var projector = GGUFBuilder()
    projector.entries = [("general.architecture", .string("clip"))]
    projector.tensors = [.init("v.patch_embd.weight", [14, 14, 3, 64], type: 0, bytes: 150_528)]
    let tower = try folder.file("mmproj.gguf", projector.file)
    for runtime in ["llama.cpp", "ollama"] {
      let outcome = run(
        "budget smollm3-3b --gpu 24GiB --runtime \(runtime) --mmproj \(tower) --format csv")
      #expect(outcome.output.contains("projector,150528,"))
    }
    let torn = run("budget smollm3-3b --gpu 24GiB --lora \(tower)")
    #expect(torn.status == .badInput)
    let none = run("budget smollm3-3b --gpu 24GiB --mmproj \(path)")
    #expect(none.status == .badInput && none.diagnostics.contains("is no projector"))
    #expect(run("budget smollm3-3b --gpu 24GiB --mmproj unknown --strict").status == .doesNotFit)
  }

  @Test(
    "Help names every option that a command takes",
    arguments: ["budget", "weights", "inspect", "formats"])
  func help(command: String) {
    #expect(run("help \(command)").output == run("\(command) --help").output)
    #expect(run("\(command) --help").status == .success)
  }
}
