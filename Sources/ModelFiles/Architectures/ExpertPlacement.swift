internal import JSONDocuments

/// Which layers have experts; the others are dense.
///
/// Where classes and converters read other keys than each other, the keys must agree.
///
/// Source: transformers 5.23.0, models/<type>/configuration_<type>.py, `__post_init__`; for
/// `moe_layer_freq`, modeling_deepseek.py in deepseek-ai/DeepSeek-V2.
enum ExpertPlacement {
  case everywhere
  /// Those after the first few.
  case afterLead(key: String)
  /// Every `decoder_sparse_step`th that is not in `mlp_only_layers`.
  case sparseStep
  /// Every so many layers, the last of each group; or those that `moe_layers` lists.
  case interleaved(key: String)
  /// As `mlp_layer_types` says, or those after the first few where `lead` is given.
  case byTypes(lead: String?)
  /// As `mlp_layer_types` says, or as the list of zeros and ones under a key.
  case byFlags(key: String)
  /// From `moe_layer_start_index` to `moe_layer_end_index`, every `moe_layer_interval`th.
  case ernie

  /// Returns whether each layer has experts.
  ///
  /// - Throws: ``ConfigurationError/unreadable(_:)`` where a key is missing that classes of the
  ///   family do not agree on.
  func layers(
    count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    switch self {
    case .everywhere: return Array(repeating: true, count: count)
    case .afterLead(let key):
      try Requirement.number("moe_layer_freq", 1).check(hidden: 0, configuration)
      let lead = try configuration.integer(key, in: 0...1024)
      return (0..<count).map { Int64($0) >= lead }
    case .sparseStep:
      let step = try configuration.optionalInteger("decoder_sparse_step", in: 1...1024) ?? 1
      let dense = try configuration.optionalIntegers("mlp_only_layers", in: 0...1024) ?? []
      return (0..<count).map { !dense.contains(Int64($0)) && (Int64($0) + 1) % step == 0 }
    case .interleaved(let key): return try interleaved(key, count: count, configuration)
    case .byTypes(let lead): return try byTypes(lead: lead, count: count, configuration)
    case .byFlags(let key):
      guard !configuration.keys.has("mlp_layer_types") else {
        return try byTypes(lead: nil, count: count, configuration)
      }
      return try configuration.integersPerLayer(key, layers: count, in: 0...1).map { $0 == 1 }
    case .ernie:
      let first = try configuration.integer("moe_layer_start_index", in: 0...1024)
      let last = try configuration.optionalInteger("moe_layer_end_index", in: -1...1024) ?? -1
      let step = try configuration.integer("moe_layer_interval", in: 1...1024)
      return (0..<count).map { index in
        let layer = Int64(index)
        return layer >= first && (last < 0 || layer <= last) && (layer + 1) % step == 0
      }
    }
  }

  private func byTypes(
    lead: String?, count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let types = try configuration.optionalTexts("mlp_layer_types")
    guard
      let isSparse = try configuration.flags(
        types, isTrue: ["sparse"], isFalse: ["dense"], key: "mlp_layer_types")
    else {
      guard let lead else { throw .contradiction(key: "mlp_layer_types", what: "it is not there") }
      return try ExpertPlacement.afterLead(key: lead).layers(count: count, configuration)
    }
    guard isSparse.count == count else {
      throw .contradiction(
        key: "mlp_layer_types", what: "it has \(isSparse.count) entries for \(count) layers")
    }
    guard let lead, let dense = try configuration.optionalInteger(lead, in: 0...1024) else {
      return isSparse
    }
    guard isSparse == (0..<count).map({ Int64($0) >= dense }) else {
      throw .contradiction(
        key: lead, what: "it is \(dense), but 'mlp_layer_types' has other dense layers")
    }
    return isSparse
  }

  /// transformers goes by the list, llama.cpp by the step.
  private func interleaved(
    _ key: String, count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let given = try configuration.optionalInteger(key, in: 1...1024)
    let byStep = (0..<count).map { (Int64($0) + 1) % (given ?? 1) == 0 }
    guard let list = try configuration.optionalIntegers("moe_layers", in: 0...1024) else {
      return byStep
    }
    let listed = (0..<count).map { list.contains(Int64($0)) }
    guard given == nil || listed == byStep else {
      throw .contradiction(
        key: "moe_layers", what: "it is not every layer that '\(key)' of \(given ?? 1) gives")
    }
    return listed
  }
}
