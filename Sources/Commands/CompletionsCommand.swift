internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// `vram completions`: what a shell needs to complete command lines.
enum CompletionsCommand {
  static let command = Command(
    spec: CommandSpec(
      name: "completions",
      summary: "A script that lets bash, zsh or fish complete command lines.",
      operands: "SHELL", operandCount: 1...1, options: [],
      examples: [
        .init("source <(vram completions bash)", "now; in ~/.bashrc for always"),
        .init("vram completions zsh > ~/.zfunc/_vram", "for zsh, with ~/.zfunc in $fpath"),
        .init(
          "vram completions fish > ~/.config/fish/completions/vram.fish", "for fish, for always"),
      ],
      discussion: """
        The names of models, devices and formats are asked of the program while completing; after a
        comma the next value of a list is completed.
        """),
    run: run)

  private static func run(_ arguments: ParsedArguments) throws(CommandFailure) -> Outcome {
    let shell: Completions.Shell
    do {
      shell = try Options.choice(arguments.operands[0], of: Completions.Shell.self)
    } catch {
      throw CommandFailure(at: "SHELL", error)
    }
    let completions = Completions(
      tool: "vram", commands: Tool.commands.map(\.spec), optionValues: values,
      operandValues: values)
    return Outcome(output: completions.script(for: shell))
  }

  /// What an option takes.
  @Sendable private static func values(of option: OptionSpec) -> Completions.Values {
    switch option.name {
    case Options.format.spec.name where option == Options.format.spec:
      .words(ReportFormat.allCases.map(\.rawValue))
    case Options.format.spec.name where option == BudgetCommand.format.spec:
      .words(BudgetFormat.allCases.map(\.rawValue))
    case Options.format.spec.name
    where option == FitCommand.format.spec || option == SweepCommand.format.spec:
      .words(MapFormat.allCases.map(\.rawValue))
    case Options.format.spec.name: .words(CheckFormat.allCases.map(\.rawValue))
    case Options.runtime.spec.name: .words(RuntimeKind.allCases.map(\.rawValue))
    case LlamaCppOptions.cacheType.spec.name, "cache-type-k", LlamaCppOptions.cacheTypeV.spec.name:
      .words(LlamaCppSettings.cacheFormats.map(\.name))
    default: values(calledBy: option.placeholder ?? "")
    }
  }

  /// What a command's operands may be.
  @Sendable private static func values(of command: CommandSpec) -> Completions.Values {
    values(calledBy: command.operands)
  }

  /// What the words of a help text stand for: those in small letters stand for themselves.
  private static func values(calledBy placeholder: String) -> Completions.Values {
    let words = placeholder.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" }
    let literals = words.filter { $0 == $0.lowercased() && $0 != "-" }.map(String.init)
    if words.contains("MODEL") { return .listed(by: "models") }
    if words.contains("GPU") { return .listed(by: "devices") }
    if words.contains("FORMAT") { return .listed(by: "formats") }
    if words.contains("FILE") || words.contains("BASE") || words.contains("RESULT") {
      return .files
    }
    if words.contains("COMMAND") { return .words(Tool.commands.map(\.spec.name)) }
    if words.contains("SHELL") { return .words(Completions.Shell.allCases.map(\.rawValue)) }
    return literals.isEmpty ? .unknown : .words(literals)
  }
}
