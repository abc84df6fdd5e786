internal import ArgumentParsing
internal import ModelFiles
internal import Reports
internal import VRAMBudget

/// `vram budget`: what one or several models need on one or several devices, and whether they fit.
enum BudgetCommand {
  static let format = Option(
    "format", "FORMAT", help: "table, json, csv, markdown or svg (default table)"
  ) { try Options.choice($0, of: BudgetFormat.self) }

  static let historyTokens = Option(
    "history-tokens", "TOKENS",
    help: "the tokens of history that your program keeps at most: what that saves"
  ) { try TokenCount.parse($0, allowed: Workload.allowedContext) }

  private enum Colour: String, CaseIterable { case auto, always, never }

  private static let colour = Option(
    "color", "auto|always|never",
    help: "colours in tables (default auto: on a terminal, unless NO_COLOR is set)"
  ) { try Options.choice($0, of: Colour.self) }

  private static let swapped = OptionSpec(
    "swapped", help: "one model is loaded at a time: the largest counts")

  static let command = Command(
    spec: CommandSpec(
      name: "budget",
      summary: "What a model needs on a GPU, line by line, and whether it fits.",
      operands: "MODEL…", operandCount: 1...16,
      options: ConfigurationArguments.options + SpeedOptions.all + [
        historyTokens.spec, swapped, Options.presets.spec, Options.requireFit, Options.strict,
        format.spec, Options.units.spec, colour.spec, Options.explain, LaunchOption.spec,
      ],
      examples: [
        .init(
          "vram budget qwen2.5-coder:14b --gpu rtx-3060-12gb",
          "does it fit, in the usual format and context?"),
        .init(
          "vram budget smollm3-3b --quant Q8_0 --context 2048 --gpu 6GiB --explain",
          "… with every formula"),
        .init(
          "vram budget llama3.1:8b --gpu rtx-4090 --speed --max-first-token 300ms",
          "how fast it would be, and whether fast enough"),
        .init(
          "vram budget ./my-model/config.json --gpu rtx-3090x2 --format json",
          "a model of your own on two cards, for a script"),
        .init(
          "vram budget llama3.1:8b --gpu 12GiB --quant best --context max",
          "the best format that fits, then the longest context"),
        .init(
          "vram budget qwen2.5-coder:7b@Q4_K_M,context=8192 nomic-embed-text --gpu 8GiB",
          "two models on one card, each with its own settings"),
      ],
      discussion: """
        MODEL is a preset ('vram models' lists them), a GGUF file (any part of a split one), a
        config.json, or a folder that holds one. A file is priced as it is; with --quant, as if it
        were quantized again. Several models share the devices; settings of one of them follow its
        name: MODEL@FORMAT,context=8192,cache-type=q8_0.

        In place of a value, best, max, min or smallest asks for it. What fits as expected counts; with
        --strict, what fits even at the highest estimate. With --require-fit, what --max-first-token,
        --min-tokens-per-second and --max-file ask must hold too.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    let models = ReadModels(context.catalogue)
    var found: [FoundSetting] = []
    let devices: [Device]
    if DeviceSearch.isAskedFor(arguments) {
      let smallest = try DeviceSearch.smallest(for: arguments.operands, arguments, models)
      devices = [smallest.device]
      found.append(smallest.found)
    } else {
      devices = try ConfigurationArguments.devices(arguments, in: context.catalogue)
    }
    var search = try ConfigurationSearch(
      of: arguments.operands, on: devices, isSwapped: arguments.has(swapped), arguments,
      models)
    try search.run()
    let diagnostics = search.configurations.map(\.diagnostics).joined()
    let budget: Budget
    var answers = BudgetAnswers(found: found + search.configurations.flatMap(\.found))
    let launches = arguments.has(LaunchOption.spec)
    let asked = try arguments.optional(format) ?? .table
    let saysAnswers = !launches && saysAnswers(in: asked)
    let speedQuestion = try SpeedOptions.question(arguments)
    do {
      budget = try search.question.budget(graphs: models.graphs)
      if saysAnswers {
        try BudgetQuestions(
          question: search.question, budget: budget, models: models, arguments: arguments,
          speed: speedQuestion, isStrict: arguments.has(Options.strict)
        ).answer(&answers)
      }
    } catch {
      throw CommandFailure(error)
    }
    answers.history = try search.historyCaps()
    let speed = try SpeedOptions.report(of: budget, arguments)
    let status = status(of: .worse(budget.verdict, speed.verdict(of: budget)), arguments)
    if launches {
      let launch = try LaunchOption.text(search.configurations, devices, in: context.catalogue)
      return Outcome(
        output: launch.commands,
        diagnostics: diagnostics + launch.notes + LaunchOption.note(on: budget), status: status)
    }
    let isColoured =
      switch try arguments.optional(colour) ?? .auto {
      case .auto: context.showsColours
      case .always: true
      case .never: false
      }
    return Outcome(
      output: try text(of: budget, answers, speed, isColoured, arguments),
      diagnostics: diagnostics, status: status)
  }

  /// Whether a format has room for more than the lines: what is not shown is not looked for.
  private static func saysAnswers(in format: BudgetFormat) -> Bool {
    switch format {
    case .table, .json, .markdown: true
    case .csv, .svg: false
    }
  }

  private static func text(
    of budget: Budget, _ answers: BudgetAnswers, _ speed: SpeedReport,
    _ isColoured: Bool, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> String {
    let style = BudgetTable.Style(
      prefix: try arguments.prefix(), explains: arguments.has(Options.explain),
      isColoured: isColoured)
    return (try arguments.optional(format) ?? .table).text(
      of: budget, answers: answers, speed: speed, style: style)
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
