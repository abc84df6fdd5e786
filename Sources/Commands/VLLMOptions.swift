internal import ArgumentParsing
internal import VRAMBudget

/// vLLM's own settings, under its own names.
enum VLLMOptions {
  /// All of them, in the order of the help.
  static let all: [OptionSpec] = [
    utilization.spec, tensorParallel.spec, pipelineParallel.spec, batchedTokens.spec,
    mostSequences.spec, cacheDtype.spec, blockSize.spec, enforceEager, languageModelOnly,
  ]

  /// What Transformers does with the language model's own class.
  static let languageModelOnly = OptionSpec(
    "language-model-only",
    help: "vLLM and Transformers without a checkpoint's parts for images and sound")

  /// The formats of vLLM's cache.
  private enum CacheDtype: String, CaseIterable { case auto, bfloat16, float16, fp8 }

  private static let utilization = Option(
    "utilization", "SHARE",
    help: "vLLM's --gpu-memory-utilization, such as 0.9 or 90% (default 0.92)"
  ) { try Share.permille($0) }

  private static let tensorParallel = Option(
    "tensor-parallel-size", "N",
    help: "devices that share each layer under vLLM (default: all that are\nnamed)"
  ) { try TokenCount.parse($0, allowed: 1...Int64(Workload.mostDevices)) }

  private static let pipelineParallel = Option(
    "pipeline-parallel-size", "N", help: "stages of layers under vLLM (default 1)"
  ) { try TokenCount.parse($0, allowed: 1...Int64(Workload.mostDevices)) }

  private static let batchedTokens = Option(
    "max-num-batched-tokens", "TOKENS",
    help:
      "tokens that vLLM computes at once (default 2048, 8192 on devices of\n70 GiB, 16384 of 160 GiB)"
  ) { try TokenCount.parse($0, allowed: 1...(1 << 20)) }

  private static let mostSequences = Option(
    "max-num-seqs", "N", help: "sequences that vLLM computes at once (default 256, or 1024)"
  ) { try TokenCount.parse($0, allowed: 1...(1 << 14)) }

  private static let cacheDtype = Option(
    "kv-cache-dtype", "auto|fp8|…",
    help:
      "vLLM's cache in 8 bits, or in bfloat16 or float16 (default auto: as the\ncheckpoint asks)"
  ) { try Options.choice($0, of: CacheDtype.self) }

  private static let blockSize = Option(
    "block-size", "TOKENS",
    help: "tokens of one block of vLLM's cache, a multiple of 16 (default 16)"
  ) { text in
    // Source: vLLM 0.25.1, vllm/v1/attention/backends/flash_attn.py, `MultipleOf(16)`.
    let tokens = try TokenCount.parse(text, allowed: 16...1024)
    guard tokens.isMultiple(of: 16) else {
      throw UsageError.missing(
        what: "blocks of \(tokens) tokens are none that its attention reads",
        fix: "give a multiple of 16")
    }
    return tokens
  }

  private static let enforceEager = OptionSpec(
    "enforce-eager", help: "vLLM without CUDA graphs")

  /// Returns the settings that a command line gives, vLLM's defaults for the others.
  ///
  /// - Parameters:
  ///   - devices: The number of devices, which share every layer unless it is said otherwise.
  ///   - elementBytes: The bytes of an element that the model computes with.
  ///   - cachesInFP8: Whether the checkpoint asks for such a cache, where the command line does not.
  static func settings(
    _ arguments: ParsedArguments, devices: Int, elementBytes: Int64, cachesInFP8: Bool
  ) throws(CommandFailure) -> VLLMSettings {
    let stages = try arguments.optional(pipelineParallel) ?? 1
    let dtype = try arguments.optional(cacheDtype) ?? .auto
    let isFP8 = dtype == .fp8 || dtype == .auto && cachesInFP8
    return VLLMSettings(
      utilizationPermille: try arguments.optional(utilization) ?? 920,
      tensorParallel: try arguments.optional(tensorParallel) ?? max(1, Int64(devices) / stages),
      pipelineParallel: stages, batchedTokens: try arguments.optional(batchedTokens),
      mostSequences: try arguments.optional(mostSequences),
      enforcesEager: arguments.has(enforceEager),
      cacheElementBytes: isFP8 ? 1 : dtype == .auto ? elementBytes : 2,
      blockTokens: try arguments.optional(blockSize) ?? 16,
      isTextOnly: arguments.has(languageModelOnly))
  }
}

/// Transformers' own settings, under its own names.
enum TransformersOptions {
  static let all: [OptionSpec] = [
    attention.spec, cache.spec, VLLMOptions.languageModelOnly,
  ]

  private static let attention = Option(
    "attn-implementation", "sdpa|eager", help: "Transformers' attention (default sdpa)"
  ) { try Options.choice($0, of: TransformersSettings.Attention.self) }

  private static let cache = Option(
    "cache-implementation", "dynamic|static", help: "Transformers' cache (default dynamic)"
  ) { try Options.choice($0, of: TransformersSettings.Cache.self) }

  /// Returns the settings that a command line gives.
  static func settings(
    _ arguments: ParsedArguments
  ) throws(CommandFailure) -> TransformersSettings {
    TransformersSettings(
      attention: try arguments.optional(attention) ?? .sdpa,
      cache: try arguments.optional(cache) ?? .dynamic,
      isTextOnly: arguments.has(VLLMOptions.languageModelOnly))
  }
}

/// A share such as `0.9` or `90%`.
private enum Share {
  /// Returns the share in thousandths.
  ///
  /// - Throws: ``UsageError`` for any other text, more than three decimals, 0, or more than 1.
  static func permille(_ text: String) throws(UsageError) -> Int64 {
    let isPercent = text.hasSuffix("%")
    let number = isPercent ? String(text.dropLast()) : text
    let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let places = isPercent ? 1 : 3
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    let digits = String(parts[0]) + fraction
    guard !digits.isEmpty, digits.count <= 6, fraction.count <= places,
      digits.allSatisfy({ ("0"..."9").contains($0) }), let whole = Int64(digits)
    else { throw error(text) }
    var permille = whole
    for _ in fraction.count..<places { permille *= 10 }
    guard VLLMSettings.allowedUtilization.contains(permille) else { throw error(text) }
    return permille
  }

  private static func error(_ text: String) -> UsageError {
    .missing(what: "'\(text)' is no share", fix: "write a share of each device such as 0.9 or 90%")
  }
}
