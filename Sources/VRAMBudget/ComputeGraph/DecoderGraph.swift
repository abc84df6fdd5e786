/// The graph of a decoder's prompt batch, as llama.cpp builds it to size its compute buffers.
///
/// Composed of blocks that families share: a prologue, mixers of several kinds, feed-forwards, an
/// epilogue. A model's layers say which block comes where, its family's traits the rest.
///
/// Source: llama.cpp 0c1e57098, src/llama-graph.cpp and src/models/; checked in
/// llamacpp-runtime.jsonl and llamacpp-graphs/.
struct DecoderGraph {
  let model: ModelShape
  let traits: GraphTraits
  let inventory: GraphInventory
  let batch: GraphBatch
  let attention: GraphAttentionSettings
  let placement: GraphPlacement
  let hostWeights: HostWeights
  /// The devices' memory.
  let memory: GGMLBufferType
  var builder = GraphBuilder()

  var inputs = Inputs()
  /// The layer being built; the number of layers for the output.
  var layer = 0
  /// Host tensors that several layers share.
  private var sharedHostWeights: [(role: TensorRole, tensor: GraphTensorIndex)] = []

  /// The tensors that the host fills, and what is made of them before the first layer.
  struct Inputs {
    var positions: GraphTensorIndex = 0
    /// The scale of each position's queries.
    var positionScales: GraphTensorIndex = 0
    /// The embeddings with an image's features behind them.
    var embeddings: GraphTensorIndex = 0
    var outputIDs: GraphTensorIndex = 0
    /// Those of the full-attention cache.
    var cache = CacheInputs()
    /// Those of the sliding layers' cache.
    var windowCache = CacheInputs()
    /// Each layer's part of the embeddings that layers have of their own.
    var perLayer: GraphTensorIndex = 0
    /// Which state belongs to which sequence.
    var stateIDs: GraphTensorIndex = 0
    /// States that are moved but not used: none in a worst-case batch.
    var movedStateIDs: GraphTensorIndex = 0
  }

  /// The inputs that belong to one kind of cache.
  struct CacheInputs {
    var cells: Int64 = 0
    var keyIndices: GraphTensorIndex = 0
    var valueIndices: GraphTensorIndex = 0
    var mask: GraphTensorIndex = 0
    var keyRotation: GraphTensorIndex?
    var valueRotation: GraphTensorIndex?
  }

  init(
    model: ModelShape, traits: GraphTraits, inventory: GraphInventory, batch: GraphBatch,
    attention: GraphAttentionSettings, placement: GraphPlacement, hostWeights: HostWeights,
    memory: GGMLBufferType
  ) {
    self.model = model
    self.traits = traits
    self.inventory = inventory
    self.batch = batch
    self.attention = attention
    self.placement = placement
    self.hostWeights = hostWeights
    self.memory = memory
  }

  /// Returns the builder with the graph of the selected layers in it.
  consuming func build(_ selection: LayerSelection) -> GraphBuilder {
    builder.reserve(layers: selection.layers.count)
    var stream = prologue()
    for (position, index) in selection.layers.enumerated() {
      for boundary in selection.boundaries where boundary == position { builder.mark() }
      layer = index
      builder.device = placement.layers[index]
      stream = layerBlock(stream)
    }
    layer = model.layers.count
    builder.device = placement.output
    epilogue(stream)
    return builder
  }

  // MARK: Shapes and places

  func rows(_ width: Int64, _ tokens: Int64) -> SIMD4<Int64> { SIMD4(width, tokens, 1, 1) }

  func shape(of tensor: GraphTensorIndex) -> SIMD4<Int64> { builder.tensors[Int(tensor)].shape }

  var hidden: Int64 { model.hiddenSize }

  /// The tokens of the batch that belong to one sequence.
  var tokensPerSequence: Int64 { batch.tokens / batch.sequences }

  /// Where the layer's cache or state lies.
  var cachePlace: GraphCacheTensor {
    GraphCacheTensor(
      isOnHost: placement.gpus > 0
        && (placement.layers[cacheOwner] < 0 || !placement.offloadsCache))
  }

  /// The layer whose cache the layer being built reads: its own, unless it shares another's.
  var cacheOwner: Int {
    guard layer < model.layers.count,
      case .sharedAttention(_, let owner)? = model.layers[layer].mixers.first
    else { return layer }
    return owner
  }

  // MARK: Prologue and epilogue

  private mutating func prologue() -> GraphTensorIndex {
    let tokens = builder.input(.i32, SIMD4(batch.tokens, 1, 1, 1))
    // An image's features come behind each embedding.
    let width = hidden * Int64(1 + traits.imageLayers)
    let unusedEmbeddings = builder.input(.f32, rows(width, batch.tokens))
    builder.device = -1
    let embeddings = builder.op(
      .getRows, rows(hidden, batch.tokens), tokens, flags: .staysPut)
    var stream = embeddings
    if traits.imageLayers > 0 {
      builder.device = placement.layers[0]
      inputs.embeddings = builder.op(.pad, rows(width, batch.tokens), embeddings)
      builder.expand(inputs.embeddings)
      stream = builder.view(inputs.embeddings, rows(hidden, batch.tokens))
    } else {
      builder.expand(embeddings)
    }
    builder.expand(unusedEmbeddings)
    if traits.embeddingScale != .none {
      builder.device = placement.layers[0]
      stream = builder.op(.scale, rows(hidden, batch.tokens), embeddings)
      if traits.embeddingScale == .atOnce { builder.expand(stream) }
    }
    inputs.positions = builder.input(
      .i32, SIMD4(batch.tokens * traits.positions, 1, 1, 1))
    inputs.positionScales = builder.input(.f32, SIMD4(1, 1, batch.tokens, 1))
    inputs.outputIDs = builder.input(.i32, SIMD4(batch.outputs, 1, 1, 1))
    if inventory.hasFullAttention {
      inputs.cache = cacheInputs(cells: batch.cells, rotationSide: inventory.rotationSide)
    }
    if inventory.window != nil {
      inputs.windowCache = cacheInputs(
        cells: batch.windowCells, rotationSide: inventory.windowRotationSide)
    }
    if inventory.hasRecurrentState {
      let ids = builder.input(.i32, SIMD4(batch.sequences, 1, 1, 1))
      builder.device = -1
      inputs.stateIDs = builder.view(ids, SIMD4(batch.sequences, 1, 1, 1))
      inputs.movedStateIDs = builder.view(ids, SIMD4(0, 1, 1, 1))
    }
    if inventory.hasNorm(.perLayerProjectionNorm) { inputs.perLayer = perLayerInputs(stream) }
    return traits.block == .alternating ? altUpStreams(stream) : stream
  }

  private mutating func cacheInputs(cells: Int64, rotationSide: Int64?) -> CacheInputs {
    let isFused = attention.isFused
    var cache = CacheInputs(cells: cells)
    cache.keyIndices = builder.input(.i64, SIMD4(batch.tokens, 1, 1, 1))
    let valueIndices =
      attention.transposesValues ? batch.tokens * inventory.largestValueElements : batch.tokens
    cache.valueIndices = builder.input(.i64, SIMD4(valueIndices, 1, 1, 1))
    cache.mask = builder.input(
      isFused ? .f16 : .f32, SIMD4(cells, batch.tokens / batch.streams, 1, batch.streams))
    if let side = rotationSide {
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
    var stream = stream
    if traits.block == .alternating {
      stream = selectRows(altUpMerged(stream))
    } else if traits.selectsRowsLate, !traits.keepsHeadInput {
      builder.markOutput(stream)
      stream = selectRows(stream)
    }
    var normalized = norm(stream, headNormRole)
    builder.markOutput(normalized)
    if traits.keepsHeadInput {
      normalized = selectRows(normalized)
      builder.markOutput(normalized)
    }
    let head: TensorRole = model.hasTiedEmbeddings ? .tokenEmbedding : .output
    var logits = multiply(normalized, by: head, width: model.vocabularySize, tokens: batch.outputs)
    if traits.scalesLogits { logits = builder.op(.scale, shape(of: logits), logits) }
    if traits.capsLogits { logits = softCapped(logits) }
    builder.markOutput(logits)
    builder.expand(logits)
  }

  private var headNormRole: TensorRole {
    inventory.hasNorm(.outputNorm) ? .outputNorm : .tokenEmbeddingNorm
  }

  // MARK: Pieces

  /// The tokens whose logits are asked for.
  mutating func selectRows(_ tensor: GraphTensorIndex) -> GraphTensorIndex {
    builder.op(.getRows, rows(hidden, batch.outputs), tensor, inputs.outputIDs)
  }

  /// A normalization, its scale, and its bias where there is one.
  mutating func norm(_ tensor: GraphTensorIndex, _ role: TensorRole) -> GraphTensorIndex {
    let shape = shape(of: tensor)
    let op = traits.norm == .rootMeanSquare ? GraphOp.rmsNorm : .norm
    let normalized = builder.op(op, shape, tensor, flags: .isNorm)
    let scaled = builder.op(.mul, shape, normalized, weight: weight(role))
    guard inventory.hasNormBias(role) else { return scaled }
    return builder.op(.add, shape, scaled, weight: weight(role, .bias))
  }

  /// A scale, a hyperbolic tangent and a scale.
  mutating func softCapped(_ tensor: GraphTensorIndex) -> GraphTensorIndex {
    let shape = shape(of: tensor)
    let scaled = builder.op(.scale, shape, tensor)
    return builder.op(.scale, shape, builder.op(.unary, shape, scaled))
  }

  /// A product with a matrix, and its bias where the layer has one.
  mutating func multiply(
    _ tensor: GraphTensorIndex, by role: TensorRole, width: Int64, tokens: Int64
  ) -> GraphTensorIndex {
    let product = builder.op(.mulMat, rows(width, tokens), tensor, weight: weight(role))
    guard inventory.hasBias(role) else { return product }
    return builder.op(.add, rows(width, tokens), product, weight: weight(role, .bias))
  }

  /// A weight of the layer being built, as a source.
  mutating func weight(_ role: TensorRole, _ part: Tensor.Part = .weight) -> GraphWeight {
    let device = layer < placement.layers.count ? placement.layers[layer] : placement.output
    let isHostExpert = role.isRoutedExpert && layer < placement.hostExpertLayers
    guard device < 0 || isHostExpert, placement.gpus > 0 else {
      return GraphWeight(hostTensor: nil)
    }
    let isShared = role.kind == .constant
    if isShared, let known = sharedHostWeights.first(where: { $0.role == role }) {
      return GraphWeight(hostTensor: known.tensor)
    }
    let isLayered = layer < placement.layers.count && !isShared
    // What no layer owns may lie with the first one, or with the output.
    guard
      let found = hostWeights.find(role, part, layer: isLayered ? layer : nil)
        ?? hostWeights.find(role, part, layer: nil)
    else { return GraphWeight(hostTensor: nil) }
    let dimensions = found.shape.dimensions
    let tensor = builder.hostTensor(
      shape: SIMD4(dimensions[0], found.shape.rows, 1, 1), bytes: found.bytes,
      deviceBytes: found.deviceBytes, isWeight: true)
    if isShared { sharedHostWeights.append((role, tensor)) }
    return GraphWeight(hostTensor: tensor)
  }
}
