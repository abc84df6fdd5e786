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

  /// The verdict on a need against what there is.
  public init(needed: ByteEstimate, available: Bytes) {
    self =
      needed.high <= available ? .fits : needed.expected <= available ? .tight : .doesNotFit
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

  /// Prices deployments that share the devices.
  ///
  /// - Throws: ``RuntimeError`` when a runtime refuses a deployment's configuration.
  public init(
    of deployments: [Deployment], on devices: [Device]
  ) throws(RuntimeError) {
    var entries: [Entry] = []
    for (index, deployment) in deployments.enumerated() {
      for line in try Runtime.lines(for: deployment, on: devices) {
        entries.append(Entry(deployment: index, line: line))
      }
    }
    self.deployments = deployments
    self.devices = devices
    self.entries = entries
  }

  /// The entries in one place.
  public func entries(on place: Place) -> [Entry] { entries.filter { $0.line.place == place } }

  /// What is needed in one place.
  public func needed(on place: Place) -> ByteEstimate {
    entries(on: place).reduce(.zero) { $0 + $1.line.estimate }
  }

  /// What is needed on all devices.
  public var neededOnDevices: ByteEstimate {
    devices.indices.reduce(.zero) { $0 + needed(on: .device($1)) }
  }

  /// What is left on a device when the expected lines are in it; negative is the shortfall.
  public func headroom(of device: Int) -> Bytes {
    devices[device].usable - needed(on: .device(device)).expected
  }

  /// The least headroom of any device.
  public var headroom: Bytes { devices.indices.map(headroom).min() ?? .zero }

  /// The verdict on one device. Memory that it shares with the host must also hold the host's lines.
  public func verdict(of device: Int) -> Verdict {
    let device = (index: device, memory: devices[device])
    let needed = needed(on: .device(device.index))
    let own = Verdict(needed: needed, available: device.memory.usable)
    guard device.memory.isUnified else { return own }
    let whole = Verdict(
      needed: needed + self.needed(on: .host), available: device.memory.total)
    return .worse(own, whole)
  }

  /// The worst verdict of any device.
  public var verdict: Verdict {
    devices.indices.map(verdict).reduce(.fits, Verdict.worse)
  }

  /// The expected bytes of one kind of line of a deployment, on devices and host together.
  public func expected(_ name: BudgetLine.Name, of deployment: Int) -> Bytes {
    entries.lazy.filter { $0.deployment == deployment && $0.line.name == name }
      .map(\.line.estimate.expected).total
  }
}
