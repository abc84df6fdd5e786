extension VLLM {
  func enterWeights(_ weights: RankWeights, in ledger: inout Ledger, on device: Int) {
    var sum = ledger.sum()
    for part in weights.parts { sum.add(part.format, bytes: part.bytes) }
    // The sines and cosines of every position, one table for all layers.
    if let elements = weights.rotaryElements {
      sum.add(
        "positions", .init(load.model.maximumContext, .tokens), .init(elements, .elements),
        .init(weights.activationBytes, .bytesPerElement))
    }
    ledger.enter(
      .weights, on: .device(device), basis: .modelled,
      estimate: ByteEstimate(
        low: sum.bytes, expected: sum.bytes,
        high: Bytes(sum.bytes.count * 1014 / 1000) + weights.mostPadding), sum,
      source: "\(Self.version): every tensor as it is stored"
        + (settings.tensorParallel > 1 ? ", divided among the ranks" : "")
        + ", and the table of positions; 20 of 23 published logs print at most 1 % more"
        + (weights.mostPadding > .zero
          ? "; at the most MXFP4 experts padded to 256 each way, as some kernels do: a log of gpt-oss"
            + " 120B on an H100 prints 64.38 GiB" : ""))
  }
}

/// The weights of one rank: its share of every matrix that is divided, and all of the others.
struct RankWeights {
  /// What each format holds, largest first by what is stored.
  let parts: [(format: String, bytes: Bytes)]
  /// What kernels may add to MXFP4 experts at the most.
  let mostPadding: Bytes
  let activationBytes: Int64
  /// The elements of one position in the table of sines and cosines; nil without one.
  ///
  /// Source: vLLM 0.25.1, model_executor/layers/rotary_embedding/base.py, `cos_sin_cache`; the
  /// 0.031 GiB by which logs of Llama 3.1 8B exceed its tensors.
  let rotaryElements: Int64?

  init(_ load: ModelLoad, _ settings: VLLMSettings, stage: Int, layers: Range<Int>) {
    let model = load.model
    let ranks = settings.tensorParallel
    let isLast = stage == Int(settings.pipelineParallel) - 1
    let holdsEmbedding = stage == 0 || isLast && model.hasTiedEmbeddings
    let entries = load.weights.entries.filter { entry in
      if let layer = entry.tensor.layer { return layers.contains(layer) }
      // Embeddings come first, the head last; a tied model has its embedding at both ends.
      return entry.tensor.role == .tokenEmbedding ? holdsEmbedding : isLast
    }
    let attentions = model.attentions
    parts = WeightPlan.FormatTotal.totals(of: entries).map { total in
      let bytes = entries.lazy.filter { $0.format == total.format }
        .map { Self.bytes(of: $0, ranks: ranks, attentions) }.total
      return (total.format.name, bytes)
    }
    mostPadding =
      entries.lazy.compactMap { MXFP4ExpertCut($0, ranks: ranks)?.mostPadding(of: $0) }.total
    activationBytes = load.weights.activationBytes
    rotaryElements =
      model.layers.lazy.flatMap(\.mixers).compactMap { mixer -> Int64? in
        switch mixer {
        case .attention(let attention), .sharedAttention(let attention, _):
          attention.isRotary ? attention.keyDimension : nil
        case .latentAttention(let latent): latent.ropeDimension
        case .encoderAttention, .compressedAttention, .indexer, .recurrent: nil
        }
      }.first
  }

  /// The bytes of a tensor on one rank.
  ///
  /// Source: vLLM 0.25.1, model_executor/layers/linear.py: `ColumnParallelLinear` and
  /// `RowParallelLinear` divide, `ReplicatedLinear` does not, `QKVParallelLinear` repeats KV heads
  /// where there are fewer than ranks.
  private static func bytes(
    of entry: WeightPlan.Entry, ranks: Int64, _ attentions: [Attention?]
  ) -> Bytes {
    let tensor = entry.tensor
    guard ranks > 1, tensor.isDivided else { return entry.bytes }
    if let cut = MXFP4ExpertCut(entry, ranks: ranks) { return cut.bytes(of: entry) }
    switch tensor.role {
    case .attentionKey, .attentionValue:
      let heads = tensor.layer.flatMap { attentions[$0] }?.keyValueHeads ?? 1
      return Bytes(entry.bytes.count * max(1, heads / ranks) / max(1, heads))
    default: return Bytes((entry.bytes.count + ranks - 1) / ranks)
    }
  }
}

extension Tensor {
  /// Whether tensor parallelism divides the tensor among the ranks.
  var isDivided: Bool {
    // The bias of a matrix that is divided by its inputs is added once, after the sum.
    if part == .bias {
      return role != .attentionOutput && role != .feedForwardDown && role.kind == .linear
    }
    switch role {
    case .latentDown, .attentionQueryDown: return false
    default: break
    }
    switch role.kind {
    case .embedding, .linear, .convolution: return true
    case .norm, .router, .vector, .constant: return false
    }
  }
}
