/// Attention to the last tokens as they are, and to earlier ones by entries that each stand for
/// several of them (DeepSeek-V4). One vector is key and value, and all heads share it.
///
/// Source: transformers 5.23.0, models/deepseek_v4 (`compressed_sparse_attention` and
/// `heavily_compressed_attention`).
public struct CompressedAttention: Hashable, Sendable {
  public let queryHeads: Int64
  /// `head_dim`: the elements of a token's vector, and of an entry.
  public let keyDimension: Int64
  /// `sliding_window`: the most recent tokens that are seen as they are.
  public let window: Int64
  /// `compress_rates`: the tokens that one entry stands for.
  public let entryTokens: Int64
  /// Whether an entry is made of its own tokens and of those before them.
  public let overlaps: Bool
  /// Heads that choose the entries which are read, with entries of their own of the same tokens; nil
  /// where all are read.
  public let indexer: Indexer?

  public init(
    queryHeads: Int64, keyDimension: Int64, window: Int64, entryTokens: Int64, overlaps: Bool,
    indexer: Indexer?
  ) {
    self.queryHeads = queryHeads
    self.keyDimension = keyDimension
    self.window = window
    self.entryTokens = entryTokens
    self.overlaps = overlaps
    self.indexer = indexer
  }
}

extension CompressedAttention {
  /// The tokens that are seen as they are, as attention of a window.
  public var windowAttention: Attention {
    Attention(
      queryHeads: queryHeads, keyValueHeads: 1, keyDimension: keyDimension,
      valueDimension: keyDimension, span: .sliding(tokens: window))
  }

  /// The elements of an entry, the indexer's included.
  public var entryElements: Int64 { keyDimension + (indexer?.keyDimension ?? 0) }

  /// The elements of what a token gives to its entry: as many numbers as weights, twice of both where
  /// the next entry is made of them too.
  public var openElements: Int64 { 2 * (overlaps ? 2 : 1) * entryElements }
}
