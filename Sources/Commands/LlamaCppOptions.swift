internal import ArgumentParsing
internal import VRAMBudget

/// llama.cpp's own settings, under its own names.
enum LlamaCppOptions {
  /// All of them, in the order of the help.
  static let all: [OptionSpec] =
    [
      cacheType.spec, cacheTypeK.spec, cacheTypeV.spec, flashAttention.spec, kvUnified, swaFull,
      batch.spec, ubatch.spec, outputs.spec, gpuLayers.spec, tensorSplit.spec, noKVOffload, cpuMoE,
      cpuMoELayers.spec,
    ] + CompanionOptions.all

  static let batch = Option(
    "batch", "TOKENS", help: "llama.cpp's --batch-size (default 2048), Ollama's num_batch (512)"
  ) { try TokenCount.parse($0, allowed: LlamaCppSettings.allowedBatch) }

  private static let ubatch = Option(
    "ubatch", "TOKENS", help: "llama.cpp's --ubatch-size (default 512)"
  ) { try TokenCount.parse($0, allowed: LlamaCppSettings.allowedBatch) }

  private enum OutputChoice { case all, sequences, most(Int64) }

  private static let outputs = Option(
    "outputs", "all|sequences|N",
    help:
      "tokens of a batch whose logits are computed: all (libllama, the default),\none of each sequence (llama-server), or N"
  ) { text -> OutputChoice in
    switch text {
    case "all": .all
    case "sequences": .sequences
    default: .most(try TokenCount.parse(text, allowed: LlamaCppSettings.allowedBatch))
    }
  }

  static let flashAttention = Option(
    "flash-attention", "on|off|auto", help: "llama.cpp's --flash-attn (default auto)"
  ) { try Options.choice($0, of: LlamaCppSettings.FlashAttention.self) }

  static let cacheType = Option(
    "cache-type", "TYPE", help: "format of cached keys and values: f16, q8_0, q4_0, … (default f16)"
  ) { try LlamaCppSettings.cacheFormat(named: $0) }

  private static let cacheTypeK = Option(
    "cache-type-k", "TYPE", help: "format of cached keys"
  ) { try LlamaCppSettings.cacheFormat(named: $0) }

  static let cacheTypeV = Option(
    "cache-type-v", "TYPE", help: "format of cached values"
  ) { try LlamaCppSettings.cacheFormat(named: $0) }

  static let gpuLayers = Option(
    "gpu-layers", "N|all|max",
    help:
      "layers on the GPU, the output counting as one more; max: the most that\nfit (default all)"
  ) { text in
    try Wanted.parse(text, best: "max") { text -> LlamaCppSettings.GPULayers in
      text == "all" || text == "-1"
        ? .all : .count(Int(try TokenCount.parse(text, allowed: 0...1025)))
    }
  }

  static let tensorSplit = Option(
    "tensor-split", "N,N,…",
    help: "share of the layers for each device, such as 3,1 (default: by\nfree memory)"
  ) { try LlamaCppSettings.tensorSplit(parsing: $0) }

  private static let cpuMoELayers = Option(
    "n-cpu-moe", "N|min",
    help: "experts of the first N layers stay in host memory; min: the fewest that\nmake it fit"
  ) { text in
    try Wanted.parse(text, best: "min") { Int(try TokenCount.parse($0, allowed: 0...1024)) }
  }

  private static let kvUnified = OptionSpec(
    "kv-unified", help: "one cache that all sequences share")
  private static let swaFull = OptionSpec(
    "swa-full", help: "sliding layers keep every token, not their window")
  private static let noKVOffload = OptionSpec(
    "no-kv-offload", help: "the cache stays in host memory")
  private static let cpuMoE = OptionSpec(
    "cpu-moe", help: "all experts stay in host memory; --cpu-moe min is --n-cpu-moe min",
    words: ["min"])

  /// Returns the settings that a command line gives, llama.cpp's defaults for the others.
  ///
  /// An encoder reads its input at once: the batches hold all that it was made for where none are given,
  /// of which what the context has room for is computed.
  ///
  /// Source: llama.cpp 0c1e57098, tools/server/server-context.cpp, "input is too large to process".
  static func settings(
    _ arguments: ParsedArguments, for model: ModelShape
  ) throws(CommandFailure) -> LlamaCppSettings {
    let input = model.isEncoder ? model.maximumContext : 0
    let both = try arguments.optional(cacheType)
    let hostExpertLayers = try arguments.optional(cpuMoELayers)
    if arguments.has(cpuMoE), !wantsFewestHostExperts(arguments), hostExpertLayers != nil {
      throw CommandFailure(
        at: cpuMoELayers.spec.flag,
        UsageError.missing(
          what: "\(cpuMoE.flag) already keeps the experts of all layers in host memory",
          fix: "give one of the two"))
    }
    let outputs: LlamaCppSettings.Outputs =
      switch try arguments.optional(Self.outputs) {
      case .all, nil: .all
      case .sequences:
        .perSequence(arguments.has(CompanionOptions.draft.spec) ? 1 + proposedTokens : 1)
      case .most(let count): .most(count)
      }
    return LlamaCppSettings(
      batchTokens: try arguments.optional(batch) ?? batchTokens(2048, for: input),
      microbatchTokens: try arguments.optional(ubatch) ?? batchTokens(512, for: input),
      flashAttention: try arguments.optional(flashAttention) ?? .auto,
      keyFormat: try arguments.optional(cacheTypeK) ?? both ?? .f16,
      valueFormat: try arguments.optional(cacheTypeV) ?? both ?? .f16,
      isUnified: arguments.has(kvUnified),
      gpuLayers: try arguments.optional(gpuLayers)?.given ?? .all,
      tensorSplit: try arguments.optional(tensorSplit), offloadsCache: !arguments.has(noKVOffload),
      keepsFullWindows: arguments.has(swaFull),
      hostExpertLayers: wantsFewestHostExperts(arguments)
        ? 0 : arguments.has(cpuMoE) ? .max : hostExpertLayers?.given ?? 0,
      outputs: outputs)
  }

  /// A usual batch, or one that holds a whole input.
  private static func batchTokens(_ usual: Int64, for input: Int64) -> Int64 {
    min(max(usual, input), LlamaCppSettings.allowedBatch.upperBound)
  }

  /// Whether the fewest layers with their experts on the host are asked for.
  private static func wantsFewestHostExperts(_ arguments: ParsedArguments) -> Bool {
    arguments.texts(of: cpuMoE) == ["min"]
      || (try? arguments.value(of: cpuMoELayers))?.isBest ?? false
  }

  /// What is to be found among llama.cpp's settings, in the order it is looked for.
  static func wanted(_ arguments: ParsedArguments) throws(CommandFailure) -> [Axis] {
    (wantsFewestHostExperts(arguments) ? [.deviceExperts] : [])
      + (try arguments.optional(gpuLayers)?.isBest ?? false ? [.gpuLayers] : [])
  }

  /// The tokens that a draft model proposes at a time (`--draft-max`).
  ///
  /// Source: llama.cpp 0c1e57098, common/common.h, `common_params_speculative_draft`.
  private static let proposedTokens: Int64 = 3
}
