/// Prices one model in many configurations: the totals of a ``Budget`` without its lines and words.
///
/// The rules are the same ones that a ``Budget`` runs through; they only leave out what explains.
/// What does not change is found once: keep the evaluator while model, weights and companions stay,
/// and move it to other devices with ``move(to:)``.
///
///     let graphs = PricedGraphs()
///     var evaluator = BudgetEvaluator(of: model, weights: plan, on: [card], graphs: graphs)
///     for tokens in contexts {
///       let totals = try evaluator.totals(
///         of: Workload(contextTokens: tokens, contextOrigin: .given), under: runtime)
///       print(tokens, totals.expected(.keyValueCache).count, totals.verdict)
///     }
///
/// Under a microsecond each where the compute graph was priced before, else some tens of
/// microseconds. For several models that share the devices give each an evaluator and add their
/// totals up with ``BudgetTotals/adding(_:)``. For several threads give each its own evaluators and
/// its own ``PricedGraphs``.
public struct BudgetEvaluator {
  public private(set) var devices: [Device]
  private var rules: RuntimeRules
  private var ledger: Ledger
  private var rooms: [DeviceRoom]
  private let overhead: Bytes?

  /// - Parameters:
  ///   - overhead: What the program itself takes on each device, where the user says so.
  ///   - graphs: Where compute graphs are kept, to be shared among evaluators of one thread.
  public init(
    of model: ModelShape, weights: WeightPlan, on devices: [Device], overhead: Bytes? = nil,
    companions: Companions = Companions(), graphs: PricedGraphs = PricedGraphs()
  ) {
    self.devices = devices
    self.overhead = overhead
    rules = RuntimeRules(
      ModelLoad(
        model: model, weights: weights,
        workload: Workload(contextTokens: 1, contextOrigin: .default), overhead: overhead,
        companions: companions), on: devices, graphs: graphs)
    ledger = Ledger(devices: devices.count, isExplained: false)
    rooms = devices.map { DeviceRoom($0) }
  }

  /// Prices the model on other devices from here on, keeping what does not depend on them.
  public mutating func move(to devices: [Device]) {
    self.devices = devices
    rules = rules.moved(to: devices)
    ledger = Ledger(devices: devices.count, isExplained: false)
    rooms = devices.map { DeviceRoom($0) }
  }

  /// Returns what a ``Budget`` of the same deployment adds up to.
  ///
  /// - Throws: ``RuntimeError`` when the runtime refuses the configuration, the same as
  ///   ``Budget/init(of:on:)`` does.
  public mutating func totals(
    of workload: Workload, under runtime: Runtime
  ) throws(RuntimeError) -> BudgetTotals {
    ledger.clear()
    try rules.enter(workload, runtime, in: &ledger)
    var rooms = rooms
    switch runtime {
    case .ollama:
      for index in rooms.indices {
        let kept = runtime.keptFree(of: devices[index])?.bytes ?? .zero
        rooms[index] = rooms[index].without(kept)
      }
    case .vllm:
      let demands = devices.indices.map { index in
        DeviceDemand(
          of: ledger.sums[.device(index)],
          claiming: runtime.claim(on: devices[index], overhead: overhead))
      }
      return BudgetTotals(sums: ledger.sums, rooms: rooms, demands: demands)
    case .llamaCpp, .transformers, .execuTorch, .mlx: break
    }
    return BudgetTotals(sums: ledger.sums, rooms: rooms, demands: [])
  }
}

/// What a configuration needs in each place and for each kind of line, and whether it fits.
public struct BudgetTotals: Hashable, Sendable {
  private var sums: PlaceSums
  /// What can be had of each device, what a runtime keeps free taken off.
  public private(set) var rooms: [DeviceRoom]
  /// What is asked of each device; empty where nothing is claimed.
  private var demands: [DeviceDemand]

  init(sums: PlaceSums, rooms: [DeviceRoom], demands: [DeviceDemand]) {
    self.sums = sums
    self.rooms = rooms
    self.demands = demands
  }

  private func demand(on device: Int) -> DeviceDemand {
    demands.isEmpty
      ? DeviceDemand(of: sums[.device(device)], claiming: nil) : demands[device]
  }

  /// What is needed in one place; what a runtime claims counts whole where others share the device.
  public func needed(on place: Place) -> ByteEstimate {
    guard !demands.isEmpty, case .device(let device) = place else { return sums[place] }
    return demands[device].needed
  }

  /// What is needed on all devices.
  public var neededOnDevices: ByteEstimate {
    var needed = ByteEstimate.zero
    for device in rooms.indices { needed = needed + self.needed(on: .device(device)) }
    return needed
  }

  /// What one kind of line comes to, on devices and host together.
  public func needed(for name: BudgetLine.Name) -> ByteEstimate { sums[name] }

  /// The expected bytes of one kind of line, on devices and host together.
  public func expected(_ name: BudgetLine.Name) -> Bytes { sums[name].expected }

  /// The constraint on a device that leaves the least: see ``Budget/constraint(of:)``.
  public func constraint(of device: Int) -> Budget.Constraint {
    demands.isEmpty
      ? rooms[device].constraint(on: sums[.device(device)], host: sums[.host])
      : demands[device].constraint(in: rooms[device], host: sums[.host])
  }

  /// What is left on a device when the expected lines are in it; negative is the shortfall.
  public func headroom(of device: Int) -> Bytes { constraint(of: device).headroom }

  /// The least headroom of any device.
  public var headroom: Bytes { rooms.indices.lazy.map(headroom).min() ?? .zero }

  /// The verdict on one device.
  public func verdict(of device: Int) -> Verdict { constraint(of: device).verdict }

  /// The worst verdict of any device.
  public var verdict: Verdict { rooms.indices.lazy.map(verdict).reduce(.fits, Verdict.worse) }

  /// Returns the totals of both on the same devices; of each device that which less can be had of.
  ///
  /// - Precondition: Both are of the same devices.
  public func adding(_ other: BudgetTotals) -> BudgetTotals {
    var whole = self
    if !demands.isEmpty || !other.demands.isEmpty {
      whole.demands = rooms.indices.map { demand(on: $0) + other.demand(on: $0) }
    }
    whole.sums.add(other.sums)
    for index in whole.rooms.indices where other.rooms[index].usable < whole.rooms[index].usable {
      whole.rooms[index] = other.rooms[index]
    }
    return whole
  }
}
