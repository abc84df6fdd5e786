internal import JSONDocuments
internal import VRAMBudget

/// Which layers rotate queries and keys.
enum RopeRule {
  case everywhere
  /// `no_rope_layers` holds 1 for a layer *with* RoPE; without the list every `interval`th has none.
  case byList(interval: Int64)
  /// None: positions come from a table or a bias of the attention (ALiBi).
  case nowhere
  /// Those that see a window only.
  case windowed
  /// The same, and all of a model without windows.
  case windowedIfAny
  /// Those that a list of RoPE bases gives more than 0.
  case byBases(key: String)

  /// Returns whether each layer rotates.
  ///
  /// - Parameter spans: What each layer sees.
  func layers(
    _ spans: [Attention.Span], _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    switch self {
    case .everywhere: return spans.map { _ in true }
    case .nowhere: return spans.map { _ in false }
    case .windowed: return spans.map { $0 != .full }
    case .windowedIfAny:
      let hasWindow = spans.contains { $0 != .full }
      return spans.map { !hasWindow || $0 != .full }
    case .byBases(let key): return try byBases(key, count: spans.count, configuration)
    case .byList(let defaultInterval):
      return try byList(defaultInterval, count: spans.count, configuration)
    }
  }

  private func byList(
    _ defaultInterval: Int64, count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    if let list = try configuration.optionalIntegers("no_rope_layers", in: 0...1), !list.isEmpty {
      guard list.count == count else {
        throw .contradiction(
          key: "no_rope_layers", what: "it has \(list.count) entries for \(count) layers")
      }
      return list.map { $0 == 1 }
    }
    let interval =
      try configuration.optionalInteger("no_rope_layer_interval", in: 1...1024)
      ?? defaultInterval
    return (0..<count).map { (Int64($0) + 1) % interval != 0 }
  }

  private func byBases(
    _ key: String, count: Int, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) -> [Bool] {
    let bases = try configuration.reading { () throws(JSONDocumentError) -> [Double]? in
      guard let list = try configuration.keys.optional(key) else { return nil }
      var numbers: [Double] = []
      for element in try list.elements() { numbers.append(try element.number()) }
      return numbers
    }
    guard let bases else { return Array(repeating: true, count: count) }
    guard bases.count == count else {
      throw .contradiction(key: key, what: "it has \(bases.count) entries for \(count) layers")
    }
    return bases.map { $0 > 0 }
  }
}
