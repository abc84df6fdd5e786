/// A model as mlx-lm's classes keep it, whatever the settings and the workload: found once.
struct MLXModel {
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

  /// A window of layers that keep no more, and what all of them keep of a token.
  struct Window {
    let window: Int64
    let elements: Int64
  }

  let weightTotals: [WeightPlan.FormatTotal]
  let weightEstimate: ByteEstimate
  /// The bytes of one element of activations and caches: what norms are stored in.
  let elementBytes: Int64
  /// Whether the class keeps latent attention's compressed vector.
  let keepsLatents: Bool
  /// What layers keep, the most layers first.
  let rows: [(value: Row, count: Int64)]
  let windows: [Window]
  /// What layers carry for each sequence, the largest first.
  let states: [(value: RecurrentState, count: Int64)]
  /// The elements of one token in the widest layer: two hidden states, and the wider of attention's
  /// projections and the feed-forward.
  let layerElements: Int64
  /// The elements of the largest state of Mamba-2; nil without one.
  let scannedElements: Int64?
  /// The most query heads of a layer whose scores no fused kernel keeps from being computed: with a
  /// cache as computed, and with a quantized one.
  let unfusedHeads: (plain: Int64, quantized: Int64)
  /// The elements of one token's keys and values that latent attention unfolds.
  let unfoldedElements: Int64
  /// The elements of the widest cache of a token; nil where nothing is kept.
  let widestRow: Int64?

  init(_ load: ModelLoad) {
    let model = load.model
    let kinds = LayerKinds(model)
    let modelType = model.architecture.modelType
    weightTotals = load.weights.totalsByFormat
    weightEstimate = load.weights.estimate
    elementBytes = load.weights.activationBytes
    keepsLatents = MLXFamilies.latent.contains(modelType)
    rows = model.layers.lazy.flatMap(\.mixers).compactMap { Row($0, in: modelType) }.counted()
      .sorted { ($0.count, $0.value.elements) > ($1.count, $1.value.elements) }
    windows = rows.compactMap { row, layers in
      guard case .sliding(let window) = row.span else { return nil }
      return Window(window: window, elements: layers * row.elements)
    }
    states = model.layers.lazy.flatMap(\.recurrentStates).counted()
      .sorted { $0.value.stateElements > $1.value.stateElements }
    layerElements =
      2 * model.hiddenSize
      + max(
        kinds.feedForwards.map { $0.elementsInMLX(hiddenSize: model.hiddenSize) }.max() ?? 0,
        model.attentions.lazy.compactMap { $0 }.map {
          2 * $0.queryHeads * $0.keyDimension + $0.keyElements + $0.valueElements
        }.max() ?? 0)
    scannedElements = kinds.recurrentStates.lazy.filter { $0.kind == .mamba2 }
      .map(\.stateElements).max()
    unfusedHeads = (
      kinds.mixers.map { $0.unfusedHeads(isQuantized: false) }.max() ?? 0,
      kinds.mixers.map { $0.unfusedHeads(isQuantized: true) }.max() ?? 0
    )
    unfoldedElements =
      kinds.mixers.map { mixer -> Int64 in
        guard case .latentAttention(let latent) = mixer else { return 0 }
        return latent.queryHeads * (latent.plainDimension + latent.valueDimension)
      }.max() ?? 0
    widestRow = kinds.cacheRows.map { $0.keyElements + $0.valueElements }.max()
  }
}

extension MLXModel.Row {
  /// What a mixer keeps; nil when it keeps nothing that grows.
  fileprivate init?(_ mixer: TokenMixer, in modelType: String) {
    let isPaired = MLXFamilies.paired.contains(modelType)
    switch mixer {
    case .attention(let attention):
      var isChunked = false
      var span = attention.span
      if case .chunked = span { isChunked = true }
      if case .sliding = span, !MLXFamilies.rotating.contains(modelType) { span = .full }
      self.init(
        heads: attention.keyValueHeads, keyDimension: attention.keyDimension,
        valueDimension: attention.valueDimension, span: span,
        isQuantizable: !isPaired && !isChunked)
    case .latentAttention(let latent):
      guard MLXFamilies.latent.contains(modelType) else {
        self.init(
          heads: latent.queryHeads, keyDimension: latent.plainDimension + latent.ropeDimension,
          valueDimension: latent.valueDimension, span: .full, isQuantizable: !isPaired)
        return
      }
      self.init(
        heads: 1, keyDimension: latent.rank, valueDimension: latent.ropeDimension, span: .full,
        isQuantizable: !isPaired)
    case .indexer(let indexer):
      // Its values are zeros of the keys' size.
      self.init(
        heads: 1, keyDimension: indexer.keyDimension, valueDimension: indexer.keyDimension,
        span: .full, isQuantizable: false)
    case .sharedAttention, .encoderAttention, .compressedAttention, .recurrent: return nil
    }
  }
}

extension FeedForward {
  /// The elements of one token's feed-forward, all experts that it uses together.
  fileprivate func elementsInMLX(hiddenSize: Int64) -> Int64 {
    guard case .experts(let experts) = self else { return 3 * activeWidth }
    return experts.used * (3 * experts.intermediate + 2 * hiddenSize)
      + 3 * experts.sharedIntermediate
  }
}

extension TokenMixer {
  /// The query heads of the mixer where no fused kernel can run: in latent attention, for heads of
  /// other lengths, and with a quantized cache.
  ///
  /// Source: mlx 0.32.4, backend/metal/scaled_dot_product_attention.cpp, `use_fallback` (64, 80 and
  /// 128); mlx-lm 0.32.2, models/deepseek_v3.py and base.py.
  fileprivate func unfusedHeads(isQuantized: Bool) -> Int64 {
    switch self {
    case .attention(let attention), .sharedAttention(let attention, _):
      let isFused =
        [64, 80, 128].contains(attention.keyDimension) && !isQuantized
        && attention.keyDimension == attention.valueDimension
      return isFused ? 0 : attention.queryHeads
    case .latentAttention(let latent): return latent.queryHeads
    case .indexer(let indexer): return indexer.queryHeads
    case .encoderAttention, .compressedAttention, .recurrent: return 0
    }
  }
}
