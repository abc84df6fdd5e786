internal import ArgumentParsing
internal import HostSystem
internal import JSONDocuments
internal import Presets
internal import Reports
internal import VRAMBudget

/// `vram check`: whether the deployments of a budgets file hold their limits, for CI.
enum CheckCommand {
  static let config = Option(
    "config", "FILE",
    help: "the budgets file (default: vram.json, here or in the nearest folder above)"
  ) { $0 }

  static let only = OptionSpec(
    "only", "NAME", help: "check this deployment of the file alone; repeat it for several",
    isRepeatable: true)

  static let strict = OptionSpec(
    "strict", help: "what is tight fails: it may not fit at its highest estimate")

  static let format = Option(
    "format", "FORMAT",
    help: "table, json, csv, markdown, summary, junit, sarif or github\n(default table)"
  ) { try Options.choice($0, of: CheckFormat.self) }

  private static let schema = OptionSpec(
    "schema", help: "print the JSON schema of a budgets file, for editors")

  /// What the settings of a deployment are checked against.
  static let settingsSpec = CommandSpec(
    name: "check", options: BudgetsFileReader.settings)

  static let command = Command(
    spec: CommandSpec(
      name: "check",
      summary: "Whether deployments hold their budgets: pass or fail, for CI.",
      operands: "[FILE | MODEL…]", operandCount: 0...16,
      options: [config.spec, only, strict, format.spec, Options.units.spec, schema]
        + LimitOptions.all + ConfigurationArguments.options + [Options.presets.spec],
      examples: [
        .init("vram check", "do all deployments of vram.json fit?"),
        .init("vram check --only editor --format junit", "one of them, for a CI server"),
        .init(
          "vram check qwen2.5-coder:14b --gpu rtx-3060-12gb --max 90%",
          "one configuration without a file"),
      ],
      discussion: """
        With MODEL and options such as --gpu, one configuration is checked; else the deployments of a
        budgets file, in which options replace what it says. Its keys are these options' names with
        _ for -; "presets" names files and folders of your own, relative to it:

          { "defaults": { "gpu": "rtx-3060-12gb" },
            "deployments": [
              { "name": "editor", "model": "qwen2.5-coder:14b", "context": "8k", "max": "11GiB" } ] }

        Exit status: 0 all pass; 1 one fails; 2 a setting is wrong; 3 one cannot be told; of several
        the first of 2, 1, 3.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    guard !arguments.has(schema) else { return Outcome(output: BudgetsSchema.text) }
    let format = try arguments.optional(format) ?? .table
    let prefix = try arguments.prefix()
    let result: CheckResult
    let diagnostics: String
    do {
      (result, diagnostics) = try self.result(arguments, in: context.catalogue)
    } catch {
      guard format == .github, let annotation = annotation(of: error) else { throw error }
      var outcome = error.outcome
      outcome.output = annotation
      return outcome
    }
    return Outcome(
      output: format.text(of: result, prefix: prefix), diagnostics: diagnostics,
      status: result.status.outcome)
  }

  /// The command that annotates the line of a budgets file that cannot be read; nil of anything else.
  private static func annotation(of failure: CommandFailure) -> String? {
    guard let error = failure.error as? JSONDocumentError else { return nil }
    return GitHubCommand.error(
      inFile: failure.place, line: error.position.line, title: "vram check",
      text: "\(error.problem)\nfix: \(error.fix)")
  }

  /// Checks what the arguments ask for.
  private static func result(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> (result: CheckResult, diagnostics: String) {
    let options = Settings(of: arguments, among: BudgetsFileReader.settings)
    if !arguments.operands.isEmpty, ConfigurationArguments.options.contains(where: arguments.has) {
      try refuseFileOptions(arguments)
      return Self.result(
        of: [entry(of: arguments.operands)], inFile: nil, isStrict: arguments.has(strict),
        options: options, in: catalogue)
    }
    let file = try BudgetsFile(path: path(arguments))
    let all = try file.catalogue(over: catalogue)
    let checked = Self.result(
      of: try file.entries(named: arguments.texts(of: only)), inFile: file.path,
      isStrict: arguments.has(strict), options: options, in: all)
    return (
      checked.result, PresetSources.notes(about: all, beside: catalogue) + checked.diagnostics
    )
  }

  /// Checks deployments.
  ///
  /// - Parameter options: Settings that replace the deployments' own.
  static func result(
    of entries: [BudgetsFile.Entry], inFile file: String?, isStrict: Bool,
    options: Settings = Settings(), in catalogue: PresetCatalog
  ) -> (result: CheckResult, diagnostics: String) {
    let (deployments, notes) = CheckRun(
      entries: entries, options: options, isStrict: isStrict, file: file, catalogue: catalogue
    ).result()
    let result = CheckResult(
      toolVersion: Tool.version, formulasVersion: Tool.formulas, file: file, strict: isStrict,
      deployments: deployments)
    return (result, notes.map { $0 + "\n" }.joined())
  }

  /// The deployment that operands and options describe.
  static func entry(of models: [String], named name: String? = nil) -> BudgetsFile.Entry {
    BudgetsFile.Entry(
      name: name ?? models.joined(separator: " + "), line: nil, message: nil,
      models: models.map { .init(text: $0, line: nil, settings: Settings()) },
      settings: Settings())
  }

  private static func refuseFileOptions(_ arguments: ParsedArguments) throws(CommandFailure) {
    for option in [config.spec, only] where arguments.has(option) {
      throw CommandFailure(
        at: option.flag,
        UsageError.missing(
          what: "MODEL and its options say what to check, not a file",
          fix: "leave out \(option.flag), or MODEL"))
    }
  }

  private static func path(_ arguments: ParsedArguments) throws(CommandFailure) -> String {
    let named = try arguments.optional(config)
    guard arguments.operands.count <= (named == nil ? 1 : 0) else {
      throw CommandFailure(
        at: "check",
        UsageError.missing(
          what: "'\(arguments.operands[0])' is one budgets file too many, or a model without a GPU",
          fix: "name one FILE; or give MODEL with --gpu"))
    }
    guard let path = named ?? arguments.operands.first else { return try BudgetsFile.find() }
    guard HostSystem.kind(ofPath: path) != .nothing else {
      throw CommandFailure(
        at: path,
        UsageError.missing(
          what: "there is no such file",
          fix: "give the path of a budgets file; or a model and --gpu to check one configuration"))
    }
    return path
  }
}

extension CheckResult.Status {
  /// The exit status of a run that ends so.
  var outcome: Outcome.Status {
    switch self {
    case .pass: .success
    case .fail: .doesNotFit
    case .error: .badInput
    case .unknown: .cannotTell
    }
  }
}
