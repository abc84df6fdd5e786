internal import VRAMBudget

/// The layers of a model, those that are alike together.
struct LayerGroups {
  /// What a script reads of layers that are alike.
  struct Document: Codable {
    struct Mixer: Codable {
      let kind: String
      let queryHeads: Int64?
      let keyValueHeads: Int64?
      let headDimension: Int64?
      let window: Int64?
      let rotary: Bool?
      let stateElements: Int64?
    }
    let layers: [Int]
    let mixers: [Mixer]
    let feedForward: String
    let feedForwardWidth: Int64
    let experts: Int64?
    let expertsUsed: Int64?
  }

  private let groups: [(layers: [Int], layer: Layer)]
  private let count: Int

  init(_ model: ModelShape) {
    var groups: [(layers: [Int], layer: Layer)] = []
    for (index, layer) in model.layers.enumerated() {
      if let known = groups.firstIndex(where: { $0.layer == layer }) {
        groups[known].layers.append(index)
      } else {
        groups.append(([index], layer))
      }
    }
    self.groups = groups
    count = model.layers.count
  }

  /// A line for each kind of layer: which they are, and what they do.
  var rows: [(name: String, value: String)] {
    groups.map { group in
      (
        group.layers.count == count ? "All layers" : Self.ranges(group.layers),
        group.layer.description
      )
    }
  }

  var documents: [Document] {
    groups.map {
      Document(
        layers: $0.layers, mixers: $0.layer.mixers.map { Document.Mixer(describing: $0) },
        feedForward: $0.layer.feedForward.kind, feedForwardWidth: $0.layer.feedForward.width,
        experts: $0.layer.feedForward.experts?.count,
        expertsUsed: $0.layer.feedForward.experts?.used)
    }
  }

  /// Numbers as their count and the first runs of them: `27 layers, 0–2 4–6 8–10 …`.
  private static func ranges(_ numbers: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    let shown = runs.prefix(3).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)"
    }
    let noun = numbers.count == 1 ? "layer" : "layers"
    return "\(numbers.count) \(noun): \(shown.joined(separator: ", "))\(runs.count > 3 ? " …" : "")"
  }
}

extension Layer {
  fileprivate var description: String {
    (mixers.map(\.description) + [feedForward.description]).joined(separator: "; ")
  }
}

extension TokenMixer {
  fileprivate var description: String {
    switch self {
    case .attention(let attention): attention.description
    case .sharedAttention(let attention, let layer):
      "\(attention.description), cache of layer \(layer)"
    case .latentAttention(let latent):
      "latent attention, \(latent.queryHeads) heads, rank \(latent.rank) + \(latent.ropeDimension)"
    case .compressedAttention(let attention):
      "\(attention.windowAttention.description), an entry for each \(attention.entryTokens) tokens"
        + (attention.indexer.map { ", indexer of \($0.queryHeads) heads of \($0.keyDimension)" }
          ?? "")
    case .indexer(let indexer):
      "indexer, \(indexer.queryHeads) heads of \(indexer.keyDimension)"
    case .encoderAttention(let attention): "\(attention.description), in both directions"
    case .recurrent(let state):
      "\(state.kind.rawValue), state \(state.stateElements) + \(state.convolutionElements)"
    }
  }
}

extension Attention {
  fileprivate var description: String {
    let heads = "\(queryHeads) query heads, \(keyValueHeads) KV heads of \(keyDimension)"
    let rope = isRotary ? "" : ", no RoPE"
    switch span {
    case .full: return "full attention, \(heads)\(rope)"
    case .sliding(let tokens): return "window of \(tokens.grouped), \(heads)\(rope)"
    case .chunked(let tokens): return "chunks of \(tokens.grouped), \(heads)\(rope)"
    }
  }
}

extension FeedForward {
  fileprivate var description: String {
    switch self {
    case .none: "no feed-forward"
    case .plain(let width): "feed-forward \(width.grouped) without a gate"
    case .dense(let width, let isFused):
      "feed-forward \(width.grouped)\(isFused ? ", gate and up fused" : "")"
    case .experts(let experts):
      "\(experts.used) of \(experts.count) experts of \(experts.intermediate)"
        + (experts.sharedIntermediate > 0 ? ", shared \(experts.sharedIntermediate)" : "")
    }
  }
}

extension LayerGroups.Document.Mixer {
  fileprivate init(describing mixer: TokenMixer) {
    switch mixer {
    case .attention(let attention): self.init("attention", attention)
    case .sharedAttention(let attention, _): self.init("shared_attention", attention)
    case .latentAttention(let latent):
      self.init(
        kind: "latent_attention", queryHeads: latent.queryHeads, keyValueHeads: 1,
        headDimension: latent.rank + latent.ropeDimension, window: nil, rotary: true,
        stateElements: nil)
    case .compressedAttention(let attention):
      self.init("compressed_attention", attention.windowAttention)
    case .indexer(let indexer):
      self.init(
        kind: "indexer", queryHeads: indexer.queryHeads, keyValueHeads: 1,
        headDimension: indexer.keyDimension, window: nil, rotary: true, stateElements: nil)
    case .encoderAttention(let attention): self.init("encoder_attention", attention)
    case .recurrent(let state):
      self.init(
        kind: state.kind.rawValue, queryHeads: nil, keyValueHeads: nil, headDimension: nil,
        window: nil, rotary: nil,
        stateElements: state.stateElements + state.convolutionElements)
    }
  }

  private init(_ kind: String, _ attention: Attention) {
    var window: Int64?
    switch attention.span {
    case .full: break
    case .sliding(let tokens), .chunked(let tokens): window = tokens
    }
    self.init(
      kind: kind, queryHeads: attention.queryHeads, keyValueHeads: attention.keyValueHeads,
      headDimension: attention.keyDimension, window: window, rotary: attention.isRotary,
      stateElements: nil)
  }
}

extension FeedForward {
  fileprivate var kind: String {
    switch self {
    case .none: "none"
    case .plain: "plain"
    case .dense: "gated"
    case .experts: "experts"
    }
  }

  fileprivate var width: Int64 {
    switch self {
    case .none: 0
    case .plain(let width): width
    case .dense(let width, _): width
    case .experts(let experts): experts.intermediate
    }
  }

  fileprivate var experts: Experts? {
    guard case .experts(let experts) = self else { return nil }
    return experts
  }
}
