/// The paged cache of the layers of one rank.
///
/// Layers of one kind form groups of equal size; every group's block takes the same bytes, so a
/// layer with fewer bytes a token has blocks of more tokens where they divide, and padded ones where
/// they do not. A block belongs to one group, so a token takes one in each.
///
/// Source: vLLM 0.25.1, vllm/v1/core/kv_cache_utils.py, `unify_kv_cache_spec_page_size`,
/// `_get_kv_cache_groups_uniform_page_size` and `get_max_concurrency_for_kv_cache_config`; the logs
/// of logs-vllm.jsonl.
struct VLLMCache: Hashable {
  /// Layers that keep alike.
  struct Kind: Hashable {
    let layers: Int64
    /// The bytes of a token in one layer.
    let tokenBytes: Int64
    /// How many tokens a sliding layer sees; nil for all.
    let window: Int64?
  }

  let kinds: [Kind]
  /// The layers of one group.
  let groupLayers: Int64
  /// The bytes of one layer's block.
  let pageBytes: Int64
  private let blockTokens: Int64
  private let batchedTokens: Int64

  /// - Parameter rows: What each layer with a cache keeps for a token on this rank.
  init(
    rows: [CacheRow], elementBytes: Int64, blockTokens: Int64, batchedTokens: Int64
  ) {
    var kinds: [Kind] = []
    for row in rows {
      let bytes = (row.keyElements + row.valueElements) * elementBytes
      let place = kinds.firstIndex { $0.tokenBytes == bytes && $0.window == row.span.tokens }
      let kind = Kind(
        layers: place.map { kinds[$0].layers + 1 } ?? 1, tokenBytes: bytes,
        window: row.span.tokens)
      if let place { kinds[place] = kind } else { kinds.append(kind) }
    }
    self.kinds = kinds
    self.blockTokens = blockTokens
    self.batchedTokens = batchedTokens
    pageBytes = blockTokens * (kinds.map(\.tokenBytes).max() ?? 0)
    // Where the kinds are nearly as many, one group each, the smaller padded; else groups of the
    // rarest kind's size.
    let counts = kinds.map(\.layers)
    let (least, most) = (counts.min() ?? 1, counts.max() ?? 1)
    groupLayers = 4 * most < 5 * least ? most : least
  }

  /// The groups of one kind.
  func groups(of kind: Kind) -> Int64 { (kind.layers + groupLayers - 1) / groupLayers }

  var groups: Int64 { kinds.reduce(0) { $0 + groups(of: $1) } }

  /// The bytes of a block of all layers of a group.
  var blockBytes: Int64 { pageBytes * groupLayers }

  /// The bytes of one token in all groups, no window saved and every block as large as the largest:
  /// what vLLM divided the cache by to report its tokens, before it reported by concurrency.
  var tokenBytes: Int64 { blockTokens > 0 ? groups * blockBytes / blockTokens : 0 }

  /// The blocks that one sequence takes at its longest.
  func blocks(ofSequence tokens: Int64) -> Int64 {
    kinds.reduce(0) { $0 + groups(of: $1) * blocks(tokens, of: $1) }
  }

  private func blocks(_ tokens: Int64, of kind: Kind) -> Int64 {
    let size = blockTokens * max(1, pageBytes / max(1, kind.tokenBytes * blockTokens))
    guard let window = kind.window else { return (tokens + size - 1) / size }
    // A window must hold a whole batch beside it, and may begin within a block.
    let kept = min(window - 1 + batchedTokens, tokens)
    return (kept + size - 1) / size + 1
  }
}
