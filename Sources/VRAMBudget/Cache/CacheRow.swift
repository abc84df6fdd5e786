/// What a layer must keep for each token, before a runtime lays it out.
///
/// How many tokens are kept, in which format and with what padding is the runtime's business.
public struct CacheRow: Hashable, Sendable {
  /// The heads that keys and values are split into.
  public let heads: Int64
  /// The elements of one head's key.
  public let keyDimension: Int64
  /// The elements of one head's value; 0 where the value is part of the key (MLA), or
  /// there is none (an indexer).
  public let valueDimension: Int64
  public let span: Attention.Span

  /// The same of another number of heads.
  func with(heads: Int64) -> CacheRow {
    CacheRow(
      heads: heads, keyDimension: keyDimension, valueDimension: valueDimension, span: span)
  }

  public var keyElements: Int64 { heads * keyDimension }
  public var valueElements: Int64 { heads * valueDimension }
}

extension TokenMixer {
  /// What the mixer keeps for each token; nil when it keeps nothing that grows.
  public var cacheRow: CacheRow? {
    switch self {
    case .attention(let attention):
      CacheRow(
        heads: attention.keyValueHeads, keyDimension: attention.keyDimension,
        valueDimension: attention.valueDimension, span: attention.span)
    case .latentAttention(let latent):
      CacheRow(
        heads: 1, keyDimension: latent.rank + latent.ropeDimension, valueDimension: 0, span: .full)
    case .indexer(let indexer):
      CacheRow(heads: 1, keyDimension: indexer.keyDimension, valueDimension: 0, span: .full)
    case .sharedAttention, .encoderAttention, .recurrent, .compressedAttention: nil
    }
  }

  /// The mixer, if it keeps entries of several tokens each (``CompressedCache``).
  public var compressedAttention: CompressedAttention? {
    guard case .compressedAttention(let attention) = self else { return nil }
    return attention
  }

  /// What the mixer keeps for each sequence, however long; nil when it keeps nothing of the kind.
  public var recurrentState: RecurrentState? {
    guard case .recurrent(let state) = self else { return nil }
    return state
  }
}

extension Layer {
  public var cacheRows: [CacheRow] { mixers.compactMap(\.cacheRow) }
  public var recurrentStates: [RecurrentState] { mixers.compactMap(\.recurrentState) }
}
