internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// Prices the cells of a sweep in order, keeping what neighbours share: the model, its weights, the
/// settings, the devices.
struct SweepPricer {
  private let grid: SweepGrid
  private let layout: SweepLayout
  private var position: SweepGrid.Position?
  private var arguments: ParsedArguments
  private var plan: Result<WeightPlan, CommandFailure>?
  /// The settings for a number of devices.
  private var settings: [Int: Result<Settings, CommandFailure>] = [:]
  private var devices: Result<[Device], CommandFailure> = .success([])
  /// The texts of the axes, as rows hold them.
  private var labels: [[UInt8]]
  private(set) var texts: [String]
  /// The cell's row, all but its numbers.
  private(set) var template = SweepTemplate()
  /// What every cell of the model, the settings and the machine has.
  private var runtime: Runtime?
  private var maximumContext: Int64?
  private var defaultContext: Int64?
  private var evaluator: BudgetEvaluator?
  /// What the evaluator was made for, beside the weights.
  private var evaluated: Settings?
  private let graphs = PricedGraphs()
  private var speed: SweepSpeed?
  /// The settings that the speeds are of.
  private var speeded: Settings?

  /// What the settings of one cell come to.
  private struct Settings: Equatable {
    let runtime: Runtime
    let companions: Companions
    let overhead: Bytes?
  }

  init(_ grid: SweepGrid, layout: SweepLayout, speed: SpeedQuestion?) {
    self.grid = grid
    self.speed = speed.map { SweepSpeed($0) }
    self.layout = layout
    arguments = grid.arguments
    labels = Array(repeating: [], count: layout.axes.count)
    texts = Array(repeating: "", count: layout.axes.count)
  }

  // MARK: Columns

  /// The columns of texts that a grid's rows have: model, quantization, runtime, gpu, and what else
  /// was asked for.
  static func axes(of grid: SweepGrid) -> [SweepLayout.Axis] {
    func width(_ texts: some Sequence<String>) -> Int { texts.map(\.count).max() ?? 0 }
    let quants = grid.weightAxes.first { $0.name == Options.quant.spec.name }?.values ?? []
    let runtimes = RuntimeKind.allCases.map(\.rawValue)
    return [
      .init(name: "model", title: "Model", width: width(grid.models.map(\.label))),
      .init(name: "quantization", title: "Format", width: width(quants + ["Q4_K_M"])),
      .init(name: "runtime", title: "Runtime", width: width(runtimes)),
      .init(name: "gpu", title: "GPU", width: width(grid.machines.map(\.label))),
    ]
      + otherAxes(of: grid).map {
        .init(
          name: $0.name.split(separator: "-").joined(separator: "_"),
          title: $0.name, width: width($0.values))
      }
  }

  /// The axes whose values no other column shows.
  private static func otherAxes(of grid: SweepGrid) -> [TextAxis] {
    let shown = [Options.quant.spec.name, Options.runtime.spec.name]
    return grid.weightAxes.filter { !shown.contains($0.name) } + grid.settingAxes
  }

  private mutating func show(_ text: String, _ axis: Int) {
    guard texts[axis] != text || labels[axis].isEmpty else { return }
    texts[axis] = text
    labels[axis] = layout.encoded(text, axis: axis)
  }

  // MARK: Moving

  /// Goes to a cell.
  mutating func move(to next: SweepGrid.Position) {
    let last = position
    let isOtherModel = last?.model != next.model
    let isOtherPlan = isOtherModel || last?.weights != next.weights
    let isOtherSetting = isOtherPlan || last?.settings != next.settings
    let isOtherMachine = isOtherSetting || last?.machine != next.machine
    position = next
    guard isOtherMachine else { return }
    if isOtherSetting { enterSettings(next, isOtherPlan: isOtherPlan) }
    let machine = grid.machines[Int(next.machine)]
    devices = Result { () throws(CommandFailure) in
      try ConfigurationArguments.adjusted(machine.devices, arguments)
    }
    show(machine.label, 3)
    enterMachine(machine)
    moveEvaluator(isOtherPlan: isOtherPlan)
    if speed != nil { moveSpeed(isOtherSetting: isOtherSetting) }
    template = layout.template(labels: labels)
  }

  /// Moves the evaluator to the devices, where it is of the same weights.
  private mutating func moveEvaluator(isOtherPlan: Bool) {
    guard !isOtherPlan, let old = evaluated, let devices = try? devices.get(),
      let settings = try? settings[devices.count]?.get(), settings.companions == old.companions,
      settings.overhead == old.overhead
    else {
      evaluator = nil
      return
    }
    evaluated = settings
    if evaluator?.devices != devices { evaluator?.move(to: devices) }
  }

  /// Moves the speeds to the devices, and to the deployment where that is another.
  private mutating func moveSpeed(isOtherSetting: Bool) {
    let devices = (try? devices.get()) ?? []
    let settings = try? settings[devices.count]?.get()
    guard isOtherSetting || settings != speeded else {
      speed?.move(to: devices)
      return
    }
    speeded = settings
    guard let position, let settings, let plan = try? plan?.get(),
      let model = try? grid.models[Int(position.model)].named.get().shape
    else {
      speed?.move(to: nil, on: devices)
      return
    }
    let deployment = Deployment(
      model: model, weights: plan, runtime: settings.runtime,
      workload: Workload(contextTokens: 1, contextOrigin: .default))
    speed?.move(to: deployment, on: devices)
  }

  private mutating func enterSettings(_ next: SweepGrid.Position, isOtherPlan: Bool) {
    let weights = SweepGrid.values(of: grid.weightAxes, combination: next.weights)
    let others = SweepGrid.values(of: grid.settingAxes, combination: next.settings)
    // The axes are options of the command, each given once.
    if let cell = try? ParsedArguments(settings: weights + others, for: grid.spec) {
      arguments = grid.arguments.overridden(by: cell)
    }
    settings = [:]
    let shown = [Options.quant.spec.name, Options.runtime.spec.name]
    for (index, value) in ((weights + others).filter { !shown.contains($0.name) }).enumerated() {
      show(value.text ?? "", 4 + index)
    }
    let model = grid.models[Int(next.model)]
    show(model.label, 0)
    maximumContext = try? model.named.get().shape.maximumContext
    guard isOtherPlan else { return }
    plan = Result { () throws(CommandFailure) in
      try ConfigurationArguments.weights(of: model.named.get(), arguments)
    }
  }

  private mutating func enterMachine(_ machine: DeviceChoice) {
    let count = machine.devices.count
    if settings[count] == nil { settings[count] = makeSettings(devices: count) }
    let asked = { (option: OptionSpec, arguments: ParsedArguments) in
      arguments.texts(of: option).last ?? ""
    }
    let plan = try? plan?.get()
    show(plan?.name ?? asked(Options.quant.spec, arguments), 1)
    runtime = try? settings[count]?.get().runtime
    show(runtime?.kind.rawValue ?? asked(Options.runtime.spec, arguments), 2)
    guard let position, grid.contexts == nil, let runtime, let devices = try? devices.get(),
      let model = try? grid.models[Int(position.model)].named.get().shape
    else {
      defaultContext = nil
      return
    }
    defaultContext = ConfigurationArguments.defaultContext(
      of: model, under: runtime.kind, on: devices)
  }

  private func makeSettings(devices count: Int) -> Result<Settings, CommandFailure> {
    Result { () throws(CommandFailure) in
      guard let position, let plan = try plan?.get() else {
        preconditionFailure("a cell is gone to before it is priced")
      }
      let named = try grid.models[Int(position.model)].named.get()
      try ConfigurationSearch.refuse(in: arguments)
      let runtime = try RuntimeArguments.runtime(
        for: plan, of: named, devices: count, arguments)
      return Settings(
        runtime: runtime,
        companions: named.whole(
          try CompanionOptions.companions(of: named.shape, arguments, in: grid.catalogue),
          under: runtime),
        overhead: try arguments.optional(Options.overhead))
    }
  }

  // MARK: Pricing

  /// Writes the numbers that are known of the cell before it is priced.
  mutating func begin(_ row: inout SweepRow) {
    guard let position else { return }
    row.clear()
    row[.sequences] = grid.sequences?[position.sequences] ?? 1
    row[.context] = grid.contexts?[position.context] ?? defaultContext
    row[.maximumContext] = maximumContext
  }

  /// Prices the cell, or says why it cannot be.
  mutating func price(_ row: inout SweepRow) {
    do throws(CommandFailure) {
      try price(into: &row)
    } catch {
      row.refuse(error)
    }
  }

  private mutating func price(into row: inout SweepRow) throws(CommandFailure) {
    if evaluator == nil { evaluator = try makeEvaluator() }
    guard let runtime, let context = row[.context], let sequences = row[.sequences]
    else { preconditionFailure("a cell is begun before it is priced") }
    let workload = Workload(
      contextTokens: context, contextOrigin: grid.contexts == nil ? .default : .given,
      sequences: sequences)
    let totals: BudgetTotals?
    do {
      totals = try evaluator?.totals(of: workload, under: runtime)
    } catch {
      throw CommandFailure(at: error.option ?? "MODEL", error, status: error.status)
    }
    if speed != nil { try speed?.write(workload, under: runtime.kind, into: &row) }
    if let totals { row.take(totals) }
  }

  private mutating func makeEvaluator() throws(CommandFailure) -> BudgetEvaluator {
    let devices = try devices.get()
    guard let position, let plan = try plan?.get(),
      let settings = try settings[devices.count]?.get()
    else { preconditionFailure("a cell is gone to before it is priced") }
    evaluated = settings
    return BudgetEvaluator(
      of: try grid.models[Int(position.model)].named.get().shape, weights: plan, on: devices,
      overhead: settings.overhead, companions: settings.companions, graphs: graphs)
  }
}

extension SweepRow {
  /// All but the rest of a claim: nothing shares the devices with a sweep's model.
  private static let lineNames = BudgetLine.Name.allCases.filter { $0 != .claimedRest }

  /// Takes over what a configuration comes to.
  mutating func take(_ totals: BudgetTotals) {
    for name in Self.lineNames { self[SweepNumber(name)] = totals.expected(name).count }
    let needed = totals.neededOnDevices
    self[.expected] = needed.expected.count
    self[.high] = needed.high.count
    self[.headroom] = totals.headroom.count
    self[.host] = totals.needed(on: .host).expected.count
    answer = Answer(totals.verdict)
  }
}

extension SweepRow {
  /// Says why the cell has no verdict.
  mutating func refuse(_ failure: CommandFailure) {
    answer = failure.status == .cannotTell ? .unknown : .error
    reason = "\(failure.place): \(failure.error.problem)"
  }
}
