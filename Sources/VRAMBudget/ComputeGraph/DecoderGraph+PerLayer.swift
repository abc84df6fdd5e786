/// Layers that have embeddings of their own, and experts beside a dense feed-forward (Gemma 3n, 4).
///
/// Source: llama.cpp 0c1e57098, src/models/gemma4.cpp and gemma3n.cpp.
extension DecoderGraph {
  /// The length of a layer's own embedding (`hidden_size_per_layer_input`).
  var perLayerWidth: Int64 { inventory.shape(of: .perLayerProjectionNorm)?.rowElements ?? 1 }

  /// Each layer's own embedding of each token, `[width, tokens, layers]`.
  mutating func perLayerInputs(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let layers = Int64(model.layers.count)
    let all = rows(perLayerWidth * layers, batch.tokens)
    let byLayer = SIMD4(perLayerWidth, layers, batch.tokens, 1)
    let tokens = builder.input(.i32, SIMD4(batch.tokens, 1, 1, 1))
    builder.device = -1
    let looked = builder.op(.getRows, all, tokens, flags: .staysPut)
    builder.device = placement.layers[0]
    let embeddings = builder.op(.scale, byLayer, builder.view(looked, byLayer))
    builder.expand(embeddings)
    let product = builder.op(.mulMat, all, stream, weight: weight(.perLayerModelProjection))
    let projected = norm(
      builder.view(builder.op(.scale, all, product), byLayer), .perLayerProjectionNorm)
    let sum = builder.op(.scale, byLayer, builder.op(.add, byLayer, projected, embeddings))
    return builder.op(.cont, SIMD4(perLayerWidth, batch.tokens, layers, 1), builder.view(sum))
  }

  /// Adds what a layer makes of its own embedding, and scales the sum.
  mutating func perLayerBlock(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let shape = rows(hidden, batch.tokens)
    let own = rows(perLayerWidth, batch.tokens)
    let gate = multiply(stream, by: .perLayerGate, width: perLayerWidth, tokens: batch.tokens)
    let opened = builder.op(
      .mul, own, builder.op(.unary, own, gate), builder.view(inputs.perLayer, own))
    let projected = multiply(
      opened, by: .perLayerProjection, width: hidden, tokens: batch.tokens)
    let sum = builder.op(.add, shape, stream, norm(projected, .perLayerNorm))
    return layerScaled(sum)
  }

  /// A layer's output by its scale, where it has one.
  mutating func layerScaled(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    guard inventory.hasLayerScale else { return stream }
    return builder.op(.mul, shape(of: stream), stream, weight: weight(.layerScale))
  }

  /// A dense feed-forward and a mixture of experts, each normalized before and after, and added.
  mutating func expertsBesideBlock(
    _ stream: GraphTensorIndex, normalizedFrom residual: GraphTensorIndex,
    _ experts: FeedForward.Experts, tokens: Int64
  ) -> GraphTensorIndex {
    let shape = rows(hidden, tokens)
    let dense = norm(
      gatedBlock(
        stream, (.feedForwardGate, .feedForwardUp, .feedForwardDown),
        width: experts.sharedIntermediate, tokens: tokens), .denseFeedForwardNorm)
    let input = norm(residual, .expertInputNorm)
    let plain = builder.op(.rmsNorm, shape, residual)
    let scores = builder.op(
      .mul, shape, builder.op(.scale, shape, plain), weight: weight(.router, .scale))
    let choice = route(scores, experts, tokens: tokens)
    let routed = norm(
      routedExperts(input, experts, choice, tokens: tokens), .expertOutputNorm)
    return builder.op(.add, shape, dense, routed)
  }
}
