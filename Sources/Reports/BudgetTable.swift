public import VRAMBudget

/// A budget for people: a table for each device, a bar of how full it is, and the answer in words.
public struct BudgetTable {
  /// What the text may use and how it shows sizes.
  public struct Style: Sendable {
    public let prefix: BytePrefix
    /// Whether each line's formula and source follow.
    public let explains: Bool
    /// Whether the terminal shows colours.
    public let isColoured: Bool

    public init(prefix: BytePrefix, explains: Bool, isColoured: Bool = false) {
      self.prefix = prefix
      self.explains = explains
      self.isColoured = isColoured
    }
  }

  let budget: Budget
  let answers: BudgetAnswers
  private let speed: SpeedReport
  let style: Style

  public init(
    _ budget: Budget, answers: BudgetAnswers = BudgetAnswers(),
    speed: SpeedReport = SpeedReport([]), style: Style
  ) {
    self.budget = budget
    self.answers = answers
    self.speed = speed
    self.style = style
  }

  /// The whole text.
  public var text: String {
    var text = budget.deployments.map { Self.title(of: $0) + "\n" }.joined() + foundText
    text += budget.devices.indices.map(deviceText).joined(separator: "\n")
    text += limitText + swappedText + reportText + serverText + hostText + fileText
    text += historyText + answerText
    for index in budget.deployments.indices {
      text += speed.text(of: index, in: budget, prefix: style.prefix)
    }
    if style.explains {
      text += "\n" + explanation
      for index in budget.deployments.indices {
        text += speed.explanation(of: index, in: budget)
      }
    }
    return text
  }

  /// A model's name with its format, context and runtime.
  static func title(of deployment: Deployment) -> String {
    let workload = deployment.workload
    let isEach = deployment.runtime.kind.countsContextPerSequence && workload.sequences > 1
    let context =
      (isEach ? "\(workload.sequences) × " : "")
      + "\(workload.contextTokens.grouped) \(workload.contextTokens == 1 ? "token" : "tokens")"
      + (workload.contextOrigin == .default ? " (default)" : "")
    var parts = [deployment.model.name, deployment.weights.origin.title, context]
    if workload.sequences > 1, !isEach { parts.append("\(workload.sequences) sequences") }
    parts.append(deployment.runtime.kind.title)
    return parts.joined(separator: " · ")
  }

  func size(_ bytes: Bytes, decimals: Int = 3) -> String {
    bytes.formatted(inUnitsOf: style.prefix.budgetUnit.bytes, decimals: decimals)
  }

  var unit: String { style.prefix.budgetUnit.symbol }

}
