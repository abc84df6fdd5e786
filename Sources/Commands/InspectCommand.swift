internal import ArgumentParsing
internal import ModelFiles
internal import Reports
internal import VRAMBudget

/// `vram inspect`: a model's layers, attention kinds, tensors and parameters.
enum InspectCommand {
  private static let tensors = OptionSpec("tensors", help: "list every tensor, not each kind once")

  static let command = Command(
    spec: CommandSpec(
      name: "inspect",
      summary: "A model's description: layers, attention, tensors, parameters.",
      operands: "MODEL", operandCount: 1...1,
      options: [tensors, Options.presets.spec, Options.format.spec],
      examples: [
        .init("vram inspect smollm3-3b", "what the model is made of"),
        .init("vram inspect ./config.json --tensors --format csv", "every tensor with its shape"),
        .init("vram inspect ./model-Q4_K_M.gguf", "what a file holds, by its header alone"),
      ],
      discussion: """
        MODEL is a preset ('vram models' lists them), a config.json or a folder that holds one, a
        GGUF file, a safetensors file or its index; any one of a model's numbered files.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    let operand = arguments.operands[0]
    if let file = try ModelArgument.weightFile(operand) {
      return try outcome(of: file, operand, arguments)
    }
    let named = try ModelArgument.named(operand, in: context.catalogue)
    let (published, note) = named.published
    if let checkpoint = named.checkpoint {
      let outcome = try outcome(
        of: .safetensors(checkpoint), operand, describing: named.shape, arguments)
      return Outcome(
        output: outcome.output, diagnostics: named.note + named.otherPartsNote() + note)
    }
    let report = InspectReport(
      named.shape, publishedAs: published, listsAllTensors: arguments.has(tensors))
    return Outcome(
      output: report.text(try arguments.reportFormat()),
      diagnostics: named.note + named.otherPartsNote() + note)
  }

  private static func outcome(
    of file: WeightFile, _ path: String, describing known: ModelShape? = nil,
    _ arguments: ParsedArguments
  ) throws(CommandFailure) -> Outcome {
    var model = known
    var notes = ""
    if case .gguf(let file) = file {
      do {
        let read = try GGUFModel(file, id: path, name: path)
        model = read.shape
        notes = read.skippedTensorsNote
      } catch {
        notes = "vram: note: the layers are not shown: \(error.problem)\n"
      }
    }
    let report: TensorFileReport
    do {
      report = try TensorFileReport(
        file, path: path, describing: model, listsAllTensors: arguments.has(tensors))
    } catch {
      throw CommandFailure(at: path, error)
    }
    return Outcome(output: report.text(try arguments.reportFormat()), diagnostics: notes)
  }
}

extension GGUFModel {
  /// What is said of the file's tensors that are not loaded: a line, or nothing.
  var skippedTensorsNote: String {
    guard skippedTensors > 0 else { return "" }
    return "vram: note: \(skippedTensors) tensors for multi-token prediction,"
      + " \(skippedBytes.formatted(.binary)), are in the file but not loaded\n"
  }
}
