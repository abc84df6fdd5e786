internal import VRAMBudget

extension GGUFLayers {
  /// Returns what follows the mixers of a layer.
  ///
  /// - Throws: ``GGUFModelError`` when its tensors are not those of any feed-forward that is known.
  func feedForward(of layer: Int) throws(GGUFModelError) -> FeedForward {
    let weights = weights[layer]
    let down = weights[.feedForwardDown]
    if let expertDown = weights[.expertDown] {
      let count = expertDown.dimensions.count == 3 ? expertDown.dimensions[2] : 1
      return .experts(
        FeedForward.Experts(
          count: count, used: try usedExperts(layer, of: count),
          intermediate: expertDown.rowElements,
          // A dense feed-forward beside the experts is what every token uses (Gemma 4).
          sharedIntermediate: (weights[.sharedExpertDown] ?? down)?.rowElements ?? 0,
          routing: try routing()))
    }
    guard let down else { return .none }
    guard weights[.feedForwardGate] == nil else {
      return .dense(intermediate: down.rowElements, isFused: false)
    }
    guard let up = weights[.feedForwardUp] else {
      throw .missingTensor("blk.\(layer).ffn_up.weight")
    }
    return up.rows == 2 * down.rowElements
      ? .dense(intermediate: down.rowElements, isFused: true)
      : .plain(intermediate: down.rowElements)
  }

  /// What the file says of its router.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-model.cpp, `load_hparams`.
  private func routing() throws(GGUFModelError) -> FeedForward.Routing {
    let scale = try keys.optionalNumber("expert_weights_scale") ?? 1
    return FeedForward.Routing(
      groups: try keys.optionalInteger("expert_group_count", in: 0...4096) ?? 1,
      usedGroups: try keys.optionalInteger("expert_group_used_count", in: 0...4096) ?? 1,
      normalizes: try keys.optionalBool("expert_weights_norm") ?? false,
      isScaled: scale != 0 && scale != 1)
  }

  private func usedExperts(_ layer: Int, of count: Int64) throws(GGUFModelError) -> Int64 {
    let key = "expert_used_count"
    guard
      let used = try keys.optionalIntegers(key, layers: self.weights.count, in: 0...4096)?[layer]
    else { throw .metadata(.missing(key: keys.name(key))) }
    guard used > 0, used <= count else {
      throw .contradiction(
        key: keys.name(key), what: "a token cannot use \(used) of \(count) in layer \(layer)")
    }
    return used
  }
}
