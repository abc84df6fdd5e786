internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// Configurations that share devices, and the search for the values that are asked for: quality
/// first, then where the layers lie, then how many sequences, then how long their context.
struct ConfigurationSearch {
  private(set) var configurations: [Configuration]
  private let devices: [Device]
  private let models: ReadModels
  private let hostMemory: Bytes?
  private let isSwapped: Bool
  private let standard: FitStandard
  /// The arguments of each configuration.
  private let arguments: [ParsedArguments]

  /// - Throws: A failure about MODEL or the option that is wrong.
  init(
    of operands: [String], on devices: [Device], isSwapped: Bool = false,
    _ arguments: ParsedArguments, _ models: ReadModels
  ) throws(CommandFailure) {
    self.devices = devices
    self.models = models
    self.isSwapped = isSwapped
    hostMemory = try arguments.optional(Options.hostMemory)
    standard = arguments.has(Options.strict) ? .highest : .expected
    var configurations: [Configuration] = []
    var own: [ParsedArguments] = []
    for operand in operands {
      let (model, settings) = try InlineSettings.split(operand, arguments)
      configurations.append(
        try ConfigurationArguments.draft(
          of: model, on: devices, settings, models))
      own.append(settings)
    }
    self.configurations = configurations
    self.arguments = own
  }

  /// The question that the configurations are, as far as they are found.
  var question: Question {
    Question(
      configurations.map(\.deployment), on: devices, hostMemory: hostMemory,
      isSwapped: isSwapped, standard: standard)
  }

  /// Finds every value that is asked for, of one model after the other.
  ///
  /// - Throws: A failure about the option that a runtime refuses.
  mutating func run() throws(CommandFailure) {
    for index in configurations.indices {
      do {
        try findFormat(of: index)
        for axis in try axes(of: index) {
          let answer = try question.largest(axis, of: index, graphs: models.graphs)
          configurations[index].deployment = answer.deployment
          configurations[index].found.append(FoundSetting(answer))
        }
      } catch let error as RuntimeError {
        throw CommandFailure(error)
      } catch let error as CommandFailure {
        throw error
      } catch {
        preconditionFailure("a search fails with one of the two")
      }
    }
  }

  /// Refuses what asks for a value, where only given ones can stand.
  ///
  /// - Throws: A failure about the option.
  static func refuse(in arguments: ParsedArguments) throws(CommandFailure) {
    let axes = try LlamaCppOptions.wanted(arguments)
    let quant = try arguments.optional(Options.quant)
    guard let axis = axes.first else {
      guard quant?.isBest ?? false else { return }
      throw CommandFailure(at: Options.quant.spec.flag, notHere("best"))
    }
    throw CommandFailure(
      at: axis == .gpuLayers ? LlamaCppOptions.gpuLayers.spec.flag : "--n-cpu-moe",
      notHere(axis == .gpuLayers ? "max" : "min"))
  }

  private static func notHere(_ word: String) -> UsageError {
    .missing(what: "'\(word)' cannot stand here", fix: "list values; vram budget finds the \(word)")
  }

  /// Whether any value is still to be found.
  func looksForAnything() throws(CommandFailure) -> Bool {
    for index in configurations.indices {
      let quant = try arguments[index].optional(Options.quant)
      if try !axes(of: index).isEmpty { return true }
      if quant?.isBest ?? false { return true }
    }
    return false
  }

  /// What caps on the history mean, where any are given.
  ///
  /// - Throws: A failure about `--history-tokens`, or what a runtime refuses.
  func historyCaps() throws(CommandFailure) -> [HistoryCap] {
    var caps: [HistoryCap] = []
    for (index, configuration) in configurations.enumerated() {
      let deployment = configuration.deployment
      guard let tokens = try arguments[index].optional(BudgetCommand.historyTokens) else {
        continue
      }
      guard tokens <= deployment.workload.contextTokens else {
        throw CommandFailure(
          at: BudgetCommand.historyTokens.spec.flag,
          UsageError.missing(
            what: "\(tokens) tokens are more than the context of"
              + " \(deployment.workload.contextTokens)",
            fix: "give at most the context, or a longer \(Options.context.spec.flag)"))
      }
      let workload = Workload(
        contextTokens: tokens, contextOrigin: .given, sequences: deployment.workload.sequences)
      do {
        let whole = try Budget(of: [deployment], on: devices)
        let capped = try Budget(of: [deployment.with(workload: workload)], on: devices)
        caps.append(
          HistoryCap(
            index: index, tokens: tokens, whole: whole.expected(.keyValueCache, of: 0),
            capped: capped.expected(.keyValueCache, of: 0),
            isPreallocated: deployment.runtime.preallocatesCache))
      } catch {
        throw CommandFailure(error)
      }
    }
    return caps
  }

  private func axes(of index: Int) throws(CommandFailure) -> [Axis] {
    let arguments = arguments[index]
    return try LlamaCppOptions.wanted(arguments)
      + (try arguments.optional(Options.sequences)?.isBest ?? false ? [.sequences] : [])
      + (try arguments.optional(Options.context)?.isBest ?? false ? [.context] : [])
  }

  private mutating func findFormat(of index: Int) throws {
    let configuration = configurations[index]
    guard
      let plans = try ConfigurationArguments.bestPlans(
        of: configuration.named, arguments[index])
    else { return }
    let best = try question.first(of: plans, for: index, graphs: models.graphs)
    guard let plan = best ?? plans.min(by: { $0.tensorBytes < $1.tensorBytes }) else { return }
    configurations[index].deployment = configuration.deployment.with(weights: plan)
    configurations[index].found.append(
      FoundSetting(
        index: index, option: Options.quant.spec.name, value: plan.name,
        words: best == nil ? "the smallest there is, and too much" : "the best that fits",
        fits: best != nil))
  }
}
