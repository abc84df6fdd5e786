public import VRAMBudget

/// A model's description: layers, attention, tensors.
public struct InspectReport: Sendable {
  private struct Document: Codable {
    struct Group: Codable {
      let name: String
      let count: Int
      let shape: [Int64]
      let elements: Int64
    }
    struct Layers: Codable {
      let first: Int
      let last: Int
      let mixers: String
      let feedForward: String
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
    case .csv: tensorTable.csv
    case .table: summary + "\n" + tensorTable.text
    case .markdown: summary + "\n" + tensorTable.markdown
    }
  }

  private var summary: String {
    let rows = [
      ("Architecture", "\(model.architecture.modelType) (GGUF: \(model.architecture.ggufName))"),
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
    let width = rows.map(\.0.count).max() ?? 0
    var text = "\(model.name)\n\n"
    for (name, value) in rows { text += "  \(name.padded(to: width))  \(value)\n" }
    for group in layerGroups {
      let range =
        group.first == group.last ? "Layer \(group.first)" : "Layers \(group.first)–\(group.last)"
      text += "  \(range.padded(to: width))  \(group.layer.description)\n"
    }
    return text
  }

  private var parametersText: String {
    let total = "\(model.parameters.grouped) (\(model.parameters.abbreviated))"
    guard model.activeParameters != model.parameters else { return total }
    return "\(total), active \(model.activeParameters.grouped)"
  }

  /// Runs of layers that are alike.
  private var layerGroups: [(first: Int, last: Int, layer: Layer)] {
    var groups: [(first: Int, last: Int, layer: Layer)] = []
    for (index, layer) in model.layers.enumerated() {
      if let previous = groups.last, previous.layer == layer {
        groups[groups.count - 1].last = index
      } else {
        groups.append((index, index, layer))
      }
    }
    return groups
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

  private var tensorTable: TextTable {
    var table = TextTable([
      ("Tensor", .left), ("Count", .right), ("Shape", .left), ("Elements", .right),
    ])
    for group in tensorGroups {
      table.add([
        group.name, "\(group.count)", group.shape.description,
        "\(group.shape.elements * Int64(group.count))",
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
          first: $0.first, last: $0.last,
          mixers: $0.layer.mixers.map(\.description).joined(separator: " + "),
          feedForward: $0.layer.feedForward.description)
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
    case .plain(let width): "feed-forward \(width) without a gate"
    case .dense(let width, let isFused):
      "feed-forward \(width)\(isFused ? ", gate and up fused" : "")"
    case .experts(let experts):
      "\(experts.used) of \(experts.count) experts of \(experts.intermediate)"
        + (experts.sharedIntermediate > 0 ? ", shared \(experts.sharedIntermediate)" : "")
    }
  }
}
