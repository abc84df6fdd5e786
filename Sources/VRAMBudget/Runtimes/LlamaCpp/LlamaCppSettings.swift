/// How llama.cpp is started: its own options, with its own defaults.
public struct LlamaCppSettings: Hashable, Sendable {
  public enum FlashAttention: String, CaseIterable, Hashable, Sendable {
    case on, off
    /// On unless the device has no kernel for the model's heads.
    case auto
  }

  /// How many of the L + 1 units (layers, and the output as the last) go to devices.
  public enum GPULayers: Hashable, Sendable {
    case all
    case count(Int)
  }

  /// How many tokens of a batch have their logits computed (`n_outputs_max`).
  public enum Outputs: Hashable, Sendable {
    /// All of them, as libllama does unless told.
    case all
    /// So many of each sequence: llama-server asks for one, and one more for each token that a draft
    /// model proposes.
    ///
    /// Source: llama.cpp 0c1e57098, tools/server/server-context.cpp, `server_output_limits`;
    /// common/speculative.cpp, `common_speculative_get_output_limits`.
    case perSequence(Int64)
    case most(Int64)
  }

  /// `--batch-size`: the tokens that one call may bring.
  public let batchTokens: Int64
  /// `--ubatch-size`: the tokens that are computed at once.
  public let microbatchTokens: Int64
  public let flashAttention: FlashAttention
  /// Whether the cache keeps values transposed, as plain attention reads them: the cache is made
  /// before `auto` is resolved.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-context.cpp, `llama_context::llama_context`.
  var transposesValues: Bool { flashAttention == .off }
  /// `--cache-type-k`.
  public let keyFormat: TensorFormat
  /// `--cache-type-v`.
  public let valueFormat: TensorFormat
  /// `--kv-unified`: one cache that all sequences share.
  public let isUnified: Bool
  /// `--gpu-layers`.
  public let gpuLayers: GPULayers
  /// `--tensor-split`: the share of each device; nil for shares by usable memory.
  public let tensorSplit: [Float]?
  /// Whether caches and states lie with their layers; false for `--no-kv-offload`.
  public let offloadsCache: Bool
  /// `--swa-full`: whether sliding layers keep every token.
  public let keepsFullWindows: Bool
  /// `--n-cpu-moe`: the first layers whose experts stay on the host; `Int.max` for `--cpu-moe`.
  public let hostExpertLayers: Int
  public internal(set) var outputs: Outputs
  /// Whether the scheduler keeps llama.cpp's pins, as a real run does; llama.cpp's own estimate
  /// without memory (`llama-fit-params`) loses them.
  public let keepsBackendPins: Bool

  public init(
    batchTokens: Int64 = 2048, microbatchTokens: Int64 = 512,
    flashAttention: FlashAttention = .auto, keyFormat: TensorFormat = .f16,
    valueFormat: TensorFormat = .f16, isUnified: Bool = false, gpuLayers: GPULayers = .all,
    tensorSplit: [Float]? = nil, offloadsCache: Bool = true, keepsFullWindows: Bool = false,
    hostExpertLayers: Int = 0, outputs: Outputs = .all, keepsBackendPins: Bool = true
  ) {
    self.batchTokens = batchTokens
    self.microbatchTokens = microbatchTokens
    self.flashAttention = flashAttention
    self.keyFormat = keyFormat
    self.valueFormat = valueFormat
    self.isUnified = isUnified
    self.gpuLayers = gpuLayers
    self.tensorSplit = tensorSplit
    self.offloadsCache = offloadsCache
    self.keepsFullWindows = keepsFullWindows
    self.hostExpertLayers = hostExpertLayers
    self.outputs = outputs
    self.keepsBackendPins = keepsBackendPins
  }

  /// The same for a server of embeddings, which computes every token's output.
  ///
  /// Source: llama.cpp 0c1e57098, tools/server/server-context.cpp, `server_output_limits`.
  func embedding(_ isEmbedding: Bool) -> LlamaCppSettings {
    guard isEmbedding, case .perSequence = outputs else { return self }
    var settings = self
    settings.outputs = .all
    return settings
  }

  /// The batches that can be priced.
  public static let allowedBatch: ClosedRange<Int64> = 1...(1 << 20)

  /// The formats that a cache may have.
  ///
  /// Source: llama.cpp 0c1e57098, common/arg.cpp, `kv_cache_types`.
  public static let cacheFormats: [TensorFormat] = [
    .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .iq4_nl, .q5_0, .q5_1,
  ]

  /// Returns the cache format with a name, whatever its case.
  ///
  /// - Throws: ``RuntimeError/cacheTypeNotAllowed(_:allowed:)``.
  public static func cacheFormat(named name: String) throws(RuntimeError) -> TensorFormat {
    let wanted = LooseName.normalized(name)
    guard let format = cacheFormats.first(where: { LooseName.normalized($0.name) == wanted }) else {
      throw .cacheTypeNotAllowed(name, allowed: cacheFormats.map(\.name))
    }
    return format
  }

  /// Returns the shares that a text lists, `3,1` or as llama.cpp also reads it `3/1`.
  ///
  /// - Throws: ``RuntimeError/tensorSplit(_:)`` unless every share is a number of at least 0 and one
  ///   of them is more.
  ///
  /// Source: llama.cpp 0c1e57098, common/arg.cpp, `--tensor-split`.
  public static func tensorSplit(parsing text: String) throws(RuntimeError) -> [Float] {
    let shares = text.split(omittingEmptySubsequences: false) { $0 == "," || $0 == "/" }.map {
      Float($0) ?? .nan
    }
    guard shares.allSatisfy({ $0 >= 0 && $0.isFinite }), shares.reduce(0, +) > 0,
      shares.reduce(0, +).isFinite
    else { throw .tensorSplit(text) }
    return shares
  }
}
