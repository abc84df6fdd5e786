/// The search for settings that are enough, of one deployment. A setting that the runtime refuses is
/// none.
struct SuggestionSearch {
  private let question: Question
  private let index: Int
  private let formats: SmallerFormats
  private let graphs: PricedGraphs
  /// Prices everything with the deployment's own weights.
  private var pricer: Pricer
  /// What is left as it is, by the highest estimate: negative is what has to be saved.
  private let headroom: Bytes
  /// The most that another format can save beside weights: what computes.
  private let slack: Bytes
  /// The share of the need that has to be saved where the most is short.
  private let excess: Double
  /// Whether weights alone are too much for a device, so that nothing helps but fewer of them there.
  private let areWeightsTooMuch: Bool

  /// - Throws: ``RuntimeError`` when the runtime refuses the deployments as they are.
  init(
    _ question: Question, _ index: Int, _ formats: SmallerFormats, graphs: PricedGraphs
  ) throws(RuntimeError) {
    self.question = question
    self.index = index
    self.formats = formats
    self.graphs = graphs
    var pricer = try Pricer(question, changing: index, graphs: graphs)
    let outlook = try pricer.outlook(of: question.deployments[index])
    self.pricer = pricer
    headroom = outlook.headroom
    // An allowance, not a measurement: were it too small, a suggestion would be left out, none be wrong.
    slack = 6 * outlook.ripple + .mebibytes(64)
    excess = outlook.excess
    areWeightsTooMuch = try question.areWeightsTooMuch(graphs: graphs)
  }

  private var deployment: Deployment { question.deployments[index] }

  /// The same search after a change.
  private func after(_ step: SettingStep) -> SuggestionSearch? {
    try? SuggestionSearch(
      question.replacing(index, by: step.deployment), index, formats, graphs: graphs)
  }

  // MARK: One setting

  /// Every single setting that is enough with all that is on devices there, each by its cheapest step.
  mutating func settings() -> [SettingStep] {
    var found: [SettingStep?] = []
    if !areWeightsTooMuch {
      for ladder in deployment.ladders { found.append(first(of: ladder)) }
      found += [context(leaving: 8), sequences(), claim()]
    }
    found += [weights(), split()]
    return found.compactMap { $0 }
  }

  /// Every single setting that is enough with more of the model on the host.
  func settingsOfHost() -> [SettingStep] { [experts(), layers()].compactMap { $0 } }

  /// What a step of ``settingsOfHost()`` costs more than.
  static let leastCostOnHost = 0.15

  /// The first step that is enough.
  private mutating func first(of ladder: [SettingStep]) -> SettingStep? {
    for step in ladder where fits(step.deployment) { return step }
    return nil
  }

  private mutating func fits(_ deployment: Deployment) -> Bool {
    (try? pricer.outlook(of: deployment).verdict) == .fits
  }

  /// A smaller share under vLLM, which does not start unless its whole share is free: the largest that is
  /// enough. What it takes of the cache, nobody asked for.
  private mutating func claim() -> SettingStep? {
    guard case .vllm(let settings) = deployment.runtime else { return nil }
    let claimed = settings.utilizationPermille
    for permille in stride(from: (claimed - 1) / 10 * 10, through: 10, by: -10) {
      let changed = deployment.changing(.vllm(settings.with(utilizationPermille: permille)))
      guard fits(changed) else { continue }
      return SettingStep(
        .utilization(permille: permille), changed, cost: Double(claimed - permille) / 10_000)
    }
    return nil
  }

  /// A smaller format: what the published loss rises by, tenfold; half where none was published.
  private func weights() -> SettingStep? {
    let most = deployment.weights.tensorBytes + headroom + slack
    for format in formats.all where format.bytes <= most {
      guard let step = formats.step(to: format, from: deployment),
        (try? question.replacing(index, by: step.deployment).fits(graphs: graphs)) ?? false
      else { continue }
      return step
    }
    return nil
  }

  /// A shorter context, down to a share of what was asked for: the part that is lost.
  private func context(leaving share: Int64, least: Int64 = 512) -> SettingStep? {
    let asked = deployment.workload.contextTokens
    guard let answer = largest(.context), answer.value < asked,
      answer.value >= max(least, asked / share)
    else { return nil }
    return SettingStep(
      .context(answer.value), answer.deployment, cost: Double(asked - answer.value) / Double(asked))
  }

  /// Fewer sequences: the part that is lost. Found by halving, as if fewer always needed less.
  private mutating func sequences() -> SettingStep? {
    let asked = deployment.workload.sequences
    guard asked > 1 else { return nil }
    func changed(_ count: Int64) -> Deployment { Axis.sequences.deployment(deployment, at: count) }
    guard fits(changed(1)) else { return nil }
    var (fitting, failing) = (Int64(1), asked)
    while failing - fitting > 1 {
      let middle = fitting + (failing - fitting) / 2
      if fits(changed(middle)) { fitting = middle } else { failing = middle }
    }
    return SettingStep(
      .sequences(fitting), changed(fitting), cost: Double(asked - fitting) / Double(asked))
  }

  /// Experts of some layers on the host: the part of the layers that is slower.
  private func experts() -> SettingStep? {
    let layers = Int64(deployment.model.layers.count)
    guard case .llamaCpp(let settings) = deployment.runtime, deployment.model.experts != nil,
      settings.hostExpertLayers < layers, let answer = largest(.deviceExperts),
      answer.value > settings.hostExpertLayers
    else { return nil }
    return SettingStep(
      .hostExperts(answer.value, of: layers), answer.deployment,
      cost: Self.leastCostOnHost + 0.6 * Double(answer.value) / Double(layers))
  }

  /// Fewer layers on the devices: the part of the layers that is slower, and slower than experts.
  private func layers() -> SettingStep? {
    let units = Int64(deployment.model.layers.count) + 1
    guard deployment.runtime.llamaCppSettings?.gpuLayers == .all,
      let answer = largest(.gpuLayers), answer.value > 0, answer.value < units
    else { return nil }
    return SettingStep(
      .gpuLayers(answer.value, of: units), answer.deployment,
      cost: 0.2 + 1.5 * Double(units - answer.value) / Double(units))
  }

  private func largest(_ axis: Axis) -> Answer? {
    guard let answer = try? question.largest(axis, of: index, using: pricer), answer.fits
    else { return nil }
    return answer
  }

  /// Other shares of two devices: the first that fits, from the most layers that the first one holds.
  private mutating func split() -> SettingStep? {
    guard case .llamaCpp(let settings) = deployment.runtime, question.devices.count == 2,
      settings.gpuLayers == .all
    else { return nil }
    let units = Int64(deployment.model.layers.count) + 1
    func changed(_ first: Int64) -> Deployment {
      deployment.with(tensorSplit: [Float(first), Float(units - first)])
    }
    // More layers on the first device: the room on it falls, that on the second grows.
    var (low, high) = (Int64(1), units - 1)
    while low <= high {
      let middle = low + (high - low) / 2
      guard let rooms = try? pricer.headrooms(of: changed(middle)), rooms.count >= 2
      else { return nil }
      if rooms.allSatisfy({ $0 >= .zero }) {
        return SettingStep(.tensorSplit([middle, units - middle]), changed(middle), cost: 0.01)
      }
      if rooms[0] < .zero, rooms[1] < .zero { return nil }
      if rooms[0] < .zero { high = middle - 1 } else { low = middle + 1 }
    }
    return nil
  }

  // MARK: Two settings

  /// The cheapest two settings that are enough together.
  mutating func pair() -> SettingStep? {
    let ladders = deployment.ladders
    var firsts: [First] = []
    for (number, ladder) in ladders.enumerated() {
      firsts += ladder.map { First(ladder: number, cost: $0.cost, move: .setting($0)) }
    }
    firsts += formats.all.map {
      First(ladder: ladders.count, cost: $0.cost, move: .format($0))
    }
    // Behind a smaller share come the settings that make vLLM need less.
    firsts += deployment.smallerShares.map { First(ladder: 1, cost: $0.cost, move: .setting($0)) }
    firsts.sort { $0.cost < $1.cost }
    var best: SettingStep?
    for first in firsts.prefix(Self.mostFirsts) {
      let limit = (best?.cost ?? .infinity) - first.cost
      guard limit > 0, let step = step(of: first, below: limit), var search = after(step)
      else { continue }
      let isFormat = first.ladder == ladders.count
      for second in search.seconds(behind: first.ladder, isFormat: isFormat, below: limit) {
        let pair = second.after(step)
        if pair.cost < best?.cost ?? .infinity { best = pair }
      }
    }
    return best
  }

  /// A first of two settings.
  private struct First {
    enum Move {
      case setting(SettingStep)
      case format(SmallerFormats.Format)
    }

    /// The number of its ladder; formats are the last.
    let ladder: Int
    let cost: Double
    let move: Move
  }

  /// The deployment after a first setting; nil where no second one can cost less than a limit.
  private func step(of first: First, below limit: Double) -> SettingStep? {
    switch first.move {
    case .setting(let step): step
    case .format(let format):
      excess(after: format) < limit ? formats.step(to: format, from: deployment) : nil
    }
  }

  /// Dearer ones are not looked at: each is a search of its own.
  private static let mostFirsts = 40

  /// The least share of the need that is still too much in another format.
  private func excess(after format: SmallerFormats.Format) -> Double {
    let saved = deployment.weights.tensorBytes - format.bytes + slack
    let short = Bytes.zero - headroom
    guard short > .zero else { return 0 }
    return excess * max(0, Double((short - saved).count)) / Double(short.count)
  }

  /// What is enough after a first step that was of one ladder: steps of the ladders behind it, and the
  /// settings that are searched.
  ///
  /// What cannot cost less than a limit is not looked for: to save a share of the need, at least that
  /// share of the tokens, sequences or layers has to go.
  private mutating func seconds(
    behind ladder: Int, isFormat: Bool, below limit: Double
  ) -> [SettingStep] {
    var found: [SettingStep?] = []
    if !areWeightsTooMuch {
      for next in deployment.ladders.dropFirst(ladder + 1)
      where (next.first?.cost ?? limit) < limit {
        found.append(first(of: next))
      }
      if excess < limit { found += [context(leaving: .max, least: 256), sequences()] }
    }
    if !isFormat { found.append(weights()) }
    if Self.leastCostOnHost + 0.6 * excess < limit { found.append(experts()) }
    if 0.2 + 1.5 * excess < limit { found.append(layers()) }
    return found.compactMap { $0 }
  }
}

extension Question {
  /// Whether the weights on a device, and nothing else there, are more than it has.
  fileprivate func areWeightsTooMuch(graphs: PricedGraphs) throws(RuntimeError) -> Bool {
    guard !isSwapped else { return false }
    let budget = try Budget(of: deployments, on: devices, graphs: graphs)
    // What vLLM leaves can be claimed.
    let isShared = deployments.contains { $0.runtime.kind == .vllm }
    return devices.indices.contains { index in
      let weights = budget.entries(on: .device(index)).lazy
        .filter { $0.line.name == .weights }.map(\.line.estimate.low).total
      return weights
        > (isShared ? devices[index].total : budget.constraint(of: index).available)
    }
  }
}

/// The formats that make a deployment's weights smaller, the best quality first, and the plans of
/// those that were looked at.
final class SmallerFormats {
  struct Format {
    let recipe: FormatRecipe
    /// What its tensors take.
    let bytes: Bytes
    let cost: Double
    fileprivate let number: Int
  }

  let all: [Format]
  private let model: ModelShape
  private var plans: [WeightPlan?]

  init(of deployment: Deployment, among recipes: [FormatRecipe]) {
    let now = deployment.weights
    let model = deployment.model
    let before = now.origin.recipe?.loss(for: model) ?? 0
    let counting = RecipeBytes(of: model)
    var all: [Format] = []
    for recipe in recipes where recipe.name != now.origin.recipe?.name {
      guard let bytes = try? counting.bytes(in: recipe, upTo: now.tensorBytes),
        bytes < now.tensorBytes
      else { continue }
      let cost = recipe.loss(for: model).map { max(0.01, 10 * ($0 - before)) } ?? 0.5
      all.append(Format(recipe: recipe, bytes: bytes, cost: cost, number: all.count))
    }
    self.all = all
    self.model = model
    plans = Array(repeating: nil, count: all.count)
  }

  /// Returns a deployment with its weights in a format.
  func step(to format: Format, from deployment: Deployment) -> SettingStep? {
    if plans[format.number] == nil { plans[format.number] = try? format.recipe.plan(for: model) }
    return plans[format.number].map {
      SettingStep(.weights(format.recipe), deployment.with(weights: $0), cost: format.cost)
    }
  }
}
