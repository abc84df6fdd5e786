public import VRAMBudget

/// A model's description: layers, attention, tensors.
public struct InspectReport: Sendable {
  fileprivate struct Document: Codable {
    struct Group: Codable {
      let name: String
      let count: Int
      let shape: [Int64]
      let elements: Int64
    }
    struct Mixer: Codable {
      let kind: String
      let queryHeads: Int64?
      let keyValueHeads: Int64?
      let headDimension: Int64?
      let window: Int64?
      let rotary: Bool?
      let stateElements: Int64?
    }
    struct Layers: Codable {
      let layers: [Int]
      let mixers: [Mixer]
      let feedForward: String
      let feedForwardWidth: Int64
      let experts: Int64?
      let expertsUsed: Int64?
    }
    let schema: Int
    let command: String
    let id: String
    let name: String
    let architecture: String
    let source: String
    let parameters: Int64
    let activeParameters: Int64
    let hiddenSize: Int64
    let vocabulary: Int64
    let maxContext: Int64
    let tiedEmbeddings: Bool
    let layers: [Layers]
    let tensorCount: Int
    let tensors: [Group]
  }

  private let model: ModelShape
  private let listsAllTensors: Bool

  /// - Parameter listsAllTensors: Whether each tensor has a row, rather than each kind of tensor.
  public init(_ model: ModelShape, listsAllTensors: Bool) {
    self.model = model
    self.listsAllTensors = listsAllTensors
  }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat) -> String {
    switch format {
    case .json: jsonText(document)
    case .csv: tensorTable(format).csv
    case .table: summary + "\n" + tensorTable(format).text
    case .markdown: summary + "\n" + tensorTable(format).markdown
    }
  }

  private var architectureText: String {
    let modelType = model.architecture.modelType
    guard let ggufName = model.architecture.ggufName else { return "\(modelType) (no GGUF)" }
    return "\(modelType) (GGUF: \(ggufName))"
  }

  private var summary: String {
    var rows = [
      ("Architecture", architectureText),
      ("Parameters", parametersText),
      ("Layers", "\(model.layers.count)"),
      ("Hidden size", model.hiddenSize.grouped),
      (
        "Vocabulary",
        "\(model.vocabularySize.grouped), "
          + (model.hasTiedEmbeddings ? "embedding and head are one matrix" : "with its own head")
      ),
      ("Context", "\(model.maximumContext.grouped) tokens at most"),
      ("From", "\(model.source.rawValue) \(model.id)"),
    ]
    for group in layerGroups {
      let title = group.layers.count == model.layers.count ? "All layers" : ranges(group.layers)
      rows.append((title, group.layer.description))
    }
    let width = rows.map(\.0.count).max() ?? 0
    var text = "\(model.name)\n\n"
    for (name, value) in rows { text += "  \(name.padded(to: width))  \(value)\n" }
    return text
  }

  private var parametersText: String {
    let total = "\(model.parameters.grouped) (\(model.parameters.abbreviated))"
    guard model.activeParameters != model.parameters else { return total }
    return "\(total), active \(model.activeParameters.grouped)"
  }

  /// Layers that are alike, in the order of the first of each kind.
  private var layerGroups: [(layers: [Int], layer: Layer)] {
    var groups: [(layers: [Int], layer: Layer)] = []
    for (index, layer) in model.layers.enumerated() {
      if let known = groups.firstIndex(where: { $0.layer == layer }) {
        groups[known].layers.append(index)
      } else {
        groups.append(([index], layer))
      }
    }
    return groups
  }

  /// Numbers as their count and the first runs of them: `27 layers, 0–2 4–6 8–10 …`.
  private func ranges(_ numbers: [Int]) -> String {
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

  /// Tensors of the same name but for the layer, and the same shape; or each by itself.
  private var tensorGroups: [(name: String, count: Int, shape: TensorShape)] {
    guard !listsAllTensors else { return model.tensors.map { ($0.name, 1, $0.shape) } }
    struct Key: Hashable {
      let name: String
      let shape: TensorShape
    }
    var counts: [Key: Int] = [:]
    var order: [Key] = []
    for tensor in model.tensors {
      let key = Key(name: tensor.kindName, shape: tensor.shape)
      if counts[key] == nil { order.append(key) }
      counts[key, default: 0] += 1
    }
    return order.map { ($0.name, counts[$0] ?? 0, $0.shape) }
  }

  private func tensorTable(_ format: ReportFormat) -> TextTable {
    var table = TextTable([
      ("Tensor", .left), ("Count", .right), ("Shape", .left), ("Elements", .right),
    ])
    for group in tensorGroups {
      table.add([
        group.name, "\(group.count)", group.shape.description,
        format == .csv
          ? "\(group.shape.elements * Int64(group.count))"
          : (group.shape.elements * Int64(group.count)).grouped,
      ])
    }
    return table
  }

  private var document: Document {
    Document(
      schema: 1, command: "inspect", id: model.id, name: model.name,
      architecture: model.architecture.modelType, source: model.source.rawValue,
      parameters: model.parameters, activeParameters: model.activeParameters,
      hiddenSize: model.hiddenSize, vocabulary: model.vocabularySize,
      maxContext: model.maximumContext, tiedEmbeddings: model.hasTiedEmbeddings,
      layers: layerGroups.map {
        .init(
          layers: $0.layers, mixers: $0.layer.mixers.map { Document.Mixer(describing: $0) },
          feedForward: $0.layer.feedForward.kind, feedForwardWidth: $0.layer.feedForward.width,
          experts: $0.layer.feedForward.experts?.count,
          expertsUsed: $0.layer.feedForward.experts?.used)
      }, tensorCount: model.tensors.count,
      tensors: tensorGroups.map {
        .init(
          name: $0.name, count: $0.count, shape: $0.shape.dimensions,
          elements: $0.shape.elements * Int64($0.count))
      })
  }
}

extension Tensor {
  /// The name with `*` for the layer.
  fileprivate var kindName: String {
    layer.map { "blk.*" + name.dropFirst("blk.\($0)".count) } ?? name
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

extension InspectReport.Document.Mixer {
  fileprivate init(describing mixer: TokenMixer) {
    switch mixer {
    case .attention(let attention): self.init("attention", attention)
    case .sharedAttention(let attention, _): self.init("shared_attention", attention)
    case .latentAttention(let latent):
      self.init(
        kind: "latent_attention", queryHeads: latent.queryHeads, keyValueHeads: 1,
        headDimension: latent.rank + latent.ropeDimension, window: nil, rotary: true,
        stateElements: nil)
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
