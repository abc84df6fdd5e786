extension VLLM {
  /// The weights of one rank: its share of every matrix that is divided, and all of the others.
  func weightLine(_ stage: Int, on device: Int) -> BudgetLine {
    let entries = load.weights.entries.filter { holds($0.tensor, stage) }
    let isWhole = settings.tensorParallel == 1
    var terms: [Formula.Term] = []
    for total in WeightPlan.FormatTotal.totals(of: entries) {
      let bytes = entries.lazy.filter { $0.format == total.format }
        .map { self.rankBytes(of: $0) }.total
      terms.append(Formula.Term(total.format.name, bytes: bytes))
    }
    let formula = Formula(terms)
    let source =
      "\(Self.version): " + (isWhole ? "every tensor as it is stored" : "the share of one rank")
    guard !isWhole || load.weights.basis != .exact else {
      return BudgetLine(
        exactly: .weights, on: .device(device), formula: formula, source: source)
    }
    return BudgetLine(
      .weights, on: .device(device), basis: .modelled,
      estimate: ByteEstimate(
        low: Bytes(formula.bytes.count * 99 / 100), expected: formula.bytes,
        high: Bytes(formula.bytes.count * 102 / 100)),
      formula: formula, source: source + "; within 1 % of published logs")
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
