internal import ArgumentParsing
internal import Presets
internal import VRAMBudget

/// What a command works with, besides its arguments.
struct CommandContext: Sendable {
  /// The models and devices known by name.
  let catalogue: PresetCatalog
  /// The width of the terminal that the result goes to; nil when it goes elsewhere.
  let terminalColumns: Int?
}

/// A command: its specification, and a function from arguments to an outcome.
struct Command: Sendable {
  let spec: CommandSpec
  let run: @Sendable (ParsedArguments, CommandContext) throws(CommandFailure) -> Outcome

  init(
    spec: CommandSpec,
    run: @escaping @Sendable (ParsedArguments, CommandContext) throws(CommandFailure) -> Outcome
  ) {
    self.spec = spec
    self.run = run
  }

  /// A command that looks no name up.
  init(
    spec: CommandSpec, run: @escaping @Sendable (ParsedArguments) throws(CommandFailure) -> Outcome
  ) {
    self.init(spec: spec) { arguments, _ throws(CommandFailure) in try run(arguments) }
  }
}

/// The commands in the order of the help. Only the one that is called is made, with its options: a
/// start takes long enough.
enum CommandName: String, CaseIterable {
  case budget, fit, sweep, weights, lifetime, check, render, diff
  case initialize = "init"
  case inspect, models, devices, formats, completions, help, version

  var command: Command {
    switch self {
    case .budget: BudgetCommand.command
    case .fit: FitCommand.command
    case .sweep: SweepCommand.command
    case .weights: WeightsCommand.command
    case .lifetime: LifetimeCommand.command
    case .check: CheckCommand.command
    case .render: RenderCommand.command
    case .diff: DiffCommand.command
    case .initialize: InitCommand.command
    case .inspect: InspectCommand.command
    case .models: ModelsCommand.command
    case .devices: DevicesCommand.command
    case .formats: FormatsCommand.command
    case .completions: CompletionsCommand.command
    case .help: HelpCommand.command
    case .version: VersionCommand.command
    }
  }
}

/// The tool as a function from a command line to an outcome.
public enum Tool {
  /// The version of the program, its presets and its formulas.
  public static let version = "0.1.0"
  /// Raised with each release that prices a configuration differently, presets apart.
  static let formulas = 1

  static var commands: [Command] { CommandName.allCases.map(\.command) }

  /// Runs the tool.
  ///
  /// - Parameters:
  ///   - arguments: The words after the program's name.
  ///   - surroundings: What else the run may take from its process.
  public static func run(
    _ arguments: [String], in surroundings: Surroundings = Surroundings()
  ) -> Outcome {
    do {
      return try outcome(of: arguments, in: surroundings)
    } catch {
      return error.outcome
    }
  }

  private static func outcome(
    of arguments: [String], in surroundings: Surroundings
  ) throws(CommandFailure) -> Outcome {
    guard let name = arguments.first else {
      return Outcome(diagnostics: HelpCommand.overview, status: .badInput)
    }
    if name == "--help" || name == "-h" { return Outcome(output: HelpCommand.overview) }
    if name == "--version" || name == "-V" { return Outcome(output: VersionCommand.text) }
    let command = try command(named: name)
    let words = Array(arguments.dropFirst())
    if words.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
      return Outcome(output: command.spec.helpText(tool: "vram"))
    }
    let parsed: ParsedArguments
    do {
      parsed = try ParsedArguments(words, for: command.spec)
    } catch {
      throw CommandFailure(at: error.place, error)
    }
    return try outcome(of: command, parsed, in: surroundings)
  }

  private static func outcome(
    of command: Command, _ arguments: ParsedArguments, in surroundings: Surroundings
  ) throws(CommandFailure) -> Outcome {
    let looksUp = command.spec.options.contains(Options.presets.spec)
    let catalogue =
      looksUp
      ? try PresetSources.catalogue(arguments, in: surroundings) : PresetCatalog()
    var outcome = try command.run(
      arguments,
      CommandContext(catalogue: catalogue, terminalColumns: surroundings.terminalColumns))
    outcome.diagnostics = PresetSources.notes(about: catalogue) + outcome.diagnostics
    return outcome
  }

  static func command(named name: String) throws(CommandFailure) -> Command {
    guard let known = CommandName(rawValue: name) else {
      let names = CommandName.allCases.map(\.rawValue)
      throw CommandFailure(
        at: "vram",
        UsageError.unknownCommand(
          name, nearest: LooseName.nearest(to: name, among: names, limit: 1)))
    }
    return known.command
  }
}
