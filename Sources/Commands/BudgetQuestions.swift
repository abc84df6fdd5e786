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
  /// What speed must be, where that is asked.
  let speed: SpeedQuestion
  /// Whether what holds only as expected is not enough.
  let isStrict: Bool

  /// Adds the answers.
  ///
  /// - Throws: What the runtime refuses.
  func answer(_ answers: inout BudgetAnswers) throws(RuntimeError) {
    answers.savedByServer = budget.deployments.indices.map {
      budget.savedByServer(of: $0, graphs: models.graphs)
    }
    if budget.verdict != .doesNotFit { answers.suggestions = speedSuggestions() }
    if budget.verdict != .fits, answers.suggestions.isEmpty {
      answers.suggestions = try suggestions()
    }
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
      for: largest, among: largerCards, recipes: recipes(of: largest), graphs: models.graphs,
      until: isEnough)
  }

  // MARK: Speed

  /// The deployments that are not as fast as is asked, though it is known how fast they are.
  private var tooSlow: [Int] {
    guard !speed.requirements.isEmpty else { return [] }
    return budget.deployments.indices.filter { index in
      guard budget.isHeldToSpeed(index) else { return false }
      let verdict = speed.verdict(
        on: speed.speed(of: budget.deployments[index], on: budget.devices))
      return verdict == .doesNotFit || verdict == .tight && isStrict
    }
  }

  /// Returns what would make the first deployment that is too slow fast enough, the changes that cost
  /// least first; nothing where several are.
  ///
  /// - Parameter isEnough: Whether no more are asked for; called with each in order.
  func speedSuggestions(until isEnough: (Suggestion) -> Bool = { _ in false }) -> [Suggestion] {
    let slow = tooSlow
    guard slow.count == 1 else { return [] }
    return question.speedSuggestions(
      for: slow[0], toMeet: speed, among: otherCards, recipes: recipes(of: slow[0]),
      isSure: isStrict, graphs: models.graphs, until: isEnough)
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

  // MARK: What there is to choose from

  /// Larger devices of the same kind, with as many usable bytes at the least.
  private func largerCards(_ least: Bytes) -> some Sequence<Device> {
    cards(least) { listing, first in listing.usable > first.usable }
  }

  /// Devices of the same kind, those with faster memory where that is what decides.
  private func otherCards(_ least: Bytes) -> some Sequence<Device> {
    let readsFaster = speed.requirements.contains { if case .rate = $0 { true } else { false } }
    return cards(least) { listing, first in
      guard let bandwidth = listing.bandwidth, listing.id != first.id else { return false }
      return !readsFaster || bandwidth * 1e9 > first.performance?.bandwidth ?? 0
    }
  }

  /// Devices of the catalogue that have the same interface and as many usable bytes at the least.
  private func cards(
    _ least: Bytes, where isWanted: (DeviceListing, Device) -> Bool
  ) -> some Sequence<Device> {
    let first = question.devices.first
    // Where a limit is moved, another number is usable than what is listed.
    let least = arguments.has(Options.gpuLimit.spec) ? .zero : least
    let cards =
      (try? DeviceSearch.listed(in: models.catalogue) { listing in
        guard let first, first.backend != .cpu else { return false }
        return listing.usable >= least && listing.backend == first.backend.rawValue
          && listing.isUnified == first.isUnified && isWanted(listing, first)
      }) ?? []
    return cards.lazy.compactMap { listing -> Device? in
      (try? DeviceSearch.device(listing, in: models.catalogue, arguments)) ?? nil
    }
  }

  private func recipes(of index: Int) -> [FormatRecipe] {
    let deployment = budget.deployments[index]
    guard deployment.weights.origin.recipe != nil else { return [] }
    return FormatRecipe.ranked(for: deployment.model, under: deployment.runtime.kind)
      .compactMap { try? RecipeOptions.applied(to: $0, arguments) }
  }
}
