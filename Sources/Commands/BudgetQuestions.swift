internal import ArgumentParsing
internal import PresetEntries
internal import Presets
internal import Reports
internal import VRAMBudget

/// What a person asks next of a budget: how long the context could be, and what to change.
struct BudgetQuestions {
  let question: Question
  let budget: Budget
  /// Where other devices are looked for, and what was priced is kept.
  let models: ReadModels
  /// What is to be kept free of other devices too, and how formats are made.
  let arguments: ParsedArguments

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
  /// - Parameter isEnough: Whether no more are asked for; called with each in order.
  /// - Throws: What the runtime refuses.
  func suggestions(
    until isEnough: (Suggestion) -> Bool = { _ in false }
  ) throws(RuntimeError) -> [Suggestion] {
    try question.suggestions(
      for: largest, among: others, recipes: recipes, graphs: models.graphs, until: isEnough)
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

  /// Larger devices of the same kind, those of the catalogue that have the same interface, and as many
  /// usable bytes at the least.
  private func others(_ least: Bytes) -> some Sequence<Device> {
    let first = question.devices.first
    // Where a limit is moved, another number is usable than what is listed.
    let least = arguments.has(Options.gpuLimit.spec) ? .zero : least
    let cards =
      (try? DeviceSearch.listed(in: models.catalogue) { listing in
        guard let first, first.backend != .cpu else { return false }
        return listing.usable > first.usable && listing.usable >= least
          && listing.backend == first.backend.rawValue
          && listing.isUnified == first.isUnified
      }) ?? []
    return cards.lazy.compactMap { listing -> Device? in
      (try? DeviceSearch.device(listing, in: models.catalogue, arguments)) ?? nil
    }
  }

  private var recipes: [FormatRecipe] {
    let deployment = budget.deployments[largest]
    guard deployment.weights.origin.recipe != nil else { return [] }
    return FormatRecipe.ranked(for: deployment.model, under: deployment.runtime.kind)
      .compactMap { try? RecipeOptions.applied(to: $0, arguments) }
  }
}
