/// Deployments that share devices, asked how far a setting of one of them can go.
public struct Question: Sendable {
  public let deployments: [Deployment]
  public let devices: [Device]
  /// What the machine's own memory can hold of them; nil where it is not asked.
  public let hostMemory: Bytes?
  /// Whether one deployment is in memory at a time.
  public let isSwapped: Bool
  public let standard: FitStandard

  public init(
    _ deployments: [Deployment], on devices: [Device], hostMemory: Bytes? = nil,
    isSwapped: Bool = false, standard: FitStandard = .expected
  ) {
    self.deployments = deployments
    self.devices = devices
    self.hostMemory = hostMemory
    self.isSwapped = isSwapped
    self.standard = standard
  }

  /// The same question with another deployment in place of one.
  func replacing(_ index: Int, by deployment: Deployment) -> Question {
    var deployments = deployments
    deployments[index] = deployment
    return with(deployments, on: devices, by: standard)
  }

  /// The same question on other devices.
  public func on(_ devices: [Device]) -> Question {
    with(deployments, on: devices, by: standard)
  }

  /// The same question by another standard.
  public func by(_ standard: FitStandard) -> Question {
    with(deployments, on: devices, by: standard)
  }

  private func with(
    _ deployments: [Deployment], on devices: [Device], by standard: FitStandard
  ) -> Question {
    Question(
      deployments, on: devices, hostMemory: hostMemory, isSwapped: isSwapped, standard: standard)
  }

  /// The budget of the deployments.
  ///
  /// - Parameter graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  /// - Throws: ``RuntimeError`` when a runtime refuses a configuration.
  public func budget(graphs: PricedGraphs = PricedGraphs()) throws(RuntimeError) -> Budget {
    try Budget(
      of: deployments, on: devices, hostMemory: hostMemory, isSwapped: isSwapped, graphs: graphs)
  }

  /// Whether everything fits.
  ///
  /// - Parameter graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  /// - Throws: ``RuntimeError`` when a runtime refuses a configuration.
  public func fits(graphs: PricedGraphs = PricedGraphs()) throws(RuntimeError) -> Bool {
    standard.accepts(try verdict(graphs: graphs))
  }

  /// The verdict on everything, by the range of what is needed.
  func verdict(graphs: PricedGraphs) throws(RuntimeError) -> Verdict {
    guard let first = deployments.first else { return .fits }
    var pricer = try Pricer(self, changing: 0, graphs: graphs)
    return try pricer.outlook(of: first).verdict
  }
}
