/// How mlx-lm's classes keep what a model's layers have seen.
///
/// Source: mlx-lm 0.32.2, mlx_lm/models/: a file for each model type, `make_cache`; utils.py,
/// `MODEL_REMAPPING`.
enum MLXFamilies {
  /// The model types that have a class, or are loaded by another's.
  static let known: Set<String> = [
    "afmoe", "apertus", "cohere", "cohere2", "deepseek_v2", "deepseek_v3", "deepseek_v32",
    "ernie4_5", "ernie4_5_moe", "exaone", "exaone4", "falcon_h1", "falcon_mamba", "gemma", "gemma2",
    "gemma3_text", "gemma3n_text", "gemma4_text", "glm", "glm4", "glm4_moe", "glm4_moe_lite",
    "glm_moe_dsa", "gpt2", "gpt_bigcode", "gpt_neox", "gpt_oss", "granite", "granitemoe",
    "granitemoehybrid", "helium", "hunyuan_v1_dense", "internlm2", "internlm3", "jamba", "kimi_k2",
    "kimi_linear", "laguna", "lfm2", "lfm2_moe", "llama", "llama4_text", "mamba", "mamba2",
    "minicpm", "minicpm3", "minimax_m2", "ministral3", "mistral", "mixtral", "nanochat", "nemotron",
    "nemotron-nas", "nemotron_h", "olmo", "olmo2", "olmo3", "olmoe", "phi", "phi3", "phi3small",
    "phimoe", "qwen2", "qwen2_moe", "qwen3", "qwen3_5_moe_text", "qwen3_5_text", "qwen3_moe",
    "qwen3_next", "qwen3_vl_moe_text", "qwen3_vl_text", "seed_oss", "smollm3", "solar_open",
    "stablelm", "starcoder2",
  ]

  /// Those whose sliding layers keep their window only (`RotatingKVCache`); all others keep every
  /// token there too, even where the model would not see it.
  static let rotating: Set<String> = [
    "afmoe", "cohere2", "exaone4", "gemma3_text", "gemma3n_text", "gemma4_text", "gpt_oss",
    "laguna", "llama", "ministral3", "olmo3",
  ]

  /// Those that keep the compressed vector of latent attention; others keep all heads.
  static let latent: Set<String> = [
    "deepseek_v3", "deepseek_v32", "glm4_moe_lite", "glm_moe_dsa", "kimi_k2", "kimi_linear",
  ]

  /// Those of which `--kv-bits` quantizes nothing: their caches are pairs (`CacheList`).
  static let paired: Set<String> = ["deepseek_v32", "falcon_h1", "glm_moe_dsa"]
}

/// The tokens that one layer's cache has room for.
enum MLXCells {
  /// The steps by which a cache grows (`step`).
  static let step: Int64 = 256

  /// A cache of every token, after a prompt and what follows it.
  ///
  /// Source: mlx-lm 0.32.2, models/cache.py, `KVCache.update_and_fetch`.
  static func full(tokens: Int64) -> Int64 { tokens.roundedUp(to: step) }

  /// A cache of a window, once the token after the prompt is in it: the prompt but its last token
  /// is kept as it comes, then the cache grows by a step, to the window at most.
  ///
  /// Source: mlx-lm 0.32.2, models/cache.py, `RotatingKVCache._update_concat` and `_update_in_place`.
  static func rotating(tokens: Int64, window: Int64, prefill: Int64) -> Int64 {
    // A last step of one token takes the way of a generated one.
    let isSingle = prefill > 1 && (tokens - 1) % prefill == 1
    return min(tokens + step - (isSingle ? 2 : 1), window)
  }

  /// The most tokens that the cache of a window holds while the prompt is read: a whole step joins
  /// the window before anything is dropped.
  static func rotatingPeak(tokens: Int64, window: Int64, prefill: Int64) -> Int64 {
    let read = max(0, tokens - 1)
    let whole = read / prefill
    let rest = read % prefill
    func cells(before: Int64, step: Int64) -> Int64 {
      // One token alone is put in place.
      step == 1 ? min(before + Self.step, window) : min(before, window - 1) + step
    }
    let last = rest > 0 ? cells(before: whole * prefill, step: rest) : 0
    let full = whole > 0 ? cells(before: (whole - 1) * prefill, step: prefill) : 0
    return max(last, full, rotating(tokens: tokens, window: window, prefill: prefill))
  }

  /// A cache of a chunk, which grows by a step again for every token beyond it.
  ///
  /// Source: mlx-lm 0.32.2, models/cache.py, `ChunkedKVCache`.
  static func chunked(tokens: Int64, chunk: Int64) -> Int64 {
    tokens <= chunk ? full(tokens: tokens) : chunk + step
  }
}
