extension LlamaCpp {
  /// The architectures whose sliding windows llama.cpp does not use: their cache keeps every token.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-model.cpp (`swa_type` stays none for these; it is
  /// switched off for phi3).
  private static let fullCaches = ["llama", "qwen2", "qwen3", "smollm3", "phi3"]

  /// What one layer's cache takes, for grouping layers that are alike.
  private struct LayerCache: Equatable {
    let row: CacheRow
    let place: Place
  }

  /// The KV cache of each place; a layer's cache lies where the layer does.
  ///
  /// Every cell holds one token's row of keys and one of values, for every layer with attention,
  /// whether or not it is ever filled.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-kv-cache.cpp, `llama_kv_cache::llama_kv_cache`.
  func cacheLines() throws(RuntimeError) -> [BudgetLine] {
    var kinds: [(cache: LayerCache, layers: Int64)] = []
    for (index, layer) in model.layers.enumerated() {
      guard layer.recurrentStates.isEmpty else {
        throw .layerNotPriced(runtime: .llamaCpp, layer: index, what: "a recurrent state")
      }
      for row in layer.cacheRows {
        guard row.span == .full || Self.fullCaches.contains(model.architecture.ggufName),
          row.valueDimension > 0
        else {
          throw .layerNotPriced(runtime: .llamaCpp, layer: index, what: "a window or latent cache")
        }
        try check(row, format: settings.keyFormat, dimension: row.keyDimension, layer: index)
        try check(row, format: settings.valueFormat, dimension: row.valueDimension, layer: index)
        let cache = LayerCache(row: row, place: placement.layers[index])
        if let known = kinds.firstIndex(where: { $0.cache == cache }) {
          kinds[known].layers += 1
        } else {
          kinds.append((cache, 1))
        }
      }
    }
    return places.compactMap { place in
      let terms = kinds.filter { $0.cache.place == place }.flatMap { cache, layers in
        cacheTerms(for: cache.row, layers: layers, in: place)
      }
      guard !terms.isEmpty else { return nil }
      return BudgetLine(
        exactly: .keyValueCache, on: place, formula: Formula(terms),
        source: "\(Self.version), src/llama-kv-cache.cpp")
    }
  }

  /// A head must be a whole number of the format's blocks, and so must the row.
  private func check(
    _ row: CacheRow, format: TensorFormat, dimension: Int64, layer: Int
  ) throws(RuntimeError) {
    guard dimension.isMultiple(of: format.rowUnit) else {
      throw .cacheRowNotDivisible(
        layer: layer, elements: dimension, format: format.name, unit: format.rowUnit)
    }
  }

  private func cacheTerms(
    for row: CacheRow, layers: Int64, in place: Place
  ) -> [Formula.Term] {
    let isSymmetric =
      settings.keyFormat == settings.valueFormat && row.keyDimension == row.valueDimension
    let parts: [(String, Int64, TensorFormat, Int64)] =
      isSymmetric
      ? [("", 2, settings.keyFormat, row.keyDimension)]
      : [
        ("K", 1, settings.keyFormat, row.keyDimension),
        ("V", 1, settings.valueFormat, row.valueDimension),
      ]
    return parts.flatMap { label, tensors, format, dimension in
      terms(
        label: label, tensors: tensors, layers: layers, heads: row.heads, dimension: dimension,
        format: format, in: place)
    }
  }

  private func terms(
    label: String, tensors: Int64, layers: Int64, heads: Int64, dimension: Int64,
    format: TensorFormat, in place: Place
  ) -> [Formula.Term] {
    guard case .blocks(let unit, let bytes) = format.layout else { return [] }
    var factors: [Formula.Factor] = [
      .init(layers, .layers), .init(heads, .keyValueHeads), .init(dimension, .headDimension),
    ]
    if tensors == 2 { factors.append(.init(2, .keysAndValues)) }
    factors.append(.init(bytes, unit == 1 ? .bytesPerElement : .bytesPerBlock))
    factors.append(.init(context.cells, .cells))
    if context.streams > 1 { factors.append(.init(context.streams, .streams)) }
    let stored = Formula.Term(label, factors, dividedBy: unit)
    let tensorBytes = Bytes(
      heads * dimension / unit * bytes * context.cells * context.streams)
    let padding =
      GGMLBufferType(backend: backend(of: place))
      .allocated(tensorBytes, rowElements: heads * dimension, format: format) - tensorBytes
    guard padding > .zero else { return [stored] }
    return [
      stored,
      Formula.Term(
        "\(label) row padding".drop { $0 == " " }.description,
        [
          .init(layers, .layers), .init(tensors, tensors == 2 ? .keysAndValues : .copies),
          .init(padding.count, .bytes),
        ]),
    ]
  }
}
