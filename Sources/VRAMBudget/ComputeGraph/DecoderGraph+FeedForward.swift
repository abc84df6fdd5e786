/// What follows the mixer of a layer.
extension DecoderGraph {
  /// The feed-forward from the normalized stream to what is added to the residual.
  mutating func feedForwardBlock(
    _ stream: GraphTensorIndex, tokens: Int64
  ) -> GraphTensorIndex {
    switch model.layers[layer].feedForward {
    case .none: return stream
    case .plain(let width):
      let up = multiply(stream, by: .feedForwardUp, width: width, tokens: tokens)
      let activated = builder.op(.unary, rows(width, tokens), up)
      return multiply(activated, by: .feedForwardDown, width: hidden, tokens: tokens)
    case .dense(let width, let isFused):
      if isFused { return fusedBlock(stream, width: width, tokens: tokens) }
      return gatedBlock(
        stream, (.feedForwardGate, .feedForwardUp, .feedForwardDown), width: width,
        tokens: tokens)
    case .experts(let experts): return expertsBlock(stream, experts, tokens: tokens)
    }
  }

  private mutating func fusedBlock(
    _ stream: GraphTensorIndex, width: Int64, tokens: Int64
  ) -> GraphTensorIndex {
    let both = multiply(stream, by: .feedForwardUp, width: 2 * width, tokens: tokens)
    let activated = builder.op(.glu, rows(width, tokens), both)
    return multiply(activated, by: .feedForwardDown, width: hidden, tokens: tokens)
  }

  private mutating func gatedBlock(
    _ stream: GraphTensorIndex, _ roles: (gate: TensorRole, up: TensorRole, down: TensorRole),
    width: Int64, tokens: Int64
  ) -> GraphTensorIndex {
    let gate = multiply(stream, by: roles.gate, width: width, tokens: tokens)
    let up = multiply(stream, by: roles.up, width: width, tokens: tokens)
    let activated = builder.op(.glu, rows(width, tokens), gate, up)
    return multiply(activated, by: roles.down, width: hidden, tokens: tokens)
  }

  // MARK: Experts

  /// A mixture of experts, and the expert that every token uses.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-graph.cpp, `build_moe_ffn`.
  private mutating func expertsBlock(
    _ stream: GraphTensorIndex, _ experts: FeedForward.Experts, tokens: Int64
  ) -> GraphTensorIndex {
    let choice = route(stream, experts, tokens: tokens)
    let routed = routedExperts(stream, experts, choice, tokens: tokens)
    guard experts.sharedIntermediate > 0 else { return routed }
    var shared = gatedBlock(
      stream, (.sharedExpertGate, .sharedExpertUp, .sharedExpertDown),
      width: experts.sharedIntermediate, tokens: tokens)
    if inventory.shape(of: .sharedExpertRouter) != nil {
      let score = builder.op(.mulMat, rows(1, tokens), stream, weight: weight(.sharedExpertRouter))
      let gate = builder.op(.unary, rows(1, tokens), score)
      shared = builder.op(.mul, rows(hidden, tokens), shared, gate)
    }
    return builder.op(.add, rows(hidden, tokens), routed, shared)
  }

  /// The experts that each token uses, and their weights.
  private struct Choice {
    let selected: GraphTensorIndex
    let weights: GraphTensorIndex
  }

  private mutating func route(
    _ stream: GraphTensorIndex, _ experts: FeedForward.Experts, tokens: Int64
  ) -> Choice {
    let all = rows(experts.count, tokens)
    let used = rows(experts.used, tokens)
    let perExpert = SIMD4(1, experts.used, tokens, 1)
    let scores = multiply(stream, by: .router, width: experts.count, tokens: tokens)
    let isLast = traits.routing == .softmaxLast
    let probabilities = isLast ? scores : builder.op(.softMax, all, scores)
    let order = builder.op(.argsort, all, probabilities, element: .i32)
    let selected = builder.view(order, used)
    let chosen = builder.op(
      .getRows, perExpert, builder.view(probabilities, SIMD4(1, experts.count, tokens, 1)),
      selected)
    var weights = chosen
    var kept = [probabilities, scores, scores, probabilities, order, chosen]
    switch traits.routing {
    case .softmaxLast:
      let normalized = builder.op(.softMax, used, builder.view(chosen, used))
      weights = builder.view(normalized, perExpert)
    case .softmaxFirst(normalizes: true):
      let seen = builder.view(chosen, used)
      let sum = builder.op(.sumRows, rows(1, tokens), seen)
      let clamped = builder.op(.clamp, rows(1, tokens), sum)
      let normalized = builder.op(.div, used, seen, clamped)
      kept += [sum, clamped, normalized]
      weights = builder.view(normalized, perExpert)
    case .softmaxFirst(normalizes: false): break
    }
    builder.expand(weights)
    if !isLast, Self.fusesRouter(experts.count), let last = kept.last {
      builder.keep(kept, until: last)
    }
    return Choice(selected: selected, weights: weights)
  }

  /// Whether a GPU computes the router as one operation, and so keeps all of its parts.
  ///
  /// Source: ggml 0.25.3, ggml-cuda/topk-moe.cu, `ggml_cuda_should_use_topk_moe`.
  private static func fusesRouter(_ experts: Int64) -> Bool {
    experts.nonzeroBitCount == 1 && experts <= 512 || experts == 288 || experts == 576
  }

  private mutating func routedExperts(
    _ stream: GraphTensorIndex, _ experts: FeedForward.Experts, _ choice: Choice, tokens: Int64
  ) -> GraphTensorIndex {
    let wide = SIMD4(experts.intermediate, experts.used, tokens, 1)
    let narrow = SIMD4(hidden, experts.used, tokens, 1)
    let seen = builder.view(stream, SIMD4(hidden, 1, tokens, 1))
    let gate = expertProduct(seen, by: .expertGate, wide, choice)
    let up = expertProduct(seen, by: .expertUp, wide, choice)
    let activated = builder.op(.glu, wide, gate, up)
    let down = expertProduct(activated, by: .expertDown, narrow, choice)
    let weighted = builder.op(.mul, narrow, down, choice.weights)
    builder.expand(weighted)
    var sum = builder.view(weighted, rows(hidden, tokens))
    for _ in 1..<max(1, experts.used) {
      let next = builder.view(weighted, rows(hidden, tokens))
      sum = builder.op(.add, rows(hidden, tokens), sum, next)
      builder.expand(sum)
    }
    // A GPU adds up to 15 experts in one operation, which reads what went into the product.
    if (2...15).contains(experts.used) { builder.keep([down, choice.weights], until: sum) }
    return sum
  }

  private mutating func expertProduct(
    _ tensor: GraphTensorIndex, by role: TensorRole, _ shape: SIMD4<Int64>, _ choice: Choice
  ) -> GraphTensorIndex {
    let product = builder.op(.mulMatID, shape, tensor, choice.selected, weight: weight(role))
    guard inventory.hasBias(role) else { return product }
    return builder.op(.addID, shape, product, choice.selected, weight: weight(role, .bias))
  }
}
