/// Grouped-query attention with a cache of keys and values.
extension DecoderGraph {
  /// Queries, keys and values of a batch, each `[dimension, heads, tokens]`.
  private struct Projections {
    var query: GraphTensorIndex
    var key: GraphTensorIndex
    var value: GraphTensorIndex
    /// The bytes of the value seen as a slice of a fused projection; nil when it stands alone.
    var sliceBytes: Int64?
  }

  /// Attention from the normalized stream to the output projection.
  mutating func attentionBlock(
    _ stream: GraphTensorIndex, _ shape: Attention
  ) -> GraphTensorIndex {
    var parts = shape.isFused ? fusedProjections(stream, shape) : projections(stream, shape)
    if shape.isRotary || traits.rotatesEverywhere {
      parts.query = rope(parts.query)
      parts.key = rope(parts.key)
    }
    normalizeRotated(&parts, shape)
    if traits.scalesQueries {
      parts.query = builder.op(.scale, self.shape(of: parts.query), parts.query)
    }
    if scalesQueriesByPosition(shape) {
      parts.query = builder.op(
        .mul, self.shape(of: parts.query), parts.query, inputs.positionScales)
    }
    let result = cachedAttention(parts, shape)
    return multiply(result, by: .attentionOutput, width: hidden, tokens: batch.tokens)
  }

  private func scalesQueriesByPosition(_ shape: Attention) -> Bool {
    switch traits.positionScale {
    case .none: false
    case .everywhere: true
    case .unrotated: !shape.isRotary
    }
  }

  /// Normalizes queries and keys where a family does so after the rotation.
  private mutating func normalizeRotated(_ parts: inout Projections, _ shape: Attention) {
    switch traits.headNorms {
    case .beforeRotation: break
    case .afterRotation:
      guard inventory.hasNorm(.attentionQueryNorm) else { return }
      parts.key = norm(parts.key, .attentionKeyNorm)
      parts.query = norm(parts.query, .attentionQueryNorm)
    case .unweightedAfterRotation:
      guard shape.isRotary else { return }
      parts.query = builder.op(.rmsNorm, self.shape(of: parts.query), parts.query)
      parts.key = builder.op(.rmsNorm, self.shape(of: parts.key), parts.key)
    }
  }

  /// Attention whose queries come with a gate, which lives until it is applied to the result.
  mutating func gatedAttentionBlock(
    _ stream: GraphTensorIndex, _ shape: Attention
  ) -> GraphTensorIndex {
    let width = shape.queryHeads * shape.keyDimension
    let both = multiply(stream, by: .attentionQuery, width: 2 * width, tokens: batch.tokens)
    let key = multiply(
      stream, by: .attentionKey, width: shape.keyElements, tokens: batch.tokens)
    let value = multiply(
      stream, by: .attentionValue, width: shape.valueElements, tokens: batch.tokens)
    let query = norm(heads(both, shape.queryHeads, shape.keyDimension), .attentionQueryNorm)
    let keys = norm(heads(key, shape.keyValueHeads, shape.keyDimension), .attentionKeyNorm)
    let parts = Projections(
      query: rope(query), key: rope(keys),
      value: heads(value, shape.keyValueHeads, shape.valueDimension))
    let result = cachedAttention(parts, shape)
    let gate = builder.op(
      .cont, rows(width, batch.tokens), builder.view(both, rows(width, batch.tokens)))
    let opened = builder.op(.unary, rows(width, batch.tokens), gate)
    let gated = builder.op(.mul, rows(width, batch.tokens), result, opened)
    return multiply(gated, by: .attentionOutput, width: hidden, tokens: batch.tokens)
  }

  // MARK: Projections

  private mutating func projections(
    _ stream: GraphTensorIndex, _ shape: Attention
  ) -> Projections {
    let width = shape.queryHeads * shape.keyDimension
    var query = multiply(stream, by: .attentionQuery, width: width, tokens: batch.tokens)
    var key = multiply(
      stream, by: .attentionKey, width: shape.keyElements, tokens: batch.tokens)
    // Without a matrix of their own, values are the keys before they are normalized (Gemma 4).
    let isKey = shape.span == .full && !inventory.hasFullValues
    var value = heads(
      isKey
        ? key
        : multiply(
          stream, by: .attentionValue, width: shape.valueElements, tokens: batch.tokens),
      shape.keyValueHeads, shape.valueDimension)
    let isNormedEarly =
      traits.headNorms == .beforeRotation && inventory.hasNorm(.attentionQueryNorm)
    // Some families normalize the whole row, before it is seen as heads (OLMo 2).
    let isWholeRow =
      shape.queryHeads > 1
      && inventory.shape(of: .attentionQueryNorm)?.dimensions == [width]
    if isNormedEarly, isWholeRow {
      query = norm(query, .attentionQueryNorm)
      key = norm(key, .attentionKeyNorm)
    }
    query = heads(query, shape.queryHeads, shape.keyDimension)
    key = heads(key, shape.keyValueHeads, shape.keyDimension)
    if isNormedEarly, !isWholeRow {
      query = norm(query, .attentionQueryNorm)
      key = norm(key, .attentionKeyNorm)
    }
    if traits.normalizesValues {
      value = builder.op(.rmsNorm, self.shape(of: value), value)
    }
    return Projections(query: query, key: key, value: value)
  }

  private mutating func fusedProjections(
    _ stream: GraphTensorIndex, _ shape: Attention
  ) -> Projections {
    let queryWidth = shape.queryHeads * shape.keyDimension
    let width = queryWidth + shape.keyElements + shape.valueElements
    let fused = multiply(
      stream, by: .attentionQueryKeyValue, width: width, tokens: batch.tokens)
    let slice = 4 * ((batch.tokens - 1) * width + shape.valueElements)
    return Projections(
      query: heads(fused, shape.queryHeads, shape.keyDimension),
      key: heads(fused, shape.keyValueHeads, shape.keyDimension),
      value: builder.view(
        fused, SIMD4(shape.valueDimension, shape.keyValueHeads, batch.tokens, 1), bytes: slice),
      sliceBytes: slice)
  }

  private mutating func heads(
    _ tensor: GraphTensorIndex, _ count: Int64, _ dimension: Int64
  ) -> GraphTensorIndex {
    builder.view(tensor, SIMD4(dimension, count, batch.tokens, 1))
  }

  mutating func rope(_ tensor: GraphTensorIndex) -> GraphTensorIndex {
    builder.op(
      .rope, shape(of: tensor), tensor, inputs.positions,
      weight: inventory.ropeTable.map { weight($0) })
  }

  /// A product with a rotation matrix, seen in the tensor's own shape again.
  private mutating func rotate(
    _ tensor: GraphTensorIndex, by rotation: GraphTensorIndex
  ) -> GraphTensorIndex {
    let shape = shape(of: tensor)
    let side = self.shape(of: rotation).x
    let seen = builder.view(tensor, SIMD4(side, shape.elements / side, 1, 1))
    let rotated = builder.op(.mulMat, SIMD4(side, shape.elements / side, 1, 1), rotation, seen)
    return builder.view(rotated, shape)
  }

  // MARK: Cache and core

  /// The inputs of the cache that a layer uses.
  private func cacheInputs(_ shape: Attention) -> CacheInputs {
    inventory.window != nil && shape.span.tokens != nil ? inputs.windowCache : inputs.cache
  }

  /// Stores keys and values, and attends to the cache.
  private mutating func cachedAttention(
    _ parts: Projections, _ shape: Attention
  ) -> GraphTensorIndex {
    var parts = parts
    let inputs = cacheInputs(shape)
    if let rotation = inputs.keyRotation {
      parts.query = rotate(parts.query, by: rotation)
      parts.key = rotate(parts.key, by: rotation)
    }
    if let rotation = inputs.valueRotation {
      parts.value = rotate(parts.value, by: rotation)
      parts.sliceBytes = nil
    }
    builder.expand(parts.query)
    if inventory.window != nil {
      builder.expand(parts.key)
      builder.expand(parts.value)
    } else {
      builder.expand(parts.value)
      builder.expand(parts.key)
    }
    let cache = cachePlace
    builder.expand(
      builder.store(.setRows, into: cache, builder.view(parts.key), at: inputs.keyIndices))
    builder.expand(
      builder.store(
        .setRows, into: cache, storedValue(parts, shape), at: inputs.valueIndices))
    return attend(parts.query, shape, inputs)
  }

  /// Attention over what the cache holds already.
  private mutating func attend(
    _ query: GraphTensorIndex, _ shape: Attention, _ inputs: CacheInputs
  ) -> GraphTensorIndex {
    let cached = CachedRows(
      heads: shape.queryHeads, keyValueHeads: shape.keyValueHeads,
      keyDimension: shape.keyDimension, valueDimension: shape.valueDimension, isLatent: false)
    let result = core(builder.view(query), cached, inputs)
    builder.expand(result)
    guard let rotation = inputs.valueRotation else { return result }
    return rotate(result, by: rotation)
  }

  /// Attention that reads another layer's cache, from the normalized stream to the output projection.
  mutating func sharedAttentionBlock(
    _ stream: GraphTensorIndex, _ shape: Attention
  ) -> GraphTensorIndex {
    let width = shape.queryHeads * shape.keyDimension
    var query = heads(
      multiply(stream, by: .attentionQuery, width: width, tokens: batch.tokens),
      shape.queryHeads, shape.keyDimension)
    if inventory.hasNorm(.attentionQueryNorm) { query = norm(query, .attentionQueryNorm) }
    query = rope(query)
    let inputs = cacheInputs(shape)
    if let rotation = inputs.keyRotation { query = rotate(query, by: rotation) }
    builder.expand(query)
    let result = attend(query, shape, inputs)
    return multiply(result, by: .attentionOutput, width: hidden, tokens: batch.tokens)
  }

  /// The value as the cache's store reads it; without fused attention a slice is made whole first.
  private mutating func storedValue(
    _ parts: Projections, _ shape: Attention
  ) -> GraphTensorIndex {
    if !attention.transposesValues || parts.sliceBytes == nil {
      return builder.view(parts.value, bytes: parts.sliceBytes)
    }
    let whole = builder.op(.cont, rows(shape.valueElements, batch.tokens), parts.value)
    return builder.view(whole)
  }

  // MARK: Core

  /// What attention reads from a cache.
  struct CachedRows {
    let heads: Int64
    let keyValueHeads: Int64
    let keyDimension: Int64
    let valueDimension: Int64
    /// Whether values are a part of the keys, and are read as a view of them.
    let isLatent: Bool
  }

  /// Attention proper, from queries to the result, `[dimension × heads, tokens]`; a latent result is
  /// still compressed and split by head.
  mutating func core(
    _ query: GraphTensorIndex, _ rows: CachedRows, _ inputs: CacheInputs
  ) -> GraphTensorIndex {
    attention.isFused ? fusedCore(query, rows, inputs) : plainCore(query, rows, inputs)
  }

  /// One fused operation. A cache that is not f16 is copied to f16 first: by the operation in room
  /// of its own, or, from f32, by nodes of the graph.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-graph.cpp, `build_attn_mha`.
  private mutating func fusedCore(
    _ query: GraphTensorIndex, _ cached: CachedRows, _ inputs: CacheInputs
  ) -> GraphTensorIndex {
    let result = SIMD4(cached.valueDimension, cached.heads, batch.tokens, 1)
    let valueFormat = cached.isLatent ? attention.keyFormat : attention.valueFormat
    var sources = [query]
    let parts = [
      (attention.keyFormat, cached.keyDimension, false),
      (valueFormat, cached.valueDimension, cached.isLatent),
    ]
    for (format, dimension, isView) in parts {
      let seen = SIMD4(dimension, inputs.cells, cached.keyValueHeads, batch.streams)
      var cache = cacheView(seen, format, gapsOf: isView ? cached.keyDimension : nil)
      if format == .f32 {
        cache = builder.op(.cpy, seen, cache, element: .f16)
      }
      if let cache { sources.append(cache) }
    }
    sources.append(inputs.mask)
    let allocated = memory.allocated(
      FusedAttention(
        heads: cached.heads, keyValueHeads: cached.keyValueHeads,
        keyDimension: cached.keyDimension, valueDimension: cached.valueDimension,
        tokens: batch.tokens / batch.streams, streams: batch.streams, cells: inputs.cells,
        keyFormat: attention.keyFormat, valueFormat: valueFormat, isLatent: cached.isLatent))
    let attended = builder.op(
      .flashAttention, result, from: sources, allocated: allocated, weight: sinks,
      flags: attention.runsOnProcessor ? .processorOnly : [])
    if cached.isLatent { return expandedByHead(builder.view(attended), cached) }
    return builder.view(attended, rows(cached.heads * cached.valueDimension, batch.tokens))
  }

  /// Scores, softmax, weighted values and a copy in the order of the output projection.
  private mutating func plainCore(
    _ query: GraphTensorIndex, _ cached: CachedRows, _ inputs: CacheInputs
  ) -> GraphTensorIndex {
    let perStream = batch.tokens / batch.streams
    let key = cacheView(
      SIMD4(cached.keyDimension, inputs.cells, cached.keyValueHeads, batch.streams),
      attention.keyFormat)
    let valueShape = SIMD4(
      cached.valueDimension, inputs.cells, cached.keyValueHeads, batch.streams)
    let valueFormat = cached.isLatent ? attention.keyFormat : attention.valueFormat
    var value = cacheView(
      valueShape, valueFormat, gapsOf: cached.isLatent ? cached.keyDimension : nil)
    let scoreShape = SIMD4(inputs.cells, perStream, cached.heads, batch.streams)
    var scores = builder.op(.mulMat, scoreShape, key, query)
    if traits.capsScores { scores = softCapped(scores) }
    let weights = builder.op(.softMax, scoreShape, scores, inputs.mask, weight: sinks)
    if cached.isLatent || !attention.transposesValues {
      value = builder.op(
        .cont,
        SIMD4(inputs.cells, cached.valueDimension, cached.keyValueHeads, batch.streams), value,
        packedAs: valueFormat)
    }
    let mixed = builder.op(
      .mulMat, SIMD4(cached.valueDimension, perStream, cached.heads, batch.streams), value,
      weights)
    if cached.isLatent { return expandedByHead(mixed, cached) }
    return merged(builder.view(mixed), width: cached.heads * cached.valueDimension)
  }

  /// The sinks of the layer's heads, where the family has them.
  private var sinks: GraphWeight? {
    mutating get {
      inventory.shape(of: .attentionSinks).map { _ in weight(.attentionSinks) }
    }
  }

  /// A copy of the heads side by side, as the output projection reads them.
  mutating func merged(_ tensor: GraphTensorIndex, width: Int64) -> GraphTensorIndex {
    builder.op(
      .cont, rows(width, batch.tokens), tensor,
      flags: cachePlace.isOnHost && placement.layers[layer] >= 0 ? .hostPinned : [])
  }

  /// A layer's cache as attention reads it; nil when it lies on the device that runs the layer.
  ///
  /// - Parameter gapsOf: The length of the rows that the view is a part of, where it has gaps.
  private mutating func cacheView(
    _ shape: SIMD4<Int64>, _ format: TensorFormat, gapsOf row: Int64? = nil
  ) -> GraphTensorIndex? {
    let isReadByProcessor = attention.runsOnProcessor && placement.gpus > 0
    let owner = placement.layers[cacheOwner]
    guard cachePlace.isOnHost || isReadByProcessor || owner != placement.layers[layer],
      case .blocks(let unit, let blockBytes) = format.layout
    else { return nil }
    let elements =
      row.map { (shape.y * shape.z * shape.w - 1) * $0 + shape.x } ?? shape.elements
    let bytes = elements / unit * blockBytes
    guard cachePlace.isOnHost else {
      let device = builder.device
      defer { builder.device = device }
      builder.device = owner
      return builder.deviceTensor(shape: shape, bytes: bytes)
    }
    let beyond = format.isQuantized ? shape.x % 512 : 0
    let padding = beyond == 0 ? 0 : (512 - beyond) / unit * blockBytes
    return builder.hostTensor(
      shape: shape, bytes: bytes, deviceBytes: bytes + padding, isWeight: false)
  }
}
