internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// `vram lifetime`: what training and serving a model cost over its life, in operations.
enum LifetimeCommand {
  private static let trainingTokens = Option(
    "training-tokens", "TOKENS", help: "what the model is trained on, such as 15T; required"
  ) { try Amount.tokens($0) }
  private static let servedTokens = Option(
    "served-tokens-per-day", "TOKENS", help: "prompts and answers of a day, such as 1B (default 1B)"
  ) { try Amount.tokens($0) }
  private static let days = Option(
    "days", "N", help: "how long it serves (default 365)"
  ) { try Amount.plain($0, allowed: Lifetime.allowedDays, words: "1 to 3652500") }

  private static let format = Option(
    "format", "FORMAT", help: "table, json, csv, markdown or svg (default table)"
  ) { try Options.choice($0, of: BudgetFormat.self) }

  static let command = Command(
    spec: CommandSpec(
      name: "lifetime",
      summary: "Training and serving a model over its life, and when serving overtakes.",
      operands: "MODEL", operandCount: 1...1,
      options: [
        trainingTokens.spec, servedTokens.spec, days.spec, Options.presets.spec,
        format.spec,
      ],
      examples: [
        .init(
          "vram lifetime llama3:8b --training-tokens 15T",
          "how far past Chinchilla it is, and what serving adds"),
        .init(
          "vram lifetime smollm3-3b --training-tokens 11.2T --served-tokens-per-day 1B --days 365",
          "… over a year of a billion tokens a day"),
      ],
      discussion: """
        Counts operations: 6 a parameter and training token, 2 a parameter and served token; of a
        mixture of experts the parameters that a token uses. Money is another matter: one user's
        answers use a small share of what a processor can do ('vram budget MODEL --speed').
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    let named = try ModelArgument.named(arguments.operands[0], in: context.catalogue)
    guard let training = try arguments.optional(trainingTokens) else {
      throw CommandFailure(
        at: trainingTokens.spec.flag,
        UsageError.missing(
          what: "no number of training tokens is given",
          fix: "write \(trainingTokens.spec.flag) 15T; a model's card says it"))
    }
    let parameters = named.shape.parameters
    guard parameters > 0, named.shape.activeParameters > 0 else {
      throw CommandFailure(
        at: arguments.operands[0],
        UsageError.missing(what: "the model has no parameters", fix: "name another model"))
    }
    let report = LifetimeReport(
      Lifetime(
        parameters: parameters, activeParameters: named.shape.activeParameters,
        trainingTokens: training, servedTokensPerDay: try arguments.optional(servedTokens) ?? 1e9,
        days: try arguments.optional(days) ?? 365),
      of: named.shape)
    return Outcome(
      output: report.text(try arguments.optional(format) ?? .table), diagnostics: named.note)
  }
}
