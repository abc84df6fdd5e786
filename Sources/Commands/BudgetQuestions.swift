internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// What a person asks next of a budget: how long the context could be, and what to change.
struct BudgetQuestions {
  let question: Question
  let budget: Budget
  /// Where other devices are looked for, and what was priced is kept.
  let models: ReadModels

  /// Adds the answers.
  ///
  /// - Throws: What the runtime refuses.
  func answer(_ answers: inout BudgetAnswers) throws(RuntimeError) {
    answers.savedByServer = budget.deployments.indices.map {
      budget.savedByServer(of: $0, graphs: models.graphs)
    }
    if budget.verdict != .fits { answers.suggestions = try suggestions() }
    guard budget.deployments.count == 1 else { return }
    let graphs = models.graphs
    let sure = try question.by(.highest).largest(.context, graphs: graphs)
    let likely =
      sure.isLargest && sure.fits
      ? sure : try question.by(.expected).largest(.context, graphs: graphs)
    answers.sureContext = sure.fits ? sure.value : nil
    answers.likelyContext = likely.fits ? likely.value : nil
  }

  /// Returns what would make all of it fit, the changes that cost least first.
  ///
  /// - Throws: What the runtime refuses.
  func suggestions() throws(RuntimeError) -> [Suggestion] {
    try question.suggestions(for: largest, among: others, recipes: recipes, graphs: models.graphs)
  }

  /// The deployment that takes most of the devices.
  private var largest: Int {
    budget.deployments.indices.max { a, b in
      need(of: a) < need(of: b)
    } ?? 0
  }

  private func need(of deployment: Int) -> Bytes {
    budget.devices.indices.lazy
      .map { budget.needed(on: .device($0), by: deployment).expected }.total
  }

  /// Larger cards of the catalogue for the same interface, where the devices are cards.
  private var others: [Device] {
    guard let first = question.devices.first, !first.isUnified, first.backend != .cpu
    else { return [] }
    let cards = (try? models.cards()) ?? []
    return cards.filter { $0.usable > first.usable && $0.backend == first.backend }
  }

  private var recipes: [FormatRecipe] {
    let deployment = budget.deployments[largest]
    guard deployment.weights.origin.recipe != nil else { return [] }
    return FormatRecipe.ranked(for: deployment.model, under: deployment.runtime.kind)
  }
}
