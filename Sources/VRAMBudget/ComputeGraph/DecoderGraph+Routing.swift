/// The experts that each token uses, and their weights.
struct ExpertChoice {
  let selected: GraphTensorIndex
  let weights: GraphTensorIndex
}

/// How tokens find their experts.
///
/// Source: llama.cpp 0c1e57098, src/llama-graph.cpp, `build_moe_ffn`.
extension DecoderGraph {
  /// What the family's routing does with a model's scores.
  private struct RoutingSteps {
    enum Scores { case softmax, sigmoid, raw }

    let scores: Scores
    let normalizes: Bool
    let isScaled: Bool

    init(_ routing: GraphTraits.Routing, _ own: FeedForward.Routing, hasBias: Bool) {
      switch routing {
      case .softmaxFirst(let normalizes):
        (scores, self.normalizes, isScaled) = (.softmax, normalizes, false)
      case .softmaxLast: (scores, normalizes, isScaled) = (.raw, false, false)
      case .sigmoid(let normalizes):
        (scores, self.normalizes, isScaled) = (.sigmoid, normalizes, false)
      case .sigmoidOfInputs: (scores, normalizes, isScaled) = (.sigmoid, false, false)
      case .own:
        scores = hasBias ? .sigmoid : .softmax
        (normalizes, isScaled) = (own.normalizes, own.isScaled)
      }
    }
  }

  /// Chooses experts by the router's scores, and expands their weights.
  mutating func route(
    _ stream: GraphTensorIndex, _ experts: FeedForward.Experts, tokens: Int64
  ) -> ExpertChoice {
    let bias = inventory.selectionBias
    let steps = RoutingSteps(traits.routing, experts.routing, hasBias: bias != nil)
    let all = rows(experts.count, tokens)
    let used = rows(experts.used, tokens)
    let perExpert = SIMD4(1, experts.used, tokens, 1)
    let scores = multiply(stream, by: .router, width: experts.count, tokens: tokens)
    let probabilities: GraphTensorIndex
    switch steps.scores {
    case .softmax: probabilities = builder.op(.softMax, all, scores)
    case .sigmoid: probabilities = builder.op(.unary, all, scores)
    case .raw: probabilities = scores
    }
    var ranked = traits.routing == .sigmoidOfInputs ? scores : probabilities
    if let bias {
      ranked = builder.op(.add, all, probabilities, weight: weight(.expertSelection, bias))
    }
    let hasGroups = experts.routing.groups > 1
    if hasGroups { ranked = bestGroups(ranked, experts, tokens: tokens) }
    let order = sorted(ranked, all)
    let selected = builder.view(order, used)
    let chosen = builder.op(
      .getRows, perExpert, builder.view(probabilities, SIMD4(1, experts.count, tokens, 1)),
      selected)
    var weights = chosen
    var kept = [probabilities, scores, scores, probabilities, ranked, order, chosen]
    if traits.routing == .softmaxLast {
      let normalized = builder.op(.softMax, used, builder.view(chosen, used))
      weights = builder.view(normalized, perExpert)
    }
    if steps.normalizes {
      let seen = builder.view(chosen, used)
      let sum = builder.op(.sumRows, rows(1, tokens), seen)
      let clamped = builder.op(.clamp, rows(1, tokens), sum)
      let normalized = builder.op(.div, used, seen, clamped)
      kept += [sum, clamped, normalized]
      weights = builder.view(normalized, perExpert)
    }
    if steps.isScaled {
      weights = builder.op(.scale, perExpert, weights)
      kept.append(weights)
    }
    builder.expand(weights)
    let isFused =
      memory.keepsFusedSources && steps.scores != .raw && traits.routing != .sigmoidOfInputs
      && !hasGroups
      && Self.fusesRouter(experts.count)
    if isFused { builder.keepUntilNext(kept) }
    return ExpertChoice(selected: selected, weights: weights)
  }

  /// The order of numbers by their size.
  private mutating func sorted(
    _ numbers: GraphTensorIndex, _ shape: SIMD4<Int64>
  ) -> GraphTensorIndex {
    builder.op(
      .argsort, shape, numbers, element: .i32,
      workspace: memory.workspace(ofSorting: shape.elements))
  }

  /// Scores with those of all but the best groups of experts taken out.
  private mutating func bestGroups(
    _ scores: GraphTensorIndex, _ experts: FeedForward.Experts, tokens: Int64
  ) -> GraphTensorIndex {
    let groups = experts.routing.groups
    let size = experts.count / groups
    let grouped = builder.view(scores, SIMD4(size, groups, tokens, 1))
    let order = sorted(grouped, SIMD4(size, groups, tokens, 1))
    let best = builder.view(order, SIMD4(2, groups, tokens, 1))
    let scoresOfBest = builder.op(
      .getRows, SIMD4(1, 2, groups, tokens), builder.view(scores, SIMD4(1, size, groups, tokens)),
      best)
    let sums = builder.op(
      .sumRows, SIMD4(1, groups, tokens, 1),
      builder.view(scoresOfBest, SIMD4(2, groups, tokens, 1)))
    let groupOrder = sorted(
      builder.view(sums, rows(groups, tokens)), rows(groups, tokens))
    let used = max(1, experts.routing.usedGroups)
    let chosen = builder.view(groupOrder, rows(used, tokens))
    let kept = builder.op(.getRows, SIMD4(size, used, tokens, 1), grouped, chosen)
    let filled = builder.op(.fill, SIMD4(size, groups, tokens, 1), grouped)
    return builder.view(
      builder.setRows(in: filled, kept, at: chosen), rows(experts.count, tokens))
  }

  /// Whether a GPU computes the router as one operation, and so keeps all of its parts.
  ///
  /// Source: ggml 0.25.3, ggml-cuda/topk-moe.cu, `ggml_cuda_should_use_topk_moe`.
  private static func fusesRouter(_ experts: Int64) -> Bool {
    experts.nonzeroBitCount == 1 && experts <= 512 || experts == 288 || experts == 576
  }
}
