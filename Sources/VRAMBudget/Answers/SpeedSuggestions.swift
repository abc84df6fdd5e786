extension Question {
  /// Returns the changes with which a deployment is as fast as is asked and everything fits, those that
  /// cost least first: each setting alone, then another device. They hold even at the slow end of the
  /// range, or where none does, as expected.
  ///
  /// - Parameters:
  ///   - index: The deployment to change.
  ///   - speed: What is asked.
  ///   - others: Returns devices to choose another from, the smallest first; those below a number of
  ///     usable bytes are of no use.
  ///   - recipes: Formats to choose another from, the best quality first.
  ///   - isSure: Whether what holds only as expected is of no use.
  ///   - graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  ///   - isEnough: Whether what comes after a suggestion is not asked for; called with each in order.
  /// - Precondition: The runtime takes the configuration: a ``Budget`` of it could be made.
  public func speedSuggestions<Others: Sequence<Device>>(
    for index: Int = 0, toMeet speed: SpeedQuestion, among others: (_ least: Bytes) -> Others,
    recipes: [FormatRecipe], isSure: Bool = false, graphs: PricedGraphs = PricedGraphs(),
    until isEnough: (Suggestion) -> Bool = { _ in false }
  ) -> [Suggestion] {
    let formats = SmallerFormats(of: deployments[index], among: recipes)
    let searches = [[Verdict.fits], [.fits, .tight]].prefix(isSure ? 1 : 2).map {
      SpeedSuggestionSearch(
        question: self, index: index, asked: speed, accepted: Set($0), formats: formats,
        graphs: graphs)
    }
    var suggestions: [Suggestion] = []
    func isEnoughWith(_ suggestion: Suggestion) -> Bool {
      suggestions.append(suggestion)
      return isEnough(suggestion)
    }
    for search in searches where suggestions.isEmpty {
      let found = search.steps().sorted { $0.cost < $1.cost }.compactMap { search.suggestion($0) }
      if found.contains(where: isEnoughWith) { return suggestions }
    }
    for search in searches {
      guard let found = search.device(among: others) else { continue }
      _ = isEnoughWith(found)
      break
    }
    return suggestions
  }
}

/// The search for settings with which one deployment is fast enough, and all still fit.
struct SpeedSuggestionSearch {
  let question: Question
  let index: Int
  let asked: SpeedQuestion
  /// The verdicts that count, on speed and on memory.
  let accepted: Set<Verdict>
  let formats: SmallerFormats
  let graphs: PricedGraphs

  /// A shorter prompt is suggested down to this share of what is asked.
  private static let leastPromptShare: Int64 = 8

  private var deployment: Deployment { question.deployments[index] }

  private var prompt: Int64 {
    deployment.workload.prompt(asked.prompt, under: deployment.runtime.kind)
  }

  private func isFast(
    _ deployment: Deployment, on devices: [Device]? = nil, prompt: Int64? = nil
  ) -> Bool {
    let asked = prompt.map(asking) ?? asked
    return accepted.contains(
      asked.verdict(on: asked.speed(of: deployment, on: devices ?? question.devices)))
  }

  private func asking(_ prompt: Int64) -> SpeedQuestion {
    SpeedQuestion(
      prompt: prompt, hostBandwidth: asked.hostBandwidth, requirements: asked.requirements)
  }

  private func fits(_ deployment: Deployment, on devices: [Device]? = nil) -> Bool {
    let other = question.replacing(index, by: deployment).on(devices ?? question.devices)
    return (try? other.verdict(graphs: graphs)).map(accepted.contains) ?? false
  }

  // MARK: Settings

  /// Every single setting that is enough, each by its cheapest step; none that costs more than all of
  /// a setting, which is hardly an answer.
  func steps() -> [SettingStep] {
    let ladders = deployment.ladders.map { ladder in
      ladder.first { isEnough($0.deployment) }
    }
    return (ladders + [format(), sequences(), layers(), experts(), shorterPrompt()])
      .compactMap { $0 }.filter { $0.cost <= 1 }
  }

  private func isEnough(_ deployment: Deployment) -> Bool {
    // A runtime may refuse what only a budget tells.
    fits(deployment) && isFast(deployment)
  }

  private func format() -> SettingStep? {
    for format in formats.all where format.cost <= 1 {
      if let step = formats.step(to: format, from: deployment), isEnough(step.deployment) {
        return step
      }
    }
    return nil
  }

  private func sequences() -> SettingStep? {
    let now = deployment.workload.sequences
    func changed(_ count: Int64) -> Deployment { Axis.sequences.deployment(deployment, at: count) }
    guard now > 1,
      let count = Self.last(from: 1, to: now - 1, where: { isEnough(changed($0)) })
    else { return nil }
    return SettingStep(
      .sequences(count), changed(count), cost: Double(now - count) / Double(now))
  }

  /// More layers on devices: the fewest that are enough.
  private func layers() -> SettingStep? {
    let units = Int64(deployment.model.layers.count) + 1
    guard case .count(let now)? = deployment.runtime.llamaCppSettings?.gpuLayers else { return nil }
    func changed(_ count: Int64) -> Deployment { Axis.gpuLayers.deployment(deployment, at: count) }
    guard now < units,
      let rest = Self.last(
        from: 0, to: units - Int64(now) - 1, where: { isFast(changed(units - $0)) }),
      fits(changed(units - rest))
    else { return nil }
    return SettingStep(
      .gpuLayers(units - rest, of: units), changed(units - rest), cost: 0.005)
  }

  /// Experts of more layers on devices: the fewest that are enough.
  private func experts() -> SettingStep? {
    let all = Int64(deployment.model.layers.count)
    guard case .llamaCpp(let settings) = deployment.runtime, deployment.model.experts != nil
    else { return nil }
    let now = min(Int64(settings.hostExpertLayers), all)
    func changed(_ count: Int64) -> Deployment {
      Axis.deviceExperts.deployment(deployment, at: count)
    }
    guard now > 0, let count = Self.last(from: 0, to: now - 1, where: { isFast(changed($0)) }),
      fits(changed(count))
    else { return nil }
    return SettingStep(.hostExperts(count, of: all), changed(count), cost: 0.005)
  }

  /// A shorter prompt, where one model is asked about.
  private func shorterPrompt() -> SettingStep? {
    guard question.deployments.count == 1, fits(deployment) else { return nil }
    let now = prompt
    guard
      let longest = Self.last(
        from: max(1, now / Self.leastPromptShare), to: now - 1,
        where: { isFast(deployment, prompt: $0) })
    else { return nil }
    let tokens = longest >= 64 ? longest / 32 * 32 : longest
    return SettingStep(
      .prompt(tokens), deployment, cost: 0.1 + Double(now - tokens) / Double(now))
  }

  /// The last number of those from the first on for which a condition holds, as if it held for none
  /// after one for which it does not; nil where it does not hold for the first.
  private static func last(
    from first: Int64, to last: Int64, where holds: (Int64) -> Bool
  ) -> Int64? {
    guard first <= last, holds(first) else { return nil }
    var (holding, failing) = (first, last + 1)
    while failing - holding > 1 {
      let middle = holding + (failing - holding) / 2
      if holds(middle) { holding = middle } else { failing = middle }
    }
    return holding
  }

  // MARK: Devices

  /// The first of some devices that is enough in place of as many as there are.
  func device<Others: Sequence<Device>>(among others: (_ least: Bytes) -> Others) -> Suggestion? {
    let count = question.devices.count
    let least =
      DeviceSuggestions(question: question, index: index, graphs: graphs).leastNeeded.count
      / Int64(max(1, count))
    for device in others(Bytes(least)) where device.usable >= Bytes(least) {
      let devices = Array(repeating: device, count: count)
      guard isFast(deployment, on: devices), fits(deployment, on: devices) else { continue }
      let step = SettingStep(
        .device(device, count: count, tensorParallel: nil), deployment, cost: 2)
      return suggestion(step, on: devices)
    }
    return nil
  }

  // MARK: What is suggested

  /// What a change comes to, with its speed; nil where the runtime refuses it.
  func suggestion(_ step: SettingStep, on devices: [Device]? = nil) -> Suggestion? {
    let devices = devices ?? question.devices
    let other = question.replacing(index, by: step.deployment).on(devices)
    guard let budget = try? other.budget(graphs: graphs) else { return nil }
    var asked = asked
    for case .prompt(let tokens) in step.changes { asked = asking(tokens) }
    return Suggestion(
      changes: step.changes, index: index, needed: budget.neededOnDevices, verdict: budget.verdict,
      speed: asked.speed(of: step.deployment, on: devices), cost: step.cost)
  }
}
