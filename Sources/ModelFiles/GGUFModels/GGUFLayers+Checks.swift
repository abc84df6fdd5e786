internal import VRAMBudget

/// What llama.cpp checks of a layer's tensors when it creates them: they are there, and have the
/// sizes that the keys give.
///
/// Source: llama.cpp 0c1e57098, src/llama-model-loader.cpp, `check_tensor_dims` ("not found", "wrong
/// shape").
extension GGUFLayers {
  /// The norms that are as wide as the model wherever they stand.
  private static let modelNorms: [TensorRole] = [
    .attentionNorm, .postAttentionNorm, .feedForwardNorm, .postFeedForwardNorm,
    .attentionOutputNorm, .layerOutputNorm, .denseFeedForwardNorm, .expertInputNorm,
    .expertOutputNorm,
  ]

  /// Checks the tensors of a layer, input by output.
  func checkTensors(of layer: Int, _ found: Layer) throws(GGUFModelError) {
    for mixer in found.mixers {
      switch mixer {
      case .attention(let attention), .encoderAttention(let attention):
        try check(attention, layer, hasCache: true)
      case .sharedAttention(let attention, _): try check(attention, layer, hasCache: false)
      case .latentAttention(let latent): try check(latent, layer)
      case .recurrent(let state): try check(state, layer)
      case .indexer(let indexer): try check(indexer, layer)
      case .compressedAttention: break
      }
    }
    let norms = architecture.norms
    if !found.mixers.isEmpty { try require(norms.mixer, layer) }
    switch found.feedForward {
    case .none: try checkAbsence(ofFeedForwardIn: layer)
    case .dense, .plain:
      try require(norms.feedForward, layer)
      try checkDense(layer)
    case .experts(let experts):
      try require(norms.feedForward, layer)
      try check(experts, layer)
    }
    for role in Self.modelNorms { try check(role, layer, [[hidden]]) }
    try checkBiases(layer)
  }

  // MARK: Mixers

  private func check(
    _ attention: Attention, _ layer: Int, hasCache: Bool
  ) throws(GGUFModelError) {
    let queries = attention.queryHeads * attention.keyDimension
    let (keys, values) = (attention.keyElements, attention.valueElements)
    if weights[layer][.attentionQueryKeyValue] == nil {
      try require([.attentionQuery], layer)
      try check(
        .attentionQuery, layer, [[hidden, architecture.gatesQueries ? 2 * queries : queries]])
      try check(.attentionKey, layer, [[hidden, keys]])
      try check(.attentionValue, layer, [[hidden, values]])
      if hasCache { try require([.attentionKey], layer) }
      if hasCache, !architecture.mayLackValues { try require([.attentionValue], layer) }
    }
    try check(.attentionQueryKeyValue, layer, [[hidden, queries + keys + values]])
    try require([.attentionOutput] + architecture.attentionExtras, layer)
    try check(
      .attentionOutput, layer, [[attention.queryHeads * attention.valueDimension, hidden]])
    try checkNorm(.attentionQueryNorm, layer, attention.keyDimension, all: queries)
    try checkNorm(.attentionKeyNorm, layer, attention.keyDimension, all: keys)
    guard architecture.normalizesHeads else { return }
    try require(hasCache ? [.attentionQueryNorm, .attentionKeyNorm] : [.attentionQueryNorm], layer)
  }

  /// Checks a norm of heads: one for each, or for all of them together.
  private func checkNorm(
    _ role: TensorRole, _ layer: Int, _ head: Int64, all: Int64
  ) throws(GGUFModelError) {
    guard let shape = weights[layer][role], ![head, all].contains(shape.elements) else { return }
    throw contradiction(role, layer, [head])
  }

  private func check(_ latent: LatentAttention, _ layer: Int) throws(GGUFModelError) {
    let queries = latent.queryHeads * (latent.plainDimension + latent.ropeDimension)
    if weights[layer][.attentionQueryDown] == nil {
      try require([.attentionQuery], layer)
      try check(.attentionQuery, layer, [[hidden, queries]])
    } else {
      try require([.attentionQueryDownNorm, .attentionQueryUp], layer)
      let rank = weights[layer][.attentionQueryDown]?.rows ?? 0
      try check(.attentionQueryDown, layer, [[hidden, rank]])
      try check(.attentionQueryDownNorm, layer, [[rank]])
      try check(.attentionQueryUp, layer, [[rank, queries]])
    }
    try require([.latentNorm, .attentionOutput], layer)
    if weights[layer][.latentKeyUp] != nil { try require([.latentValueUp], layer) }
    try check(.latentDown, layer, [[hidden, latent.rank + latent.ropeDimension]])
    try check(.latentNorm, layer, [[latent.rank]])
    let heads = latent.queryHeads
    try check(.latentKeyUp, layer, [[latent.plainDimension, latent.rank, heads]])
    try check(.latentValueUp, layer, [[latent.rank, latent.valueDimension, heads]])
    try check(.attentionOutput, layer, [[heads * latent.valueDimension, hidden]])
  }

  private func check(_ indexer: Indexer, _ layer: Int) throws(GGUFModelError) {
    try require([.indexerQueryUp, .indexerHeadWeights], layer)
    let queries = indexer.queryHeads * indexer.keyDimension
    let input = weights[layer][.attentionQueryDown]?.rows ?? hidden
    try check(.indexerQueryUp, layer, [[input, queries]], by: "attention.indexer.head_count")
    try check(
      .indexerHeadWeights, layer, [[hidden, indexer.queryHeads]],
      by: "attention.indexer.head_count")
  }

  private func check(_ state: RecurrentState, _ layer: Int) throws(GGUFModelError) {
    for roles in state.kind.requiredTensors(in: architecture)
    where !roles.contains(where: { weights[layer][$0] != nil }) {
      try require([roles[0]], layer)
    }
    for role in [TensorRole.stateConvolution, .convolution] {
      guard let shape = weights[layer][role], shape.rowElements != state.kernel else { continue }
      throw contradiction(role, layer, [state.kernel] + shape.dimensions.dropFirst())
    }
    for role in [TensorRole.stateInput, .convolutionInput] {
      guard let shape = weights[layer][role], shape.rowElements != hidden else { continue }
      throw contradiction(role, layer, [hidden] + shape.dimensions.dropFirst())
    }
    for role in [TensorRole.stateOutput, .convolutionOutput] {
      guard let shape = weights[layer][role], shape.rows != hidden else { continue }
      throw contradiction(role, layer, [shape.rowElements, hidden])
    }
  }

  // MARK: What every check is made of

  func require(_ roles: [TensorRole], _ layer: Int) throws(GGUFModelError) {
    for role in roles where weights[layer][role] == nil {
      let isBare = role == .stateDecay || role == .stateSkip
      throw .missingTensor("blk.\(layer).\(role.rawValue)\(isBare ? "" : ".weight")")
    }
  }

  /// Checks the shape of a tensor, where the layer has it.
  func check(
    _ role: TensorRole, _ layer: Int, _ allowed: [[Int64]], by key: String = "embedding_length"
  ) throws(GGUFModelError) {
    guard let shape = weights[layer][role], !allowed.contains(shape.dimensions) else { return }
    throw contradiction(role, layer, allowed[0], by: key)
  }

  func contradiction(
    _ role: TensorRole, _ layer: Int, _ expected: [Int64], by key: String = "embedding_length"
  ) -> GGUFModelError {
    let found = weights[layer][role].map { "\($0)" } ?? "absent"
    let shape = TensorShape(dimensions: expected.map { max(1, $0) })
    return .contradiction(
      key: keys.name(key),
      what: "'blk.\(layer).\(role.rawValue).weight' is \(found), not \(shape)")
  }

  /// A bias has an element for each row of its matrix, or of its norm.
  private func checkBiases(_ layer: Int) throws(GGUFModelError) {
    for (role, bias) in biases[layer] {
      guard let shape = weights[layer][role] else { continue }
      let expected = shape.dimensions.count == 1 ? shape.elements : shape.rows
      guard bias.elements != expected else { continue }
      throw .contradiction(
        key: keys.name("embedding_length"),
        what: "'blk.\(layer).\(role.rawValue).bias' has \(bias.elements) elements, not \(expected)")
    }
  }
}
