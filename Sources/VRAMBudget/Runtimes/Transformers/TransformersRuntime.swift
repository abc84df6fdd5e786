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
  /// Whether the class of the language model alone is loaded (`AutoModelForCausalLM`).
  public let isTextOnly: Bool

  public init(
    attention: Attention = .sdpa, cache: Cache = .dynamic, isTextOnly: Bool = false
  ) {
    self.attention = attention
    self.cache = cache
    self.isTextOnly = isTextOnly
  }
}

/// A model in one process under Transformers, on one device: the checkpoint as it is held, and a cache
/// in the dtype that the model computes in.
///
/// Source: transformers 5.23.0, cache_utils.py, measured in transformers-kv.jsonl.
struct TransformersRuntime {
  static let version = "transformers \(RuntimeKind.transformers.version)"

  var load: ModelLoad
  let settings: TransformersSettings
  private let device: Device
  private let weightTotals: [WeightPlan.FormatTotal]
  private let weights: TransformersWeights
  /// The bytes of one element of activations and caches: what norms and embeddings are stored in.
  let elementBytes: Int64
  /// What layers keep for each token, the most layers first.
  private let rows: [(value: CacheRow, count: Int64)]
  /// The layers that keep entries of several tokens each, the most first.
  let compressed: [(value: CompressedAttention, count: Int64)]
  /// What layers carry for each sequence, the largest first.
  private let states: [(value: RecurrentState, count: Int64)]
  /// The elements of one token in the widest layer.
  private let layerElements: Int64
  /// The most query heads of a layer.
  private let queryHeads: Int64
  /// Whether a checkpoint in FP8 by blocks holds its head apart from the embedding that it is tied to.
  private let holdsHeadApart: Bool
  /// What unpacking the weights of one matrix may take.
  private let unpacked: Bytes

  init(
    load: ModelLoad, settings: TransformersSettings, devices: [Device]
  ) throws(RuntimeError) {
    try RuntimeKind.transformers.check(load.weights)
    guard devices.count == 1 else {
      throw .oneDeviceOnly(runtime: .transformers, devices: devices.count)
    }
    guard load.model.architecture.modelType != "kimi_k3" else {
      throw .notPriced(
        runtime: .transformers,
        what: "a model of type 'kimi_k3', for which \(Self.version) has no class,")
    }
    self.load = load
    self.settings = settings
    device = devices[0]
    weights = try TransformersWeights(load, on: device)
    weightTotals = weights.plan.totalsByFormat
    elementBytes = load.weights.activationBytes
    rows = load.model.layers.lazy.flatMap(\.mixers)
      .compactMap { Self.row(of: $0, in: load.model) }.counted()
      .sorted { ($0.count, $0.value.keyElements) > ($1.count, $1.value.keyElements) }
    compressed = load.model.layers.lazy.flatMap(\.mixers).compactMap(\.compressedAttention)
      .counted().sorted { ($0.count, $0.value.entryTokens) > ($1.count, $1.value.entryTokens) }
    guard settings.cache == .dynamic || compressed.isEmpty else {
      throw .notPriced(
        runtime: .transformers, what: "a static cache of entries of several tokens each")
    }
    states = load.model.layers.lazy.flatMap(\.recurrentStates).counted()
      .sorted { $0.value.stateElements > $1.value.stateElements }
    let width = load.model.layers.map { $0.feedForward.activeWidth }.max() ?? 0
    let attentions = load.model.attentions.compactMap { $0 }
    let attention =
      attentions.map { $0.queryHeads * $0.keyDimension + $0.keyElements + $0.valueElements }.max()
      ?? 0
    layerElements = 2 * load.model.hiddenSize + max(3 * width, attention)
    queryHeads = attentions.map(\.queryHeads).max() ?? 0
    holdsHeadApart =
      load.model.hasTiedEmbeddings
      && weightTotals.contains { $0.format.name.hasPrefix("fp8-128x128") }
    let largest =
      load.weights.entries.lazy.filter { $0.format.method == .compressedTensors }
      .map { $0.tensor.shape.rowElements * ($0.tensor.shape.dimensions.dropFirst().first ?? 1) }
      .max() ?? 0
    unpacked =
      load.weights.isPlain && largest == 0
      ? .zero : max(.mebibytes(512), Bytes(Self.unpackingBytes * largest))
  }

  func enter(in ledger: inout Ledger) {
    enterWeights(in: &ledger)
    ledger.enterOtherParts(of: load, on: device, at: 0, under: Self.version)
    enterCache(in: &ledger)
    enterStates(in: &ledger)
    enterCompute(in: &ledger)
    RuntimeContext(device: device, given: load.overhead).enter(in: &ledger, on: .device(0))
  }

  private func enterWeights(in ledger: inout Ledger) {
    var sum = ledger.sum()
    for total in weightTotals { sum.add(total.format.name, bytes: total.bytes) }
    let tensors = sum.bytes
    if holdsHeadApart {
      sum.add(
        "head", .init(load.model.vocabularySize, .vocabulary),
        .init(load.model.hiddenSize, .hiddenSize), .init(elementBytes, .bytesPerElement))
    }
    ledger.enter(
      .weights, on: .device(0),
      basis: weights.estimate.isExact && weights.isAsStored && !holdsHeadApart
        ? .exact : .modelled,
      estimate: weights.estimate + ByteEstimate(exactly: sum.bytes - tensors), sum,
      source: "\(Self.version), from_pretrained: every tensor as it is stored"
        + weights.conversions.map { "; \($0)" }.joined()
        + (holdsHeadApart
          ? ", and the head beside the embedding that it is tied to, as 12 runs of Qwen3 in FP8 show"
          : ""))
  }

  // MARK: Cache

  private func enterCache(in ledger: inout Ledger) {
    var sum = ledger.sum()
    for (row, layers) in rows {
      sum.add(
        row.valueDimension == 0 ? "latent" : "", .init(layers, .layers),
        .init(row.keyElements + row.valueElements, .elements),
        .init(elementBytes, .bytesPerElement), .init(keptTokens(row.span), .tokens),
        .init(load.workload.sequences, .sequences))
    }
    guard compressed.isEmpty else { return enterCompressedCache(sum, in: &ledger) }
    guard sum.bytes > .zero else { return }
    ledger.enter(
      exactly: .keyValueCache, on: .device(0), sum,
      source: "\(Self.version), \(settings.cache == .dynamic ? "DynamicCache" : "StaticCache"),"
        + " exact in every measured model")
  }

  /// What a mixer keeps for each token. Falcon's grouped heads are repeated for every query head
  /// before they are kept.
  private static func row(of mixer: TokenMixer, in model: ModelShape) -> CacheRow? {
    guard let row = mixer.cacheRow else { return nil }
    guard model.architecture.modelType == "falcon", case .attention(let attention) = mixer,
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
  private func enterStates(in ledger: inout Ledger) {
    var sum = ledger.sum()
    for (state, layers) in states {
      let count = layers * load.workload.sequences
      let tail = state.kernel * state.channels
      if tail > 0 {
        sum.add(
          "convolution", .init(count, .layers), .init(tail, .elements),
          .init(elementBytes, .bytesPerElement))
      }
      if state.stateElements > 0 {
        sum.add(
          state.kind.rawValue, .init(count, .layers), .init(state.stateElements, .elements),
          .init(4, .bytesPerElement))
      }
    }
    guard sum.bytes > .zero else { return }
    ledger.enter(
      exactly: .recurrentState, on: .device(0), sum,
      source: "\(Self.version), LinearAttentionCacheLayerMixin, exact in every measured model")
  }

  // MARK: Activations

  /// What Qwen measured beyond weights and cache: 33 to 37 MiB in 40 of 44 runs of Qwen3 0.6B to 30B
  /// A3B, whatever the prompt (1 to 30,720 tokens) and the format of the weights.
  private static let measured = Bytes.mebibytes(35)

  /// The bytes that an element of a matrix takes while it is decompressed: the value as an integer
  /// before and after its offset, as bf16, and the product with its scale.
  ///
  /// Source: compressed-tensors 0.20.0, `unpack_from_int32` and `dequantize`.
  private static let unpackingBytes: Int64 = 8

  /// What is measured, and at the most a prompt in one pass: one layer's two hidden states, its
  /// queries, keys and values or its feed-forward's matrices, and the logits of the last token, all of
  /// it twice. Under eager attention the scores as well, as computed and as fp32.
  private func enterCompute(in ledger: inout Ledger) {
    let workload = load.workload
    let tokens = workload.contextTokens * workload.sequences
    var sum = ledger.sum()
    sum.add("beyond weights and cache", bytes: Self.measured)
    if settings.attention == .eager {
      sum.add(
        "scores", .init(queryHeads, .queryHeads), .init(tokens, .tokens),
        .init(workload.contextTokens, .tokens), .init(4 + elementBytes, .bytesPerElement))
    }
    let layer = Bytes(tokens * layerElements * elementBytes)
    let logits = Bytes(workload.sequences * load.model.vocabularySize * (4 + elementBytes))
    let pass = layer + logits
    let scores = sum.bytes - Self.measured
    ledger.enter(
      .computeBuffer, on: .device(0), basis: .modelled,
      estimate: ByteEstimate(
        low: .mebibytes(12), expected: sum.bytes,
        high: sum.bytes + scores + pass + pass + .mebibytes(64) + unpacked), sum,
      source:
        "33 to 37 MiB beyond weights and cache in 40 of 44 runs that Qwen publishes, up to 30,720"
        + " tokens of prompt; at the most a prompt in one pass, twice \(pass.count) B and 64 MiB"
        + (unpacked > .zero ? ", and \(unpacked.count / 1_048_576) MiB of unpacked weights" : "")
        + (settings.attention == .eager ? "; scores are not measured" : ""))
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
  public var activationBytes: Int64 {
    let norm = entries.first { $0.tensor.role.kind == .norm }
    guard let norm, case .blocks(1, let bytes) = norm.format.layout else { return 2 }
    return bytes
  }
}
