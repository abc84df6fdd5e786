extension LlamaCpp {
  /// What the cache of several layers takes, each of which is the same.
  private struct LayerCache {
    let row: CacheRow
    let layers: Int64
    let cells: Int64
    /// The elements of a token's values as they are stored.
    let valueElements: Int64
    let buffers: GGMLBufferType

    var hasPaddedValues: Bool { valueElements != row.valueElements }
  }

  /// The KV cache of each place.
  ///
  /// Every cell holds one token's row of keys and one of values, for every layer with attention,
  /// whether or not it is ever filled. With fused attention off values are stored transposed, and
  /// then every layer's take as much as the widest layer's.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-kv-cache.cpp, `llama_kv_cache::llama_kv_cache`.
  func enterCaches(in ledger: inout Ledger) throws(RuntimeError) {
    for kind in layout.caches { try check(kind.row, layer: kind.firstLayer) }
    for place in layout.places {
      var sum = ledger.sum()
      for kind in layout.caches where kind.place == place {
        let isPadded = settings.transposesValues && kind.row.valueDimension > 0
        let cache = LayerCache(
          row: kind.row, layers: kind.layers, cells: cells(of: kind.row),
          valueElements: isPadded ? layout.model.widestValue : kind.row.valueElements,
          buffers: GGMLBufferType(backend: layout.backend(of: place)))
        add(cache, to: &sum)
      }
      guard sum.count > 0 else { continue }
      ledger.enter(
        exactly: .keyValueCache, on: place, sum,
        source: "\(Self.version), src/llama-kv-cache.cpp")
    }
  }

  /// The cells of a layer's cache, for each stream.
  private func cells(of row: CacheRow) -> Int64 {
    guard layout.model.usesWindows, !settings.keepsFullWindows, let window = row.span.tokens else {
      return context.cells
    }
    return context.cells(window: window)
  }

  /// A head must be a whole number of the format's blocks; a latent cache has one format.
  private func check(_ row: CacheRow, layer: Int) throws(RuntimeError) {
    if row.valueDimension == 0, settings.keyFormat != settings.valueFormat {
      throw .latentCacheNeedsOneFormat(settings.keyFormat.name, settings.valueFormat.name)
    }
    try check(row.keyDimension, in: settings.keyFormat, layer: layer)
    try check(row.valueDimension, in: settings.valueFormat, layer: layer)
  }

  private func check(
    _ dimension: Int64, in format: TensorFormat, layer: Int
  ) throws(RuntimeError) {
    guard dimension.isMultiple(of: format.rowUnit) else {
      throw .cacheRowNotDivisible(
        layer: layer, elements: dimension, format: format.name, unit: format.rowUnit)
    }
  }

  private func add(_ cache: LayerCache, to sum: inout ExplainedSum) {
    let row = cache.row
    let isWindow = cache.cells < context.cells
    guard row.valueDimension > 0 else {
      return add(
        isWindow ? "windows" : "", tensors: 1, heads: nil, dimension: row.keyDimension,
        format: settings.keyFormat, cache, to: &sum)
    }
    if row.keyDimension == row.valueDimension, !cache.hasPaddedValues,
      settings.keyFormat == settings.valueFormat
    {
      return add(
        isWindow ? "windows" : "", tensors: 2, heads: row.heads, dimension: row.keyDimension,
        format: settings.keyFormat, cache, to: &sum)
    }
    add(
      isWindow ? "windows K" : "K", tensors: 1, heads: row.heads, dimension: row.keyDimension,
      format: settings.keyFormat, cache, to: &sum)
    add(
      isWindow ? "windows V" : "V", tensors: 1, heads: cache.hasPaddedValues ? nil : row.heads,
      dimension: cache.hasPaddedValues ? cache.valueElements : row.valueDimension,
      format: settings.valueFormat, cache, to: &sum)
  }

  private func add(
    _ label: String, tensors: Int64, heads: Int64?, dimension: Int64, format: TensorFormat,
    _ cache: LayerCache, to sum: inout ExplainedSum
  ) {
    guard case .blocks(let unit, let bytes) = format.layout else { return }
    sum.add(
      label, .init(cache.layers, .layers), heads.map { .init($0, .keyValueHeads) },
      .init(dimension, heads == nil ? .rowElements : .headDimension),
      tensors == 2 ? .init(2, .keysAndValues) : nil,
      .init(bytes, unit == 1 ? .bytesPerElement : .bytesPerBlock), .init(cache.cells, .cells),
      context.streams > 1 ? .init(context.streams, .streams) : nil, dividedBy: unit)
    let rowElements = (heads ?? 1) * dimension
    let tensorBytes = Bytes(rowElements / unit * bytes * cache.cells * context.streams)
    let padding =
      cache.buffers.allocated(tensorBytes, rowElements: rowElements, format: format) - tensorBytes
    guard padding > .zero else { return }
    sum.add(
      label.isEmpty ? "row padding" : label + " row padding", .init(cache.layers, .layers),
      .init(tensors, tensors == 2 ? .keysAndValues : .times), .init(padding.count, .bytes))
  }

  /// The states of recurrent layers in each place: always f32, for each sequence, whatever the
  /// context and the cache's format.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-memory-recurrent.cpp; src/llama-hparams.cpp, `n_embd_r`
  /// and `n_embd_s`.
  func enterStates(in ledger: inout Ledger) {
    for place in layout.places {
      var sum = ledger.sum()
      for kind in layout.states where kind.place == place {
        sum.add(
          kind.state.kind.rawValue, .init(kind.layers, .layers),
          .init(kind.state.convolutionElements + kind.state.stateElements, .elements),
          .init(4, .bytesPerElement), .init(context.sequences, .sequences))
      }
      guard sum.count > 0 else { continue }
      ledger.enter(
        exactly: .recurrentState, on: place, sum,
        source: "\(Self.version), src/llama-memory-recurrent.cpp")
    }
  }
}
