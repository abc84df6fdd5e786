public import VRAMBudget

/// What a model costs over its life, for people and for programs.
public struct LifetimeReport {
  private let life: Lifetime
  private let model: ModelShape

  public init(_ life: Lifetime, of model: ModelShape) {
    self.life = life
    self.model = model
  }

  /// The report in one of the formats.
  public func text(_ format: BudgetFormat) -> String {
    switch format {
    case .table: tableText
    case .json: jsonText(Document(life, model))
    case .csv: course.csv
    case .markdown: rows.markdown
    case .svg: LifetimePicture(title: title, life: life, answer: verdict).text
    }
  }

  private var title: String {
    let active =
      life.activeParameters == life.parameters
      ? "" : ", \(life.activeParameters.abbreviated) of them used by a token"
    return "\(model.name) · \(life.parameters.abbreviated) parameters\(active)"
  }

  // MARK: Table

  private var rows: TextTable {
    var table = TextTable([("What", .left), ("Amount", .right), ("How", .left)])
    let active = life.activeParameters.abbreviated
    table.add([
      "Training", "\(life.trainingOperations.scientific) FLOPs",
      "6 × \(active) × \(life.trainingTokens.counted) tokens",
    ])
    table.add([
      "Serving", "\(life.inferenceOperations.scientific) FLOPs",
      "2 × \(active) × \(life.servedTokensPerDay.counted) tokens × \(life.days.counted) days",
    ])
    table.add([
      "Serving's share", "\((100 * life.inferenceOperations / life.operations).significant()) %",
      "",
    ])
    table.add([
      "Serving overtakes", "day \(life.crossoverDay.counted)",
      "3 × the training tokens are served",
    ])
    table.add([
      "Tokens a parameter", life.tokensPerParameter.significant(3).droppingZeros,
      "\(life.chinchillaMultiple.significant()) × Chinchilla's 20",
    ])
    table.add([
      "Half the size saves", "\(life.savedByHalf.scientific) FLOPs",
      "enough to train it on \(life.extraTrainingTokensForHalf.counted) tokens more",
    ])
    return table
  }

  private var tableText: String {
    "\(title)\n\n\(rows.text)\n\(plot)\n\(verdict)\n"
  }

  private var verdict: String {
    let ratio = life.chinchillaMultiple
    let training =
      ratio >= 1
      ? "Trained on \(ratio.significant()) times Chinchilla's tokens"
      : "Trained on \((100 * ratio).significant()) % of Chinchilla's tokens"
    let serving =
      life.crossoverDay <= life.days
      ? "serving costs more than training from day \(life.crossoverDay.counted)"
      : "training stays the larger part"
    return "\(training); over \(life.days.counted) days \(serving)."
  }

  /// Both costs over the days, as columns of characters.
  private var plot: String {
    let columns = 60
    let height = 10
    let points = life.course(points: columns - 1)
    let most = max(life.trainingOperations, life.inferenceOperations)
    func level(_ value: Double) -> Int {
      max(0, min(height, Int((value / most * Double(height)).rounded())))
    }
    let training = level(life.trainingOperations)
    var lines: [String] = []
    for row in stride(from: height, through: 1, by: -1) {
      let cells = points.map { point in
        level(point.inference) >= row ? "▒" : row == training ? "─" : " "
      }
      let label =
        row == height ? most.scientific : row == training ? "training" : ""
      lines.append(label.leftPadded(to: 9) + " │" + cells.joined().trimmingTrailingSpaces)
    }
    lines.append("0".leftPadded(to: 9) + " └" + String(repeating: "─", count: columns))
    let end = "day \(life.days.counted)"
    lines.append(
      String(repeating: " ", count: 11) + "0" + end.leftPadded(to: columns - 1))
    return lines.joined(separator: "\n") + "\n" + String(repeating: " ", count: 11)
      + "─ training   ▒ serving\n"
  }

  // MARK: Programs

  private var course: TextTable {
    var table = TextTable([
      ("day", .right), ("training_flops", .right), ("inference_flops", .right),
    ])
    for point in life.course(points: 100) {
      table.add([
        point.day.rounded(to: 6).description, life.trainingOperations.rounded(to: 6).description,
        point.inference.rounded(to: 6).description,
      ])
    }
    return table
  }

  private struct Document: Encodable {
    struct Point: Encodable {
      let day: Double
      let inferenceFlops: Double
    }

    struct Model: Encodable {
      let id: String
      let name: String
      let parameters: Int64
      let activeParameters: Int64
    }

    let schema = 1
    let command = "lifetime"
    let model: Model
    let trainingTokens: Double
    let servedTokensPerDay: Double
    let days: Double
    let trainingFlops: Double
    let inferenceFlops: Double
    let crossoverDay: Double
    let overtakesWithinLife: Bool
    let tokensPerParameter: Double
    let chinchillaTokens: Double
    let chinchillaMultiple: Double
    let halfSizeSavedFlops: Double
    let halfSizeExtraTrainingTokens: Double
    let course: [Point]

    init(_ life: Lifetime, _ shape: ModelShape) {
      model = Model(
        id: shape.id, name: shape.name, parameters: life.parameters,
        activeParameters: life.activeParameters)
      trainingTokens = life.trainingTokens
      servedTokensPerDay = life.servedTokensPerDay
      days = life.days
      trainingFlops = life.trainingOperations.rounded(to: 6)
      inferenceFlops = life.inferenceOperations.rounded(to: 6)
      crossoverDay = life.crossoverDay.rounded(to: 6)
      overtakesWithinLife = life.crossoverDay <= life.days
      tokensPerParameter = life.tokensPerParameter.rounded(to: 6)
      chinchillaTokens = life.chinchillaTokens
      chinchillaMultiple = life.chinchillaMultiple.rounded(to: 4)
      halfSizeSavedFlops = life.savedByHalf.rounded(to: 6)
      halfSizeExtraTrainingTokens = life.extraTrainingTokensForHalf.rounded(to: 6)
      course = life.course(points: 20).map {
        Point(day: $0.day.rounded(to: 6), inferenceFlops: $0.inference.rounded(to: 6))
      }
    }
  }
}
