/// How large a graph can be at once, from the sizes of its widest stages alone.
///
/// For architectures whose graph is not described. The stages are what every graph goes through: a
/// mixer, a feed-forward, the logits; what is alive beside them, and which holes the allocator finds,
/// is not known, so the range is wide.
struct ApproximateGraph {
  let model: ModelShape
  let context: LlamaCppContext
  let usesFlashAttention: Bool
  /// The bytes of f16 copies that fused attention makes of a layer's cache in another format.
  let workspace: Int64

  private var tokens: Int64 { context.batchTokens }
  private var hidden: Int64 { 4 * tokens * model.hiddenSize }
  private var logits: Int64 { 4 * context.outputs * model.vocabularySize }

  /// Masks of both kinds of cache, positions and indices.
  var inputs: Int64 {
    let mask = (usesFlashAttention ? 2 : 4) * context.cells * tokens
    // Without fused attention every element of a value has an index.
    let widest = model.layers.lazy.flatMap(\.cacheRows).map(\.valueElements).max() ?? 0
    return 2 * mask + (64 + (usesFlashAttention ? 0 : 16 * widest)) * tokens
  }

  /// The widest mixer, in bytes.
  private var mixer: Int64 {
    model.layers.lazy.flatMap(\.mixers).map { mixer -> Int64 in
      switch mixer {
      case .attention(let attention), .sharedAttention(let attention, _),
        .encoderAttention(let attention):
        let projections =
          2 * attention.queryHeads * attention.keyDimension + 2 * attention.keyElements
        let scores = usesFlashAttention ? 0 : context.cells * (attention.queryHeads + 1)
        return 4 * tokens * (projections + scores)
      case .latentAttention(let latent):
        let width = latent.rank + latent.ropeDimension
        let scores = usesFlashAttention ? 0 : context.cells * (latent.queryHeads + 1)
        return 4 * tokens * (3 * latent.queryHeads * width + scores)
      case .indexer(let indexer):
        let projections = (indexer.queryHeads + 1) * indexer.keyDimension
        return 4 * tokens * (projections + context.cells * (indexer.queryHeads + 1))
      case .recurrent(let state):
        // A projection, its convolution and the state of each sequence.
        let channels = state.convolutionElements / 3 + 2 * model.hiddenSize
        return 4 * (3 * tokens * channels + 2 * context.sequences * state.stateElements)
      }
    }.max() ?? 0
  }

  /// The widest feed-forward, in bytes.
  private var feedForward: Int64 {
    model.layers.lazy.map { layer -> Int64 in
      switch layer.feedForward {
      case .none: 0
      case .plain(let width): 4 * tokens * 2 * width
      case .dense(let width, _): 4 * tokens * 3 * width
      case .experts(let experts):
        4 * tokens
          * (experts.used * (2 * experts.intermediate + 2 * model.hiddenSize)
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
      high: Bytes(max(stages, logits) + stages / 4 + inputs + 4 * hidden + workspace))
  }

  /// What the host prepares: inputs and the embeddings.
  var hostEstimate: ByteEstimate {
    let expected = inputs / 2 + 2 * hidden
    return ByteEstimate(
      low: Bytes(hidden), expected: Bytes(expected),
      high: Bytes(2 * inputs + 3 * hidden + 4 * context.sequences * model.vocabularySize))
  }
}

extension LlamaCpp {
  /// The compute buffers of an architecture whose graph is not described.
  func approximateComputeLines(usesFlashAttention: Bool) -> [BudgetLine] {
    let graph = approximateGraph(usesFlashAttention: usesFlashAttention)
    let source =
      "\(Self.version), in closed form: the graph of '\(model.architecture.modelType)' is not"
      + " described; the range holds every measured graph of the families that are"
    func line(_ estimate: ByteEstimate, on place: Place) -> BudgetLine {
      BudgetLine(
        .computeBuffer, on: place, basis: .modelled, estimate: estimate,
        formula: Formula("the widest stage", bytes: estimate.expected), source: source)
    }
    guard placement.host == .host else {
      return [line(graph.estimate + graph.hostEstimate, on: placement.host)]
    }
    // Weights on the host, or several devices, add copies to each buffer.
    let copies = placement.isWhollyOffloaded && devices.count == 1 ? .zero : largestTensor
    let inputCopies = Bytes(devices.count > 1 ? 4 * graph.inputs : 0)
    let device = ByteEstimate(
      low: devices.count > 1 ? .zero : graph.estimate.low, expected: graph.estimate.expected,
      high: graph.estimate.high + copies + inputCopies)
    return devices.indices.map { line(device, on: .device($0)) }
      + [line(graph.hostEstimate, on: .host)]
  }

  private var largestTensor: Bytes {
    load.weights.entries.lazy.map(\.bytes).max() ?? .zero
  }

  /// The closed form of this deployment's graph.
  func approximateGraph(usesFlashAttention: Bool) -> ApproximateGraph {
    let copied = model.layers.lazy.flatMap(\.cacheRows).map { row -> Int64 in
      (settings.keyFormat == .f16 ? 0 : row.keyElements)
        + (settings.valueFormat == .f16 ? 0 : row.valueElements)
    }.max()
    return ApproximateGraph(
      model: model, context: context, usesFlashAttention: usesFlashAttention,
      workspace: usesFlashAttention ? 2 * context.cells * context.streams * (copied ?? 0) : 0)
  }
}
