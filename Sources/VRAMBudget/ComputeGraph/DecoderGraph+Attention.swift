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

  /// The layer's attention; families without another kind have no other mixer.
  private var layerAttention: Attention {
    guard case .attention(let attention) = model.layers[layer].mixers[0] else {
      preconditionFailure("traits admit attention layers only")
    }
    return attention
  }

  /// Attention from the normalized stream to the output projection.
  mutating func attentionBlock(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let shape = layerAttention
    var parts = shape.isFused ? fusedProjections(stream, shape) : projections(stream, shape)
    if shape.isRotary {
      parts.query = rope(parts.query)
      parts.key = rope(parts.key)
    }
    if traits.scalesQueries {
      parts.query = builder.op(.scale, builder.tensors[Int(parts.query)].shape, parts.query)
    }
    var result = cachedAttention(parts, shape)
    if let rotation = inputs.cache.valueRotation {
      result = rotate(result, by: rotation)
    }
    return multiply(result, by: .attentionOutput, width: hidden, tokens: batch.tokens)
  }

  // MARK: Projections

  private mutating func projections(
    _ stream: GraphTensorIndex, _ shape: Attention
  ) -> Projections {
    let query = heads(
      multiply(
        stream, by: .attentionQuery, width: shape.queryHeads * shape.keyDimension,
        tokens: batch.tokens), shape.queryHeads, shape.keyDimension)
    let key = heads(
      multiply(
        stream, by: .attentionKey, width: shape.keyElements, tokens: batch.tokens),
      shape.keyValueHeads, shape.keyDimension)
    let value = heads(
      multiply(
        stream, by: .attentionValue, width: shape.valueElements, tokens: batch.tokens),
      shape.keyValueHeads, shape.valueDimension)
    guard traits.hasHeadNorms else { return Projections(query: query, key: key, value: value) }
    return Projections(
      query: norm(query, .attentionQueryNorm), key: norm(key, .attentionKeyNorm), value: value)
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

  private mutating func rope(_ tensor: GraphTensorIndex) -> GraphTensorIndex {
    builder.op(
      .rope, builder.tensors[Int(tensor)].shape, tensor, inputs.positions,
      weight: traits.ropeTable.map { weight($0) })
  }

  /// A product with a rotation matrix, seen in the tensor's own shape again.
  private mutating func rotate(
    _ tensor: GraphTensorIndex, by rotation: GraphTensorIndex
  ) -> GraphTensorIndex {
    let shape = builder.tensors[Int(tensor)].shape
    let side = builder.tensors[Int(rotation)].shape.x
    let seen = builder.view(tensor, SIMD4(side, shape.elements / side, 1, 1))
    let rotated = builder.op(.mulMat, SIMD4(side, shape.elements / side, 1, 1), rotation, seen)
    return builder.view(rotated, shape)
  }

  // MARK: Cache and core

  private mutating func cachedAttention(
    _ parts: Projections, _ shape: Attention
  ) -> GraphTensorIndex {
    var parts = parts
    if let rotation = inputs.cache.keyRotation {
      parts.query = rotate(parts.query, by: rotation)
      parts.key = rotate(parts.key, by: rotation)
    }
    if let rotation = inputs.cache.valueRotation {
      parts.value = rotate(parts.value, by: rotation)
      parts.sliceBytes = nil
    }
    builder.expand(parts.query)
    builder.expand(parts.value)
    builder.expand(parts.key)
    let isOnHost = placement.layers[layer] < 0 && placement.gpus > 0
    let cache = GraphCacheTensor(isOnHost: isOnHost)
    let key = builder.view(parts.key)
    builder.expand(builder.store(.setRows, into: cache, key, at: inputs.cache.keyIndices))
    let value = storedValue(parts, shape)
    builder.expand(builder.store(.setRows, into: cache, value, at: inputs.cache.valueIndices))
    let query = builder.view(parts.query)
    let result =
      attention.isFused
      ? fusedCore(query, shape, isOnHost: isOnHost) : plainCore(query, shape, isOnHost: isOnHost)
    builder.expand(result)
    return result
  }

  /// The value as the cache's store reads it; without fused attention a slice is made whole first.
  private mutating func storedValue(
    _ parts: Projections, _ shape: Attention
  ) -> GraphTensorIndex {
    if attention.isFused || parts.sliceBytes == nil {
      return builder.view(parts.value, bytes: parts.sliceBytes)
    }
    let whole = builder.op(.cont, rows(shape.valueElements, batch.tokens), parts.value)
    return builder.view(whole)
  }

  /// One fused operation. A cache that is not f16 is copied to f16 first: by the operation in room
  /// of its own, or, from f32, by nodes of the graph.
  ///
  /// Source: ggml 0.25.3, ggml-cuda/fattn.cu, `ggml_backend_cuda_get_fattn_tmp_size` [workspace].
  private mutating func fusedCore(
    _ query: GraphTensorIndex, _ shape: Attention, isOnHost: Bool
  ) -> GraphTensorIndex {
    let result = SIMD4(shape.valueDimension, shape.queryHeads, batch.tokens, 1)
    var workspace = result.elements * 4
    var sources = [query]
    let caches = [
      (attention.keyFormat, shape.keyDimension), (attention.valueFormat, shape.valueDimension),
    ]
    for (format, dimension) in caches {
      let seen = SIMD4(dimension, batch.cells, shape.keyValueHeads, batch.streams)
      var cache = cacheView(seen, format, isOnHost: isOnHost)
      if format == .f32 {
        cache =
          builder.op(.cpy, seen, cache, element: .f16)
      } else if format != .f16 {
        workspace = workspace.roundedUp(to: 128) + 2 * seen.elements
      }
      if let cache { sources.append(cache) }
    }
    sources.append(inputs.cache.mask)
    let attended = builder.op(
      .flashAttention, result, from: sources, workspace: workspace)
    return builder.view(attended, rows(shape.queryHeads * shape.valueDimension, batch.tokens))
  }

  /// Scores, softmax, weighted values and a copy in the order of the output projection.
  private mutating func plainCore(
    _ query: GraphTensorIndex, _ shape: Attention, isOnHost: Bool
  ) -> GraphTensorIndex {
    let perStream = batch.tokens / batch.streams
    let key = cacheView(
      SIMD4(shape.keyDimension, batch.cells, shape.keyValueHeads, batch.streams),
      attention.keyFormat, isOnHost: isOnHost)
    let value = cacheView(
      SIMD4(shape.valueDimension, batch.cells, shape.keyValueHeads, batch.streams),
      attention.valueFormat, isOnHost: isOnHost)
    let scoreShape = SIMD4(batch.cells, perStream, shape.queryHeads, batch.streams)
    let scores = builder.op(.mulMat, scoreShape, key, query)
    let weights = builder.op(.softMax, scoreShape, scores, inputs.cache.mask)
    let mixed = builder.op(
      .mulMat, SIMD4(shape.valueDimension, perStream, shape.queryHeads, batch.streams),
      value, weights)
    return builder.op(
      .cont, rows(shape.queryHeads * shape.valueDimension, batch.tokens), builder.view(mixed))
  }

  /// A layer's cache as attention reads it; nil when it lies on the device that runs the layer.
  private mutating func cacheView(
    _ shape: SIMD4<Int64>, _ format: TensorFormat, isOnHost: Bool
  ) -> GraphTensorIndex? {
    guard isOnHost, case .blocks(let unit, let blockBytes) = format.layout else { return nil }
    let bytes = shape.elements / unit * blockBytes
    let beyond = format.isQuantized ? shape.x % 512 : 0
    let padding = beyond == 0 ? 0 : (512 - beyond) / unit * blockBytes
    return builder.hostTensor(
      shape: shape, bytes: bytes, deviceBytes: bytes + padding, isWeight: false)
  }
}
