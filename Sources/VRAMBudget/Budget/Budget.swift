/// Whether something fits, and how sure that is.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// Even the highest estimate fits.
  case fits
  /// What is expected fits, the highest estimate does not.
  case tight
  /// What is expected does not fit.
  case doesNotFit = "does_not_fit"
  /// A needed line cannot be priced.
  case unknown

  /// The verdict on a need against what there is, as expected and at the least.
  public init(needed: ByteEstimate, available: Bytes, atLeast least: Bytes? = nil) {
    self =
      needed.high <= least ?? available
      ? .fits : needed.expected <= available ? .tight : .doesNotFit
  }

  /// How bad the verdict is, for the worst of several.
  private var rank: Int {
    switch self {
    case .fits: 0
    case .tight: 1
    case .unknown: 2
    case .doesNotFit: 3
    }
  }

  /// The worse of two verdicts.
  public static func worse(_ a: Verdict, _ b: Verdict) -> Verdict { a.rank >= b.rank ? a : b }
}

/// What several deployments need on several devices and the host, line by line.
public struct Budget: Hashable, Sendable {
  /// A line and the deployment it belongs to.
  public struct Entry: Hashable, Sendable {
    /// The index of the deployment.
    public let deployment: Int
    public let line: BudgetLine
  }

  public let deployments: [Deployment]
  public let devices: [Device]
  public let entries: [Entry]
  /// What the machine's own memory can hold of the host's lines; nil where it is not asked.
  public let hostMemory: Bytes?
  /// Whether one deployment is in memory at a time, so that the largest counts.
  public let isSwapped: Bool
  /// What all together can have of each device, claimed or not.
  private let rooms: [DeviceRoom]

  /// Prices deployments that share the devices.
  ///
  /// - Parameter graphs: Where compute graphs are found and kept.
  /// - Throws: ``RuntimeError`` when a runtime refuses a deployment's configuration.
  public init(
    of deployments: [Deployment], on devices: [Device], hostMemory: Bytes? = nil,
    isSwapped: Bool = false, graphs: PricedGraphs = PricedGraphs()
  ) throws(RuntimeError) {
    var entries: [Entry] = []
    for (index, deployment) in deployments.enumerated() {
      let lines = try Runtime.lines(for: deployment, on: devices, graphs: graphs)
      entries += lines.map { Entry(deployment: index, line: $0) }
      guard deployments.count > 1 else { continue }
      for (number, device) in devices.enumerated() {
        let place = Place.device(number)
        let own = lines.lazy.filter { $0.place == place }
          .reduce(ByteEstimate.zero) { $0 + $1.estimate }
        let claimed = deployment.claim(on: device)?.lines(beside: own, on: place) ?? []
        entries += claimed.map { Entry(deployment: index, line: $0) }
      }
    }
    self.deployments = deployments
    self.entries = entries
    self.hostMemory = hostMemory
    self.isSwapped = isSwapped
    let kept = devices.map { device in
      let kept = deployments.compactMap { $0.runtime.keptFree(of: device) }
        .max { $0.bytes < $1.bytes }
      return kept.map(device.reserving) ?? device
    }
    rooms = kept.map { DeviceRoom($0) }
    let alone = deployments.count == 1 ? deployments.first : nil
    self.devices = kept.map { device in
      alone?.unclaimed(of: device).map(device.reserving) ?? device
    }
  }

  /// The entries in one place.
  public func entries(on place: Place) -> [Entry] { entries.filter { $0.line.place == place } }

  /// What is needed in one place: by all deployments together, or by the largest where they are
  /// swapped.
  ///
  /// What a runtime claims counts whole where others share the devices.
  public func needed(on place: Place) -> ByteEstimate {
    let needs = deployments.indices.map { needed(on: place, by: $0) }
    guard isSwapped else { return needs.reduce(.zero, +) }
    return needs.max { ($0.expected, $0.high) < ($1.expected, $1.high) } ?? .zero
  }

  /// What one deployment needs in one place.
  public func needed(on place: Place, by deployment: Int) -> ByteEstimate {
    let lines = lines(of: deployment, on: place)
    guard deployments.count > 1, case .device(let index) = place,
      let claim = deployments[deployment].claim(on: devices[index])
    else { return lines }
    return ByteEstimate(exactly: max(claim.share, lines.expected)) + claim.beside
  }

  /// What a deployment's own lines come to, without what stands for the rest of a claim.
  private func lines(of deployment: Int, on place: Place) -> ByteEstimate {
    let isClaiming =
      deployments.count > 1 && deployments[deployment].runtime.kind == .vllm && place != .host
    return entries(on: place).lazy
      .filter { $0.deployment == deployment }
      .filter { !isClaiming || ![.claimedRest, .runtimeContext].contains($0.line.name) }
      .reduce(.zero) { $0 + $1.line.estimate }
  }

  private func demand(of deployment: Int, on device: Int) -> DeviceDemand {
    DeviceDemand(
      of: lines(of: deployment, on: .device(device)),
      claiming: deployments[deployment].claim(on: devices[device]))
  }

  /// What is needed on all devices.
  public var neededOnDevices: ByteEstimate {
    devices.indices.reduce(.zero) { $0 + needed(on: .device($1)) }
  }

  /// What must fit into what.
  public struct Constraint: Hashable, Sendable {
    public let needed: ByteEstimate
    /// What there is as expected.
    public let available: Bytes
    /// What there is when every reservation is at its most.
    public let leastAvailable: Bytes
    /// Whether the host's lines are part of the need.
    public let includesHost: Bool
    /// Whether the need has what runtimes claim in it, rather than what they need of that.
    public let countsClaims: Bool

    init(
      needed: ByteEstimate, available: Bytes, leastAvailable: Bytes, includesHost: Bool,
      countsClaims: Bool = false
    ) {
      self.needed = needed
      self.available = available
      self.leastAvailable = leastAvailable
      self.includesHost = includesHost
      self.countsClaims = countsClaims
    }

    /// What is left when the expected lines are in it; negative is the shortfall.
    public var headroom: Bytes { available - needed.expected }
    /// What is left when lines and reservations are at their most.
    public var leastHeadroom: Bytes { leastAvailable - needed.high }
    public var verdict: Verdict {
      Verdict(needed: needed, available: available, atLeast: leastAvailable)
    }
  }

  /// The constraint on a device that leaves the least.
  ///
  /// A device's lines must fit into what it can have. Memory that it shares with the host must also
  /// hold the host's lines.
  public func constraint(of device: Int) -> Constraint {
    let demands = deployments.indices.map { demand(of: $0, on: device) }
    let empty = DeviceDemand(of: .zero, claiming: nil)
    guard isSwapped else {
      guard let first = demands.first else {
        return empty.constraint(in: rooms[device], host: .zero)
      }
      return demands.dropFirst().reduce(first, +)
        .constraint(in: rooms[device], host: needed(on: .host))
    }
    // One at a time: the one that leaves the least.
    return demands.map { $0.constraint(in: rooms[device], host: needed(on: .host)) }
      .reduce(empty.constraint(in: rooms[device], host: .zero), Constraint.tighter)
  }

  /// The constraint on the host, where its memory is asked about.
  public var hostConstraint: Constraint? {
    hostMemory.map {
      Constraint(
        needed: needed(on: .host), available: $0, leastAvailable: $0, includesHost: true)
    }
  }

  /// The constraints on all devices, then on the host if there is one.
  public var constraints: [Constraint] {
    devices.indices.map(constraint) + [hostConstraint].compactMap { $0 }
  }

  /// What is left on a device when the expected lines are in it; negative is the shortfall.
  public func headroom(of device: Int) -> Bytes { constraint(of: device).headroom }

  /// The least headroom of any device.
  public var headroom: Bytes { devices.indices.map(headroom).min() ?? .zero }

  /// The verdict on one device.
  public func verdict(of device: Int) -> Verdict { constraint(of: device).verdict }

  /// The worst verdict of any device, and of the host where its memory is asked about.
  public var verdict: Verdict {
    constraints.map(\.verdict).reduce(.fits, Verdict.worse)
  }

  /// Where the least is left for its verdict: what has to change first.
  public var limit: Place {
    let places = devices.indices.map(Place.device) + (hostMemory == nil ? [] : [.host])
    let worst = zip(places, constraints).min { a, b in
      let verdicts = (a.1.verdict, b.1.verdict)
      return verdicts.0 == verdicts.1
        ? a.1.headroom < b.1.headroom : Verdict.worse(verdicts.0, verdicts.1) == verdicts.0
    }
    return worst?.0 ?? .host
  }

  /// The expected bytes of one kind of line of a deployment, on devices and host together.
  public func expected(_ name: BudgetLine.Name, of deployment: Int) -> Bytes {
    entries.lazy.filter { $0.deployment == deployment && $0.line.name == name }
      .map(\.line.estimate.expected).total
  }

  /// What vLLM would print of its cache for a deployment; nil under any other runtime.
  public func report(of deployment: Int) -> VLLMReport? {
    guard deployments[deployment].runtime.kind == .vllm else { return nil }
    // What the runtime refuses was refused when the budget was made.
    return try? Runtime.report(for: deployments[deployment], on: devices)
  }

  /// What each compute buffer of a deployment holds at its fullest; nothing where its graph is not
  /// described.
  public func computePeaks(of deployment: Int) -> [Place: ComputePeak] {
    // What the runtime refuses was refused when the budget was made.
    (try? Runtime.computePeaks(for: deployments[deployment], on: devices)) ?? [:]
  }
}
