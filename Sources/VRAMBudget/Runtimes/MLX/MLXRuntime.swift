/// A model in one process of mlx-lm on Apple silicon, whose memory the processor and the GPU share.
///
/// Source: mlx-lm 0.32.2 and mlx 0.32.4; the caches are measured in mlx-cache.tsv.
struct MLXRuntime {
  static let version = "mlx-lm \(RuntimeKind.mlx.version)"

  let load: ModelLoad
  let settings: MLXSettings
  private let device: Device

  init(load: ModelLoad, settings: MLXSettings, devices: [Device]) throws(RuntimeError) {
    try RuntimeKind.mlx.check(load.weights)
    guard devices.count == 1 else {
      throw .oneDeviceOnly(runtime: .mlx, devices: devices.count)
    }
    guard devices[0].backend == .metal || devices[0].isMemoryOnly else {
      throw .deviceNotSupported(runtime: .mlx, device: devices[0].name, needed: "Apple silicon")
    }
    let type = load.model.architecture.modelType
    guard MLXFamilies.known.contains(type) else {
      throw .notPriced(
        runtime: .mlx, what: "a model of type '\(type)', for which \(Self.version) has no class,")
    }
    self.load = load
    self.settings = settings
    device = devices[0].isMemoryOnly ? devices[0].asMetal : devices[0]
    try checkQuantizedCache()
  }

  func lines() -> [BudgetLine] {
    let caches = [cacheLine, stateLine].filter { $0.estimate.expected > .zero }
    return [weightLine] + caches
      + [computeLine, RuntimeContext(device: device, given: load.overhead).line(on: .device(0))]
  }

  var model: ModelShape { load.model }
  private var modelType: String { model.architecture.modelType }
  /// The bytes of one element of activations and caches: what norms are stored in.
  var elementBytes: Int64 { load.weights.activationBytes }

  private var weightLine: BudgetLine {
    let plan = load.weights
    return BudgetLine(
      .weights, on: .device(0), basis: plan.basis, estimate: plan.estimate,
      formula: Formula(plan.totalsByFormat.map { Formula.Term($0.format.name, bytes: $0.bytes) }),
      source: "\(Self.version), utils.py, load_model: every tensor as it is stored")
  }

  // MARK: Cache

  /// What a layer keeps of each token, as mlx-lm's class lays it out.
  struct Row: Hashable {
    let heads: Int64
    let keyDimension: Int64
    let valueDimension: Int64
    let span: Attention.Span
    /// Whether `--kv-bits` can apply.
    let isQuantizable: Bool

    var elements: Int64 { heads * (keyDimension + valueDimension) }
  }

  private func row(_ mixer: TokenMixer) -> Row? {
    let isPaired = MLXFamilies.paired.contains(modelType)
    switch mixer {
    case .attention(let attention):
      return Row(
        heads: attention.keyValueHeads, keyDimension: attention.keyDimension,
        valueDimension: attention.valueDimension, span: span(attention.span),
        isQuantizable: !isPaired && !isChunked(attention.span))
    case .latentAttention(let latent):
      guard MLXFamilies.latent.contains(modelType) else {
        return Row(
          heads: latent.queryHeads, keyDimension: latent.plainDimension + latent.ropeDimension,
          valueDimension: latent.valueDimension, span: .full, isQuantizable: !isPaired)
      }
      return Row(
        heads: 1, keyDimension: latent.rank, valueDimension: latent.ropeDimension, span: .full,
        isQuantizable: !isPaired)
    case .indexer(let indexer):
      // Its values are zeros of the keys' size.
      return Row(
        heads: 1, keyDimension: indexer.keyDimension, valueDimension: indexer.keyDimension,
        span: .full, isQuantizable: false)
    case .sharedAttention, .encoderAttention, .recurrent: return nil
    }
  }

  private func isChunked(_ span: Attention.Span) -> Bool {
    if case .chunked = span { true } else { false }
  }

  private func span(_ span: Attention.Span) -> Attention.Span {
    guard case .sliding = span else { return span }
    return MLXFamilies.rotating.contains(modelType) ? span : .full
  }

  private var rows: [(row: Row, layers: Int64)] {
    Dictionary(grouping: model.layers.flatMap { $0.mixers.compactMap(row) }, by: \.self)
      .map { (row: $0, layers: Int64($1.count)) }
      .sorted { ($0.layers, $0.row.elements) > ($1.layers, $1.row.elements) }
  }

  /// The windows of layers that keep no more, and what each of them keeps of a token.
  var windows: [(window: Int64, elements: Int64)] {
    rows.compactMap { row, layers in
      guard case .sliding(let window) = row.span else { return nil }
      return (window, layers * row.elements)
    }
  }

  private func cells(_ span: Attention.Span) -> Int64 {
    let tokens = load.workload.contextTokens
    return switch span {
    case .full: MLXCells.full(tokens: tokens)
    case .sliding(let window):
      MLXCells.rotating(tokens: tokens, window: window, prefill: settings.prefillTokens)
    case .chunked(let chunk): MLXCells.chunked(tokens: tokens, chunk: chunk)
    }
  }

  /// The bits of the cache at this context.
  var cacheBits: Int64? {
    load.workload.contextTokens >= settings.quantizedFrom ? settings.cacheBits : nil
  }

  private var cacheLine: BudgetLine {
    let terms = rows.map { row, layers in
      let cells = cells(row.span)
      var factors: [Formula.Factor] = [.init(layers, .layers)]
      let label = row.span == .full ? "" : "windows"
      if let bits = cacheBits, row.isQuantizable {
        // Bits of each element, and 16 of scale and of bias for each group.
        let group = settings.cacheGroup
        factors += [
          .init(row.elements / group, .blocks),
          .init((group * bits + 16 * elementBytes) / 8, .bytesPerBlock),
        ]
      } else {
        factors += [.init(row.elements, .elements), .init(elementBytes, .bytesPerElement)]
      }
      factors += [.init(cells, .cells), .init(load.workload.sequences, .sequences)]
      return Formula.Term(label, factors)
    }
    let formula = Formula(terms)
    let source =
      "\(Self.version), models/cache.py; exact in every measured model with one sequence"
    guard load.workload.sequences > 1 else {
      return BudgetLine(
        exactly: .keyValueCache, on: .device(0), formula: formula, source: source)
    }
    return BudgetLine(
      .keyValueCache, on: .device(0), basis: .modelled,
      estimate: ByteEstimate(
        low: formula.bytes, expected: formula.bytes,
        high: Bytes(formula.bytes.count / 10 * 11)),
      formula: formula,
      source: "\(source); a batch of unequal prompts pads each to the longest")
  }

  /// - Throws: ``RuntimeError`` for a cache that mlx-lm cannot quantize.
  private func checkQuantizedCache() throws(RuntimeError) {
    guard cacheBits != nil else { return }
    for row in rows.map(\.row) {
      if case .sliding = row.span {
        throw .quantizedCacheNotSupported(
          runtime: .mlx, why: "RotatingKVCache, which keeps windows, has no quantized form")
      }
      guard row.isQuantizable else { continue }
      if MLXFamilies.latent.contains(modelType) {
        throw .quantizedCacheNotSupported(
          runtime: .mlx, why: "the class of '\(modelType)' reads its latent cache unquantized")
      }
      for dimension in [row.keyDimension, row.valueDimension]
      where !dimension.isMultiple(of: settings.cacheGroup) {
        throw .quantizedCacheNotSupported(
          runtime: .mlx,
          why: "heads of \(dimension) are no whole number of groups of \(settings.cacheGroup)")
      }
    }
  }

  /// States in fp32 but those of the first Mamba, which have the dtype of activations as the tails of
  /// all convolutions do.
  private var stateLine: BudgetLine {
    let groups = Dictionary(grouping: model.layers.flatMap(\.recurrentStates), by: \.self)
    let terms = groups.sorted { $0.key.stateElements > $1.key.stateElements }.flatMap {
      state, layers in
      let count = Int64(layers.count) * load.workload.sequences
      return [
        Formula.Term(
          "convolution",
          [
            .init(count, .layers), .init(state.convolutionElements, .elements),
            .init(elementBytes, .bytesPerElement),
          ]),
        Formula.Term(
          state.kind.rawValue,
          [
            .init(count, .layers), .init(state.stateElements, .elements),
            .init(state.kind == .mamba ? elementBytes : 4, .bytesPerElement),
          ]),
      ].filter { $0.bytes > .zero }
    }
    return BudgetLine(
      exactly: .recurrentState, on: .device(0), formula: Formula(terms),
      source: "\(Self.version), models/cache.py, ArraysCache; exact in every measured model")
  }
}
