internal import ArgumentParsing
internal import ModelFiles
internal import Presets
internal import Reports
internal import VRAMBudget

/// A model as a command line, a line of a budgets file or a cell of a sweep asks to have it deployed.
struct Configuration {
  let named: NamedModel
  var deployment: Deployment
  /// What a person should know of it, whole lines; nothing where there is nothing to say.
  let diagnostics: String
  /// The settings whose values were asked for, as they were found.
  var found: [FoundSetting] = []
}

extension Budget {
  /// Prices configurations that share the devices.
  ///
  /// - Parameter graphs: Where compute graphs are found and kept.
  /// - Throws: A failure about the option that a runtime refuses.
  init(
    of configurations: [Configuration], on devices: [Device], hostMemory: Bytes? = nil,
    graphs: PricedGraphs = PricedGraphs()
  ) throws(CommandFailure) {
    do {
      try self.init(
        of: configurations.map(\.deployment), on: devices, hostMemory: hostMemory, graphs: graphs)
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  /// A failure about the option that a runtime refuses.
  init(_ error: RuntimeError) {
    self.init(at: error.option ?? "MODEL", error, status: error.status)
  }
}

/// From arguments to what is to be priced: the only way there, for every command.
enum ConfigurationArguments {
  /// What configures a deployment and its devices, in the order of the help.
  static let options: [OptionSpec] =
    [Options.gpu.spec, Options.quant.spec] + RecipeOptions.all + [
      Options.context.spec, Options.sequences.spec, Options.runtime.spec,
    ] + RuntimeArguments.options + [
      Options.desktop.spec, Options.gpuLimit.spec, Options.reserve.spec, Options.overhead.spec,
      Options.hostMemory.spec,
    ]

  /// Returns the devices that are named, each with what is to be kept free of it.
  ///
  /// - Throws: A failure about `--gpu`, `--desktop`, `--gpu-limit` or `--reserve`.
  static func devices(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> [Device] {
    guard !DeviceSearch.isAskedFor(arguments) else {
      throw CommandFailure(
        at: Options.gpu.spec.flag,
        UsageError.missing(
          what: "'\(DeviceSearch.word)' cannot stand here", fix: "name the device"))
    }
    let desktop = try arguments.optional(Options.desktop) ?? .none
    let named = try DeviceArgument.devices(arguments, in: catalogue)
    let devices = desktop.shown(on: named)
    if desktop != .none, let first = named.first, devices == named {
      throw CommandFailure(
        at: Options.desktop.spec.flag,
        UsageError.missing(
          what: "what \(first.name) shares with its system has the desktop in it",
          fix: "leave it out, or write --reserve for what else is to be kept free"))
    }
    guard !devices.isEmpty else {
      throw CommandFailure(
        at: Options.gpu.spec.flag,
        UsageError.missing(
          what: "no device is named",
          fix: "add --gpu NAME ('vram devices' lists them) or a size such as --gpu 24GiB"))
    }
    guard devices.count <= Workload.mostDevices else {
      throw CommandFailure(
        at: Options.gpu.spec.flag,
        UsageError.missing(
          what: "\(devices.count) devices are named",
          fix: "name at most \(Workload.mostDevices), as many as llama.cpp uses"))
    }
    return try adjusted(devices, arguments)
  }

  /// Returns devices with the limit that is asked for, and what is to be kept free of each.
  ///
  /// - Throws: A failure about `--gpu-limit` or `--reserve`.
  static func adjusted(
    _ devices: [Device], _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [Device] {
    try reserving(limited(devices, arguments), arguments)
  }

  private static func limited(
    _ devices: [Device], _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [Device] {
    guard let limit = try arguments.optional(Options.gpuLimit) else { return devices }
    var limited: [Device] = []
    for device in devices {
      guard let other = device.limited(to: limit) else {
        throw CommandFailure(
          at: Options.gpuLimit.spec.flag,
          UsageError.missing(
            what: "\(device.name) has no limit that could be moved there",
            fix: "use it for memory that the GPU shares, and up to what there is of it"))
      }
      limited.append(other)
    }
    return limited
  }

  private static func reserving(
    _ devices: [Device], _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [Device] {
    guard let reserve = try arguments.optional(Options.reserve), reserve > .zero else {
      return devices
    }
    let reservation = Reservation(
      .user, reserve, basis: .assumed, source: "given with \(Options.reserve.spec.flag)")
    return devices.map { $0.reserving(reservation) }
  }

  /// Returns the deployment that the arguments ask for, of the model that an operand names, with
  /// every value found that is asked for.
  ///
  /// - Parameter models: Reads the models, and keeps those that were read before.
  /// - Throws: A failure about MODEL or the option that is wrong.
  static func configuration(
    of operand: String, on devices: [Device], _ arguments: ParsedArguments,
    _ models: ReadModels
  ) throws(CommandFailure) -> Configuration {
    var search = try ConfigurationSearch(of: [operand], on: devices, arguments, models)
    try search.run()
    return search.configurations[0]
  }

  /// Returns the deployment that the arguments ask for, with a common value in place of each that is
  /// still to be found.
  ///
  /// - Throws: A failure about MODEL or the option that is wrong.
  static func draft(
    of operand: String, on devices: [Device], _ arguments: ParsedArguments, _ models: ReadModels
  ) throws(CommandFailure) -> Configuration {
    let named = try models.named(operand)
    let deployment = try deployment(of: named, on: devices, arguments, models)
    return Configuration(
      named: named, deployment: deployment,
      diagnostics: named.note + warning(about: deployment)
        + note(aboutOtherPartsOf: named, in: deployment)
        + deployment.weightNotes(on: devices).map {
          "vram: note: \(deployment.weights.name): \($0)\n"
        }.joined())
  }

  private static func deployment(
    of named: NamedModel, on devices: [Device], _ arguments: ParsedArguments, _ models: ReadModels
  ) throws(CommandFailure) -> Deployment {
    let model = named.shape
    let plan = try models.weights(of: named, arguments)
    let context = try arguments.optional(Options.context)?.given
    let runtime = try RuntimeArguments.runtime(
      for: plan, of: named, devices: devices.count, arguments)
    let companions = try CompanionOptions.companions(of: model, arguments, in: models.catalogue)
    return Deployment(
      model: model, weights: plan, runtime: runtime,
      workload: Workload(
        contextTokens: context ?? defaultContext(of: model, under: runtime.kind, on: devices),
        contextOrigin: context == nil ? .default : .given,
        sequences: try arguments.optional(Options.sequences)?.given ?? 1),
      overhead: try arguments.optional(Options.overhead),
      companions: named.whole(companions, under: runtime))
  }

  /// The context where none is asked for.
  static func defaultContext(
    of model: ModelShape, under runtime: RuntimeKind, on devices: [Device]
  ) -> Int64 {
    runtime == .ollama
      ? OllamaSettings.defaultContext(of: model, on: devices)
      : Workload.defaultContext(of: model)
  }

  /// The weights in the format that is asked for: without one as the file has them, where MODEL is a
  /// file, else in the usual one.
  ///
  /// They depend on the format, the runtime and what ``RecipeOptions`` lists, and on nothing else.
  static func weights(
    of named: NamedModel, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> WeightPlan {
    if let best = try bestPlans(of: named, arguments)?.first(where: { _ in true }) { return best }
    let asked = try arguments.optional(Options.quant)?.given
    let runtime = try arguments.optional(Options.runtime)
    if asked == nil, let stored = named.stored, try named.isStored(for: runtime) {
      guard let change = RecipeOptions.all.first(where: arguments.has) else { return stored }
      throw CommandFailure(
        at: change.flag,
        UsageError.missing(
          what: "the file is made already",
          fix: "leave it out, or say with --quant what the file were made into"))
    }
    let published =
      asked == nil && runtime != .llamaCpp && runtime != .ollama
      ? try named.publishedRecipe(under: runtime) : nil
    let recipe = try RecipeOptions.applied(
      to: asked?.loadable(in: runtime) ?? published
        ?? .usual(under: runtime ?? named.stored?.origin.runtimes.first), arguments)
    do {
      return try recipe.plan(for: named.shape)
    } catch {
      if let option = RecipeOptions.option(for: error, in: recipe.overrides) {
        throw CommandFailure(at: option, error)
      }
      throw .aboutFormat(error, of: named, arguments)
    }
  }

  /// The weights that `--quant best` chooses among, the best quality first; nil where a format is
  /// given or none is asked for.
  static func bestPlans(
    of named: NamedModel, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> LazyPlans? {
    guard try arguments.optional(Options.quant)?.isBest ?? false else { return nil }
    let runtime = try arguments.optional(Options.runtime) ?? .llamaCpp
    let recipes = named.ranked(under: runtime)
    return recipes.lazy.compactMap { recipe in
      try? RecipeOptions.applied(to: recipe, arguments).plan(for: named.shape)
    }
  }

  /// Plans that are made when they are looked at.
  typealias LazyPlans = LazyMapSequence<
    LazyFilterSequence<LazyMapSequence<[FormatRecipe], WeightPlan?>>, WeightPlan
  >

  private static func warning(about deployment: Deployment) -> String {
    let workload = deployment.workload
    let isDivided = deployment.runtime.llamaCppSettings.map { !$0.isUnified } ?? false
    let divisor =
      isDivided && !deployment.runtime.kind.countsContextPerSequence ? workload.sequences : 1
    let asked = workload.contextTokens / divisor
    let maximum = deployment.model.maximumContext
    guard asked > maximum else { return inputNote(about: deployment) }
    let consequence =
      deployment.runtime.kind == .ollama ? "Ollama cuts it to that" : "priced as asked"
    return "vram: warning: --context: \(asked) tokens are more than \(deployment.model.name)"
      + " was made for (\(maximum)); \(consequence)\n"
  }

  /// What is said of an encoder's inputs that llama-server would refuse: a line, or nothing.
  private static func inputNote(about deployment: Deployment) -> String {
    guard deployment.model.isEncoder, case .llamaCpp(let settings) = deployment.runtime else {
      return ""
    }
    let input = deployment.workload.contextTokens / deployment.workload.sequences
    let most = min(settings.batchTokens, settings.microbatchTokens)
    guard most < input else { return "" }
    return "vram: note: --ubatch: llama-server refuses inputs of more than \(most) tokens, as an"
      + " encoder computes each at once\n"
  }

  private static func note(
    aboutOtherPartsOf named: NamedModel, in deployment: Deployment
  ) -> String {
    let parts = named.configuration?.otherParts ?? []
    let projector = deployment.load.companions.projector
    guard !parts.isEmpty, projector == nil || projector == .otherParts else { return "" }
    let fix =
      projector == .otherParts
      ? ", and may take anything; add --language-model-only where it is not loaded"
      : deployment.runtime.llamaCppSettings == nil
        ? "" : "; add --mmproj FILE, or --mmproj unknown"
    return named.otherPartsNote(fix: fix)
  }
}
