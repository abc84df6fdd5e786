internal import VRAMBudget

extension GGUFLayers {
  private static let denseWidth = "feed_forward_length"
  private static let expertWidth = "expert_feed_forward_length"
  /// Far above any width; only compared with what the tensors have.
  private static let allowedWidth: ClosedRange<Int64> = 0...(1 << 31)

  /// Checks that a layer without a way down may have none at all.
  func checkAbsence(ofFeedForwardIn layer: Int) throws(GGUFModelError) {
    let weights = weights[layer]
    if weights[.expertUp] != nil || weights[.expertGateUp] != nil || weights[.router] != nil {
      try require([.expertDown], layer)
    }
    let isWhole = weights[.feedForwardUp] == nil && weights[.feedForwardGate] == nil
    guard architecture.mayLackFeedForward, isWhole else {
      return try require([.feedForwardDown], layer)
    }
  }

  /// Checks the matrices of a dense feed-forward.
  func checkDense(_ layer: Int) throws(GGUFModelError) {
    guard let down = weights[layer][.feedForwardDown] else { return }
    let width = down.rowElements
    if let given = try givenWidth(Self.denseWidth, layer), given != width {
      throw contradiction(.feedForwardDown, layer, [given, hidden], by: Self.denseWidth)
    }
    try check(.feedForwardDown, layer, [[width, hidden]])
    try require([.feedForwardUp], layer)
    let isFused = weights[layer][.feedForwardGate] == nil && architecture.fusesGate
    if !architecture.mayLackGate { try require([.feedForwardGate], layer) }
    try check(.feedForwardUp, layer, [[hidden, isFused ? 2 * width : width]])
    try check(.feedForwardGate, layer, [[hidden, width]])
  }

  /// Checks the matrices of experts, of the one that every token uses, and of their router.
  func check(_ experts: FeedForward.Experts, _ layer: Int) throws(GGUFModelError) {
    let weights = weights[layer]
    let key = "expert_count"
    let given = try keys.optionalIntegers(key, layers: self.weights.count, in: 0...4096)?[layer]
    guard given == experts.count else {
      throw .contradiction(
        key: keys.name(key),
        what: "'blk.\(layer).ffn_down_exps.weight' holds \(experts.count) experts, not"
          + " \(given ?? 0)")
    }
    try checkWidth(of: experts, layer)
    if architecture.mixesExpertsAndDense {
      try checkDense(layer)
    } else if weights[.feedForwardDown] != nil {
      throw .contradiction(
        key: keys.name(key),
        what: "layer \(layer) has a dense feed-forward beside \(experts.count) experts")
    }
    try require([.router], layer)
    try check(.router, layer, [[hidden, experts.count]], by: key)
    try checkMatrices(of: experts, layer, input: weights[.expertLatentDown]?.rows ?? hidden)
    try checkShared(layer)
  }

  private func checkMatrices(
    of experts: FeedForward.Experts, _ layer: Int, input: Int64
  ) throws(GGUFModelError) {
    let (count, width) = (experts.count, experts.intermediate)
    try check(.expertDown, layer, [[width, input, count]])
    if weights[layer][.expertGateUp] == nil {
      try require([.expertUp], layer)
      if !architecture.mayLackExpertGate { try require([.expertGate], layer) }
    }
    try check(.expertGateUp, layer, [[input, 2 * width, count]])
    try check(.expertUp, layer, [[input, width, count]])
    try check(.expertGate, layer, [[input, width, count]])
  }

  private func checkShared(_ layer: Int) throws(GGUFModelError) {
    guard let down = weights[layer][.sharedExpertDown] else {
      guard let shared = weights[layer][.sharedExpertUp] else { return }
      throw contradiction(.sharedExpertDown, layer, [shared.rows, hidden])
    }
    try require([.sharedExpertUp], layer)
    if !architecture.mayLackSharedGate { try require([.sharedExpertGate], layer) }
    try check(.sharedExpertDown, layer, [[down.rowElements, hidden]])
    try check(.sharedExpertUp, layer, [[hidden, down.rowElements]])
    try check(.sharedExpertGate, layer, [[hidden, down.rowElements]])
  }

  /// An expert is as wide as its own key says, or as the dense feed-forward's does in families that
  /// have no other; where its own is absent some divide that among the experts of a token.
  private func checkWidth(
    of experts: FeedForward.Experts, _ layer: Int
  ) throws(GGUFModelError) {
    let own = try givenWidth(Self.expertWidth, layer)
    let dense = try givenWidth(Self.denseWidth, layer)
    guard let given = own ?? dense else { return }
    let divided = own == nil ? (dense ?? 0) / experts.used : given
    guard ![own, dense, divided].contains(experts.intermediate) else { return }
    throw .contradiction(
      key: keys.name(own == nil ? Self.denseWidth : Self.expertWidth),
      what: "experts of layer \(layer) are \(experts.intermediate) wide, not \(given)")
  }

  private func givenWidth(_ key: String, _ layer: Int) throws(GGUFModelError) -> Int64? {
    try keys.optionalIntegers(key, layers: weights.count, in: Self.allowedWidth)?[layer]
  }
}
