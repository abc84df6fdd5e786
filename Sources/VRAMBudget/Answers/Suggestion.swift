/// Changes that make what does not fit, or only just, fit even at the highest estimate.
public struct Suggestion: Hashable, Sendable {
  /// One setting and what to make it.
  public enum Change: Hashable, Sendable {
    /// Logits of one token of each sequence alone, as llama-server asks for.
    case serverOutputs
    /// Attention that keeps no matrix of scores, where it was turned off.
    case flashAttention
    case sdpa
    case cacheFormat(TensorFormat)
    /// vLLM's cache in 8 bits.
    case fp8Cache
    /// mlx-lm's cache in so many bits, from a token on; nil where its default does.
    case cacheBits(Int64, from: Int64?)
    /// Tokens computed at once.
    case microbatch(Int64, under: RuntimeKind)
    /// The share of each device that vLLM claims, in thousandths.
    case utilization(permille: Int64)
    /// Sequences that vLLM computes at once.
    case mostSequences(Int64)
    /// vLLM without CUDA graphs.
    case eager
    case context(Int64)
    case weights(FormatRecipe)
    case sequences(Int64)
    /// Layers of each device.
    case tensorSplit([Int64])
    /// Layers on devices, of all with the output.
    case gpuLayers(Int64, of: Int64)
    /// Layers whose experts stay on the host, of all.
    case hostExperts(Int64, of: Int64)
    /// Another device in place of the one there is, or so many of them; and under vLLM, how many share
    /// each layer.
    case device(Device, count: Int, tensorParallel: Int64?)
    /// Tokens of the prompt that speed is asked of.
    case prompt(Int64)
  }

  /// One change, or two.
  public let changes: [Change]
  /// The index of the deployment that is changed.
  public let index: Int
  /// What everything needs on the devices afterwards.
  public let needed: ByteEstimate
  public let verdict: Verdict
  /// How fast it is afterwards, where that is why it is suggested.
  public let speed: ServingSpeed?
  /// How much the changes cost a user, for the order: a share of what there was, roughly.
  let cost: Double
}

extension Question {
  /// Returns the changes that make everything fit even at the highest estimate, those that cost least
  /// first: each setting alone, and where none is enough, the cheapest pair. Other devices stand last.
  ///
  /// - Parameters:
  ///   - index: The deployment to change.
  ///   - others: Returns devices to choose another from, the smallest first; those below a number of
  ///     usable bytes are of no use.
  ///   - recipes: Formats to choose another from, the best quality first.
  ///   - graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  ///   - isEnough: Whether what comes after a suggestion is not asked for; called with each in order.
  /// - Throws: ``RuntimeError`` when the runtime refuses the deployments as they are.
  /// - Complexity: Some hundred budgets at most, those of a pair of settings the most of them.
  public func suggestions<Others: Sequence<Device>>(
    for index: Int = 0, among others: (_ least: Bytes) -> Others, recipes: [FormatRecipe],
    graphs: PricedGraphs = PricedGraphs(), until isEnough: (Suggestion) -> Bool = { _ in false }
  ) throws(RuntimeError) -> [Suggestion] {
    guard try verdict(graphs: graphs) != .fits else { return [] }
    let question = by(.highest)
    let formats = SmallerFormats(of: deployments[index], among: recipes)
    var search = try SuggestionSearch(question, index, formats, graphs: graphs)
    var suggestions: [Suggestion] = []
    func isEnoughWith(_ suggestion: Suggestion?) -> Bool {
      guard let suggestion else { return false }
      suggestions.append(suggestion)
      return isEnough(suggestion)
    }
    func isEnoughWith(_ steps: [SettingStep]) -> Bool {
      steps.sorted { $0.cost < $1.cost }.contains { step in
        isEnoughWith(
          question.replacing(index, by: step.deployment).suggestion(step, of: index, graphs: graphs)
        )
      }
    }
    // What is cheaper than anything on the host need not wait for it.
    let onDevices = search.settings()
    let cheap = onDevices.filter { $0.cost <= SuggestionSearch.leastCostOnHost }
    if isEnoughWith(cheap) { return suggestions }
    let onHost = search.settingsOfHost()
    var rest = onDevices.filter { $0.cost > SuggestionSearch.leastCostOnHost } + onHost
    // What costs more than all of a setting is hardly an answer.
    if cheap.isEmpty, rest.allSatisfy({ $0.cost > 1 }), let pair = search.pair() {
      rest.append(pair)
    }
    if isEnoughWith(rest) { return suggestions }
    let devices = DeviceSuggestions(question: question, index: index, graphs: graphs)
    if !isEnoughWith(devices.more()) { _ = isEnoughWith(devices.other(among: others)) }
    return suggestions
  }

  /// What a question after changes suggests, if it fits.
  func suggestion(
    _ step: SettingStep, of index: Int, graphs: PricedGraphs
  ) -> Suggestion? {
    guard let budget = try? budget(graphs: graphs), budget.verdict == .fits else { return nil }
    return Suggestion(
      changes: step.changes, index: index, needed: budget.neededOnDevices, verdict: budget.verdict,
      speed: nil, cost: step.cost)
  }
}
