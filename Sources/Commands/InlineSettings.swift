internal import ArgumentParsing
internal import HostSystem
internal import VRAMBudget

/// Settings of one model among several, written behind its name: `MODEL@Q4_K_M,context=8192`.
enum InlineSettings {
  /// The options that one model may have for itself: all but those of the devices.
  private static var command: CommandSpec {
    let shared = [
      Options.gpu.spec, Options.reserve.spec, Options.hostMemory.spec, Options.desktop.spec,
      Options.gpuLimit.spec,
    ]
    return CommandSpec(
      name: "MODEL@…", summary: "",
      options: (ConfigurationArguments.options + [BudgetCommand.historyTokens.spec])
        .filter { !shared.contains($0) },
      examples: [])
  }

  /// Returns the model that an operand names, and the arguments with its own settings in place of
  /// those of the whole command line.
  ///
  /// Settings follow the last `@`, with commas between them; one without `=` is a format, or a flag.
  /// A path that exists is a path, whatever is in it.
  ///
  /// - Throws: A failure about the operand.
  static func split(
    _ operand: String, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> (model: String, arguments: ParsedArguments) {
    guard let at = operand.lastIndex(of: "@"), at > operand.startIndex,
      HostSystem.kind(ofPath: operand) == .nothing
    else { return (operand, arguments) }
    let command = command
    let parts = operand[operand.index(after: at)...]
      .split(separator: ",", omittingEmptySubsequences: false)
    let settings = parts.map { part -> (name: String, text: String?) in
      if let equals = part.firstIndex(of: "=") {
        // A budgets file writes cache_type.
        let name = String(part[..<equals]).map { $0 == "_" ? "-" : String($0) }.joined()
        return (name, String(part[part.index(after: equals)...]))
      }
      let isFlag = command.options.contains { $0.name == part && $0.placeholder == nil }
      return isFlag ? (String(part), nil) : (Options.quant.spec.name, String(part))
    }
    do {
      let own = try ParsedArguments(settings: settings, for: command)
      return (String(operand[..<at]), arguments.overridden(by: own))
    } catch {
      throw CommandFailure(at: operand, error)
    }
  }
}
