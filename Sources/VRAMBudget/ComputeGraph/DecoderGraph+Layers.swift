/// A layer: how its mixer and its feed-forward stand to the residual stream.
extension DecoderGraph {
  mutating func layerBlock(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    switch traits.block {
    case .sequential: sequentialBlock(stream)
    case .parallel(let sum): parallelBlock(stream, sum)
    case .single: singleBlock(stream)
    case .alternating: altUpBlock(stream)
    }
  }

  /// Whether from the mixer of this layer on only the tokens count whose logits are asked for.
  private var selectsRows: Bool {
    layer == model.layers.count - 1 && !traits.selectsRowsLate
  }

  private mutating func sequentialBlock(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    // Families without a first normalization have one after each part (OLMo 2).
    let isNormedAfter = !inventory.hasNorm(.attentionNorm)
    let normalized = isNormedAfter ? stream : norm(stream, .attentionNorm)
    if traits.expandsNormFirst { builder.expand(normalized) }
    var residual = stream
    var result = mixerBlock(normalized)
    if model.layers[layer].mixers.count > 1 {
      (result, residual) = secondMixer(stream, after: result)
    }
    var tokens = batch.tokens
    if selectsRows {
      tokens = batch.outputs
      if model.layers[layer].mixers.count == 1 { result = selectRows(result) }
      residual = selectRows(residual)
    }
    let shape = rows(hidden, tokens)
    let hasSecondNorm = inventory.hasNorm(.feedForwardNorm)
    if hasSecondNorm || isNormedAfter, inventory.hasNorm(.postAttentionNorm) {
      result = norm(result, .postAttentionNorm)
    }
    if traits.scalesBranches { result = builder.op(.scale, shape, result) }
    let afterMixer =
      model.layers[layer].mixers.count > 1
      ? residual
      : traits.addsAttentionToResidual
        ? builder.op(.add, shape, residual, result) : builder.op(.add, shape, result, residual)
    guard model.layers[layer].feedForward != .none else { return afterMixer }
    let input =
      isNormedAfter
      ? afterMixer : norm(afterMixer, hasSecondNorm ? .feedForwardNorm : .postAttentionNorm)
    var output = feedForwardBlock(input, normalizedFrom: afterMixer, tokens: tokens)
    if inventory.hasNorm(.postFeedForwardNorm) { output = norm(output, .postFeedForwardNorm) }
    if traits.scalesBranches { output = builder.op(.scale, shape, output) }
    let sum =
      traits.addsToResidual
      ? builder.op(.add, shape, afterMixer, output)
      : builder.op(.add, shape, output, afterMixer)
    if inventory.hasNorm(.perLayerNorm) { return perLayerBlock(sum) }
    if inventory.hasLayerScale { return layerScaled(sum) }
    guard layer < traits.imageLayers else { return sum }
    let features = builder.view(
      inputs.embeddings, shape,
      bytes: 4 * ((batch.tokens - 1) * hidden * Int64(1 + traits.imageLayers) + hidden))
    return builder.op(.add, shape, sum, features)
  }

  /// A second mixer beside the first (Falcon-H1), from the stream to their sum with it.
  private mutating func secondMixer(
    _ stream: GraphTensorIndex, after first: GraphTensorIndex
  ) -> (sum: GraphTensorIndex, residual: GraphTensorIndex) {
    let shape = rows(hidden, batch.tokens)
    let normalized = norm(stream, .attentionNorm)
    let second = mixerBlock(normalized, at: 1)
    let sum = builder.op(.add, shape, first, second)
    return (sum, builder.op(.add, shape, sum, stream))
  }

  private mutating func parallelBlock(
    _ stream: GraphTensorIndex, _ order: GraphTraits.ParallelSum
  ) -> GraphTensorIndex {
    var stream = stream
    var normalized = norm(stream, .attentionNorm)
    let input =
      inventory.hasNorm(.attentionSecondNorm) ? norm(stream, .attentionSecondNorm) : normalized
    var attention = mixerBlock(input)
    var tokens = batch.tokens
    if selectsRows {
      tokens = batch.outputs
      attention = selectRows(attention)
      stream = selectRows(stream)
      normalized = selectRows(normalized)
    }
    let shape = rows(hidden, tokens)
    let withStream =
      order == .attentionWithStream ? builder.op(.add, shape, attention, stream) : stream
    let output = feedForwardBlock(normalized, normalizedFrom: stream, tokens: tokens)
    switch order {
    case .streamThenAttention:
      return builder.op(.add, shape, builder.op(.add, shape, output, stream), attention)
    case .attentionThenStream:
      return builder.op(.add, shape, builder.op(.add, shape, attention, output), stream)
    case .feedForwardThenStream:
      return builder.op(.add, shape, builder.op(.add, shape, output, attention), stream)
    case .attentionWithStream: return builder.op(.add, shape, output, withStream)
    }
  }

  private mutating func singleBlock(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let normalized = norm(stream, .attentionNorm)
    let result =
      model.layers[layer].mixers.isEmpty
      ? feedForwardBlock(normalized, normalizedFrom: stream, tokens: batch.tokens)
      : mixerBlock(normalized)
    return builder.op(.add, rows(hidden, batch.tokens), result, stream)
  }

  mutating func mixerBlock(
    _ stream: GraphTensorIndex, at index: Int = 0
  ) -> GraphTensorIndex {
    switch model.layers[layer].mixers[index] {
    case .sharedAttention(let shape, _): return sharedAttentionBlock(stream, shape)
    case .attention(let shape), .encoderAttention(let shape):
      return traits.gatesAttention
        ? gatedAttentionBlock(stream, shape) : attentionBlock(stream, shape)
    case .latentAttention(let shape): return latentBlock(stream, shape)
    case .compressedAttention, .indexer: return stream
    case .recurrent(let state):
      switch state.kind {
      case .shortConvolution: return convolutionBlock(stream, state)
      case .gatedDeltaNet: return deltaBlock(stream)
      case .mamba2: return mamba2Block(stream, state)
      case .mamba, .kimiDeltaAttention, .lightningAttention, .rwkv,
        .gatedLinearRecurrence, .matrixMemory:
        return mambaBlock(stream, state)
      }
    }
  }
}
