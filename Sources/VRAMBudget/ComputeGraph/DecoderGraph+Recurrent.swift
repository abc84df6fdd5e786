/// Blocks that carry a state from token to token.
extension DecoderGraph {
  // MARK: States

  /// Reads a state of `elements` for each sequence.
  ///
  /// All of it is expanded at once, when it is built: before what is still pending of the layer
  /// before.
  ///
  /// - Parameter reader: The operation that reads the state; looking it up where nil.
  private mutating func readState(
    _ elements: Int64,
    with reader: ((inout DecoderGraph, GraphTensorIndex?) -> GraphTensorIndex)? = nil
  ) -> GraphTensorIndex {
    let place = cachePlace
    let shape = rows(elements, batch.sequences)
    let state =
      place.isOnHost
      ? builder.hostTensor(
        shape: shape, bytes: shape.elements * 4, deviceBytes: shape.elements * 4, isWeight: false)
      : nil
    builder.expand(builder.store(.scale, into: place))
    let read = reader?(&self, state) ?? builder.op(.getRows, shape, state, inputs.stateIDs)
    builder.expand(read)
    let moved = builder.op(.getRows, rows(elements, 0), state, inputs.movedStateIDs)
    builder.expand(builder.store(.cpy, into: place, moved))
    return read
  }

  /// Stores what a layer carries on: the part of a tensor of `bytes` from its first element to the
  /// last.
  private mutating func storeState(_ tensor: GraphTensorIndex, bytes: Int64) {
    builder.expand(
      builder.store(.cpy, into: cachePlace, builder.view(tensor, bytes: bytes)))
  }

  /// The tail of the last batch and this one, over which a convolution runs; its end is stored.
  private mutating func convolutionInput(
    _ tensor: GraphTensorIndex, state: GraphTensorIndex, tail: Int64, channels: Int64
  ) -> GraphTensorIndex {
    let shape = SIMD4(tail + tokensPerSequence, channels, batch.sequences, 1)
    return builder.op(.concat, shape, builder.view(state), builder.view(tensor))
  }

  private mutating func storeTail(_ tensor: GraphTensorIndex) {
    storeState(tensor, bytes: 4 * (shape(of: tensor).elements - tokensPerSequence))
  }

  // MARK: Short convolution

  /// LFM2's gated short convolution.
  mutating func convolutionBlock(
    _ stream: GraphTensorIndex, _ state: RecurrentState
  ) -> GraphTensorIndex {
    let wide = rows(hidden, batch.tokens)
    let tail = state.convolutionElements / hidden
    let projected = multiply(
      builder.view(stream), by: .convolutionInput, width: 3 * hidden, tokens: batch.tokens)
    let gated = builder.op(.mul, wide, builder.view(projected), builder.view(projected))
    let previous = readState(state.convolutionElements)
    let input = convolutionInput(gated, state: previous, tail: tail, channels: hidden)
    storeTail(input)
    let mixed = builder.op(.ssmConv, wide, input, weight: weight(.convolution))
    let opened = builder.op(.mul, wide, builder.view(projected), mixed)
    return builder.view(
      multiply(opened, by: .convolutionOutput, width: hidden, tokens: batch.tokens))
  }

  // MARK: Mamba

  /// Mamba-1: convolution, selective scan, gate.
  mutating func mambaBlock(
    _ stream: GraphTensorIndex, _ state: RecurrentState
  ) -> GraphTensorIndex {
    let inner = inventory.shape(of: .stateOutput)?.rowElements ?? hidden
    let rank = inventory.shape(of: .stateTimeStep)?.rowElements ?? 1
    let stateSize = state.stateElements / inner
    let tail = state.convolutionElements / inner
    let wide = rows(inner, batch.tokens)
    let previous = readState(state.convolutionElements)
    let projected = multiply(
      builder.view(stream), by: .stateInput, width: 2 * inner, tokens: batch.tokens)
    let gate = builder.view(
      projected, wide, bytes: 4 * ((batch.tokens - 1) * 2 * inner + inner))
    let input = convolutionInput(
      builder.view(projected), state: previous, tail: tail, channels: inner)
    storeTail(input)
    var mixed = builder.op(.ssmConv, wide, input, weight: weight(.stateConvolution))
    mixed = builder.op(.add, wide, mixed, weight: weight(.stateConvolution, .bias))
    mixed = builder.op(.unary, wide, mixed)
    let parts = multiply(
      mixed, by: .stateProjection, width: rank + 2 * stateSize, tokens: batch.tokens)
    let steps = multiply(
      builder.op(.cont, rows(rank, batch.tokens), builder.view(parts)), by: .stateTimeStep,
      width: inner, tokens: batch.tokens)
    let scanned = scan(
      state.stateElements, inner: inner, input: mixed, steps: steps, parts: parts)
    storeState(scanned, bytes: 4 * state.stateElements * batch.sequences)
    let skipped = builder.op(.mul, wide, mixed, weight: weight(.stateSkip, .plain))
    let summed = builder.op(.add, wide, builder.view(scanned, wide), skipped)
    let opened = builder.op(.glu, wide, builder.op(.cont, wide, gate), summed)
    return builder.view(
      multiply(opened, by: .stateOutput, width: hidden, tokens: batch.tokens))
  }

  /// Mamba-2: convolution over the input and both projections, selective scan by head, gate, and a
  /// normalization in groups where there is one.
  ///
  /// Source: llama.cpp 0c1e57098, src/models/mamba-base.cpp, `build_mamba2_layer`.
  mutating func mamba2Block(
    _ stream: GraphTensorIndex, _ state: RecurrentState
  ) -> GraphTensorIndex {
    let tokens = batch.tokens
    let inner = inventory.shape(of: .stateOutput)?.rowElements ?? hidden
    let width = inventory.shape(of: .stateInput)?.rows ?? 1
    let channels = state.channels
    let heads = max(1, width - inner - channels)
    let byHead = SIMD4(inner / heads, heads, tokens, 1)
    let mixedShape = rows(channels, tokens)
    let previous = readState(state.convolutionElements)
    let projected = multiply(stream, by: .stateInput, width: width, tokens: tokens)
    let gate = builder.view(
      projected, byHead, bytes: 4 * ((tokens - 1) * width + inner))
    let input = convolutionInput(
      builder.view(projected), state: previous, tail: state.kernel - 1, channels: channels)
    storeTail(input)
    var mixed = builder.op(.ssmConv, mixedShape, input, weight: weight(.stateConvolution))
    mixed = builder.op(.add, mixedShape, mixed, weight: weight(.stateConvolution, .bias))
    mixed = builder.op(.unary, mixedShape, mixed)
    let perHead = rows(heads, tokens)
    let steps = builder.op(
      .add, perHead, builder.op(.cont, perHead, builder.view(projected, perHead)),
      weight: weight(.stateTimeStep, .bias))
    let scanned = readState(state.stateElements) { graph, previous in
      let size = inner * tokens + state.stateElements * graph.batch.sequences
      let seen = (0..<3).map { _ in graph.builder.view(mixed) }
      let sources =
        [previous].compactMap { $0 } + [seen[0], steps, seen[1], seen[2], graph.inputs.stateIDs]
      return graph.builder.op(
        .ssmScan, SIMD4(size, 1, 1, 1), from: sources, allocated: 4 * size,
        weight: graph.weight(.stateDecay, .plain))
    }
    storeState(scanned, bytes: 4 * state.stateElements * batch.sequences)
    let skipped = builder.op(
      .mul, byHead, builder.view(mixed, byHead), weight: weight(.stateSkip, .plain))
    let summed = builder.op(.add, byHead, builder.view(scanned, byHead), skipped)
    var opened = builder.op(.glu, byHead, builder.op(.cont, byHead, gate), summed)
    if inventory.hasNorm(.stateNorm) { opened = norm(builder.view(opened), .stateNorm) }
    return multiply(
      builder.view(opened, rows(inner, tokens)), by: .stateOutput, width: hidden, tokens: tokens)
  }

  private mutating func scan(
    _ elements: Int64, inner: Int64, input: GraphTensorIndex, steps: GraphTensorIndex,
    parts: GraphTensorIndex
  ) -> GraphTensorIndex {
    readState(elements) { graph, state in
      let size = inner * graph.batch.tokens + elements * graph.batch.sequences
      var sources = [state].compactMap { $0 }
      sources += [graph.builder.view(input), steps]
      sources += [graph.builder.view(parts), graph.builder.view(parts), graph.inputs.stateIDs]
      return graph.builder.op(
        .ssmScan, SIMD4(size, 1, 1, 1), from: sources, allocated: 4 * size,
        weight: graph.weight(.stateDecay, .plain))
    }
  }

  // MARK: Gated delta net

  /// The gated delta net of Qwen3-Next and of Qwen3.5.
  ///
  /// Source: llama.cpp 0c1e57098, src/models/qwen3next.cpp, qwen35.cpp and delta-net-base.cpp.
  mutating func deltaBlock(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let sizes = DeltaGraphSizes(inventory, state: model.layers[layer].recurrentStates[0])
    let tokens = batch.tokens
    let mixedShape = rows(sizes.channels, tokens)
    let projected = multiply(
      stream, by: .attentionQueryKeyValue, width: sizes.channels, tokens: tokens)
    let gate = multiply(stream, by: .attentionGate, width: sizes.valueElements, tokens: tokens)
    let (beta, decay) = deltaFactors(stream, sizes)
    let previous = readState(sizes.tail * sizes.channels)
    let input = convolutionInput(
      projected, state: previous, tail: sizes.tail, channels: sizes.channels)
    builder.expand(input)
    storeTail(input)
    let state = readState(sizes.keyDimension * sizes.valueElements)
    let convolved = builder.op(.ssmConv, mixedShape, input, weight: weight(.stateConvolution))
    let mixed = builder.op(.unary, mixedShape, convolved)
    let query = deltaHeads(mixed, sizes)
    let key = deltaHeads(mixed, sizes)
    let outputShape = rows(
      sizes.valueElements, tokens + sizes.valueDimension * batch.sequences)
    let output = builder.op(
      .gatedDeltaNet, outputShape,
      from: [query, key, builder.view(mixed), decay, beta, builder.view(state)],
      allocated: 4 * outputShape.elements)
    storeState(
      output, bytes: 4 * sizes.keyDimension * sizes.valueElements * batch.sequences)
    let byHead = SIMD4(sizes.valueDimension, sizes.valueHeads, tokens, 1)
    let normalized = norm(builder.view(output, byHead), .stateNorm)
    let opened = builder.op(
      .mul, byHead, normalized, builder.op(.unary, byHead, builder.view(gate, byHead)))
    return builder.view(
      multiply(
        builder.view(opened, rows(sizes.valueElements, tokens)), by: .stateOutput, width: hidden,
        tokens: tokens))
  }

  /// How much of each token is written to the state, and how fast the state decays.
  private mutating func deltaFactors(
    _ stream: GraphTensorIndex, _ sizes: DeltaGraphSizes
  ) -> (beta: GraphTensorIndex, decay: GraphTensorIndex) {
    let tokens = batch.tokens
    let flat = rows(sizes.valueHeads, tokens)
    guard inventory.shape(of: .stateBetaAlpha) != nil else {
      let product = multiply(stream, by: .stateBeta, width: sizes.valueHeads, tokens: tokens)
      let beta = builder.op(.unary, flat, builder.view(product))
      let alpha = multiply(stream, by: .stateAlpha, width: sizes.valueHeads, tokens: tokens)
      return (beta, builder.view(decay(from: builder.view(alpha), flat)))
    }
    let both = multiply(
      stream, by: .stateBetaAlpha, width: 2 * sizes.valueHeads, tokens: tokens)
    let grouped = SIMD4(sizes.valueHeads / sizes.keyHeads, sizes.keyHeads, tokens, 1)
    let beta = builder.op(
      .unary, grouped, builder.op(.cont, grouped, builder.view(both)))
    let alpha = builder.op(.cont, flat, builder.view(both))
    return (builder.view(beta), builder.view(decay(from: alpha, flat)))
  }

  private mutating func decay(
    from alpha: GraphTensorIndex, _ shape: SIMD4<Int64>
  ) -> GraphTensorIndex {
    let biased = builder.op(.add, shape, alpha, weight: weight(.stateTimeStep, .bias))
    let steps = builder.op(.unary, shape, biased)
    return builder.op(.mul, shape, steps, weight: weight(.stateDecay, .plain))
  }

  /// Normalized queries or keys, repeated for each group of value heads.
  private mutating func deltaHeads(
    _ mixed: GraphTensorIndex, _ sizes: DeltaGraphSizes
  ) -> GraphTensorIndex {
    let shape = SIMD4(sizes.keyDimension, sizes.keyHeads, batch.tokens, 1)
    let normalized = builder.op(.rmsNorm, shape, builder.view(mixed, shape))
    let scaled = builder.op(.scale, shape, normalized)
    guard traits.repeatsKeyHeads, sizes.keyHeads != sizes.valueHeads else { return scaled }
    let repeats = SIMD4(
      sizes.keyDimension, sizes.valueHeads / sizes.keyHeads, sizes.keyHeads, batch.tokens)
    return builder.view(builder.op(.repeated, repeats, builder.view(scaled)))
  }
}

/// The sizes of a gated delta net, from the shapes of its tensors.
private struct DeltaGraphSizes {
  let channels: Int64
  let tail: Int64
  let valueElements: Int64
  let valueDimension: Int64
  let keyDimension: Int64

  init(_ inventory: GraphInventory, state: RecurrentState) {
    let kernel = inventory.shape(of: .stateConvolution)?.dimensions ?? [1, 1]
    channels = kernel[kernel.count - 1]
    tail = kernel[0] - 1
    valueElements = inventory.shape(of: .stateOutput)?.rowElements ?? 1
    valueDimension = inventory.shape(of: .stateNorm)?.rowElements ?? 1
    keyDimension = state.stateElements / valueElements
  }

  var valueHeads: Int64 { valueElements / valueDimension }
  var keyHeads: Int64 { (channels - valueElements) / (2 * keyDimension) }
}
