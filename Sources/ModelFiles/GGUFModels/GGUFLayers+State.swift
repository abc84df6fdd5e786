internal import VRAMBudget

extension GGUFLayers {
  /// The tensors that only a recurrent layer has.
  private static let stateRoles: [TensorRole] = [
    .stateConvolution, .convolution, .stateQueryConvolution, .stateOutput,
  ]

  /// Returns what a layer carries from token to token; nil for a layer that is not recurrent.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-hparams.cpp, `n_embd_r` and `n_embd_s`.
  func state(_ layer: Int) throws(GGUFModelError) -> RecurrentState? {
    let weights = weights[layer]
    let found = Self.stateRoles.first { weights[$0] != nil }
    guard let kind = architecture.state else {
      guard let found else { return nil }
      throw .unknownTensor(
        "blk.\(layer).\(found.rawValue).weight", architecture: architecture.name)
    }
    if kind == .lightningAttention {
      return weights[.attentionSecondNorm] == nil ? nil : try lightningState(layer)
    }
    guard found != nil else { return nil }
    switch kind {
    case .shortConvolution:
      return RecurrentState(
        kind: kind, kernel: try keys.integer("shortconv.l_cache", in: 1...64), channels: hidden,
        stateElements: 0)
    case .kimiDeltaAttention: return try deltaState(layer)
    case .mamba, .mamba2, .gatedDeltaNet, .lightningAttention, .rwkv, .gatedLinearRecurrence,
      .matrixMemory:
      return try scannedState(kind, layer)
    }
  }

  private func scannedState(
    _ kind: RecurrentState.Kind, _ layer: Int
  ) throws(GGUFModelError) -> RecurrentState {
    let kernel = try keys.integer("ssm.conv_kernel", in: 1...64)
    let inner = try keys.integer("ssm.inner_size", in: 1...(1 << 20))
    let state = try keys.integer("ssm.state_size", in: 1...4096)
    let groups = try keys.optionalInteger("ssm.group_count", in: 0...1024) ?? 0
    let channels = inner + 2 * groups * state
    try check(.stateConvolution, layer, "ssm.inner_size", channels)
    return RecurrentState(
      kind: kind, kernel: kernel, channels: channels, stateElements: state * inner)
  }

  /// The heads of both kinds of layers are the first layer's count.
  private func deltaState(_ layer: Int) throws(GGUFModelError) -> RecurrentState {
    let dimension = try keys.integer("kda.head_dim", in: 1...1024)
    let elements = dimension * (heads.queries.first ?? 0)
    guard elements > 0 else {
      throw .contradiction(
        key: keys.name("attention.head_count"), what: "layer \(layer) has no heads")
    }
    try check(.stateQueryConvolution, layer, "kda.head_dim", elements)
    return RecurrentState(
      kind: .kimiDeltaAttention, kernel: try keys.integer("ssm.conv_kernel", in: 1...64),
      channels: 3 * elements, stateElements: dimension * elements)
  }

  private func lightningState(_ layer: Int) throws(GGUFModelError) -> RecurrentState {
    let dimension = heads.keyDimensions[layer]
    let elements = dimension * (heads.queries.first ?? 0)
    guard (1...1024).contains(dimension), elements > 0 else {
      throw .contradiction(
        key: keys.name("attention.key_length"),
        what: "heads of \(dimension) elements keep no state in layer \(layer)")
    }
    try check(.attentionQueryKeyValue, layer, "attention.key_length", 3 * elements)
    return RecurrentState(
      kind: .lightningAttention, kernel: 1, channels: 0, stateElements: dimension * elements)
  }
}
