/// Gemma 3n: several streams side by side, of which each layer computes one and predicts the others
/// (AltUp), and a low-rank path beside attention (LAuReL).
///
/// Source: llama.cpp 0c1e57098, src/models/gemma3n.cpp.
extension DecoderGraph {
  /// The number of streams (`altup_num_inputs`).
  private var streams: Int64 { inventory.shape(of: .altUpPrediction)?.rowElements ?? 1 }

  private var one: SIMD4<Int64> { rows(hidden, batch.tokens) }

  private func several(_ count: Int64) -> SIMD4<Int64> { SIMD4(hidden, batch.tokens, count, 1) }

  /// The first layers whose feed-forward keeps the strongest activations only; llama.cpp's number.
  private static let sparseLayers = 10

  /// One of several streams.
  private mutating func slice(_ all: GraphTensorIndex) -> GraphTensorIndex {
    builder.view(all, one)
  }

  private mutating func magnitude(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let shape = shape(of: stream)
    let squares = builder.op(.sqr, shape, stream)
    let summed = SIMD4(1, shape.y, shape.z, shape.w)
    return builder.op(.sqrt, summed, builder.op(.sumRows, summed, squares))
  }

  // MARK: First and last

  /// All streams from the embeddings.
  mutating func altUpStreams(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    // The matrix lies with the output.
    layer = model.layers.count
    defer { layer = 0 }
    builder.device = placement.output
    let others = several(streams - 1)
    let target = magnitude(stream)
    let repeated = builder.op(.repeated, others, stream)
    let added = builder.op(.mulMat, others, repeated, weight: weight(.altUpProjection))
    let scaled = adjusted(added, to: target)
    return builder.op(.concat, several(streams), stream, scaled)
  }

  /// A stream made as large as another.
  private mutating func adjusted(
    _ stream: GraphTensorIndex, to target: GraphTensorIndex
  ) -> GraphTensorIndex {
    let shape = shape(of: stream)
    let size = magnitude(stream)
    return builder.op(.div, shape, builder.op(.mul, shape, stream, target), size)
  }

  /// The one stream that the head reads.
  mutating func altUpMerged(_ all: GraphTensorIndex) -> GraphTensorIndex {
    let others = several(streams - 1)
    let target = magnitude(slice(all))
    let product = builder.op(
      .mulMat, others, builder.view(all, others), weight: weight(.altUpUnembedding))
    let unembedded = adjusted(product, to: target)
    var sum = slice(all)
    for _ in 1..<streams { sum = builder.op(.add, one, sum, slice(unembedded)) }
    return builder.op(.scale, one, sum)
  }

  // MARK: A layer

  mutating func altUpBlock(_ all: GraphTensorIndex) -> GraphTensorIndex {
    let predictions = predict(all)
    let active = slice(predictions)
    let normalized = norm(active, .attentionNorm)
    let laurel = laurelPath(normalized)
    let attended = norm(mixerBlock(normalized), .postAttentionNorm)
    let sum = builder.op(.add, one, attended, active)
    let attention = builder.op(.scale, one, builder.op(.add, one, sum, laurel))
    let fed = sparseFeedForward(norm(attention, .feedForwardNorm))
    let gated = builder.op(.add, one, norm(fed, .postFeedForwardNorm), attention)
    let corrected = correct(predictions, gated)
    let own = perLayerPrediction(corrected)
    let first = slice(corrected)
    let rest = builder.view(corrected, several(streams - 1))
    return builder.op(
      .concat, several(streams), first, builder.op(.add, several(streams - 1), rest, own))
  }

  private mutating func laurelPath(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let rank = inventory.shape(of: .laurelLeft)?.rows ?? 1
    let narrow = multiply(stream, by: .laurelLeft, width: rank, tokens: batch.tokens)
    let wide = multiply(narrow, by: .laurelRight, width: hidden, tokens: batch.tokens)
    return builder.op(.add, one, norm(wide, .laurelNorm), stream)
  }

  private mutating func sparseFeedForward(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    guard case .dense(let width, _) = model.layers[layer].feedForward else { return stream }
    let shape = rows(width, batch.tokens)
    let up = multiply(stream, by: .feedForwardUp, width: width, tokens: batch.tokens)
    var gate = multiply(stream, by: .feedForwardGate, width: width, tokens: batch.tokens)
    if layer < Self.sparseLayers { gate = strongest(gate) }
    let opened = builder.op(.mul, shape, up, builder.op(.unary, shape, gate))
    return multiply(opened, by: .feedForwardDown, width: hidden, tokens: batch.tokens)
  }

  /// What of each row lies far above its mean.
  private mutating func strongest(_ tensor: GraphTensorIndex) -> GraphTensorIndex {
    let shape = shape(of: tensor)
    let perToken = rows(1, batch.tokens)
    let mean = builder.op(.mean, perToken, tensor)
    let squares = builder.op(.sqr, shape, builder.op(.sub, shape, tensor, mean))
    let variance = builder.op(.scale, perToken, builder.op(.sumRows, perToken, squares))
    let deviation = builder.op(.sqrt, perToken, variance)
    let cutoff = builder.op(
      .add, perToken, mean, builder.op(.scale, perToken, deviation))
    return builder.op(.unary, shape, builder.op(.sub, shape, tensor, cutoff))
  }

  /// How much each stream counts, from the one that is computed.
  private mutating func modalities(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let inputs = builder.op(.scale, one, norm(stream, .altUpRouterNorm))
    let routed = builder.op(
      .mulMat, rows(streams, batch.tokens), inputs, weight: weight(.altUpRouter))
    return builder.op(.unary, rows(streams, batch.tokens), routed)
  }

  private mutating func predict(_ all: GraphTensorIndex) -> GraphTensorIndex {
    let count = streams
    let routed = modalities(slice(all))
    let coefficients = multiply(
      routed, by: .altUpPrediction, width: count * count, tokens: batch.tokens)
    let turned = builder.op(
      .cont, SIMD4(count, hidden, batch.tokens, 1), builder.view(all))
    let mixed = builder.op(
      .mulMat, SIMD4(hidden, count, batch.tokens, 1), turned,
      builder.view(coefficients, SIMD4(count, count, batch.tokens, 1)))
    let predictions = builder.op(.cont, several(count), builder.view(mixed))
    return builder.op(.add, several(count), predictions, all)
  }

  private mutating func correct(
    _ predictions: GraphTensorIndex, _ computed: GraphTensorIndex
  ) -> GraphTensorIndex {
    let count = streams
    let routed = modalities(computed)
    let innovation = builder.op(.sub, one, computed, slice(predictions))
    let product = multiply(
      routed, by: .altUpCorrection, width: count, tokens: batch.tokens)
    let raised = builder.op(.scale, rows(count, batch.tokens), product)
    let coefficients = builder.op(
      .cont, SIMD4(1, batch.tokens, count, 1), builder.view(raised))
    let repeated = builder.op(.repeated, several(count), innovation)
    let corrected = builder.op(.mul, several(count), repeated, coefficients)
    return builder.op(.add, several(count), corrected, predictions)
  }

  /// What a layer's own embedding adds to the other streams.
  private mutating func perLayerPrediction(
    _ corrected: GraphTensorIndex
  ) -> GraphTensorIndex {
    let own = rows(perLayerWidth, batch.tokens)
    let scaled = builder.op(
      .mul, one, slice(corrected), weight: weight(.altUpCorrectionScale))
    let gate = multiply(scaled, by: .perLayerGate, width: perLayerWidth, tokens: batch.tokens)
    let opened = builder.op(
      .mul, own, builder.op(.unary, own, gate), builder.view(inputs.perLayer, own))
    let projected = multiply(
      opened, by: .perLayerProjection, width: hidden, tokens: batch.tokens)
    return norm(projected, .perLayerNorm)
  }
}
