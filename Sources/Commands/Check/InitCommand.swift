internal import ArgumentParsing
public import HostSystem
internal import Reports
public import VRAMBudget

/// `vram init`: a first budgets file.
enum InitCommand {
  private static let name = Option(
    "name", "NAME", help: "the deployment's name (default: the model's)"
  ) { $0 }

  private static let config = Option(
    "config", "FILE", help: "the file to write, - for standard output (default vram.json)"
  ) { $0 }

  static let command = Command(
    spec: CommandSpec(
      name: "init",
      summary: "A first budgets file for 'vram check', from a configuration.",
      operands: "[MODEL…]", operandCount: 0...16,
      options: [name.spec, config.spec] + LimitOptions.all + ConfigurationArguments.options
        + [Options.presets.spec],
      examples: [
        .init(
          "vram init qwen2.5-coder:14b --gpu rtx-3060-12gb --name editor",
          "vram.json with this deployment"),
        .init("vram init", "vram.json with an example to change"),
      ],
      discussion: """
        Without --max, the limit is what the configuration needs at its highest estimate, rounded up
        to a quarter of a GiB. A file that exists is left as it is.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    var models = arguments.operands
    var settings = Settings(of: arguments, among: BudgetsFileReader.settings)
    if models.isEmpty {
      models = ["qwen2.5-coder:14b"]
      if settings["gpu"] == nil {
        settings["gpu"] = Setting(value: .text("rtx-3060-12gb"), line: nil)
      }
    }
    let name = try arguments.optional(name) ?? models.joined(separator: " + ")
    var check = DeploymentCheck(isStrict: false, file: nil, in: context.catalogue)
    let entry = CheckCommand.entry(of: models, named: name)
    let checked = check.result(of: entry, options: settings).deployment
    // What the file could not say without being wrong is refused before it is written.
    if let finding = checked.findings.first(where: { $0.status == .error }) {
      throw CommandFailure(
        at: "init",
        UsageError.missing(what: finding.problem ?? "", fix: finding.fix ?? ""))
    }
    if settings["max"] == nil, let limit = limit(for: checked) {
      settings["max"] = Setting(value: .text(limit), line: nil)
    }
    let text = BudgetsFileText.text(
      name: name, models: models, settings: settings.recorded, need: need(of: checked))
    return try outcome(writing: text, to: arguments.optional(config) ?? BudgetsFile.name, checked)
  }

  private static func outcome(
    writing text: String, to path: String, _ checked: CheckedDeployment
  ) throws(CommandFailure) -> Outcome {
    let warning =
      checked.status == .pass
      ? "" : "vram: warning: the configuration does not pass: see 'vram check'\n"
    guard path != "-" else { return Outcome(output: text, diagnostics: warning) }
    do {
      try HostSystem.create(path, Array(text.utf8))
    } catch {
      throw CommandFailure(at: path, error)
    }
    return Outcome(
      diagnostics: "vram: wrote \(path); 'vram check' holds it\n" + warning)
  }

  /// The most that any device needs, rounded up to a quarter of a GiB; nil where nothing is priced or
  /// it does not fit.
  private static func limit(for checked: CheckedDeployment) -> String? {
    guard checked.status == .pass, let most = checked.devices.map(\.highBytes).max() else {
      return nil
    }
    let quarters = (most + (1 << 28) - 1) >> 28
    let fraction = ["", ".25", ".5", ".75"][Int(quarters % 4)]
    return "\(quarters / 4)\(fraction)GiB"
  }

  private static func need(of checked: CheckedDeployment) -> String? {
    guard let most = checked.devices.max(by: { $0.expectedBytes < $1.expectedBytes }) else {
      return nil
    }
    return "needs \(Bytes(most.expectedBytes).formatted(.binary)) of "
      + "\(Bytes(most.usableBytes).formatted(.binary)) on \(most.name)"
  }
}

extension FileCreationError: ActionableError {
  public var problem: String {
    switch self {
    case .exists: "the file is there already"
    case .noFolder: "there is no such folder"
    case .notPermitted: "no file may be made there"
    case .failed(let code): "writing failed (error \(code))"
    }
  }

  public var fix: String {
    switch self {
    case .exists:
      "add the deployment to it ('vram init … --config -' shows one), or name another --config"
    case .noFolder: "make the folder, or name another --config"
    case .notPermitted, .failed: "name another --config, or - for standard output"
    }
  }
}
