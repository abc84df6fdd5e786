/// How large a graph can be at once, from the sizes of its widest stages alone.
///
/// For architectures whose graph is not described. The stages are what every graph goes through: a
/// mixer, a feed-forward, the logits; what is alive beside them, and which holes the allocator finds,
/// is not known, so the range is wide.
struct ApproximateGraph {
  let model: LlamaCppModel
  let context: LlamaCppContext
  let usesFlashAttention: Bool
  /// The bytes of f16 copies that fused attention makes of a layer's cache in another format.
  let workspace: Int64

  private var tokens: Int64 { context.batchTokens }
  private var hidden: Int64 { 4 * tokens * model.shape.hiddenSize }
  /// Whether the model reads a text at once: it keeps no cache, and ends in vectors, not in logits.
  private var isEncoder: Bool {
    model.kinds.mixers.contains { if case .encoderAttention = $0 { true } else { false } }
  }
  /// The tokens that one token may see.
  private var seen: Int64 { isEncoder ? tokens : context.cells }
  private var hasIndexer: Bool {
    model.kinds.mixers.contains { if case .indexer = $0 { true } else { false } }
  }
  private var logits: Int64 {
    isEncoder ? 0 : 4 * context.outputs * model.shape.vocabularySize
  }

  /// Masks of both kinds of cache, positions and indices.
  var inputs: Int64 {
    let mask = (usesFlashAttention ? 2 : 4) * seen * tokens
    // Without fused attention every element of a value has an index.
    return 2 * mask + (64 + (usesFlashAttention ? 0 : 16 * model.widestValue)) * tokens
  }

  /// The widest mixer, in bytes.
  private var mixer: Int64 {
    model.kinds.mixers.lazy.map { mixer -> Int64 in
      switch mixer {
      case .attention(let attention), .sharedAttention(let attention, _),
        .encoderAttention(let attention):
        let projections =
          2 * attention.queryHeads * attention.keyDimension + 2 * attention.keyElements
        let scores = usesFlashAttention ? 0 : seen * (attention.queryHeads + 1)
        return 4 * tokens * (projections + scores)
      case .latentAttention(let latent):
        let width = latent.rank + latent.ropeDimension
        let scores = usesFlashAttention ? 0 : context.cells * (latent.queryHeads + 1)
        return 4 * tokens * (3 * latent.queryHeads * width + scores)
      case .indexer(let indexer):
        // One operation scores all heads; scores, their order and two masks are as wide as the cache.
        let projections = (indexer.queryHeads + 1) * indexer.keyDimension
        return 4 * tokens * (projections + 4 * context.cells)
      case .compressedAttention(let attention):
        return 4 * tokens * 2 * attention.queryHeads * attention.keyDimension
      case .recurrent(let state):
        // A projection, its convolution and the state of each sequence.
        let channels = state.convolutionElements / 3 + 2 * model.shape.hiddenSize
        return 4 * (3 * tokens * channels + 2 * context.sequences * state.stateElements)
      }
    }.reduce(0) { hasIndexer ? $0 + $1 : max($0, $1) }
  }

  /// The widest feed-forward, in bytes.
  private var feedForward: Int64 {
    model.kinds.feedForwards.lazy.map { feedForward -> Int64 in
      switch feedForward {
      case .none: 0
      case .plain(let width): 4 * tokens * 2 * width
      case .dense(let width, _): 4 * tokens * 3 * width
      case .experts(let experts):
        4 * tokens
          * (experts.used * (2 * experts.intermediate + 2 * model.shape.hiddenSize)
            + 3 * experts.count + 3 * experts.sharedIntermediate)
      }
    }.max() ?? 0
  }

  /// The peak with its range.
  var estimate: ByteEstimate {
    let stages = max(logits + hidden, max(mixer + workspace, feedForward) + 3 * hidden)
    let low = max(logits, stages / 2)
    return ByteEstimate(
      low: Bytes(low), expected: Bytes(max(low, stages)),
      // With an indexer, up to 1.9 times the stages were measured.
      high: Bytes(
        max(stages, logits) + stages / (hasIndexer ? 1 : 4) + inputs + 4 * hidden + workspace))
  }

  /// What the host prepares: inputs and the embeddings.
  var hostEstimate: ByteEstimate {
    let expected = inputs / 2 + 2 * hidden
    return ByteEstimate(
      low: Bytes(hidden), expected: Bytes(expected),
      high: Bytes(2 * inputs + 3 * hidden + 4 * context.sequences * model.shape.vocabularySize))
  }
}

extension LlamaCpp {
  /// The compute buffers of an architecture whose graph is not described.
  func enterApproximateCompute(in ledger: inout Ledger, usesFlashAttention: Bool) {
    let graph = approximateGraph(usesFlashAttention: usesFlashAttention)
    guard placement.host == .host else {
      return enterApproximate(
        in: &ledger, graph.estimate + graph.hostEstimate, on: placement.host)
    }
    // Weights on the host, or several devices, add copies to each buffer.
    let copies =
      layout.isWhollyOffloaded && devices.count == 1 ? .zero : layout.model.largestTensor
    let inputCopies = Bytes(devices.count > 1 ? 4 * graph.inputs : 0)
    let estimate = graph.estimate
    let device = ByteEstimate(
      low: devices.count > 1 ? .zero : estimate.low, expected: estimate.expected,
      high: estimate.high + copies + inputCopies)
    for index in devices.indices { enterApproximate(in: &ledger, device, on: .device(index)) }
    enterApproximate(in: &ledger, graph.hostEstimate, on: .host)
  }

  private func enterApproximate(
    in ledger: inout Ledger, _ estimate: ByteEstimate, on place: Place
  ) {
    var sum = ledger.sum()
    sum.add("the widest stage", bytes: estimate.expected)
    enterCompute(
      in: &ledger, on: place, basis: .modelled, estimate, sum,
      source: "\(Self.version), in closed form: the graph of"
        + " '\(layout.model.shape.architecture.modelType)' is not"
        + " described; the range holds every measured graph of the families that are")
  }

  /// The closed form of this deployment's graph.
  func approximateGraph(usesFlashAttention: Bool) -> ApproximateGraph {
    var copied: Int64 = 0
    if usesFlashAttention {
      for kind in layout.caches {
        copied = max(
          copied,
          (settings.keyFormat == .f16 ? 0 : kind.row.keyElements)
            + (settings.valueFormat == .f16 ? 0 : kind.row.valueElements))
      }
    }
    return ApproximateGraph(
      model: layout.model, context: context, usesFlashAttention: usesFlashAttention,
      workspace: 2 * context.cells * context.streams * copied)
  }
}
