/// The search for devices on which everything fits as it is.
struct DeviceSuggestions {
  private let question: Question
  private let index: Int
  private let graphs: PricedGraphs
  /// What any devices have to hold: weights and caches, which are everywhere the same.
  let leastNeeded: Bytes

  init(question: Question, index: Int, graphs: PricedGraphs) {
    self.question = question
    self.index = index
    self.graphs = graphs
    guard !question.isSwapped, let budget = try? question.budget(graphs: graphs) else {
      leastNeeded = .zero
      return
    }
    let names: Set<BudgetLine.Name> = [.weights, .keyValueCache, .recurrentState]
    leastNeeded =
      budget.entries.lazy
      .filter { $0.line.place != .host && names.contains($0.line.name) }
      .map(\.line.estimate.low).total
  }

  /// The largest number of devices that is suggested.
  private static let mostDevices = 8

  /// The fewest more of the same card that are enough; nil where the devices differ, share their
  /// memory, or the runtime takes one alone.
  func more() -> Suggestion? {
    guard let first = question.devices.first, !first.isUnified, first.backend != .cpu,
      question.devices.allSatisfy({ $0 == first })
    else { return nil }
    let count = question.devices.count
    let least = Int(clamping: leastNeeded.count / max(1, first.usable.count))
    guard max(count, least) < Self.mostDevices else { return nil }
    for more in max(count + 1, least)...Self.mostDevices {
      if let found = suggestion(of: first, count: more, cost: 2) { return found }
    }
    return nil
  }

  /// The first of some devices that is enough in place of as many as there are.
  func other<Others: Sequence<Device>>(among others: (_ least: Bytes) -> Others) -> Suggestion? {
    let count = question.devices.count
    let least = Bytes(leastNeeded.count / Int64(max(1, count)))
    for device in others(least) where device.usable >= least {
      if let found = suggestion(of: device, count: count, cost: 2) { return found }
    }
    return nil
  }

  private func suggestion(of device: Device, count: Int, cost: Double) -> Suggestion? {
    var parallel: Int64?
    var deployments: [Deployment] = []
    for (position, deployment) in question.deployments.enumerated() {
      guard case .vllm(let settings) = deployment.runtime, count != question.devices.count else {
        deployments.append(deployment)
        continue
      }
      // vLLM divides each layer by a power of two as a rule, and its stages evenly.
      guard settings.pipelineParallel == 1, count & (count - 1) == 0 else { return nil }
      let shared = settings.with(tensorParallel: Int64(count))
      if position == index { parallel = Int64(count) }
      deployments.append(deployment.changing(.vllm(shared)))
    }
    let other = Question(
      deployments, on: Array(repeating: device, count: count), hostMemory: question.hostMemory,
      isSwapped: question.isSwapped, standard: question.standard)
    guard (try? other.fits(graphs: graphs)) ?? false else { return nil }
    return other.suggestion(
      SettingStep(
        .device(device, count: count, tensorParallel: parallel), deployments[index], cost: cost),
      of: index, graphs: graphs)
  }
}
