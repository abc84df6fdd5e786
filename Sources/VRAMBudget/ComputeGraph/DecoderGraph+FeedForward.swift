/// What follows the mixer of a layer.
extension DecoderGraph {
  /// The feed-forward from the normalized stream to what is added to the residual.
  ///
  /// - Parameter residual: What the stream was normalized from, which some normalize once more.
  mutating func feedForwardBlock(
    _ stream: GraphTensorIndex, normalizedFrom residual: GraphTensorIndex, tokens: Int64
  ) -> GraphTensorIndex {
    switch model.layers[layer].feedForward {
    case .none: return stream
    case .plain(let width):
      let up = multiply(stream, by: .feedForwardUp, width: width, tokens: tokens)
      return multiply(activated(up), by: .feedForwardDown, width: hidden, tokens: tokens)
    case .dense(let width, let isFused):
      if isFused { return fusedBlock(stream, width: width, tokens: tokens) }
      return gatedBlock(
        stream, (.feedForwardGate, .feedForwardUp, .feedForwardDown), width: width,
        tokens: tokens)
    case .experts(let experts):
      return inventory.hasNorm(.expertInputNorm)
        ? expertsBesideBlock(stream, normalizedFrom: residual, experts, tokens: tokens)
        : expertsBlock(stream, experts, tokens: tokens)
    }
  }

  /// The activation of a feed-forward without a gate.
  private mutating func activated(_ tensor: GraphTensorIndex) -> GraphTensorIndex {
    let shape = shape(of: tensor)
    let activated = builder.op(.unary, shape, tensor)
    return traits.squaresActivation ? builder.op(.sqr, shape, activated) : activated
  }

  private mutating func fusedBlock(
    _ stream: GraphTensorIndex, width: Int64, tokens: Int64
  ) -> GraphTensorIndex {
    let both = multiply(stream, by: .feedForwardUp, width: 2 * width, tokens: tokens)
    let activated = builder.op(.glu, rows(width, tokens), both)
    return multiply(activated, by: .feedForwardDown, width: hidden, tokens: tokens)
  }

  mutating func gatedBlock(
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
    // Experts may work on shorter vectors (Nemotron 3 Super).
    var input = stream
    if let latent = inventory.shape(of: .expertLatentDown)?.rows {
      input = multiply(stream, by: .expertLatentDown, width: latent, tokens: tokens)
    }
    let choice = route(stream, experts, tokens: tokens)
    var routed = routedExperts(input, experts, choice, tokens: tokens)
    if inventory.shape(of: .expertLatentUp) != nil {
      routed = multiply(routed, by: .expertLatentUp, width: hidden, tokens: tokens)
    }
    guard experts.sharedIntermediate > 0 else { return routed }
    var shared = sharedExpert(stream, width: experts.sharedIntermediate, tokens: tokens)
    if inventory.shape(of: .sharedExpertRouter) != nil {
      let score = builder.op(.mulMat, rows(1, tokens), stream, weight: weight(.sharedExpertRouter))
      let gate = builder.op(.unary, rows(1, tokens), score)
      shared = builder.op(.mul, rows(hidden, tokens), shared, gate)
    }
    return builder.op(.add, rows(hidden, tokens), routed, shared)
  }

  private mutating func sharedExpert(
    _ stream: GraphTensorIndex, width: Int64, tokens: Int64
  ) -> GraphTensorIndex {
    guard inventory.shape(of: .sharedExpertGate) == nil else {
      return gatedBlock(
        stream, (.sharedExpertGate, .sharedExpertUp, .sharedExpertDown), width: width,
        tokens: tokens)
    }
    let up = multiply(stream, by: .sharedExpertUp, width: width, tokens: tokens)
    return multiply(activated(up), by: .sharedExpertDown, width: hidden, tokens: tokens)
  }

  mutating func routedExperts(
    _ stream: GraphTensorIndex, _ experts: FeedForward.Experts, _ choice: ExpertChoice,
    tokens: Int64
  ) -> GraphTensorIndex {
    let wide = SIMD4(experts.intermediate, experts.used, tokens, 1)
    let length = shape(of: stream).x
    let narrow = SIMD4(length, experts.used, tokens, 1)
    var seen = builder.view(stream, SIMD4(length, 1, tokens, 1))
    if traits.routing == .sigmoidOfInputs {
      let repeated = builder.op(.repeated, narrow, seen)
      seen = builder.op(.mul, narrow, repeated, choice.weights)
    }
    let up = { (graph: inout DecoderGraph) in
      graph.expertProduct(seen, by: .expertUp, wide, choice)
    }
    let activation: GraphTensorIndex
    if inventory.shape(of: .expertGateUp) != nil {
      let both = expertProduct(
        seen, by: .expertGateUp, SIMD4(2 * experts.intermediate, experts.used, tokens, 1), choice)
      activation = builder.op(.glu, wide, builder.view(both, wide), builder.view(both, wide))
    } else if inventory.shape(of: .expertGate) != nil {
      let gate = expertProduct(seen, by: .expertGate, wide, choice)
      activation = builder.op(.glu, wide, gate, up(&self))
    } else {
      activation = activated(up(&self))
    }
    let down = expertProduct(activation, by: .expertDown, narrow, choice)
    let weighted =
      traits.routing == .sigmoidOfInputs ? down : builder.op(.mul, narrow, down, choice.weights)
    builder.expand(weighted)
    var sum = builder.view(weighted, rows(length, tokens))
    for _ in 1..<max(1, experts.used) {
      let next = builder.view(weighted, rows(length, tokens))
      sum = builder.op(.add, rows(length, tokens), sum, next)
      builder.expand(sum)
    }
    if experts.used == 1 { sum = builder.op(.cont, rows(length, tokens), sum) }
    // A GPU adds up to 15 experts in one operation, which reads what went into the products.
    if memory.keepsFusedSources, (2...15).contains(experts.used), weighted != down {
      let factors = inventory.hasScale(.expertDown) ? builder.sources(of: down) : [down]
      builder.keep(factors + [choice.weights], until: sum)
    }
    return sum
  }

  private mutating func expertProduct(
    _ tensor: GraphTensorIndex, by role: TensorRole, _ shape: SIMD4<Int64>, _ choice: ExpertChoice
  ) -> GraphTensorIndex {
    let experts = inventory.shape(of: role)?.dimensions.last ?? 1
    var product = builder.op(
      .mulMatID, shape, tensor, choice.selected, weight: weight(role),
      workspace: memory.workspace(ofExperts: experts, tokens: shape.z))
    if inventory.hasScale(role) { product = scaled(product, by: role, choice) }
    guard inventory.hasBias(role) else { return product }
    return builder.op(.addID, shape, product, choice.selected, weight: weight(role, .bias))
  }

  /// A product with experts, each of which has a scale of its own.
  private mutating func scaled(
    _ product: GraphTensorIndex, by role: TensorRole, _ choice: ExpertChoice
  ) -> GraphTensorIndex {
    let shape = shape(of: product)
    let count = inventory.shape(of: role)?.dimensions.last ?? 1
    let all = builder.op(
      .repeated, SIMD4(1, count, shape.z, 1), weight: weight(role, .scale))
    let chosen = builder.op(.getRows, SIMD4(1, shape.y, shape.z, 1), all, choice.selected)
    return builder.op(.mul, shape, product, chosen)
  }
}
