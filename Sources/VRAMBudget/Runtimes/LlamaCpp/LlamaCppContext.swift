/// The sizes that llama.cpp derives from the settings when it creates a context.
///
/// Source: llama.cpp 0c1e57098, src/llama-context.cpp, `llama_context::llama_context`; checked in
/// llamacpp-runtime.jsonl (`n_ctx_eff`, `n_ctx_seq`).
struct LlamaCppContext: Hashable {
  /// The cells of one stream of a full-attention cache.
  let cells: Int64
  /// The caches that stand side by side: one for each sequence unless unified.
  let streams: Int64
  /// The tokens that the worst-case graph computes at once.
  let batchTokens: Int64
  /// The tokens of that graph whose logits are kept.
  let outputs: Int64
  let sequences: Int64
  /// The tokens that a sliding layer's cache has room for besides its window.
  private let microbatch: Int64
  private let isUnified: Bool

  /// - Parameter isCausal: Whether the context limits the batch, as it does but for encoders.
  init(workload: Workload, settings: LlamaCppSettings, isCausal: Bool) {
    let padded = workload.contextTokens.roundedUp(to: 256)
    sequences = workload.sequences
    cells = settings.isUnified ? padded : (padded / sequences).roundedUp(to: 256)
    streams = settings.isUnified ? 1 : sequences
    let batch =
      isCausal ? min(settings.batchTokens, workload.contextTokens) : settings.batchTokens
    microbatch = min(settings.microbatchTokens, batch)
    isUnified = settings.isUnified
    let tokens = min(cells * streams, microbatch)
    let mostOutputs =
      switch settings.outputs {
      case .all: batch
      case .perSequence(let count): min(batch, count * workload.sequences)
      case .most(let count): count
      }
    outputs = min(tokens, batch, max(1, mostOutputs))
    batchTokens = tokens.roundedUp(to: sequences)
  }

  /// The cells of one stream of a cache for layers that see `window` tokens.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-kv-cache-iswa.cpp.
  func cells(window: Int64) -> Int64 {
    min(cells, window * (isUnified ? sequences : 1) + microbatch).roundedUp(to: 256)
  }
}
