internal import VRAMBudget

/// What a family's rules and a file's keys say of each layer.
extension GGUFArchitecture {
  private static let pattern = "attention.sliding_window_pattern"

  /// Returns each layer's span.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-model.cpp, `load_swa_pattern`; src/llama-hparams.cpp,
  /// `set_swa_pattern`.
  ///
  /// - Throws: ``GGUFModelError`` when a key is of another kind, or a list of another length.
  func spans(
    layers: Int, _ keys: GGUFKeys
  ) throws(GGUFModelError) -> [Attention.Span] {
    let full = Array(repeating: Attention.Span.full, count: layers)
    let given = try keys.optionalInteger("attention.sliding_window", in: 0...(1 << 27))
    let (tokens, period): (Int64, Int64)
    switch window {
    case .never: return full
    case .pattern(let every), .leadingPattern(let every): (tokens, period) = (given ?? 0, every)
    case .patternOf(let usual, let every): (tokens, period) = (given ?? usual, every)
    case .patternIn(let count, let usual, let every):
      guard layers == count else { return full }
      (tokens, period) = (given ?? usual, every)
    case .chunks(let usual, let every): (tokens, period) = (given == 0 ? 0 : usual, every)
    case .listed:
      (tokens, period) = (try keys.integer("attention.sliding_window", in: 1...(1 << 27)), 0)
    }
    guard tokens > 0 else { return full }
    let limited = limited(to: tokens)
    if let flags = try keys.optionalFlags(Self.pattern, layers: layers) {
      return flags.map { $0 ? limited : .full }
    }
    if case .listed = window {
      throw .metadata(.missing(key: keys.name(Self.pattern)))
    }
    let every = try keys.optionalInteger(Self.pattern, in: 0...1024) ?? period
    guard every > 0 else { return full.map { _ in limited } }
    return (0..<layers).map { isFull(layer: Int64($0), every) ? .full : limited }
  }

  private func limited(to tokens: Int64) -> Attention.Span {
    if case .chunks = window { return .chunked(tokens: tokens) }
    return .sliding(tokens: tokens)
  }

  private func isFull(layer: Int64, _ period: Int64) -> Bool {
    if case .leadingPattern = window { return layer % period == 0 }
    return (layer + 1) % period == 0
  }

  /// Returns whether each layer rotates queries and keys.
  ///
  /// - Parameter spans: What each layer sees.
  func rotary(
    _ spans: [Attention.Span], _ keys: GGUFKeys
  ) throws(GGUFModelError) -> [Bool] {
    switch rotation {
    case .everywhere: return spans.map { _ in true }
    case .nowhere: return spans.map { _ in false }
    case .exceptEvery(let interval):
      return spans.indices.map { (Int64($0) + 1) % interval != 0 }
    case .windowed: return spans.map { $0 != .full }
    case .windowedIfAny:
      let hasWindow = spans.contains { $0 != .full }
      return spans.map { !hasWindow || $0 != .full }
    case .switched:
      let isOn = try keys.optionalBool("rope.scaling.finetuned") ?? true
      return spans.map { _ in isOn }
    case .listed:
      return try keys.optionalFlags("attention.rope_pattern", layers: spans.count)
        ?? spans.map { _ in true }
    }
  }

  /// Returns the layer whose cache each layer reads in place of one of its own; nil for those that
  /// have one.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-model.cpp, `create_memory` (`reuse`).
  func cacheSources(
    _ spans: [Attention.Span], _ keys: GGUFKeys
  ) throws(GGUFModelError) -> [Int?] {
    let own: Int
    switch sharedCache {
    case .none: return spans.map { _ in nil }
    case .after(let layers): own = layers
    case .byKey:
      own =
        spans.count
        - Int(try keys.optionalInteger("attention.shared_kv_layers", in: 0...1024) ?? 0)
    }
    guard own < spans.count else { return spans.map { _ in nil } }
    guard own >= 2, spans[own - 1] == .full, spans[own - 2] != .full else {
      throw .contradiction(
        key: keys.name("attention.shared_kv_layers"),
        what: "before layer \(own) there is no cache of a window and then one of all tokens")
    }
    return spans.indices.map { layer in
      layer < own ? nil : spans[layer] == .full ? own - 1 : own - 2
    }
  }

  /// Returns whether each layer has an indexer of its own.
  ///
  /// Source: llama.cpp 0c1e57098, src/models/glm-dsa.cpp, `GLM_5_2_DEFAULT_INDEXER_TYPES`.
  func indexed(
    layers: Int, context: Int64, _ keys: GGUFKeys
  ) throws(GGUFModelError) -> [Bool] {
    switch indexers {
    case .none: return Array(repeating: false, count: layers)
    case .everywhere: return Array(repeating: true, count: layers)
    case .listed:
      if let flags = try keys.optionalFlags("attention.indexer.types", layers: layers) {
        return flags
      }
      return (0..<layers).map { context < 1 << 20 || $0 < 2 || ($0 - 2) % 4 == 0 }
    }
  }
}
