import Commands
import TestSupport
import Testing

/// `max`, `best` and `min` on a command line, several models, and what runs a configuration.
@Suite("Answers on the command line")
struct AnswerCommandTests {
  private func run(_ line: String) -> Outcome {
    Tool.run(line.split(separator: " ").map(String.init))
  }

  /// The bars of llama.cpp's own fit: see AnswerTests.
  @Test(
    "What is asked for is named with its value",
    arguments: [
      ("--gpu 16GiB --context max", "--context 85504: the largest that fits"),
      ("--gpu 6GiB --gpu-layers max", "--gpu-layers 29: the most that fit"),
      ("--gpu 200GiB --context max", "--context 131072: all that the model was made for"),
      ("--gpu 2GiB --context max", "--context 256: the least there is, and too much"),
      ("--gpu 64GiB --quant best", "--quant F16: the best that fits"),
    ])
  func found(arguments: String, words: String) {
    let outcome = run(
      "budget llama3.1:8b --reserve 1GiB --overhead 0 " + arguments
        + (arguments.contains("quant") ? "" : " --quant Q4_K_M"))
    #expect(outcome.output.contains(words))
    #expect(outcome.status == .success)
  }

  @Test("The answer is accepted when it is given, and the next step is not")
  func roundTrip() {
    let line = "budget llama3.1:8b --gpu rtx-3060-12gb --require-fit --context "
    for strict in ["", " --strict"] {
      let flags =
        run(line + "max" + strict).output.split(separator: "\n")
        .first { $0.hasPrefix("--context ") }?.split(separator: ":").first ?? ""
      let tokens = Int(flags.split(separator: " ").last ?? "") ?? 0
      #expect(tokens > 256)
      #expect(run(line + "\(tokens)" + strict).status == .success)
      #expect(run(line + "\(tokens + 256)" + strict).status == .doesNotFit)
    }
  }

  @Test("Experts stay on the host by either spelling")
  func experts() {
    let line = "budget gpt-oss:20b --gpu 8GiB "
    let first = run(line + "--n-cpu-moe min").output
    #expect(first.contains("the fewest that make it fit"))
    #expect(run(line + "--cpu-moe min").output == first)
    #expect(run(line + "--cpu-moe").output != first)
  }

  @Test("What is too slow is left out of what fits, and what cannot be told is refused")
  func fastEnough() {
    let fast = run("fit llama3.1:8b --gpu rtx-4090 --min-tokens-per-second 80 --format csv").output
    #expect(fast.contains("Q4_K_M") && !fast.contains("F16"))
    #expect(fast.contains("first_token_seconds_high"))
    let devices = run("fit llama3.1:8b --min-tokens-per-second 80 --format csv").output
    #expect(devices.contains("rtx-4090,") && !devices.contains("rtx-3060-12gb,"))
    #expect(run("fit llama3.1:8b --format csv").output.contains("rtx-3060-12gb,"))
    #expect(run("fit llama3.1:8b --gpu 24GiB --max-first-token 1s").status == .cannotTell)
    let none = run("fit llama3.1:8b --gpu rtx-4090 --max-first-token 1ms --require-fit")
    #expect(none.status == .doesNotFit)
  }

  @Test("The smallest card is found, beside no other value that is asked for")
  func smallest() {
    #expect(run("budget llama3.1:8b --gpu smallest").output.contains("the smallest card"))
    let phone = run("budget smollm3-3b --quant 8da4w --context 2048 --gpu smallest")
    #expect(phone.output.contains("the smallest device that holds it"))
    let both = run("budget llama3.1:8b --gpu smallest --context max")
    #expect(both.status == .badInput)
    #expect(both.diagnostics.contains("depend on each other"))
    #expect(run("budget llama3.1:8b --gpu smallest --gpu 8GiB").status == .badInput)
  }

  @Test("Each of several models can have settings of its own")
  func several() {
    let outcome = run(
      "budget qwen2.5-coder:7b@Q4_K_M,context=4096,cache-type=q8_0 nomic-embed-text@F16"
        + " --gpu 8GiB")
    #expect(outcome.output.contains("Qwen2.5-Coder 7B Instruct · Q4_K_M · 4,096 tokens"))
    #expect(outcome.output.contains("nomic-embed-text v1.5 · F16 · 2,048 tokens (default)"))
    let wrong = run("budget llama3.1:8b@Q4_K_M,contxt=5 --gpu 8GiB")
    #expect(wrong.status == .badInput)
    #expect(wrong.diagnostics.contains("contxt"))
    #expect(run("budget llama3.1:8b@gpu=8GiB --gpu 8GiB").status == .badInput)
  }

  @Test("Swapped models count by the largest, resident ones together")
  func swapped() {
    let line = "budget llama3.1:8b qwen2.5:7b --gpu 8GiB --require-fit"
    #expect(run(line).status == .doesNotFit)
    #expect(run(line + " --swapped").status == .success)
  }

  @Test("Host memory is checked where it is given")
  func host() {
    let line = "budget llama3.1:8b --gpu 4GiB --gpu-layers 4 --require-fit --host-memory "
    #expect(run(line + "16GiB").status == .success)
    let small = run(line + "2GiB")
    #expect(small.status == .doesNotFit)
    #expect(small.output.contains("host memory is the limit"))
  }

  /// 128 KiB a token: 1 GiB at 8192 tokens, half of it at 4096.
  @Test("A cap on the history says what a reset frees")
  func history() {
    let line = "budget llama3.1:8b --gpu 24GiB --history-tokens "
    let outcome = run(line + "4096")
    #expect(outcome.output.contains("History of at most 4,096 tokens: 0.500 GiB of cache."))
    #expect(outcome.output.contains("frees no memory"))
    let transformers = run(line + "4096 --runtime transformers")
    #expect(transformers.output.contains("frees up to 0.500 GiB"))
    #expect(run(line + "9000").status == .badInput)
  }

  @Test("What does not fit is followed by changes that do")
  func suggestions() {
    let outcome = run("budget llama3.1:70b --gpu rtx-4090 --context 4096")
    #expect(outcome.output.contains("To make it fit:"))
    for line in outcome.output.split(separator: "\n") where line.hasPrefix("    --") {
      let flags = line.split(separator: "  ").first.map(String.init) ?? ""
      let gpu = flags.contains("--gpu ") ? "" : " --gpu rtx-4090"
      let fitting = run("budget llama3.1:70b --context 4096 --strict\(gpu) \(flags)")
      #expect(fitting.status == .success, "\(flags)")
    }
  }
}

@Suite("Suggestions on the command line")
struct SuggestionCommandTests {
  private func run(_ words: [String]) -> Outcome { Tool.run(["budget"] + words) }

  /// A command line's words without the options that others set anew, and those behind them.
  private func words(_ line: [String], changed flags: [String]) -> [String] {
    var kept: [String] = []
    var isDropped = false
    for word in line {
      if word.hasPrefix("--") { isDropped = flags.contains(word) }
      if !isDropped { kept.append(word) }
    }
    return kept + flags
  }

  /// Each line with the flags that some suggestion has: singles, and where those are not enough, pairs.
  @Test(
    "What is suggested fits when it is given, whatever the runtime",
    arguments: [
      (
        "llama3.1:8b --runtime vllm --context 22528 --gpu rtx-4090",
        [
          "--kv-cache-dtype fp8", "--utilization 93%", "--max-num-batched-tokens 1024",
          "--max-num-seqs 128", "--enforce-eager", "--context 21760", "--quant FP8-dynamic",
          "--gpu rtx-4090x2 --tensor-parallel-size 2",
        ]
      ),
      // At worst 5.711 of 7.996 GiB are free: 60 % and a process fit there, 70 % do not.
      (
        "llama3.2:1b --runtime vllm --gpu rtx-4060 --desktop windows",
        ["--utilization 60% --enforce-eager"]
      ),
      (
        "llama3.2:1b --runtime vllm --gpu rtx-4060 --desktop windows --utilization 1.0",
        ["--utilization 60% --enforce-eager"]
      ),
      (
        "llama3.1:8b --runtime vllm --sequences 16 --context 32768 --gpu rtx-4090",
        ["--kv-cache-dtype fp8 --context 2560"]
      ),
      ("llama3.1:8b --runtime mlx --gpu apple-m2-8gb", ["--context 2048", "--quant mlx-3bit"]),
      (
        "qwen2.5:3b --runtime transformers --attn-implementation eager --gpu rtx-3060-12gb",
        ["--attn-implementation sdpa"]
      ),
      (
        "smollm3-3b --quant 8da4w --context 65536 --gpu galaxy-s22",
        ["--quant 8da4w-emb4 --context 2048"]
      ),
      ("llama3.1:70b --tensor-split 3,1 --gpu rtx-3090x2", ["--tensor-split 40,41"]),
    ] as [(String, [String])])
  func fits(line: String, expected: [String]) {
    let base = line.split(separator: " ").map(String.init)
    let document = run(base + ["--format", "json"]).output
    let suggestions = document.split(separator: "\n").compactMap { line -> String? in
      let parts = line.split(separator: "\"")
      return parts.count > 3 && parts[1] == "flags" ? String(parts[3]) : nil
    }
    for flags in expected { #expect(suggestions.contains(flags), "\(flags) in \(suggestions)") }
    for flags in suggestions {
      let words = words(base, changed: flags.split(separator: " ").map(String.init))
      #expect(run(words + ["--strict"]).status == .success, "\(flags)")
    }
  }
}

@Suite("vram fit")
struct FitCommandTests {
  private func run(_ line: String) -> Outcome {
    Tool.run(line.split(separator: " ").map(String.init))
  }

  @Test("With a model and a device it lists formats and recommends one that holds the context")
  func formats() {
    let line = "fit qwen2.5-coder:14b --gpu rtx-3060-12gb --format csv"
    let rows = run(line).output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(rows[0][2] == "quantization" && rows[0][4] == "context")
    let chosen = rows.first { $0.last == "true" }
    #expect((chosen.flatMap { Int($0[4]) } ?? 0) >= 8192)
    // Every better format holds less than that.
    for row in rows.dropFirst().prefix(while: { $0.last != "true" }) {
      #expect((Int(row[4]) ?? 0) < 8192)
    }
    for row in rows.dropFirst() where !row[4].isEmpty {
      let fits = run(
        "budget qwen2.5-coder:14b --gpu rtx-3060-12gb --strict --quant \(row[2])"
          + " --context \(row[4])")
      #expect(fits.status == .success, "\(row[2])")
    }
  }

  @Test("With a device alone it lists models, with a model alone devices")
  func others() {
    let models = run("fit --gpu 8GiB --at-least-context 4096 --format csv").output
    #expect(models.contains("\nqwen2.5:7b,"))
    #expect(!models.contains("\nllama3.1:70b,"))
    let devices = run("fit llama3.1:70b --format csv").output
    #expect(devices.contains("\na100-sxm-80gb,"))
    #expect(!devices.contains("\nrtx-4090,"))
  }

  @Test("A quality that is asked for leaves out what loses more")
  func quality() {
    let line = "fit llama3.1:8b --gpu 12GiB --format csv --min-quality "
    #expect(run(line + "3%").output.contains(",Q4_K_M,"))
    #expect(!run(line + "3%").output.contains(",Q4_0,"))
    #expect(run(line + "Q4_0").output.contains(",Q4_0,"))
    #expect(!run(line + "Q4_0").output.contains(",Q3_K_M,"))
    #expect(run(line + "-3%").status == .badInput)
  }

  @Test(
    "What it looks for by itself, or cannot answer, is refused",
    arguments: [
      ("fit", "MODEL"), ("fit llama3.1:8b --gpu 8GiB --context max", "--context"),
      ("fit llama3.1:8b --gpu smallest", "--gpu"),
      ("fit mixtral:8x7b --gpu rtx-3090 --n-cpu-moe min", "--n-cpu-moe"),
      ("fit llama3.1:70b --gpu rtx-3090 --gpu-layers max", "--gpu-layers"),
    ])
  func refused(line: String, word: String) {
    let outcome = run(line)
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.contains(word))
  }
}

@Suite("The command that runs a configuration")
struct LaunchTests {
  private func launch(_ line: String) -> Outcome {
    Tool.run("budget \(line) --launch".split(separator: " ").map(String.init))
  }

  @Test("llama-server is told everything, so that its own fit changes nothing")
  func llamaServer() {
    let text = launch(
      "gpt-oss:20b --gpu 8GiBx2 --n-cpu-moe 12 --sequences 2 --cache-type q8_0"
        + " --tensor-split 3,1 --ubatch 256"
    ).output.split(separator: "\\\n").joined().split(separator: " ").joined(separator: " ")
    for flags in [
      "llama-server --model gpt-oss-20b-Q4_K_M.gguf", "--ctx-size 8192", "--parallel 2",
      "--no-kv-unified", "--gpu-layers all", "--n-cpu-moe 12", "--cache-type-k q8_0",
      "--cache-type-v q8_0", "--ubatch-size 256", "--tensor-split 3,1", "--fit off",
    ] {
      #expect(text.contains(flags), "\(flags)")
    }
  }

  @Test("A name that only stands for the weights is said to")
  func placeholders() {
    let invented = launch("llama3.1:8b --gpu rtx-4090")
    #expect(invented.diagnostics.contains("'llama3.1-8b-Q4_K_M.gguf' stands for your Q4_K_M"))
    #expect(launch("llama3.1:8b --gpu rtx-4090 --runtime vllm").diagnostics.isEmpty)
  }

  @Test(
    "What the budget refuses has no command, and what does not fit is said",
    arguments: [
      ("llama3.1:70b --gpu rtx-3090 --require-fit", Outcome.Status.doesNotFit, "does not fit"),
      ("llama3.1:70b --gpu rtx-3090", .success, "does not fit"),
      ("llama3.1:8b --gpu rtx-3090 --cache-type-v q8_0 --flash-attention off", .badInput, "q8_0"),
      ("qwen2.5:7b --gpu rtx-4090x3 --runtime vllm", .badInput, "28"),
      ("bge-m3 --gpu apple-m2-24gb --runtime mlx", .cannotTell, "bert"),
    ])
  func checked(line: String, status: Outcome.Status, word: String) {
    let outcome = launch(line)
    #expect(outcome.status == status)
    #expect(outcome.diagnostics.contains(word), "\(outcome.diagnostics)")
    #expect(outcome.output.isEmpty == (status == .badInput || status == .cannotTell))
  }

  @Test("Each runtime has its own program")
  func programs() {
    let vllm = launch("llama3.1:8b --gpu rtx-4090 --runtime vllm").output
    #expect(vllm.hasPrefix("vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8192"))
    #expect(vllm.contains("--gpu-memory-utilization 0.920"))
    let ollama = launch("llama3.1:8b --gpu rtx-4090 --runtime ollama --cache-type q8_0").output
    #expect(ollama.contains("PARAMETER num_ctx 32768\n"))
    #expect(ollama.contains("OLLAMA_KV_CACHE_TYPE=q8_0"))
    let export = launch("smollm3-3b --gpu galaxy-s22 --quant 8da4w --context 2048").output
    #expect(export.contains("--qlinear 8da4w --qembedding 8w"))
    #expect(export.contains("--max_seq_len 2048"))
    let mlx = launch("llama3.1:8b --gpu 24GiB --quant mlx-4bit").output
    #expect(mlx.hasPrefix("mlx_lm.server --model "))
    let quantized = launch("llama3.1:8b --gpu 24GiB --quant mlx-4bit --kv-bits 8").output
    #expect(quantized.contains("mlx_lm.server"))
    #expect(quantized.contains("--kv-bits 8 --kv-group-size 64 --quantized-kv-start 5000"))
  }

  @Test(
    "What a command line cannot say is refused",
    arguments: [
      "llama3.1:8b --gpu 24GiB --runtime transformers",
      "llama3.1:8b --gpu 24GiB --lora 16:all",
      "smollm3-3b --gpu galaxy-s22 --quant 8da4w-g64",
      "llama3.1:8b --gpu 24GiB --draft smollm2:135m",
      "llama3.1:8b --gpu 24GiB --quant mlx-4bit --kv-bits 8 --sequences 2",
    ])
  func refused(line: String) {
    let outcome = launch(line)
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.hasPrefix("vram: error: --launch: "))
  }
}
