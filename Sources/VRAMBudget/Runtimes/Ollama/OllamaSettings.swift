/// How Ollama serves a model: its own settings, with its own defaults.
public struct OllamaSettings: Hashable, Sendable {
  /// `num_batch`: the tokens that are computed at once; both of llama.cpp's batches are as long.
  public let batchTokens: Int64
  /// `OLLAMA_FLASH_ATTENTION`; `auto` where it is not set.
  public let flashAttention: LlamaCppSettings.FlashAttention
  /// `OLLAMA_KV_CACHE_TYPE`: one format for keys and values.
  public let cacheFormat: TensorFormat
  /// `num_gpu`.
  public let gpuLayers: LlamaCppSettings.GPULayers

  public init(
    batchTokens: Int64 = 512, flashAttention: LlamaCppSettings.FlashAttention = .auto,
    cacheFormat: TensorFormat = .f16, gpuLayers: LlamaCppSettings.GPULayers = .all
  ) {
    self.batchTokens = batchTokens
    self.flashAttention = flashAttention
    self.cacheFormat = cacheFormat
    self.gpuLayers = gpuLayers
  }

  /// `num_batch` where none is given: 512, for an embedding model 2048, of which
  /// ``llamaCpp(for:context:)`` leaves what its context has room for.
  ///
  /// Source: ollama 00f6d6204, llm/llama_server.go, `DefaultEmbeddingNumBatch` and
  /// `DefaultEmbeddingNumBatchForContext`.
  public static func defaultBatch(of model: ModelShape) -> Int64 {
    model.isEmbedding ? min(2048, model.maximumContext) : 512
  }

  /// The settings for a model, whose batch is no longer than the context where it is embeddings that
  /// are served.
  ///
  /// - Parameter context: Of all sequences together.
  ///
  /// Source: ollama 00f6d6204, llm/llama_server.go, `embeddingBatchSize`.
  func llamaCpp(for model: ModelShape, context: Int64) -> LlamaCppSettings {
    guard model.isEmbedding, context < batchTokens else { return llamaCpp }
    return OllamaSettings(
      batchTokens: context, flashAttention: flashAttention, cacheFormat: cacheFormat,
      gpuLayers: gpuLayers
    ).llamaCpp
  }

  /// The settings that Ollama starts `llama-server` with.
  ///
  /// The server computes the logits of one token of each sequence: the llama.cpp of this version has
  /// that limit, as it has options that came later (`--load-mode`).
  ///
  /// Source: ollama 00f6d6204, llm/llama_server.go, `startLlamaServer`, `appendBatchArgs` and
  /// `appendLoadModeArgs`; llama.cpp PR 23861.
  public var llamaCpp: LlamaCppSettings {
    LlamaCppSettings(
      batchTokens: batchTokens, microbatchTokens: batchTokens, flashAttention: flashAttention,
      keyFormat: cacheFormat, valueFormat: cacheFormat, gpuLayers: gpuLayers,
      outputs: .perSequence(1))
  }

  /// The formats that `OLLAMA_KV_CACHE_TYPE` takes.
  ///
  /// Source: ollama 948f69330, docs/faq.mdx.
  public static let cacheFormats: [TensorFormat] = [.f16, .q8_0, .q4_0]

  /// The context where none is given: 262,144 tokens on 47 GiB and more in all, 32,768 on 23 GiB,
  /// else 4,096, and the model's maximum if that is smaller.
  ///
  /// Source: ollama v0.33.2, server/routes.go, `defaultNumCtx`; docs/context-length.mdx.
  public static func defaultContext(of model: ModelShape, on devices: [Device]) -> Int64 {
    let memory = devices.lazy.filter { $0.backend != .cpu }.map(\.reportedToRuntimes).total
    let tokens: Int64 =
      memory >= .gibibytes(47) ? 262_144 : memory >= .gibibytes(23) ? 32_768 : 4096
    return min(tokens, model.maximumContext)
  }

  /// What Ollama's scheduler leaves free of a device; nil where the user says what to keep free.
  ///
  /// Source: ollama fb3076099, ml/device.go, `MinimumMemory`; discover/gpu_darwin.go.
  func reservation(of device: Device) -> Reservation? {
    guard device.backend != .cpu, !device.reservations.contains(where: { $0.reason == .user })
    else { return nil }
    return Reservation(
      .runtime, .mebibytes(device.backend == .metal ? 512 : 457), basis: .modelled,
      source: "ollama fb3076099, ml/device.go, MinimumMemory; --reserve takes its place")
  }
}

extension Device {
  /// What a runtime is told that the device has: without what the driver or the system's limit keeps.
  fileprivate var reportedToRuntimes: Bytes {
    total
      - reservations.lazy.filter { $0.reason == .driver || $0.reason == .workingSetLimit }
      .map(\.bytes).total
  }
}
