internal import JSONDocuments
internal import VRAMBudget

extension FeedForward.Routing {
  /// Reads what a configuration says of its router, as llama.cpp's converter hands it on.
  ///
  /// - Parameter isOwn: Whether the family leaves normalization and scale to the model.
  ///
  /// Source: llama.cpp 0c1e57098, conversion/base.py (`n_group`) and the families' classes.
  init(_ configuration: ModelConfiguration, isOwn: Bool) throws(ConfigurationError) {
    let groups = try configuration.optionalInteger("n_group", in: 0...4096) ?? 1
    let used = try configuration.optionalInteger("topk_group", in: 0...4096) ?? 1
    guard isOwn else {
      self.init(groups: groups, usedGroups: used)
      return
    }
    let scale = try configuration.reading { () throws(JSONDocumentError) -> Double? in
      for key in ["routed_scaling_factor", "router_scaling_factor", "moe_routed_scaling_factor"] {
        if let number = try configuration.keys.optional(key)?.number() { return number }
      }
      return nil
    }
    self.init(
      groups: groups, usedGroups: used,
      normalizes: try configuration.bool("norm_topk_prob", default: false),
      isScaled: scale.map { $0 != 0 && $0 != 1 } ?? false)
  }
}
