/// Changes that make what does not fit, or only just, fit even at the highest estimate.
public struct Suggestion: Hashable, Sendable {
  /// One setting and what to make it.
  public enum Change: Hashable, Sendable {
    /// Logits of one token of each sequence alone, as llama-server asks for.
    case serverOutputs
    case cacheFormat(TensorFormat)
    case context(Int64)
    case weights(FormatRecipe)
    case sequences(Int64)
    /// Layers on devices, of all with the output.
    case gpuLayers(Int64, of: Int64)
    /// Layers whose experts stay on the host, of all.
    case hostExperts(Int64, of: Int64)
    /// Another device in place of the one there is, or as many of them.
    case device(Device, count: Int)
  }

  /// One change, or two.
  public let changes: [Change]
  /// The index of the deployment that is changed.
  public let index: Int
  /// What everything needs on the devices afterwards.
  public let needed: ByteEstimate
  public let verdict: Verdict
  /// How much the changes cost a user, for the order: a share of what there was, roughly.
  let cost: Double
}

extension Question {
  /// Returns the changes that make everything fit even at the highest estimate, those that cost least
  /// first: each setting alone, and where none is enough, the cheapest pair. Another device stands
  /// last.
  ///
  /// - Parameters:
  ///   - index: The deployment to change.
  ///   - others: Devices to choose another from, the smallest first.
  ///   - recipes: Formats to choose another from, the best quality first.
  ///   - graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  /// - Throws: ``RuntimeError`` when the runtime refuses the deployments as they are.
  public func suggestions(
    for index: Int = 0, among others: [Device], recipes: [FormatRecipe],
    graphs: PricedGraphs = PricedGraphs()
  ) throws(RuntimeError) -> [Suggestion] {
    guard try verdict(graphs: graphs) != .fits else { return [] }
    let search = SuggestionSearch(
      question: by(.highest), index: index, recipes: recipes, graphs: graphs)
    var found = search.settings()
    // What costs more than all of a setting is hardly an answer.
    if found.allSatisfy({ $0.cost > 1 }), let pair = search.pair() { found.append(pair) }
    found.sort { $0.cost < $1.cost }
    return found + [search.device(among: others)].compactMap { $0 }
  }
}

/// The search for suggestions, one setting at a time. A setting that the runtime refuses is none.
private struct SuggestionSearch {
  let question: Question
  let index: Int
  let recipes: [FormatRecipe]
  let graphs: PricedGraphs

  var deployment: Deployment { question.deployments[index] }

  /// The same search after a change.
  func after(_ deployment: Deployment) -> SuggestionSearch {
    SuggestionSearch(
      question: question.replacing(index, by: deployment), index: index, recipes: recipes,
      graphs: graphs)
  }

  /// The suggestion of a change when it is enough.
  func suggestion(
    _ changes: [Suggestion.Change], _ question: Question, cost: Double
  ) -> Suggestion? {
    guard (try? question.fits(graphs: graphs)) ?? false,
      let budget = try? question.budget(graphs: graphs)
    else { return nil }
    return Suggestion(
      changes: changes, index: index, needed: budget.neededOnDevices, verdict: budget.verdict,
      cost: cost)
  }

  /// Every single setting that is enough.
  func settings() -> [Suggestion] {
    [
      outputs(), cacheFormats().lazy.compactMap { single($0) }.first, weights(),
      context(leaving: 8),
      sequences(), experts(), layers(),
    ].compactMap { $0 }
  }

  private typealias Step = (change: Suggestion.Change, deployment: Deployment, cost: Double)

  private func single(_ step: Step) -> Suggestion? {
    suggestion([step.change], question.replacing(index, by: step.deployment), cost: step.cost)
  }

  /// Fewer logits, which cost a server nothing.
  private func outputs() -> Suggestion? {
    guard case .llamaCpp(let settings) = deployment.runtime, settings.outputs == .all,
      deployment.load.companions.draft == nil
    else { return nil }
    return single((.serverOutputs, deployment.withServerOutputs(), 0))
  }

  /// Smaller caches: eight bits lose next to nothing, four bits visibly.
  private func cacheFormats() -> [Step] {
    guard let settings = deployment.runtime.llamaCppSettings, settings.keyFormat == .f16,
      settings.valueFormat == .f16
    else { return [] }
    return [(TensorFormat.q8_0, 0.02), (.q4_0, 0.3)].map { format, cost in
      (.cacheFormat(format), deployment.with(cacheFormat: format), cost)
    }
  }

  /// A smaller format: what the published loss rises by, tenfold; half where none was published.
  private func weights() -> Suggestion? {
    let now = deployment.weights
    let before = now.origin.recipe?.loss(for: deployment.model) ?? 0
    for recipe in recipes where now.origin.recipe?.name != recipe.name {
      guard let plan = try? recipe.plan(for: deployment.model),
        plan.tensorBytes < now.tensorBytes
      else { continue }
      let loss = recipe.loss(for: deployment.model)
      let step: Step = (
        .weights(recipe), deployment.with(weights: plan),
        loss.map { max(0.01, 10 * ($0 - before)) } ?? 0.5
      )
      if let suggestion = single(step) { return suggestion }
    }
    return nil
  }

  /// A shorter context, down to a share of what was asked for: the part that is lost.
  func context(leaving share: Int64, least: Int64 = 512) -> Suggestion? {
    let asked = deployment.workload.contextTokens
    guard let answer = try? question.largest(.context, of: index, graphs: graphs), answer.fits,
      answer.value < asked, answer.value >= max(least, asked / share)
    else { return nil }
    return suggestion(
      [.context(answer.value)], question.replacing(index, by: answer.deployment),
      cost: Double(asked - answer.value) / Double(asked))
  }

  /// Fewer sequences: the part that is lost.
  private func sequences() -> Suggestion? {
    let asked = deployment.workload.sequences
    guard asked > 1 else { return nil }
    for count in (1..<asked).reversed() {
      let changed = Axis.sequences.deployment(deployment, at: count)
      let cost = Double(asked - count) / Double(asked)
      if let found = single((.sequences(count), changed, cost)) { return found }
    }
    return nil
  }

  /// Experts of some layers on the host: the part of the layers that is slower.
  private func experts() -> Suggestion? {
    let layers = Int64(deployment.model.layers.count)
    guard case .llamaCpp(let settings) = deployment.runtime, deployment.model.experts != nil,
      let answer = try? question.largest(.deviceExperts, of: index, graphs: graphs), answer.fits,
      answer.value > settings.hostExpertLayers
    else { return nil }
    return suggestion(
      [.hostExperts(answer.value, of: layers)], question.replacing(index, by: answer.deployment),
      cost: 0.15 + 0.6 * Double(answer.value) / Double(layers))
  }

  /// Fewer layers on the devices: the part of the layers that is slower, and slower than experts.
  private func layers() -> Suggestion? {
    let units = Int64(deployment.model.layers.count) + 1
    guard deployment.runtime.llamaCppSettings?.gpuLayers == .all,
      let answer = try? question.largest(.gpuLayers, of: index, graphs: graphs), answer.fits,
      answer.value > 0,
      answer.value < units
    else { return nil }
    return suggestion(
      [.gpuLayers(answer.value, of: units)], question.replacing(index, by: answer.deployment),
      cost: 0.2 + 1.5 * Double(units - answer.value) / Double(units))
  }

  /// The cheapest two settings that are enough together.
  func pair() -> Suggestion? {
    var pairs: [Suggestion] = []
    for step in cacheFormats() {
      let search = after(step.deployment)
      let seconds = [
        search.weights(), search.context(leaving: .max, least: 256), search.layers(),
      ]
      pairs += seconds.compactMap { $0?.after(step.change, cost: step.cost) }
    }
    for recipe in recipes {
      guard let plan = try? recipe.plan(for: deployment.model),
        plan.tensorBytes < deployment.weights.tensorBytes
      else { continue }
      let loss = recipe.loss(for: deployment.model) ?? 0.05
      let search = after(deployment.with(weights: plan))
      let seconds = [search.context(leaving: .max, least: 256), search.layers()]
      pairs += seconds.compactMap { $0?.after(.weights(recipe), cost: 10 * loss) }
      // A format that loses more than a tenth costs more than any second setting saves.
      if loss > 0.1, !pairs.isEmpty { break }
    }
    return pairs.min { $0.cost < $1.cost }
  }

  /// The smallest other device on which everything fits, in place of as many as there are.
  func device(among others: [Device]) -> Suggestion? {
    for device in others {
      let other = question.on(question.devices.map { _ in device })
      if let found = suggestion([.device(device, count: question.devices.count)], other, cost: 2) {
        return found
      }
    }
    return nil
  }
}

extension Suggestion {
  /// The same suggestion with another change made first.
  fileprivate func after(_ change: Change, cost: Double) -> Suggestion {
    Suggestion(
      changes: [change] + changes, index: index, needed: needed, verdict: verdict,
      cost: cost + self.cost)
  }
}
