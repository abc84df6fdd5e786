/// The sizes of the batch that a graph computes.
struct GraphBatch: Hashable {
  /// The tokens computed at once (`ub`).
  let tokens: Int64
  /// The tokens whose logits are kept.
  let outputs: Int64
  let sequences: Int64
  /// The cells of one stream of a full-attention cache.
  let cells: Int64
  let streams: Int64
}

/// How attention and its cache are set up.
struct GraphAttentionSettings: Hashable {
  /// Whether attention is one fused operation (flash attention).
  let isFused: Bool
  let keyFormat: TensorFormat
  let valueFormat: TensorFormat
}

/// Where the layers of a model run; negative is the host.
struct GraphPlacement: Hashable {
  let layers: [Int8]
  let output: Int8
  let gpus: Int
}

/// Finds host weights by what they are for.
struct HostWeights {
  private struct Key: Hashable {
    let role: TensorRole
    let part: Tensor.Part
    let layer: Int?
  }

  private let entries: [Key: WeightPlan.Entry]?
  private let buffers: GGMLBufferType

  /// - Parameter plan: The weights; none when every weight is on the device that uses it.
  init(plan: WeightPlan?, copiedTo buffers: GGMLBufferType) {
    entries = plan.map { plan in
      Dictionary(
        plan.entries.map {
          (Key(role: $0.tensor.role, part: $0.tensor.part, layer: $0.tensor.layer), $0)
        }, uniquingKeysWith: { first, _ in first })
    }
    self.buffers = buffers
  }

  /// The shape of a weight, its bytes, and the bytes of a copy on a device.
  func find(
    _ role: TensorRole, _ part: Tensor.Part, layer: Int?
  ) -> (shape: TensorShape, bytes: Int64, deviceBytes: Int64)? {
    guard let entry = entries?[Key(role: role, part: part, layer: layer)] else { return nil }
    let allocated = buffers.allocated(
      entry.bytes, rowElements: entry.tensor.shape.rowElements, format: entry.format)
    return (entry.tensor.shape, entry.bytes.count, allocated.count)
  }
}

/// The graph of a decoder's prompt batch, as llama.cpp builds it to size its compute buffers.
///
/// Composed of blocks that families share: a prologue, an attention block, a feed-forward block and
/// an epilogue. A model's layers say which block comes where.
///
/// Source: llama.cpp 0c1e57098, src/llama-graph.cpp and src/models/; checked in
/// llamacpp-runtime.jsonl and llamacpp-graphs/.
struct DecoderGraph {
  let model: ModelShape
  let traits: GraphTraits
  let batch: GraphBatch
  let attention: GraphAttentionSettings
  let placement: GraphPlacement
  let hostWeights: HostWeights
  var builder = GraphBuilder()

  var inputs = Inputs()
  /// The layer being built; the number of layers for the output.
  var layer = 0
  /// Host tensors that several layers of one device share.
  private var sharedHostWeights: [TensorRole: GraphTensorIndex] = [:]

  /// The tensors that the host fills.
  struct Inputs {
    var positions: GraphTensorIndex = 0
    var outputIDs: GraphTensorIndex = 0
    var cache = CacheInputs()
  }

  /// The inputs that belong to one kind of cache.
  struct CacheInputs {
    var keyIndices: GraphTensorIndex = 0
    var valueIndices: GraphTensorIndex = 0
    var mask: GraphTensorIndex = 0
    var keyRotation: GraphTensorIndex?
    var valueRotation: GraphTensorIndex?
  }

  init(
    model: ModelShape, traits: GraphTraits, batch: GraphBatch, attention: GraphAttentionSettings,
    placement: GraphPlacement, hostWeights: HostWeights
  ) {
    self.model = model
    self.traits = traits
    self.batch = batch
    self.attention = attention
    self.placement = placement
    self.hostWeights = hostWeights
  }

  /// Returns the builder with the whole graph in it.
  consuming func build() -> GraphBuilder {
    var stream = prologue()
    for index in model.layers.indices {
      layer = index
      builder.device = placement.layers[index]
      stream = layerBlock(stream)
    }
    layer = model.layers.count
    builder.device = placement.output
    epilogue(stream)
    return builder
  }

  // MARK: Shapes

  func rows(_ width: Int64, _ tokens: Int64) -> SIMD4<Int64> { SIMD4(width, tokens, 1, 1) }

  var hidden: Int64 { model.hiddenSize }

  // MARK: Prologue and epilogue

  private mutating func prologue() -> GraphTensorIndex {
    let tokens = builder.input(.i32, SIMD4(batch.tokens, 1, 1, 1))
    let unusedEmbeddings = builder.input(.f32, rows(hidden, batch.tokens))
    builder.device = -1
    let embeddings = builder.op(
      .getRows, rows(hidden, batch.tokens), tokens, flags: .staysPut)
    builder.expand(embeddings)
    builder.expand(unusedEmbeddings)
    inputs.positions = builder.input(.i32, SIMD4(batch.tokens, 1, 1, 1))
    inputs.outputIDs = builder.input(.i32, SIMD4(batch.outputs, 1, 1, 1))
    inputs.cache = cacheInputs(cells: batch.cells)
    return embeddings
  }

  private mutating func cacheInputs(cells: Int64) -> CacheInputs {
    let isFused = attention.isFused
    let perStream = batch.tokens / batch.streams
    var cache = CacheInputs()
    cache.keyIndices = builder.input(.i64, SIMD4(batch.tokens, 1, 1, 1))
    let valueIndices = isFused ? batch.tokens : batch.tokens * traits.largestValueElements
    cache.valueIndices = builder.input(.i64, SIMD4(valueIndices, 1, 1, 1))
    cache.mask = builder.input(
      isFused ? .f16 : .f32, SIMD4(cells, perStream, 1, batch.streams))
    if let side = traits.rotationSide {
      if attention.keyFormat.isQuantized {
        cache.keyRotation = builder.input(.f32, SIMD4(side, side, 1, 1))
      }
      if attention.valueFormat.isQuantized {
        cache.valueRotation = builder.input(.f32, SIMD4(64, 64, 1, 1))
      }
    }
    return cache
  }

  private mutating func epilogue(_ stream: GraphTensorIndex) {
    let normalized = norm(stream, .outputNorm)
    builder.markOutput(normalized)
    let head: TensorRole = model.hasTiedEmbeddings ? .tokenEmbedding : .output
    let logits = multiply(normalized, by: head, width: model.vocabularySize, tokens: batch.outputs)
    builder.markOutput(logits)
    builder.expand(logits)
  }

  // MARK: Layers

  private mutating func layerBlock(_ stream: GraphTensorIndex) -> GraphTensorIndex {
    let isLast = layer == model.layers.count - 1
    var residual = stream
    var result = attentionBlock(norm(stream, .attentionNorm))
    var tokens = batch.tokens
    if isLast {
      // From here on only the tokens whose logits are asked for.
      tokens = batch.outputs
      result = builder.op(.getRows, rows(hidden, tokens), result, inputs.outputIDs)
      residual = builder.op(.getRows, rows(hidden, tokens), residual, inputs.outputIDs)
    }
    let afterAttention = builder.op(.add, rows(hidden, tokens), result, residual)
    let normalized = norm(afterAttention, .feedForwardNorm)
    let output = feedForwardBlock(normalized, tokens: tokens)
    return traits.addsToResidual
      ? builder.op(.add, rows(hidden, tokens), afterAttention, output)
      : builder.op(.add, rows(hidden, tokens), output, afterAttention)
  }

  // MARK: Pieces

  /// RMS norm and its scale.
  mutating func norm(_ tensor: GraphTensorIndex, _ role: TensorRole) -> GraphTensorIndex {
    let shape = builder.tensors[Int(tensor)].shape
    let normalized = builder.op(.rmsNorm, shape, tensor, flags: .isNorm)
    return builder.op(.mul, shape, normalized, weight: weight(role))
  }

  /// A product with a matrix, and its bias where the layer has one.
  mutating func multiply(
    _ tensor: GraphTensorIndex, by role: TensorRole, width: Int64, tokens: Int64
  ) -> GraphTensorIndex {
    let product = builder.op(.mulMat, rows(width, tokens), tensor, weight: weight(role))
    guard traits.hasBias(role) else { return product }
    return builder.op(.add, rows(width, tokens), product, weight: weight(role, .bias))
  }

  /// A weight of the layer being built, as a source.
  mutating func weight(_ role: TensorRole, _ part: Tensor.Part = .weight) -> GraphWeight {
    let device = layer < placement.layers.count ? placement.layers[layer] : placement.output
    guard device < 0, placement.gpus > 0 else { return GraphWeight(hostTensor: nil) }
    let isShared = role.kind == .constant
    if isShared, let known = sharedHostWeights[role] { return GraphWeight(hostTensor: known) }
    let isLayered = layer < placement.layers.count && !isShared
    guard let found = hostWeights.find(role, part, layer: isLayered ? layer : nil) else {
      return GraphWeight(hostTensor: nil)
    }
    let dimensions = found.shape.dimensions
    let tensor = builder.hostTensor(
      shape: SIMD4(dimensions[0], found.shape.rows, 1, 1), bytes: found.bytes,
      deviceBytes: found.deviceBytes, isWeight: true)
    if isShared { sharedHostWeights[role] = tensor }
    return GraphWeight(hostTensor: tensor)
  }
}
