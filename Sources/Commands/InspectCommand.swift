internal import ArgumentParsing
internal import Reports

/// `vram inspect`: a model's layers, attention kinds, tensors and parameters.
enum InspectCommand {
  private static let tensors = OptionSpec("tensors", help: "list every tensor, not each kind once")

  static let command = Command(
    spec: CommandSpec(
      name: "inspect",
      summary: "A model's description: layers, attention, tensors, parameters.",
      operands: "MODEL", operandCount: 1...1,
      options: [tensors, Options.format.spec],
      examples: [
        .init("vram inspect smollm3-3b", "what the model is made of"),
        .init("vram inspect ./config.json --tensors --format csv", "every tensor with its shape"),
      ]),
    run: run)

  private static func run(_ arguments: ParsedArguments) throws(CommandFailure) -> Outcome {
    let model = try ModelArgument.model(arguments.operands[0])
    let report = InspectReport(model, listsAllTensors: arguments.has(tensors))
    return Outcome(output: report.text(try arguments.reportFormat()))
  }
}
