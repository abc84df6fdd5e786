extension VLLM {
  /// The weights of one rank: its share of every matrix that is divided, and all of the others.
  func weightLine(_ stage: Int, on device: Int) -> BudgetLine {
    let entries = load.weights.entries.filter { holds($0.tensor, stage) }
    var terms: [Formula.Term] = []
    for total in WeightPlan.FormatTotal.totals(of: entries) {
      let bytes = entries.lazy.filter { $0.format == total.format }
        .map { self.rankBytes(of: $0) }.total
      terms.append(Formula.Term(total.format.name, bytes: bytes))
    }
    if let table = rotaryTable { terms.append(table) }
    let formula = Formula(terms)
    return BudgetLine(
      .weights, on: .device(device), basis: .modelled,
      estimate: ByteEstimate(
        low: formula.bytes, expected: formula.bytes,
        high: Bytes(formula.bytes.count * 1014 / 1000)),
      formula: formula,
      source: "\(Self.version): every tensor as it is stored"
        + (settings.tensorParallel > 1 ? ", divided among the ranks" : "")
        + ", and the table of positions; 20 of 23 published logs print at most 1 % more")
  }

  /// The sines and cosines of every position, one table for all layers.
  ///
  /// Source: vLLM 0.25.1, model_executor/layers/rotary_embedding/base.py, `cos_sin_cache`; the
  /// 0.031 GiB by which logs of Llama 3.1 8B exceed its tensors.
  private var rotaryTable: Formula.Term? {
    let dimension = load.model.layers.lazy.flatMap(\.mixers).compactMap { mixer -> Int64? in
      switch mixer {
      case .attention(let attention), .sharedAttention(let attention, _):
        attention.isRotary ? attention.keyDimension : nil
      case .latentAttention(let latent): latent.ropeDimension
      case .encoderAttention, .indexer, .recurrent: nil
      }
    }.first
    guard let dimension else { return nil }
    return Formula.Term(
      "positions",
      [
        .init(load.model.maximumContext, .tokens), .init(dimension, .elements),
        .init(load.weights.activationBytes, .bytesPerElement),
      ])
  }

  /// Whether a stage of the pipeline holds a tensor: embeddings come first, the head last; a tied
  /// model has its embedding at both ends.
  private func holds(_ tensor: Tensor, _ stage: Int) -> Bool {
    if let layer = tensor.layer { return stageLayers(stage).contains(layer) }
    let isLast = stage == Int(settings.pipelineParallel) - 1
    switch tensor.role {
    case .tokenEmbedding: return stage == 0 || isLast && load.model.hasTiedEmbeddings
    default: return isLast
    }
  }

  /// The bytes of a tensor on one rank.
  ///
  /// Source: vLLM 0.25.1, model_executor/layers/linear.py: `ColumnParallelLinear` and
  /// `RowParallelLinear` divide, `ReplicatedLinear` does not, `QKVParallelLinear` repeats KV heads
  /// where there are fewer than ranks.
  private func rankBytes(of entry: WeightPlan.Entry) -> Bytes {
    let ranks = settings.tensorParallel
    let tensor = entry.tensor
    guard ranks > 1, tensor.isDivided else { return entry.bytes }
    switch tensor.role {
    case .attentionKey, .attentionValue:
      let heads = keyValueHeads(ofLayer: tensor.layer)
      return Bytes(entry.bytes.count * max(1, heads / ranks) / max(1, heads))
    default: return Bytes((entry.bytes.count + ranks - 1) / ranks)
    }
  }

  private func keyValueHeads(ofLayer layer: Int?) -> Int64 {
    guard let layer, let attention = load.model.attentions[layer] else { return 1 }
    return attention.keyValueHeads
  }
}

extension Tensor {
  /// Whether tensor parallelism divides the tensor among the ranks.
  fileprivate var isDivided: Bool {
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
