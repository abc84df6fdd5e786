extension TransformersRuntime {
  /// The caches of compressed attention, and what other layers keep.
  ///
  /// A sequence keeps most just before an entry is made, so the line's high figure is the most that it
  /// keeps on the way to its tokens.
  func enterCompressedCache(_ others: consuming ExplainedSum, in ledger: inout Ledger) {
    var sum = others
    let (tokens, sequences) = (load.workload.contextTokens, load.workload.sequences)
    var more = Bytes.zero
    for (attention, layers) in compressed {
      let kept = CompressedCache(attention, tokens: tokens)
      func add(_ label: String, _ count: Int64, _ quantity: Quantity, elements: Int64) {
        guard count > 0 else { return }
        sum.add(
          label, .init(layers, .layers), .init(elements, .elements),
          .init(elementBytes, .bytesPerElement), .init(count, quantity),
          .init(sequences, .sequences))
      }
      add("windows", kept.windowTokens, .tokens, elements: attention.keyDimension)
      add(
        "entries of \(attention.entryTokens) tokens", kept.entries, .entries,
        elements: attention.entryElements)
      add("open entries", kept.openTokens, .tokens, elements: attention.openElements)
      add("last entries", kept.overlapTokens, .tokens, elements: 2 * attention.entryElements)
      let most = CompressedCache.mostElements(of: attention, tokens: tokens)
      more += Bytes(
        layers * sequences * elementBytes * (most - kept.elements(of: attention)))
    }
    ledger.enter(
      .keyValueCache, on: .device(0), basis: more == .zero ? .exact : .modelled,
      estimate: ByteEstimate(low: sum.bytes, expected: sum.bytes, high: sum.bytes + more), sum,
      source:
        "\(Self.version), models/deepseek_v4, DeepseekV4HCACache and DeepseekV4CSACache: what is"
        + " kept once all tokens are read; at the most just before an entry is made")
  }
}
