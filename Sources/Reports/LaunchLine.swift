public import VRAMBudget

/// Why a configuration has no command line of its own.
public enum LaunchError: Error, Hashable {
  /// The runtime has no program that is started so.
  case noProgram(RuntimeKind)
  /// The program has no option for something.
  case notSayable(RuntimeKind, what: String, fix: String)
}

extension LaunchError: ActionableError {
  public var problem: String {
    switch self {
    case .noProgram(let runtime): "\(runtime.title) is a library without a command line"
    case .notSayable(let runtime, let what, _): "\(runtime.title)'s command line cannot say \(what)"
    }
  }

  public var fix: String {
    switch self {
    case .noProgram: "leave out --launch, or choose another --runtime"
    case .notSayable(_, _, let fix): fix
    }
  }
}

/// The command that runs exactly one configuration, its flags spelled as the pinned version of the
/// runtime spells them.
public struct LaunchLine: Sendable {
  private let deployment: Deployment
  private let devices: [Device]
  /// The file or the repository that holds the weights.
  private let weights: String

  public init(_ deployment: Deployment, on devices: [Device], weights: String) {
    self.deployment = deployment
    self.devices = devices
    self.weights = weights
  }

  /// The text, ending with a newline.
  ///
  /// - Throws: ``LaunchError`` for what the program cannot be told.
  public func text() throws(LaunchError) -> String {
    switch deployment.runtime {
    case .llamaCpp(let settings): Self.broken(try llamaServer(settings))
    case .ollama(let settings): try modelfile(settings)
    case .vllm(let settings): Self.broken(try vllm(settings))
    case .execuTorch: Self.broken(try export())
    case .mlx(let settings): Self.broken(try mlx(settings))
    case .transformers: throw .noProgram(.transformers)
    }
  }

  private var context: Int64 { deployment.workload.contextTokens }
  private var sequences: Int64 { deployment.workload.sequences }

  /// The words with a backslash wherever a line of 90 characters would be passed.
  private static func broken(_ words: [String]) -> String {
    var lines: [String] = []
    var line = ""
    for word in words {
      if !line.isEmpty, line.count + 1 + word.count > 90 {
        lines.append(line + " \\")
        line = "  " + word
      } else {
        line += line.isEmpty ? word : " " + word
      }
    }
    return (lines + [line]).joined(separator: "\n") + "\n"
  }

  // MARK: llama.cpp

  /// `--fit off`, because it is on by default and would change what is not given.
  ///
  /// Source: llama.cpp 0c1e57098, common/arg.cpp; each spelling read again in the copy that
  /// llama-cpp-python 0.3.36 ships.
  private func llamaServer(_ settings: LlamaCppSettings) throws(LaunchError) -> [String] {
    var words = [
      "llama-server", "--model \(Self.quoted(weights))", "--ctx-size \(context)",
      "--parallel \(sequences)", settings.isUnified ? "--kv-unified" : "--no-kv-unified",
    ]
    if devices.allSatisfy({ $0.backend == .cpu }) {
      words.append("--device none")
    } else {
      words.append("--gpu-layers \(Self.text(of: settings.gpuLayers))")
    }
    words += [
      "--batch-size \(settings.batchTokens)", "--ubatch-size \(settings.microbatchTokens)",
      "--flash-attn \(settings.flashAttention.rawValue)",
      "--cache-type-k \(settings.keyFormat.name)", "--cache-type-v \(settings.valueFormat.name)",
    ]
    if deployment.model.isEmbedding { words.append("--embedding") }
    if settings.keepsFullWindows { words.append("--swa-full") }
    if !settings.offloadsCache { words.append("--no-kv-offload") }
    if settings.hostExpertLayers >= deployment.model.layers.count {
      words.append("--cpu-moe")
    } else if settings.hostExpertLayers > 0 {
      words.append("--n-cpu-moe \(settings.hostExpertLayers)")
    }
    if let split = settings.tensorSplit {
      words.append("--tensor-split " + split.map(Self.text).joined(separator: ","))
    }
    return words + (try companions()) + ["--fit off"]
  }

  private func companions() throws(LaunchError) -> [String] {
    let companions = deployment.load.companions
    guard companions.draft == nil else {
      throw .notSayable(
        .llamaCpp, what: "which file the draft model is",
        fix: "leave out --draft, and add --model-draft FILE to the line yourself")
    }
    var words: [String] = []
    for adapter in companions.adapters {
      guard adapter.name.hasSuffix(".gguf") else {
        throw .notSayable(
          .llamaCpp, what: "which file the adapter '\(adapter.name)' is",
          fix: "give --lora a GGUF file")
      }
      words.append("--lora \(Self.quoted(adapter.name))")
    }
    switch companions.projector {
    case .file(let name, _): words.append("--mmproj \(Self.quoted(name))")
    case .unknown:
      throw .notSayable(
        .llamaCpp, what: "an unknown projector", fix: "give --mmproj the file")
    case .otherParts, nil: break
    }
    return words
  }

  private static func text(of layers: LlamaCppSettings.GPULayers) -> String {
    switch layers {
    case .all: "all"
    case .count(let count): "\(count)"
    }
  }

  /// A share without a fraction that is none.
  private static func text(_ share: Float) -> String {
    share == share.rounded() && share < 1e9 ? "\(Int64(share))" : "\(share)"
  }

  // MARK: Ollama

  /// Source: ollama 00f6d6204, docs/modelfile.mdx and envconfig/config.go.
  private func modelfile(_ settings: OllamaSettings) throws(LaunchError) -> String {
    var environment = ["OLLAMA_NUM_PARALLEL=\(sequences)"]
    switch settings.flashAttention {
    case .on: environment.append("OLLAMA_FLASH_ATTENTION=1")
    case .off: environment.append("OLLAMA_FLASH_ATTENTION=0")
    case .auto: break
    }
    if settings.cacheFormat != .f16 {
      environment.append("OLLAMA_KV_CACHE_TYPE=\(settings.cacheFormat.name)")
    }
    var lines = [
      "# Start the server with: \(environment.joined(separator: " ")) ollama serve",
      "FROM \(weights)", "PARAMETER num_ctx \(context)",
      "PARAMETER num_batch \(settings.batchTokens)",
    ]
    if case .count(let count) = settings.gpuLayers { lines.append("PARAMETER num_gpu \(count)") }
    for adapter in deployment.load.companions.adapters {
      guard adapter.name.hasSuffix(".gguf") else {
        throw .notSayable(
          .ollama, what: "which file the adapter '\(adapter.name)' is",
          fix: "give --lora a GGUF file")
      }
      lines.append("ADAPTER \(adapter.name)")
    }
    guard deployment.load.companions.projector == nil else {
      throw .notSayable(
        .ollama, what: "where a projector is", fix: "leave out --mmproj: it is part of the model")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: vLLM

  /// Source: vLLM 0.25.1, vllm/engine/arg_utils.py, `EngineArgs.add_cli_args`.
  private func vllm(_ settings: VLLMSettings) throws(LaunchError) -> [String] {
    let share = settings.utilizationPermille
    let digits = String(1000 + share % 1000).dropFirst()
    var words = [
      "vllm serve \(Self.quoted(weights))", "--max-model-len \(context)",
      "--gpu-memory-utilization \(share / 1000).\(digits)",
      "--tensor-parallel-size \(settings.tensorParallel)",
      "--pipeline-parallel-size \(settings.pipelineParallel)",
      "--block-size \(settings.blockTokens)",
      "--kv-cache-dtype \(settings.cacheElementBytes == 1 ? "fp8" : "auto")",
    ]
    if let tokens = settings.batchedTokens { words.append("--max-num-batched-tokens \(tokens)") }
    if let count = settings.mostSequences { words.append("--max-num-seqs \(count)") }
    if settings.enforcesEager { words.append("--enforce-eager") }
    if settings.isTextOnly { words.append("--language-model-only") }
    switch deployment.weights.name {
    case "HF-F16": words.append("--dtype float16")
    case "HF-F32": words.append("--dtype float32")
    case "HF-BF16": words.append("--dtype bfloat16")
    default: break
    }
    return words
  }

  // MARK: ExecuTorch

  /// Source: optimum-executorch 1.1.0, optimum/commands/export/executorch.py; its
  /// `--qlinear_group_size` is read but not passed on, so that groups are of 32.
  private func export() throws(LaunchError) -> [String] {
    guard ["8da4w", "8da4w-emb4"].contains(deployment.weights.name) else {
      throw .notSayable(
        .execuTorch, what: "\(deployment.weights.name)", fix: "use --quant 8da4w or 8da4w-emb4")
    }
    let embedding = deployment.weights.name == "8da4w" ? "8w" : "4w"
    return [
      "optimum-cli export executorch", "--model \(Self.quoted(weights))",
      "--task text-generation", "--recipe xnnpack", "--use_custom_sdpa",
      "--use_custom_kv_cache", "--qlinear 8da4w", "--qembedding \(embedding)",
      "--max_seq_len \(context)", "--output_dir .",
    ]
  }

  // MARK: MLX

  /// The cache grows with the tokens: nothing limits it to the context but the requests themselves. A
  /// quantized one serves one request after the other.
  ///
  /// Source: mlx-lm 0.32.2, mlx_lm/server.py, `main` and `_is_batchable`.
  private func mlx(_ settings: MLXSettings) throws(LaunchError) -> [String] {
    let words = [
      "mlx_lm.server", "--model \(Self.quoted(weights))",
      "--prefill-step-size \(settings.prefillTokens)",
    ]
    guard let bits = settings.cacheBits else {
      return words + ["--decode-concurrency \(sequences)", "--prompt-concurrency \(sequences)"]
    }
    guard sequences == 1 else {
      throw .notSayable(
        .mlx, what: "\(sequences) sequences at once beside --kv-bits", fix: "leave out one of them")
    }
    return words + [
      "--kv-bits \(bits)", "--kv-group-size \(settings.cacheGroup)",
      "--quantized-kv-start \(settings.quantizedFrom)",
    ]
  }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"):
        true
      default: false
      }
    }
    guard !plain || word.isEmpty else { return word }
    let parts = word.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: "'\\''") + "'"
  }
}
