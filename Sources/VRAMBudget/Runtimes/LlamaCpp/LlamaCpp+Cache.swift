extension LlamaCpp {
  /// What the cache of several layers takes, each of which is the same.
  private struct LayerCache: Equatable {
    let row: CacheRow
    let place: Place
    let cells: Int64
    /// The elements of a token's values as they are stored.
    let valueElements: Int64

    var hasPaddedValues: Bool { valueElements != row.valueElements }
  }

  /// The KV cache of each place.
  ///
  /// Every cell holds one token's row of keys and one of values, for every layer with attention,
  /// whether or not it is ever filled. Without fused attention values are stored transposed, and
  /// then every layer's take as much as the widest layer's.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-kv-cache.cpp, `llama_kv_cache::llama_kv_cache`.
  func cacheLines(usesFlashAttention: Bool) throws(RuntimeError) -> [BudgetLine] {
    let widest = model.layers.lazy.flatMap(\.cacheRows).map(\.valueElements).max() ?? 0
    var kinds: [(cache: LayerCache, layers: Int64)] = []
    for (index, layer) in model.layers.enumerated() {
      for row in layer.cacheRows {
        try check(row, layer: index)
        let isPadded = !usesFlashAttention && row.valueDimension > 0
        let cache = LayerCache(
          row: row, place: cachePlace(ofLayer: index), cells: cells(of: row),
          valueElements: isPadded ? widest : row.valueElements)
        if let known = kinds.firstIndex(where: { $0.cache == cache }) {
          kinds[known].layers += 1
        } else {
          kinds.append((cache, 1))
        }
      }
    }
    return places.compactMap { place in
      let terms = kinds.filter { $0.cache.place == place }.flatMap { cache, layers in
        cacheTerms(for: cache, layers: layers)
      }
      guard !terms.isEmpty else { return nil }
      return BudgetLine(
        exactly: .keyValueCache, on: place, formula: Formula(terms),
        source: "\(Self.version), src/llama-kv-cache.cpp")
    }
  }

  /// The cells of a layer's cache, for each stream.
  private func cells(of row: CacheRow) -> Int64 {
    guard usesWindows, !settings.keepsFullWindows, let window = row.span.tokens else {
      return context.cells
    }
    return context.cells(window: window)
  }

  /// A head must be a whole number of the format's blocks; a latent cache has one format.
  private func check(_ row: CacheRow, layer: Int) throws(RuntimeError) {
    if row.valueDimension == 0, settings.keyFormat != settings.valueFormat {
      throw .latentCacheNeedsOneFormat(settings.keyFormat.name, settings.valueFormat.name)
    }
    for (format, dimension) in [
      (settings.keyFormat, row.keyDimension), (settings.valueFormat, row.valueDimension),
    ] where !dimension.isMultiple(of: format.rowUnit) {
      throw .cacheRowNotDivisible(
        layer: layer, elements: dimension, format: format.name, unit: format.rowUnit)
    }
  }

  private func cacheTerms(for cache: LayerCache, layers: Int64) -> [Formula.Term] {
    let row = cache.row
    let label = cache.cells < context.cells ? "windows" : ""
    guard row.valueDimension > 0 else {
      return terms(
        label: label, tensors: 1, layers: layers, heads: nil, dimension: row.keyDimension,
        format: settings.keyFormat, cache)
    }
    if settings.keyFormat == settings.valueFormat, row.keyDimension == row.valueDimension,
      !cache.hasPaddedValues
    {
      return terms(
        label: label, tensors: 2, layers: layers, heads: row.heads,
        dimension: row.keyDimension, format: settings.keyFormat, cache)
    }
    let prefix = label.isEmpty ? "" : label + " "
    return terms(
      label: prefix + "K", tensors: 1, layers: layers, heads: row.heads,
      dimension: row.keyDimension, format: settings.keyFormat, cache)
      + terms(
        label: prefix + "V", tensors: 1, layers: layers,
        heads: cache.hasPaddedValues ? nil : row.heads,
        dimension: cache.hasPaddedValues ? cache.valueElements : row.valueDimension,
        format: settings.valueFormat, cache)
  }

  private func terms(
    label: String, tensors: Int64, layers: Int64, heads: Int64?, dimension: Int64,
    format: TensorFormat, _ cache: LayerCache
  ) -> [Formula.Term] {
    guard case .blocks(let unit, let bytes) = format.layout else { return [] }
    var factors: [Formula.Factor] = [.init(layers, .layers)]
    if let heads { factors.append(.init(heads, .keyValueHeads)) }
    factors.append(.init(dimension, heads == nil ? .rowElements : .headDimension))
    if tensors == 2 { factors.append(.init(2, .keysAndValues)) }
    factors.append(.init(bytes, unit == 1 ? .bytesPerElement : .bytesPerBlock))
    factors.append(.init(cache.cells, .cells))
    if context.streams > 1 { factors.append(.init(context.streams, .streams)) }
    let stored = Formula.Term(label, factors, dividedBy: unit)
    let rowElements = (heads ?? 1) * dimension
    let tensorBytes = Bytes(rowElements / unit * bytes * cache.cells * context.streams)
    let padding =
      GGMLBufferType(backend: backend(of: cache.place))
      .allocated(tensorBytes, rowElements: rowElements, format: format) - tensorBytes
    guard padding > .zero else { return [stored] }
    return [
      stored,
      Formula.Term(
        label.isEmpty ? "row padding" : label + " row padding",
        [
          .init(layers, .layers), .init(tensors, tensors == 2 ? .keysAndValues : .times),
          .init(padding.count, .bytes),
        ]),
    ]
  }

  /// The states of recurrent layers in each place: always f32, for each sequence, whatever the
  /// context and the cache's format.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-memory-recurrent.cpp; src/llama-hparams.cpp, `n_embd_r`
  /// and `n_embd_s`.
  func stateLines() throws(RuntimeError) -> [BudgetLine] {
    places.compactMap { place in
      var kinds: [(state: RecurrentState, layers: Int64)] = []
      for (index, layer) in model.layers.enumerated() where cachePlace(ofLayer: index) == place {
        for state in layer.recurrentStates {
          if let known = kinds.firstIndex(where: { $0.state == state }) {
            kinds[known].layers += 1
          } else {
            kinds.append((state, 1))
          }
        }
      }
      guard !kinds.isEmpty else { return nil }
      let terms = kinds.map { state, layers in
        Formula.Term(
          state.kind.rawValue,
          [
            .init(layers, .layers),
            .init(state.convolutionElements + state.stateElements, .elements),
            .init(4, .bytesPerElement), .init(context.sequences, .sequences),
          ])
      }
      return BudgetLine(
        exactly: .recurrentState, on: place, formula: Formula(terms),
        source: "\(Self.version), src/llama-memory-recurrent.cpp")
    }
  }
}
