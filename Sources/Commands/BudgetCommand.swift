internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// `vram budget`: what one or several models need on one or several devices, and whether they fit.
enum BudgetCommand {
  static let command = Command(
    spec: CommandSpec(
      name: "budget",
      summary: "What a model needs on a GPU, line by line, and whether it fits.",
      operands: "MODEL…", operandCount: 1...16,
      options: [
        Options.gpu.spec, Options.quant.spec,
      ] + RecipeOptions.all + [
        Options.context.spec, Options.sequences.spec, Options.runtime.spec,
      ] + LlamaCppOptions.all + [
        Options.reserve.spec, Options.overhead.spec, Options.requireFit, Options.strict,
        Options.format.spec, Options.units.spec, Options.explain,
      ],
      examples: [
        .init(
          "vram budget qwen2.5-coder:14b --gpu rtx-3060-12gb",
          "does it fit, in the usual format and context?"),
        .init(
          "vram budget smollm3-3b --quant Q8_0 --context 2048 --gpu 6GiB --explain",
          "… with every formula"),
        .init(
          "vram budget ./my-model/config.json --gpu rtx-3090x2 --format json",
          "a model of your own on two cards, for a script"),
      ],
      discussion: """
        MODEL is a preset ('vram models' lists them), a config.json, or a folder that holds one.
        Several models share the devices.
        """),
    run: run)

  private static func run(_ arguments: ParsedArguments) throws(CommandFailure) -> Outcome {
    let devices = try devices(arguments)
    var deployments: [Deployment] = []
    var warnings = ""
    for operand in arguments.operands {
      let deployment = try deployment(operand, arguments)
      deployments.append(deployment)
      warnings += warning(about: deployment)
    }
    let budget: Budget
    do {
      budget = try Budget(of: deployments, on: devices)
    } catch {
      throw CommandFailure(at: error.option ?? "MODEL", error, status: error.status)
    }
    return Outcome(
      output: try text(of: budget, arguments), diagnostics: warnings,
      status: status(of: budget.verdict, arguments))
  }

  private static func devices(_ arguments: ParsedArguments) throws(CommandFailure) -> [Device] {
    let devices = try arguments.all(Options.gpu).flatMap { $0 }
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
    guard let reserve = try arguments.optional(Options.reserve), reserve > .zero else {
      return devices
    }
    let reservation = Reservation(
      .user, reserve, basis: .assumed, source: "given with \(Options.reserve.spec.flag)")
    return devices.map { $0.reserving(reservation) }
  }

  private static func deployment(
    _ operand: String, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> Deployment {
    let model = try ModelArgument.model(operand)
    let recipe = try RecipeOptions.applied(
      to: try arguments.optional(Options.quant) ?? .llamaCpp(.q4_K_M), arguments)
    let plan: WeightPlan
    do {
      plan = try recipe.plan(for: model)
    } catch {
      let option = RecipeOptions.option(for: error, in: recipe.overrides)
      throw CommandFailure(at: option ?? Options.quant.spec.flag, error)
    }
    let context = try arguments.optional(Options.context)
    return Deployment(
      model: model, weights: plan, runtime: try runtime(for: recipe, arguments),
      workload: Workload(
        contextTokens: context ?? Workload.defaultContext(of: model),
        contextOrigin: context == nil ? .default : .given,
        sequences: try arguments.optional(Options.sequences) ?? 1),
      overhead: try arguments.optional(Options.overhead))
  }

  private static func runtime(
    for recipe: FormatRecipe, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> Runtime {
    guard let kind = try arguments.optional(Options.runtime) ?? recipe.runtimes.first else {
      throw CommandFailure(
        at: Options.quant.spec.flag,
        RuntimeError.noRuntimeLoads(recipe: recipe.name, loader: recipe.project.loader))
    }
    switch kind {
    case .llamaCpp: return .llamaCpp(try LlamaCppOptions.settings(arguments))
    case .execuTorch:
      if let foreign = LlamaCppOptions.all.first(where: arguments.has) {
        throw CommandFailure(
          at: foreign.flag,
          UsageError.missing(
            what: "ExecuTorch has no such setting", fix: "leave it out, or use llama.cpp"))
      }
      return .execuTorch(ExecuTorchSettings())
    }
  }

  private static func warning(about deployment: Deployment) -> String {
    let asked = deployment.workload.contextTokens
    let maximum = deployment.model.maximumContext
    guard asked > maximum else { return "" }
    return "vram: warning: --context: \(asked) tokens are more than \(deployment.model.name)"
      + " was made for (\(maximum)); priced as asked\n"
  }

  private static func text(
    of budget: Budget, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> String {
    let prefix = try arguments.prefix()
    switch try arguments.reportFormat() {
    case .table:
      let style = BudgetTable.Style(prefix: prefix, explains: arguments.has(Options.explain))
      return BudgetTable(budget, style: style).text
    case .json: return BudgetDocument(budget).text
    case .csv: return BudgetLists.csv(budget)
    case .markdown: return BudgetLists.markdown(budget, prefix: prefix)
    }
  }

  private static func status(
    of verdict: Verdict, _ arguments: ParsedArguments
  ) -> Outcome.Status {
    guard arguments.has(Options.requireFit) || arguments.has(Options.strict) else {
      return .success
    }
    switch verdict {
    case .fits: return .success
    case .tight: return arguments.has(Options.strict) ? .doesNotFit : .success
    case .doesNotFit: return .doesNotFit
    case .unknown: return .cannotTell
    }
  }
}
