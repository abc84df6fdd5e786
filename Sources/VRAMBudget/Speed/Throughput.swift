/// How many sequences a deployment can serve at once, and how many tokens a second that gives.
public struct Throughput: Hashable, Sendable {
  /// What keeps more sequences from giving more.
  public enum Limit: String, Hashable, Sendable {
    /// No memory is left for another cache.
    case memory
    /// Another sequence adds as much arithmetic as it shares reading.
    case compute
    /// The runtime takes no more.
    case runtime
  }

  /// The sequences at the limit.
  public let sequences: Int64
  public let limit: Limit
  /// The sequences whose caches fit beside the rest.
  public let fittingSequences: Int64
  /// All sequences together.
  public let speed: DecodeSpeed
  /// What each sequence may hold, in tokens.
  public let depth: Int64

  /// Finds the limit of a deployment of a budget.
  ///
  /// Every sequence is given a cache as long as the present ones', in what they leave free; on several
  /// devices the fullest decides. Arithmetic binds where it takes as long as reading does: beyond,
  /// twice the sequences give less than half as much again.
  ///
  /// Nil where nothing fits, or the cache does not grow with sequences.
  public init?(of deployment: Int, in budget: Budget, speed model: SpeedModel) {
    let workload = budget.deployments[deployment].workload
    let kind = budget.deployments[deployment].runtime.kind
    let present = max(1, workload.sequences)
    let perSequence = workload.tokensPerSequence(under: kind)
    var fitting = Int64.max
    for index in budget.devices.indices {
      let names: [BudgetLine.Name] = [.keyValueCache, .recurrentState]
      let caches = budget.entries(on: .device(index)).lazy.filter {
        $0.deployment == deployment && names.contains($0.line.name)
      }.map(\.line.estimate.expected).total
      guard caches > .zero else { continue }
      let free = budget.freeForCaches(of: deployment, on: index) + caches
      let each = max(1, caches.count / present)
      fitting = min(fitting, max(0, free.count) / each)
    }
    guard fitting > 0, fitting < .max else { return nil }
    let most = budget.deployments[deployment].runtime.mostSequences(on: budget.devices)
    let reachable = min(fitting, most)
    let binding = model.computeBoundSequences(depth: perSequence)
    sequences = max(1, min(reachable, binding ?? reachable))
    limit =
      (binding.map { $0 < reachable } ?? false)
      ? .compute : fitting <= most ? .memory : .runtime
    fittingSequences = fitting
    depth = perSequence
    speed = model.decode(depth: perSequence, sequences: sequences)
  }
}

extension Budget {
  /// What is left on a device for more caches of a deployment: of its own claim, where others share the
  /// device.
  fileprivate func freeForCaches(of deployment: Int, on device: Int) -> Bytes {
    entries(on: .device(device))
      .first { $0.deployment == deployment && $0.line.name == .claimedRest }
      .map(\.line.estimate.expected) ?? headroom(of: device)
  }
}

extension SpeedModel {
  /// Returns the sequences from which on a step's arithmetic takes longer than its reading; nil where
  /// a device's arithmetic is not known, or where reading the caches alone takes longer however many.
  func computeBoundSequences(depth: Int64) -> Int64? {
    guard stages.allSatisfy({ $0.promptPeak != nil }) else { return nil }
    var low: Int64 = 1
    var high: Int64 = 1 << 16
    guard isComputeBound(depth, high) else { return nil }
    while low < high {
      let middle = (low + high) / 2
      if isComputeBound(depth, middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func isComputeBound(_ depth: Int64, _ sequences: Int64) -> Bool {
    let tokens = Double(sequences)
    let arithmetic = stages.reduce(0) {
      $0 + $1.computeSeconds(depth: depth, tokens: tokens, work)
    }
    let whole = tokens / decode(depth: depth, sequences: sequences).rate.expected
    return arithmetic * 2 >= whole
  }
}
