/// How mlx-lm is started: its own options, with its own defaults.
public struct MLXSettings: Hashable, Sendable {
  /// `--prefill-step-size`: the tokens of a prompt that are computed at once.
  public let prefillTokens: Int64
  /// `--kv-bits`: the bits of a cached element; nil for a cache in the model's own dtype.
  public let cacheBits: Int64?
  /// `--kv-group-size`: the cached elements that share a scale and a bias.
  public let cacheGroup: Int64
  /// `--quantized-kv-start`: the tokens from which on the cache is quantized; up to there it is not.
  public let quantizedFrom: Int64

  /// The bits that `mx.quantize` packs.
  public static let allowedBits: [Int64] = [2, 3, 4, 5, 6, 8]
  /// The groups that `mx.quantize` takes.
  public static let allowedGroups: [Int64] = [32, 64, 128]

  public init(
    prefillTokens: Int64 = 2048, cacheBits: Int64? = nil, cacheGroup: Int64 = 64,
    quantizedFrom: Int64 = 5000
  ) {
    self.prefillTokens = prefillTokens
    self.cacheBits = cacheBits
    self.cacheGroup = cacheGroup
    self.quantizedFrom = quantizedFrom
  }
}
