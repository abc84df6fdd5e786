public import VRAMBudget

/// Which tensor of a model gets which format under a recipe, and why.
public struct FormatExplanation: Sendable {
  fileprivate struct Document: Codable {
    struct Group: Codable {
      let tensor: String
      let layers: [Int]
      let shape: [Int64]
      let format: String
      let bytes: Int64
      let why: String
    }
    struct Format: Codable {
      let name: String
      let layout: String
      let source: String
    }
    let schema: Int
    let command: String
    let quantization: String
    let outputTensorType: String?
    let tokenEmbeddingType: String?
    let model: String
    let weightsBytes: Int64
    /// What the checkpoint takes that the weights are made from, where that differs.
    let checkpointBytes: Int64?
    let tensors: [Group]
    let formats: [Format]
  }

  /// Tensors of one role, shape and format, and the layers that have them.
  private struct Group {
    let tensor: Tensor
    let format: TensorFormat
    let reason: AssignmentReason
    var layers: [Int]
    var bytes: Bytes

    func holds(_ entry: WeightPlan.Entry) -> Bool {
      tensor.role == entry.tensor.role && tensor.part == entry.tensor.part
        && tensor.shape == entry.tensor.shape && format == entry.format && reason == entry.reason
    }
  }

  private let model: ModelShape
  private let plan: WeightPlan
  private let checkpoint: WeightPlan?
  private let project: FormatProject

  /// - Parameter checkpoint: The checkpoint that the weights are made from, where it takes other bytes.
  public init(
    of recipe: FormatRecipe, _ plan: WeightPlan, for model: ModelShape, checkpoint: WeightPlan?
  ) {
    project = recipe.project
    self.plan = plan
    self.model = model
    self.checkpoint = checkpoint
  }

  /// The explanation in one of the formats.
  public func text(_ format: ReportFormat) -> String {
    switch format {
    case .json: jsonText(document)
    case .csv: tensorTable.csv
    case .table: heading + tensorTable.text + "\n" + formatTable.text + footer
    case .markdown: heading + tensorTable.markdown + "\n" + formatTable.markdown + footer
    }
  }

  private var heading: String {
    "\(plan.origin.title) of \(model.name), for \(plan.origin.loader.rawValue)"
      + " (\(project.rawValue) \(project.version))\n\n"
  }

  private var footer: String {
    let bits = plan.centibits(perWeightOf: model)
    let decimals = "\(bits / 100).\(bits % 100 < 10 ? "0" : "")\(bits % 100)"
    var text = "\nWeights: \(plan.tensorBytes.count.grouped) bytes, \(decimals) bits a weight.\n"
    if plan.basis != .exact {
      let estimate = plan.estimate
      text +=
        "An estimate: \(estimate.low.count.grouped) to \(estimate.high.count.grouped) bytes.\n"
    }
    if let checkpoint {
      text +=
        "The checkpoint that it is made from takes \(checkpoint.tensorBytes.count.grouped) bytes.\n"
    }
    return text
  }

  /// The groups, those of one role together.
  private var groups: [Group] {
    var groups: [Group] = []
    for entry in plan.entries {
      let layers = [entry.tensor.layer].compactMap { $0 }
      if let index = groups.lastIndex(where: { $0.holds(entry) }) {
        groups[index].layers += layers
        groups[index].bytes += entry.bytes
        continue
      }
      let sibling = groups.lastIndex {
        $0.tensor.role == entry.tensor.role && $0.tensor.part == entry.tensor.part
      }
      groups.insert(
        Group(
          tensor: entry.tensor, format: entry.format, reason: entry.reason, layers: layers,
          bytes: entry.bytes), at: sibling.map { $0 + 1 } ?? groups.count)
    }
    return groups
  }

  private var tensorTable: TextTable {
    var table = TextTable([
      ("Tensor", .left), ("Layers", .left), ("Shape", .left), ("Format", .left),
      ("Bytes", .right), ("Why", .left),
    ])
    for group in groups {
      table.add([
        group.tensor.patternName, ranges(of: group.layers), group.tensor.shape.description,
        group.format.name, group.bytes.count.grouped, group.reason.text,
      ])
    }
    return table
  }

  private var formatTable: TextTable {
    var table = TextTable([("Format", .left), ("Layout", .left), ("Source", .left)])
    for total in plan.totalsByFormat {
      table.add([total.format.name, total.format.layoutDescription, total.format.source])
    }
    return table
  }

  /// Layers as `0–3, 7`; `all` where every layer of the model is one of them.
  private func ranges(of layers: [Int]) -> String {
    if layers.count > 1, layers.count == model.layers.count { return "all" }
    var ranges: [ClosedRange<Int>] = []
    for layer in layers.sorted() {
      if let last = ranges.last, last.upperBound + 1 == layer {
        ranges[ranges.count - 1] = last.lowerBound...layer
      } else {
        ranges.append(layer...layer)
      }
    }
    return ranges.map { range in
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
    }.joined(separator: ", ")
  }

  private var document: Document {
    Document(
      schema: 1, command: "formats", quantization: plan.name,
      outputTensorType: plan.origin.overrides.output?.name,
      tokenEmbeddingType: plan.origin.overrides.tokenEmbedding?.name, model: model.id,
      weightsBytes: plan.tensorBytes.count, checkpointBytes: checkpoint?.tensorBytes.count,
      tensors: groups.map { group in
        Document.Group(
          tensor: group.tensor.patternName, layers: group.layers,
          shape: group.tensor.shape.dimensions, format: group.format.name,
          bytes: group.bytes.count, why: group.reason.text)
      },
      formats: plan.totalsByFormat.map { total in
        Document.Format(
          name: total.format.name, layout: total.format.layoutDescription,
          source: total.format.source)
      })
  }
}

extension Tensor {
  /// The name with a star for the layer: `blk.*.attn_q.weight`.
  fileprivate var patternName: String {
    (layer == nil ? "" : "blk.*.") + role.rawValue
      + (part == .plain ? "" : ".\(part.rawValue)")
  }
}

extension AssignmentReason {
  /// The reason in a few words.
  var text: String {
    switch self {
    case .main: "the recipe's main format"
    case .asked: "asked for"
    case .notQuantized: "norms, biases and tables are not quantized"
    case .outputHead: "the recipe's rule for the output head"
    case .tokenEmbedding: "the recipe's rule for the embedding"
    case .attentionValue: "attention values keep more bits"
    case .attentionMatrix: "the recipe treats this attention matrix apart"
    case .feedForwardDown: "the down projection of these layers keeps more bits"
    case .feedForwardMiddle: "gate and up projections of the middle layers keep fewer bits"
    case .rowNotDivisible(let format): "a row is not a whole number of \(format) blocks"
    case .untiedHead: "the tied head is stored apart, quantized otherwise than the embedding"
    case .embeddingLeft: "the embedding is looked up, not multiplied by: as trained"
    case .headLeft: "the output head stays as trained"
    case .router: "routers are small and matter much"
    case .keptWider: "the family asks for more bits here"
    case .notAnExpert: "only experts are quantized"
    case .stored: "as the file has it"
    }
  }
}
