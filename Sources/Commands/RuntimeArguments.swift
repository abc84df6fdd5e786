internal import ArgumentParsing
internal import VRAMBudget

/// Which runtime loads a model, with the settings that a command line gives it.
enum RuntimeArguments {
  /// The settings of all runtimes, each once.
  static let options: [OptionSpec] = {
    var names: Set<String> = []
    return RuntimeKind.allCases.flatMap(options).filter { names.insert($0.name).inserted }
  }()

  /// Returns the runtime that is asked for, else the first that loads the weights.
  ///
  /// - Throws: A failure about an option that the runtime does not have, or whose value is wrong.
  static func runtime(
    for weights: WeightPlan, of named: NamedModel, devices: Int, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> Runtime {
    let origin = weights.origin
    guard let kind = try arguments.optional(Options.runtime) ?? origin.runtimes.first
    else {
      throw .aboutFormat(
        RuntimeError.noRuntimeLoads(recipe: origin.name, loader: origin.loader), of: named,
        arguments)
    }
    try refuseOptions(notOf: kind, arguments)
    switch kind {
    case .llamaCpp: return .llamaCpp(try LlamaCppOptions.settings(arguments, for: named.shape))
    case .ollama: return .ollama(try OllamaOptions.settings(arguments, for: named.shape))
    case .vllm:
      let cachesInFP8 = try named.cachesInFP8()
      return .vllm(
        try VLLMOptions.settings(
          arguments, devices: devices, elementBytes: weights.isPlain ? weights.activationBytes : 2,
          cachesInFP8: cachesInFP8))
    case .transformers: return .transformers(try TransformersOptions.settings(arguments))
    case .execuTorch: return .execuTorch(ExecuTorchSettings())
    case .mlx: return .mlx(try MLXOptions.settings(arguments))
    }
  }

  /// Refuses the settings of another runtime.
  private static func refuseOptions(
    notOf kind: RuntimeKind, _ arguments: ParsedArguments
  ) throws(CommandFailure) {
    let own = options(of: kind)
    for other in RuntimeKind.allCases where other != kind {
      let foreign = options(of: other).first { arguments.has($0) && !own.contains($0) }
      guard let foreign else { continue }
      throw CommandFailure(
        at: foreign.flag,
        UsageError.missing(
          what: "\(kind.title) has no such setting", fix: fix(for: foreign, under: kind, of: other))
      )
    }
  }

  /// What to do with a setting of another runtime: the runtime's own, where it has one for the same.
  private static func fix(
    for foreign: OptionSpec, under kind: RuntimeKind, of other: RuntimeKind
  ) -> String {
    guard foreign == LlamaCppOptions.cacheType.spec else {
      return "leave it out, or use \(other.title)"
    }
    return switch kind {
    case .vllm: "write --kv-cache-dtype fp8 for a cache in 8 bits"
    case .mlx: "write --kv-bits"
    case .llamaCpp, .ollama, .transformers, .execuTorch: "leave it out, or use \(other.title)"
    }
  }

  private static func options(of kind: RuntimeKind) -> [OptionSpec] {
    switch kind {
    case .llamaCpp: LlamaCppOptions.all
    case .ollama: OllamaOptions.all
    case .vllm: VLLMOptions.all
    case .transformers: TransformersOptions.all
    case .execuTorch: []
    case .mlx: MLXOptions.all
    }
  }
}
