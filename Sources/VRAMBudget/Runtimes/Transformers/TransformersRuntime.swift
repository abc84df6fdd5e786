/// How a model is run with Transformers.
public struct TransformersSettings: Hashable, Sendable {
  /// `attn_implementation`.
  public enum Attention: String, CaseIterable, Hashable, Sendable {
    /// Fused: no matrix of scores.
    case sdpa
    /// Every score of every head, kept twice: as computed, and as fp32 for the softmax.
    case eager
  }

  /// `cache_implementation`.
  public enum Cache: String, CaseIterable, Hashable, Sendable {
    /// As long as the tokens that are there (`DynamicCache`).
    case dynamic
    /// As long as asked for from the start (`StaticCache`).
    case `static`
  }

  public let attention: Attention
  public let cache: Cache

  public init(attention: Attention = .sdpa, cache: Cache = .dynamic) {
    self.attention = attention
    self.cache = cache
  }
}

/// A model in one process under Transformers, on one device: the checkpoint as it is stored, and a
/// cache in the dtype that the model computes in.
///
/// Source: transformers 5.23.0, cache_utils.py, measured in transformers-kv.jsonl.
struct TransformersRuntime {
  static let version = "transformers \(RuntimeKind.transformers.version)"

  let load: ModelLoad
  let settings: TransformersSettings
  private let device: Device

  init(
    load: ModelLoad, settings: TransformersSettings, devices: [Device]
  ) throws(RuntimeError) {
    try RuntimeKind.transformers.check(load.weights)
    guard devices.count == 1 else {
      throw .oneDeviceOnly(runtime: .transformers, devices: devices.count)
    }
    self.load = load
    self.settings = settings
    device = devices[0]
  }

  func lines() -> [BudgetLine] {
    let caches = [cacheLine, stateLine].filter { $0.estimate.expected > .zero }
    return [weightLine] + caches
      + [computeLine, RuntimeContext(device: device, given: load.overhead).line(on: .device(0))]
  }

  private var weightLine: BudgetLine {
    let plan = load.weights
    let formula = Formula(
      plan.totalsByFormat.map { Formula.Term($0.format.name, bytes: $0.bytes) })
    return BudgetLine(
      .weights, on: .device(0), basis: plan.basis, estimate: plan.estimate, formula: formula,
      source: "\(Self.version), from_pretrained: every tensor as it is stored")
  }

  /// The bytes of one element of activations and caches: what norms and embeddings are stored in.
  private var elementBytes: Int64 { load.weights.activationBytes }

  // MARK: Cache

  private var cacheLine: BudgetLine {
    let groups = Dictionary(
      grouping: load.model.layers.flatMap { $0.mixers.compactMap(cacheRow) }, by: \.self)
    let terms = groups.sorted {
      ($0.value.count, $0.key.keyElements) > ($1.value.count, $1.key.keyElements)
    }
    .map { row, layers in
      Formula.Term(
        row.valueDimension == 0 ? "latent" : "",
        [
          .init(Int64(layers.count), .layers),
          .init(row.keyElements + row.valueElements, .elements),
          .init(elementBytes, .bytesPerElement), .init(keptTokens(row.span), .tokens),
          .init(load.workload.sequences, .sequences),
        ])
    }
    return BudgetLine(
      exactly: .keyValueCache, on: .device(0), formula: Formula(terms),
      source: "\(Self.version), \(settings.cache == .dynamic ? "DynamicCache" : "StaticCache"),"
        + " exact in every measured model")
  }

  /// What a mixer keeps for each token. Falcon's grouped heads are repeated for every query head
  /// before they are kept.
  private func cacheRow(_ mixer: TokenMixer) -> CacheRow? {
    guard let row = mixer.cacheRow else { return nil }
    guard load.model.architecture.modelType == "falcon", case .attention(let attention) = mixer,
      attention.keyValueHeads > 1
    else { return row }
    return row.with(heads: attention.queryHeads)
  }

  /// The tokens that a layer keeps. A dynamic window drops the oldest before the newest is added,
  /// so it holds one less than a static one.
  private func keptTokens(_ span: Attention.Span) -> Int64 {
    let tokens = load.workload.contextTokens
    guard let window = span.tokens else { return tokens }
    return min(tokens, settings.cache == .dynamic ? max(1, window - 1) : window)
  }

  /// States of recurrent layers, in fp32, and the tails of their convolutions as activations, the
  /// newest token among them.
  private var stateLine: BudgetLine {
    let groups = Dictionary(
      grouping: load.model.layers.flatMap(\.recurrentStates), by: \.self)
    let terms = groups.sorted { $0.key.stateElements > $1.key.stateElements }.flatMap {
      state, layers in
      let count = Int64(layers.count) * load.workload.sequences
      let kernel = Formula.Term(
        "convolution",
        [
          .init(count, .layers), .init(state.kernel * state.channels, .elements),
          .init(elementBytes, .bytesPerElement),
        ])
      let recurrent = Formula.Term(
        state.kind.rawValue,
        [
          .init(count, .layers), .init(state.stateElements, .elements),
          .init(4, .bytesPerElement),
        ])
      return [kernel, recurrent].filter { $0.bytes > .zero }
    }
    return BudgetLine(
      exactly: .recurrentState, on: .device(0), formula: Formula(terms),
      source: "\(Self.version), LinearAttentionCacheLayerMixin, exact in every measured model")
  }

  // MARK: Activations

  /// The largest of what one layer holds while the whole prompt passes: two hidden states, queries,
  /// keys and values, and the feed-forward's matrices; under eager attention the scores as well.
  private var computeLine: BudgetLine {
    let tokens = load.workload.contextTokens * load.workload.sequences
    let layers = load.model.layers
    let width = layers.map { $0.feedForward.activeWidth }.max() ?? 0
    let attention =
      load.model.attentions.compactMap { $0 }
      .map { $0.queryHeads * $0.keyDimension + $0.keyElements + $0.valueElements }.max() ?? 0
    let elements = 2 * load.model.hiddenSize + max(3 * width, attention)
    var terms = [
      Formula.Term(
        "one layer",
        [
          .init(tokens, .tokens), .init(elements, .elements),
          .init(elementBytes, .bytesPerElement),
        ]),
      Formula.Term(
        "logits of the last token",
        [
          .init(load.workload.sequences, .sequences), .init(load.model.vocabularySize, .vocabulary),
          .init(4 + elementBytes, .bytesPerElement),
        ]),
    ]
    if settings.attention == .eager {
      let heads = load.model.attentions.compactMap { $0?.queryHeads }.max() ?? 0
      terms.append(
        Formula.Term(
          "scores",
          [
            .init(heads, .queryHeads), .init(tokens, .tokens),
            .init(load.workload.contextTokens, .tokens),
            .init(4 + elementBytes, .bytesPerElement),
          ]))
    }
    let formula = Formula(terms)
    return BudgetLine(
      .computeBuffer, on: .device(0), basis: .assumed,
      estimate: ByteEstimate(
        low: min(.mebibytes(32), formula.bytes), expected: formula.bytes,
        high: 2 * formula.bytes),
      formula: formula,
      source: "a prompt as long as the context, in one pass; not measured: Qwen publishes 33 MiB"
        + " beyond weights and cache for Qwen3 0.6B, whatever the prompt")
  }
}

extension FeedForward {
  /// The elements that one token's feed-forward is wide, all experts that it uses together.
  var activeWidth: Int64 {
    switch self {
    case .none: 0
    case .dense(let width, _), .plain(let width): width
    case .experts(let experts):
      experts.used * experts.intermediate + experts.sharedIntermediate
    }
  }
}

extension WeightPlan {
  /// The bytes of an element of what the model computes in: what its norms are stored in.
  var activationBytes: Int64 {
    let norm = entries.first { $0.tensor.role.kind == .norm }
    guard let norm, case .blocks(1, let bytes) = norm.format.layout else { return 2 }
    return bytes
  }
}
