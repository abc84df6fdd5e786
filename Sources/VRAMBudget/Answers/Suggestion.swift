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
  /// first: each setting alone, and where none is enough, the cheapest pair. Other devices stand last.
  ///
  /// - Parameters:
  ///   - index: The deployment to change.
  ///   - others: Devices to choose another from, the smallest first.
  ///   - recipes: Formats to choose another from, the best quality first.
  ///   - graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  /// - Throws: ``RuntimeError`` when the runtime refuses the deployments as they are.
  /// - Complexity: Some hundred budgets at most, those of a pair of settings the most of them.
  public func suggestions(
    for index: Int = 0, among others: some Sequence<Device>, recipes: [FormatRecipe],
    graphs: PricedGraphs = PricedGraphs()
  ) throws(RuntimeError) -> [Suggestion] {
    guard try verdict(graphs: graphs) != .fits else { return [] }
    let question = by(.highest)
    let formats = SmallerFormats(of: deployments[index], among: recipes)
    var search = try SuggestionSearch(question, index, formats, graphs: graphs)
    var found = search.singles()
    // What costs more than all of a setting is hardly an answer.
    if found.allSatisfy({ $0.cost > 1 }), let pair = search.pair() { found.append(pair) }
    let settings = found.sorted { $0.cost < $1.cost }.compactMap {
      question.replacing(index, by: $0.deployment).suggestion($0, of: index, graphs: graphs)
    }
    let devices = DeviceSuggestions(question: question, index: index, graphs: graphs)
    return settings + [devices.more(), devices.other(among: others)].compactMap { $0 }
  }

  /// What a question after changes suggests, if it fits.
  func suggestion(
    _ step: SettingStep, of index: Int, graphs: PricedGraphs
  ) -> Suggestion? {
    guard let budget = try? budget(graphs: graphs), budget.verdict == .fits else { return nil }
    return Suggestion(
      changes: step.changes, index: index, needed: budget.neededOnDevices, verdict: budget.verdict,
      cost: step.cost)
  }
}
