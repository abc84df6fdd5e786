internal import VRAMBudget

/// What llama.cpp knows of a family beyond what a GGUF file says.
///
/// Everything else of a model follows from its tensors and keys. To add a family, add a row; only
/// listed ones are read, since any other might keep its tokens in a way that is not described.
///
/// Source: llama.cpp 8a5c4e03d and earlier, src/models/, `load_arch_hparams` of each family.
struct GGUFArchitecture {
  /// Which layers see a window only; `attention.sliding_window_pattern` beats the period.
  enum Window {
    case never
    /// All but the last of every `period` layers, when the file gives a window.
    case pattern(period: Int64)
    /// The same, with a window even where the file gives none.
    case patternOf(tokens: Int64, period: Int64)
    /// The same in chunks, unless the file gives a window of 0.
    case chunks(tokens: Int64, period: Int64)
  }

  /// `general.architecture`.
  let name: String
  var window = Window.never
  /// Every so many layers one does not rotate queries and keys; nil where all do.
  var unrotatedInterval: Int64?
  /// What its recurrent layers keep.
  var state: RecurrentState.Kind?
  /// Whether the last `nextn_predict_layers`, for multi-token prediction, are in the file but not
  /// loaded.
  var skipsPredictionLayers = false

  /// Returns a family's row; nil for one that is not read.
  static func named(_ name: String) -> GGUFArchitecture? { all.first { $0.name == name } }

  static let all: [GGUFArchitecture] =
    plain.map { GGUFArchitecture(name: $0) } + [
      GGUFArchitecture(name: "gemma2", window: .patternOf(tokens: 4096, period: 2)),
      GGUFArchitecture(name: "gemma3", window: .pattern(period: 6)),
      GGUFArchitecture(name: "gpt-oss", window: .pattern(period: 2)),
      GGUFArchitecture(name: "cohere2", window: .pattern(period: 4)),
      GGUFArchitecture(name: "olmo2", window: .pattern(period: 4)),
      GGUFArchitecture(
        name: "llama4", window: .chunks(tokens: 8192, period: 4), unrotatedInterval: 4),
      GGUFArchitecture(name: "smollm3", unrotatedInterval: 4),
      GGUFArchitecture(name: "glm4moe", skipsPredictionLayers: true),
      GGUFArchitecture(name: "mamba", state: .mamba),
      GGUFArchitecture(name: "lfm2", state: .shortConvolution),
      GGUFArchitecture(name: "lfm2moe", state: .shortConvolution),
      GGUFArchitecture(name: "qwen3next", state: .gatedDeltaNet),
      GGUFArchitecture(name: "qwen35", state: .gatedDeltaNet),
      GGUFArchitecture(name: "qwen35moe", state: .gatedDeltaNet),
    ]

  /// Families of full attention in every layer, latent or not.
  private static let plain = [
    "llama", "mistral3", "qwen2", "qwen3", "qwen3vl", "qwen2moe", "qwen3moe", "qwen3vlmoe", "phi2",
    "phi3", "phimoe", "gemma", "granite", "granitemoe", "command-r", "olmo", "olmoe", "chatglm",
    "glm4", "ernie4_5", "ernie4_5-moe", "hunyuan-dense", "seed_oss", "starcoder2", "nemotron",
    "arcee", "minimax-m2", "deepseek2", "minicpm3",
  ]
}

extension GGUFArchitecture {
  /// Returns each layer's span.
  ///
  /// - Throws: ``GGUFModelError`` when a key is of another kind, or a list of another length.
  func spans(
    layers: Int, _ keys: GGUFKeys
  ) throws(GGUFModelError) -> [Attention.Span] {
    let full = Array(repeating: Attention.Span.full, count: layers)
    let given = try keys.optionalInteger("attention.sliding_window", in: 0...(1 << 27))
    let (limited, period): (Attention.Span, Int64)
    switch window {
    case .never: return full
    case .pattern(let every): (limited, period) = (.sliding(tokens: given ?? 0), every)
    case .patternOf(let tokens, let every):
      (limited, period) = (.sliding(tokens: given ?? tokens), every)
    case .chunks(let tokens, let every):
      (limited, period) = (.chunked(tokens: given == 0 ? 0 : tokens), every)
    }
    guard let tokens = limited.limit, tokens > 0 else { return full }
    if let flags = try keys.optionalFlags("attention.sliding_window_pattern", layers: layers) {
      return flags.map { $0 ? limited : .full }
    }
    let every =
      try keys.optionalInteger("attention.sliding_window_pattern", in: 1...1024) ?? period
    return (0..<layers).map { (Int64($0) + 1) % every == 0 ? .full : limited }
  }

  /// Whether a layer rotates queries and keys.
  func isRotary(layer: Int) -> Bool {
    guard let unrotatedInterval else { return true }
    return (Int64(layer) + 1) % unrotatedInterval != 0
  }
}

extension Attention.Span {
  fileprivate var limit: Int64? {
    switch self {
    case .full: nil
    case .sliding(let tokens), .chunked(let tokens): tokens
    }
  }
}
