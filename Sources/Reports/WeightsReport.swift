public import VRAMBudget

/// What a model's weights take in each format.
public struct WeightsReport: Sendable {
  /// One format's row.
  public struct Row: Codable, Sendable {
    let quantization: String
    let outputTensorType: String?
    let tokenEmbeddingType: String?
    let weightsBytes: Int64
    let lowBytes: Int64
    let highBytes: Int64
    let basis: String
    /// Bits of tensor data for each parameter, to two decimals.
    let bitsPerWeight: Double
    /// The size as a share of F16's, to three decimals.
    let fp16Ratio: Double
    let use: String
  }

  private struct Document: Codable {
    struct Model: Codable {
      let id: String
      let name: String
      let architecture: String
      let parameters: Int64
    }
    let schema: Int
    let command: String
    let model: Model
    let formats: [Row]
  }

  private let model: ModelShape
  private let plans: [WeightPlan]
  private let halfBytes: Bytes

  /// - Parameters:
  ///   - plans: One for each format, in the order in which they are to stand.
  ///   - halfBytes: What F16 takes.
  public init(model: ModelShape, plans: [WeightPlan], halfBytes: Bytes) {
    self.model = model
    self.plans = plans
    self.halfBytes = halfBytes
  }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat) -> String {
    switch format {
    case .json:
      return jsonText(
        Document(
          schema: 1, command: "weights",
          model: .init(
            id: model.id, name: model.name, architecture: model.architecture.modelType,
            parameters: model.parameters), formats: rows))
    case .csv:
      var table = TextTable([
        ("quantization", .left), ("weights_bytes", .right), ("bits_per_weight", .right),
        ("fp16_ratio", .right), ("low_bytes", .right), ("high_bytes", .right), ("basis", .left),
      ])
      for row in rows {
        table.add([
          row.quantization, "\(row.weightsBytes)", "\(row.bitsPerWeight)", "\(row.fp16Ratio)",
          "\(row.lowBytes)", "\(row.highBytes)", row.basis,
        ])
      }
      return table.csv
    case .table: return heading + table.text
    case .markdown: return heading + table.markdown
    }
  }

  private var heading: String {
    let asked = plans.lazy.map(\.recipe.overrides).first { $0 != .none }
    return "\(model.name): \(model.parameters.grouped) parameters"
      + (asked.map { "; llama.cpp's files with \($0.words)" } ?? "") + "\n\n"
  }

  private var rows: [Row] {
    plans.map { plan in
      let estimate = plan.estimate
      return Row(
        quantization: plan.recipe.name, outputTensorType: plan.recipe.overrides.output?.name,
        tokenEmbeddingType: plan.recipe.overrides.tokenEmbedding?.name,
        weightsBytes: plan.tensorBytes.count,
        lowBytes: estimate.low.count, highBytes: estimate.high.count,
        basis: plan.basis.rawValue,
        bitsPerWeight: Double(plan.centibits(perParameterOf: model)) / 100,
        fp16Ratio: Double(permille(plan)) / 1000, use: plan.recipe.use)
    }
  }

  private func permille(_ plan: WeightPlan) -> Int64 {
    (plan.tensorBytes.count * 1000 + halfBytes.count / 2) / max(1, halfBytes.count)
  }

  private var table: TextTable {
    var table = TextTable([
      ("Format", .left), ("Bytes", .right), ("GiB", .right), ("GB", .right),
      ("Bits/weight", .right),
      ("of F16", .right), ("Use", .left),
    ])
    for plan in plans {
      let bits = plan.centibits(perParameterOf: model)
      table.add([
        plan.recipe.name, (plan.basis == .exact ? "" : "≈ ") + plan.tensorBytes.count.grouped,
        plan.tensorBytes.formatted(inUnitsOf: BytePrefix.binary.budgetUnit.bytes, decimals: 2),
        plan.tensorBytes.formatted(inUnitsOf: BytePrefix.decimal.budgetUnit.bytes, decimals: 2),
        "\(bits / 100).\(bits % 100 < 10 ? "0" : "")\(bits % 100)",
        "\((permille(plan) + 5) / 10) %", plan.recipe.use,
      ])
    }
    return table
  }
}

extension FormatRecipe {
  /// When the format is the right choice, in a few words.
  var use: String {
    switch method {
    case .byKind(let recipe): return recipe.use
    case .llamaCpp(let fileType, _, _):
      switch fileType {
      case .f32: return "conversion and debugging only"
      case .f16, .bf16: return "the baseline: as trained"
      case .q8_0: return "about half of F16, loss negligible"
      case .q6_K: return "close to Q8_0 at three quarters of its size"
      case .q5_K_M, .q5_K_S, .q5_1, .q5_0: return "a margin above four bits"
      case .q4_K_M: return "the default for local work"
      case .q4_1: return "older; Q4_K_M is smaller and better"
      case .q4_K_S, .iq4_NL, .iq4_XS: return "a little smaller than Q4_K_M"
      case .q4_0: return "budget hardware; test first"
      case .mxfp4_MOE: return "mixtures of experts trained for MXFP4"
      case .q3_K_L, .q3_K_M, .q3_K_S, .iq3_M, .iq3_S, .iq3_XS, .iq3_XXS:
        return "when four bits do not fit; visible loss"
      case .q2_K, .q2_K_S, .iq2_M, .iq2_S, .iq2_XS, .iq2_XXS:
        return "large models only; strong loss"
      case .tq2_0, .tq1_0: return "models trained with ternary weights"
      case .iq1_M, .iq1_S: return "a last resort"
      }
    }
  }
}
