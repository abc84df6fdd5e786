internal import VRAMBudget

/// What llama.cpp checks of a layer's matrices when it creates them: they are there, and have the
/// sizes that the keys give.
///
/// Source: llama.cpp 0c1e57098, src/llama-model.cpp, `create_tensor` ("missing tensor", "wrong
/// shape"), for the matrices that all families with such layers have.
extension GGUFLayers {
  /// Checks the matrices of attention and of a dense feed-forward, input by output.
  func checkMatrices(of layer: Int, _ mixers: [TokenMixer]) throws(GGUFModelError) {
    for case .attention(let attention) in mixers { try check(attention, layer) }
    guard let down = weights[layer][.feedForwardDown] else { return }
    try check(.feedForwardDown, layer, [[down.rowElements, hidden]])
    let width = down.rowElements
    let isGated = weights[layer][.feedForwardGate] != nil
    try require(.feedForwardUp, layer)
    try check(
      .feedForwardUp, layer,
      isGated ? [[hidden, width]] : [[hidden, width], [hidden, 2 * width]])
    try check(.feedForwardGate, layer, [[hidden, width]])
  }

  private func check(_ attention: Attention, _ layer: Int) throws(GGUFModelError) {
    let queries = attention.queryHeads * attention.keyDimension
    if !attention.isFused {
      // Some families project a gate of the same size with the queries.
      try require(.attentionQuery, layer)
      try check(.attentionQuery, layer, [[hidden, queries], [hidden, 2 * queries]])
      try check(.attentionKey, layer, [[hidden, attention.keyElements]])
      try check(.attentionValue, layer, [[hidden, attention.valueElements]])
    }
    try require(.attentionOutput, layer)
    try check(
      .attentionOutput, layer,
      [[attention.queryHeads * attention.valueDimension, hidden]])
  }

  private func require(_ role: TensorRole, _ layer: Int) throws(GGUFModelError) {
    guard weights[layer][role] == nil else { return }
    throw .missingTensor("blk.\(layer).\(role.rawValue).weight")
  }

  private func check(
    _ role: TensorRole, _ layer: Int, _ allowed: [[Int64]]
  ) throws(GGUFModelError) {
    guard let shape = weights[layer][role], !allowed.contains(shape.dimensions) else { return }
    let expected = TensorShape(dimensions: allowed[0].map { max(1, $0) })
    throw .contradiction(
      key: keys.name("embedding_length"),
      what: "'blk.\(layer).\(role.rawValue).weight' is \(shape), not \(expected)")
  }
}
