internal import VRAMBudget

/// The heads of each layer as a file's keys give them.
struct GGUFHeads {
  let spans: [Attention.Span]
  let queries: [Int64]
  /// 0 for a layer without a cache.
  let keyValues: [Int64]
  let keyDimensions: [Int64]
  let valueDimensions: [Int64]

  /// - Parameter spans: What each layer sees; those that see a window may have heads of their own.
  init(
    _ spans: [Attention.Span], hidden: Int64, _ keys: GGUFKeys
  ) throws(GGUFModelError) {
    let layers = spans.count
    self.spans = spans
    queries =
      try keys.optionalIntegers("attention.head_count", layers: layers, in: 0...4096)
      ?? Array(repeating: 0, count: layers)
    keyValues =
      try keys.optionalIntegers("attention.head_count_kv", layers: layers, in: 0...4096) ?? queries
    // What llama.cpp divides the hidden size by is the first layer's count.
    let first = queries.first ?? 0
    let divided = first > 0 ? hidden / first : 0
    keyDimensions = try Self.dimensions("attention.key_length", divided, spans, keys)
    valueDimensions = try Self.dimensions("attention.value_length", divided, spans, keys)
  }

  private static func dimensions(
    _ key: String, _ divided: Int64, _ spans: [Attention.Span], _ keys: GGUFKeys
  ) throws(GGUFModelError) -> [Int64] {
    let full = try keys.optionalInteger(key, in: 0...(1 << 13)) ?? divided
    let windowed = try keys.optionalInteger(key + "_swa", in: 0...(1 << 13)) ?? full
    return spans.map { $0 == .full ? full : windowed }
  }
}
