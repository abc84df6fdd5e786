/// Multi-head latent attention: queries meet the compressed keys, and the result is expanded by head.
extension DecoderGraph {
  /// Attention from the normalized stream to the output projection.
  ///
  /// Source: llama.cpp 0c1e57098, src/models/deepseek2.cpp (`is_mla`).
  mutating func latentBlock(
    _ stream: GraphTensorIndex, _ shape: LatentAttention
  ) -> GraphTensorIndex {
    let tokens = batch.tokens
    let width = shape.rank + shape.ropeDimension
    let query = latentQuery(stream, shape)
    let compressed = multiply(stream, by: .latentDown, width: width, tokens: tokens)
    let keyRope = rope(builder.view(compressed, SIMD4(shape.ropeDimension, 1, tokens, 1)))
    let keyPlain = norm(builder.view(compressed, rows(shape.rank, tokens)), .latentNorm)
    let queryRope = rope(
      builder.view(query, SIMD4(shape.ropeDimension, shape.queryHeads, tokens, 1)))
    let absorbed = builder.op(
      .mulMat, SIMD4(shape.rank, tokens, shape.queryHeads, 1), builder.view(query),
      weight: weight(.latentKeyUp))
    let queries = builder.op(
      .concat, SIMD4(width, shape.queryHeads, tokens, 1), builder.view(absorbed), queryRope)
    let keyView = builder.view(keyPlain, SIMD4(shape.rank, 1, tokens, 1))
    let keys = builder.op(.concat, SIMD4(width, 1, tokens, 1), keyView, keyRope)
    builder.expand(queries)
    builder.expand(keyView)
    builder.expand(keys)
    builder.expand(
      builder.store(
        .setRows, into: cachePlace, builder.view(keys), at: inputs.cache.keyIndices))
    let cached = CachedRows(
      heads: shape.queryHeads, keyValueHeads: 1, keyDimension: width,
      valueDimension: shape.rank, isLatent: true)
    let result = core(builder.view(queries), cached, inputs.cache)
    builder.expand(result)
    return multiply(result, by: .attentionOutput, width: hidden, tokens: tokens)
  }

  private mutating func latentQuery(
    _ stream: GraphTensorIndex, _ shape: LatentAttention
  ) -> GraphTensorIndex {
    let width = shape.queryHeads * (shape.plainDimension + shape.ropeDimension)
    guard let rank = inventory.shape(of: .attentionQueryDown)?.rows else {
      return multiply(stream, by: .attentionQuery, width: width, tokens: batch.tokens)
    }
    let down = multiply(stream, by: .attentionQueryDown, width: rank, tokens: batch.tokens)
    return multiply(
      norm(down, .attentionQueryDownNorm), by: .attentionQueryUp, width: width,
      tokens: batch.tokens)
  }

  /// Expands a compressed result to each head's values, side by side.
  mutating func expandedByHead(
    _ tensor: GraphTensorIndex, _ cached: CachedRows
  ) -> GraphTensorIndex {
    let value = inventory.shape(of: .latentValueUp)?.dimensions[1] ?? cached.valueDimension
    let shape = SIMD4(value, batch.tokens / batch.streams, cached.heads, batch.streams)
    let expanded = builder.op(.mulMat, shape, tensor, weight: weight(.latentValueUp))
    return merged(builder.view(expanded), width: value * cached.heads)
  }
}
