internal import ArgumentParsing
internal import HostSystem
internal import Presets
internal import Reports
internal import VRAMBudget

/// `vram diff`: what changed between two recorded results, or since one was recorded.
enum DiffCommand {
  private static let maxIncrease = Option(
    "max-increase", "SIZE|PERCENT",
    help: "fail when a deployment grew by more, such as 256MiB or 2%"
  ) { try MemoryShare(parsing: $0) }

  private static let strict = OptionSpec(
    "strict", help: "a growth that comes from presets or formulas counts, too")

  static let command = Command(
    spec: CommandSpec(
      name: "diff",
      summary: "What changed between two results of 'vram check', line by line.",
      operands: "BASE.json [NEW.json]", operandCount: 1...2,
      options: [
        maxIncrease.spec, strict, CheckCommand.config.spec, Options.presets.spec,
        Options.format.spec,
        Options.units.spec,
      ],
      examples: [
        .init("vram check --format json > base.json", "record a result, …"),
        .init(
          "vram diff base.json --max-increase 2%", "… and see what a change of vram.json costs"),
        .init("vram diff base.json new.json --format markdown", "two results, for a comment"),
      ],
      discussion: """
        Without NEW.json the budgets file is checked now: the one that BASE.json was made from, or
        --config; where options alone described BASE.json, what they describe is priced again.

        A growth that comes from other presets or formulas is named, and counts against
        --max-increase with --strict only. Exit status: 1 when a deployment grew by more, or passed
        in BASE.json and fails; 2 and 3 likewise.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    let format = try arguments.reportFormat()
    let prefix = try arguments.prefix()
    let base = try RecordedResult.read(arguments.operands[0])
    var limit: ResultDiff.IncreaseLimit?
    if let share = try arguments.optional(maxIncrease) {
      limit = .init(arguments.texts(of: maxIncrease.spec).last ?? "") { share.bytes(of: $0) }
    }
    let new: CheckResult
    var repriced: [String: CheckedDeployment] = [:]
    var notes = ""
    if arguments.operands.count > 1 {
      guard !arguments.has(CheckCommand.config.spec) else {
        throw CommandFailure(
          at: CheckCommand.config.spec.flag,
          UsageError.missing(
            what: "NEW.json is given to compare with", fix: "leave out one of the two"))
      }
      new = try RecordedResult.read(arguments.operands[1])
    } else {
      let path = try arguments.optional(CheckCommand.config) ?? base.file
      let file = try path.map { path throws(CommandFailure) in try BudgetsFile(path: path) }
      let catalogue = try file?.catalogue(over: context.catalogue) ?? context.catalogue
      notes = PresetSources.notes(about: catalogue, beside: context.catalogue)
      new = current(base, file, in: catalogue)
      repriced = self.repriced(base, where: new, in: catalogue)
    }
    let diff = ResultDiff(
      from: base, to: new, repriced: repriced, limit: limit, countsProgram: arguments.has(strict))
    return Outcome(
      output: DiffReport.text(of: diff, format, prefix: prefix), diagnostics: notes,
      status: diff.status.outcome)
  }

  /// The result of now: of the file that the base was made from, or of its settings.
  private static func current(
    _ base: CheckResult, _ file: BudgetsFile?, in catalogue: PresetCatalog
  ) -> CheckResult {
    CheckCommand.result(
      of: file?.entries ?? base.deployments.map(BudgetsFile.Entry.init), inFile: file?.path,
      isStrict: base.strict, in: catalogue
    ).result
  }

  /// What this program says of the base's deployments that ask for something else now.
  private static func repriced(
    _ base: CheckResult, where new: CheckResult, in catalogue: PresetCatalog
  ) -> [String: CheckedDeployment] {
    let now = Dictionary(new.deployments.map { ($0.name, $0) }) { first, _ in first }
    let changed = base.deployments.filter { old in
      now[old.name].map {
        $0.settings != old.settings || $0.askedModels != old.askedModels
      } ?? false
    }
    let result = CheckCommand.result(
      of: changed.map(BudgetsFile.Entry.init), inFile: base.file, isStrict: base.strict,
      in: catalogue
    ).result
    return Dictionary(result.deployments.map { ($0.name, $0) }) { first, _ in first }
  }
}

extension BudgetsFile.Entry {
  /// A deployment as a recorded result asked for it.
  fileprivate init(_ recorded: CheckedDeployment) {
    self.init(
      name: recorded.name, line: recorded.line, message: recorded.message,
      models: recorded.askedModels.map {
        .init(text: $0.model, line: nil, settings: Settings(recorded: $0.settings))
      },
      settings: Settings(recorded: recorded.settings))
  }
}
