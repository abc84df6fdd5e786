internal import ArgumentParsing
internal import HostSystem
internal import ModelFiles
internal import PresetEntries
internal import Presets
internal import Reports
internal import VRAMBudget

/// `vram fit`: what is left out is what is asked for.
enum FitCommand {
  private static let atLeastContext = Option(
    "at-least-context", "TOKENS",
    help: "the context that must fit (default: --context, else 8192 or the\nmodel's maximum)"
  ) { try TokenCount.parse($0, allowed: Workload.allowedContext) }

  private static let minQuality = Option(
    "min-quality", "FORMAT|LOSS",
    help: "no format of a greater published loss than this one's, or than a\npercentage such as 3%"
  ) { $0 }

  static let format = Option(
    "format", "FORMAT",
    help: "table, json, csv or markdown (default table); svg with MODEL and --gpu"
  ) { try Options.choice($0, of: MapFormat.self) }

  static let command = Command(
    spec: CommandSpec(
      name: "fit",
      summary: "The best that fits: formats and contexts, models, or devices.",
      operands: "[MODEL]", operandCount: 0...1,
      options: ConfigurationArguments.options + [
        atLeastContext.spec, minQuality.spec, SpeedOptions.columns,
      ] + SpeedOptions.question + [
        Options.presets.spec, Options.requireFit, format.spec, Options.units.spec,
      ],
      examples: [
        .init(
          "vram fit qwen2.5-coder:14b --gpu rtx-3060-12gb",
          "how long a context fits in each format, and which to take"),
        .init(
          "vram fit --gpu rtx-3060-12gb --at-least-context 16k",
          "which models fit this card, each in its best format"),
        .init(
          "vram fit --gpu rtx-4090 --min-tokens-per-second 40 --max-first-token 300ms",
          "… of those that answer fast enough"),
        .init("vram fit llama3.1:70b --quant Q4_K_M", "which devices hold this model"),
      ],
      discussion: """
        With MODEL and --gpu: for every format the largest context that fits. With --gpu alone: which
        presets fit, each in its best format. With MODEL alone: which devices hold it, smallest first.
        What fits does so even at the highest estimate. --max-first-token and --min-tokens-per-second
        leave only what holds them even at the slow end of its range.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    let catalogue = context.catalogue
    let hasDevices = !arguments.texts(of: Options.gpu.spec).isEmpty
    for (option, isAsked) in [
      (Options.context.spec, try arguments.optional(Options.context)?.isBest ?? false),
      (Options.sequences.spec, try arguments.optional(Options.sequences)?.isBest ?? false),
      (Options.gpu.spec, DeviceSearch.isAskedFor(arguments)),
    ] where isAsked {
      throw CommandFailure(
        at: option.flag,
        UsageError.missing(
          what: "vram fit looks for the best by itself", fix: "leave it out, or give the value"))
    }
    if let axis = try LlamaCppOptions.wanted(arguments).first {
      throw CommandFailure(
        at: axis == .gpuLayers ? LlamaCppOptions.gpuLayers.spec.flag : "--n-cpu-moe",
        UsageError.missing(
          what: "vram fit looks for formats and contexts, with layers and experts where you say",
          fix: "give the number; 'vram budget' finds it for one format"))
    }
    switch (arguments.operands.first, hasDevices) {
    case (let model?, true): return try formats(of: model, arguments, ReadModels(catalogue))
    case (nil, true): return try models(arguments, in: catalogue)
    case (let model?, false): return try devices(for: model, arguments, ReadModels(catalogue))
    case (nil, false):
      throw CommandFailure(
        at: "fit",
        UsageError.missing(
          what: "neither MODEL nor --gpu is given",
          fix: "give MODEL for the devices that hold it, --gpu for the models that fit, or both"))
    }
  }

  /// The format of a list.
  ///
  /// - Throws: A failure about `--format` where it asks for a picture.
  private static func lists(_ arguments: ParsedArguments) throws(CommandFailure) -> ReportFormat {
    let asked = try arguments.optional(format) ?? .table
    guard let lists = asked.list else {
      throw CommandFailure(
        at: format.spec.flag,
        UsageError.missing(
          what: "a picture is of one model on given devices",
          fix: "give MODEL and --gpu, or choose table, json, csv or markdown"))
    }
    return lists
  }

  // MARK: What must hold

  private static func requirements(
    for model: ModelShape, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> FitRequirements {
    let context = try arguments.optional(atLeastContext)
    let given = try arguments.optional(Options.context)?.given
    guard let text = try arguments.optional(minQuality) else {
      return FitRequirements(context: context ?? given)
    }
    return FitRequirements(context: context ?? given, loss: try loss(text, for: model))
  }

  /// The loss that a percentage or a format's name stands for.
  private static func loss(
    _ text: String, for model: ModelShape
  ) throws(CommandFailure) -> Double {
    if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent >= 0, percent.isFinite {
      return percent / 100
    }
    let recipe: FormatRecipe
    do {
      recipe = try FormatRecipe.named(text)
    } catch {
      throw CommandFailure(at: minQuality.spec.flag, error)
    }
    guard let loss = recipe.loss(for: model) else {
      throw CommandFailure(
        at: minQuality.spec.flag,
        UsageError.missing(
          what: "no loss of \(recipe.name) was published", fix: "give a percentage such as 3%"))
    }
    // The same figure must not fail against itself.
    return max(0, loss) + 1e-9
  }

  /// The formats to choose among: the one that is given, else all that the runtime loads.
  private static func recipes(
    for named: NamedModel, _ requirements: FitRequirements, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [FormatRecipe] {
    if let given = try arguments.optional(Options.quant)?.given {
      let runtime = try arguments.optional(Options.runtime)
      return [try RecipeOptions.applied(to: given.loadable(in: runtime), arguments)]
    }
    let runtime = try arguments.optional(Options.runtime) ?? .llamaCpp
    var recipes: [FormatRecipe] = []
    for recipe in named.ranked(under: runtime)
    where requirements.allows(recipe, for: named.shape) {
      if RecipeOptions.all.contains(where: arguments.has) {
        if let applied = try? RecipeOptions.applied(to: recipe, arguments) {
          recipes.append(applied)
        }
      } else {
        recipes.append(recipe)
      }
    }
    return recipes
  }

  // MARK: The three questions

  private static func formats(
    of operand: String, _ arguments: ParsedArguments, _ read: ReadModels
  ) throws(CommandFailure) -> Outcome {
    let devices = try ConfigurationArguments.devices(arguments, in: read.catalogue)
    let search = try ConfigurationSearch(of: [operand], on: devices, arguments, read)
    let configuration = search.configurations[0]
    let model = configuration.deployment.model
    let requirements = try requirements(for: model, arguments)
    var plans: [WeightPlan] = []
    if configuration.deployment.weights.origin.recipe == nil {
      plans = [configuration.deployment.weights]
    } else {
      plans = try recipes(for: configuration.named, requirements, arguments).compactMap {
        try? $0.plan(for: model)
      }
    }
    let speed = try FitSpeed(arguments)
    try speed.refuseUnknown(devices)
    var rows: [(fit: FormatFit, speed: ServingSpeed?)]
    do {
      rows = try search.question.contexts(of: plans).map { fit in
        (fit, speed.speed(of: fit.deployment, on: devices))
      }
    } catch {
      throw CommandFailure(error)
    }
    rows = rows.filter { speed.accepts($0.speed) }
    let report = FormatFitReport(
      deployment: configuration.deployment, devices: devices, fits: rows.map(\.fit),
      context: requirements.context(of: model), speeds: speed.isShown ? rows.map(\.speed) : nil)
    let prefix = try arguments.prefix()
    let isPicture = try arguments.optional(format) == .svg
    return Outcome(
      output: isPicture
        ? report.picture(prefix: prefix) : report.text(try lists(arguments), prefix: prefix),
      diagnostics: configuration.diagnostics,
      status: status(isFound: report.recommended != nil, arguments))
  }

  private static func models(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> Outcome {
    let format = try lists(arguments)
    let devices = try ConfigurationArguments.devices(arguments, in: catalogue)
    let speed = try FitSpeed(arguments)
    try speed.refuseUnknown(devices)
    let listed: [PresetCatalog.ListedModel]
    do {
      listed = try catalogue.allModels()
    } catch {
      throw CommandFailure(at: "fit", error, status: error.status)
    }
    let entries = listed.map(\.entry)
    var rows: [ModelFit] = []
    var failure: CommandFailure?
    OrderedWork.run(
      threads: min(HostSystem.processors, max(1, entries.count)),
      piece: { $0 < UInt64(entries.count) ? entries[Int($0)] : nil },
      worker: {
        let graphs = PricedGraphs()
        return { entry in
          Result { () throws(CommandFailure) in
            try row(of: entry, in: catalogue, on: devices, speed, graphs, arguments)
          }
        }
      },
      consume: { found in
        switch found {
        case .success(let row): if let row { rows.append(row) }
        case .failure(let error): failure = error
        }
        return failure == nil
      })
    if let failure { throw failure }
    let report = ModelFitReport(
      devices: devices, rows: rows, considered: entries.count,
      runtime: try arguments.optional(Options.runtime) ?? .llamaCpp, showsSpeed: speed.isShown)
    return Outcome(
      output: report.text(format, prefix: try arguments.prefix()),
      status: status(isFound: !rows.isEmpty, arguments))
  }

  /// The best format of a model and how far it goes; nil when none fits, or the runtime refuses it.
  private static func row(
    of entry: ModelEntry, in catalogue: PresetCatalog, on devices: [Device], _ speed: FitSpeed,
    _ graphs: PricedGraphs, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> ModelFit? {
    let named: NamedModel
    do {
      named = try NamedModel(entry, in: catalogue)
    } catch {
      throw CommandFailure(at: "fit", error, status: error.status)
    }
    let model = named.shape
    let requirements = try requirements(for: model, arguments)
    let context = requirements.context(of: model)
    let recipes = try recipes(for: named, requirements, arguments)
    guard let plan = recipes.lazy.compactMap({ try? $0.plan(for: model) }).first else { return nil }
    let runtime = try RuntimeArguments.runtime(
      for: plan, of: named, devices: devices.count, arguments)
    let deployment = Deployment(
      model: model, weights: plan, runtime: runtime,
      workload: Workload(
        contextTokens: context, contextOrigin: .given,
        sequences: try arguments.optional(Options.sequences)?.given ?? 1),
      overhead: try arguments.optional(Options.overhead),
      companions: named.whole(Companions(), under: runtime))
    guard context <= deployment.largestContext else { return nil }
    let question = Question(
      [deployment], on: devices, hostMemory: try arguments.optional(Options.hostMemory))
    // What the runtime refuses of one model says nothing of the others.
    let fit = try? question.best(of: recipes, holding: context, graphs: graphs) {
      speed.accepts(speed.speed(of: $0, on: devices))
    }
    return fit.map {
      ModelFit(model: model, fit: $0, speed: speed.speed(of: $0.deployment, on: devices))
    }
  }

  private static func devices(
    for operand: String, _ arguments: ParsedArguments, _ read: ReadModels
  ) throws(CommandFailure) -> Outcome {
    let format = try lists(arguments)
    let all = try DeviceSearch.all(in: read.catalogue, arguments)
    guard let first = all.first else { preconditionFailure("the catalogue has devices") }
    let search = try ConfigurationSearch(of: [operand], on: [first], arguments, read)
    let configuration = search.configurations[0]
    let requirements = try requirements(for: configuration.deployment.model, arguments)
    let deployment = configuration.deployment.with(
      workload: Workload(
        contextTokens: requirements.context(of: configuration.deployment.model),
        contextOrigin: requirements.context == nil ? .default : .given,
        sequences: configuration.deployment.workload.sequences))
    let question = Question(
      [deployment], on: [first], hostMemory: try arguments.optional(Options.hostMemory),
      standard: .highest)
    let fits = question.outlooks(on: all)
    if fits.isEmpty {
      do {
        _ = try question.budget()
      } catch {
        throw CommandFailure(error)
      }
    }
    let speed = try FitSpeed(arguments)
    let rows = fits.filter { $0.verdict == .fits }
      .map { ($0, speed.speed(of: deployment, on: [$0.device])) }
      .filter { speed.accepts($0.1) }
    let report = DeviceFitReport(
      deployment: deployment, fits: rows.map(\.0), considered: fits.count,
      speeds: speed.isShown ? rows.map(\.1) : nil)
    return Outcome(
      output: report.text(format, prefix: try arguments.prefix()),
      diagnostics: configuration.diagnostics,
      status: status(isFound: !report.isEmpty, arguments))
  }

  private static func status(
    isFound: Bool, _ arguments: ParsedArguments
  ) -> Outcome.Status {
    !isFound && arguments.has(Options.requireFit) ? .doesNotFit : .success
  }
}
