/// What a layer of compressed attention keeps of one sequence.
///
/// Tokens that have no entry yet wait for the rest of theirs, so a sequence keeps more just before an
/// entry is made than after it.
///
/// Source: transformers 5.23.0, models/deepseek_v4/modeling_deepseek_v4.py, `DeepseekV4HCACache` and
/// `DeepseekV4CSACache`.
public struct CompressedCache: Hashable, Sendable {
  /// The tokens that are kept as they are: a window but the newest token.
  public let windowTokens: Int64
  /// The entries that are made.
  public let entries: Int64
  /// The tokens that wait for an entry.
  public let openTokens: Int64
  /// The tokens of the last entry, kept for the next; 0 where entries do not overlap.
  public let overlapTokens: Int64

  /// - Parameter tokens: The tokens of the sequence; not negative.
  public init(_ attention: CompressedAttention, tokens: Int64) {
    windowTokens = min(tokens, max(1, attention.window - 1))
    entries = tokens / attention.entryTokens
    openTokens = tokens % attention.entryTokens
    overlapTokens = attention.overlaps && entries > 0 ? attention.entryTokens : 0
  }

  /// The elements that are kept.
  public func elements(of attention: CompressedAttention) -> Int64 {
    windowTokens * attention.keyDimension + entries * attention.entryElements
      + openTokens * attention.openElements
      + overlapTokens * 2 * attention.entryElements
  }

  /// The most elements that are kept at any time up to so many tokens.
  public static func mostElements(of attention: CompressedAttention, tokens: Int64) -> Int64 {
    let now = CompressedCache(attention, tokens: tokens)
    guard now.entries > 0 else { return now.elements(of: attention) }
    let before = CompressedCache(attention, tokens: now.entries * attention.entryTokens - 1)
    return max(now.elements(of: attention), before.elements(of: attention))
  }
}
