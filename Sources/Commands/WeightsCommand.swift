internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// `vram weights`: what a model's weights take in every format.
enum WeightsCommand {
  private static let only = Option(
    "only", "FORMAT", help: "show this format; may be repeated", isRepeatable: true
  ) { try FormatRecipe.named($0) }

  static let command = Command(
    spec: CommandSpec(
      name: "weights",
      summary: "What a model's weights take in every format, to the byte.",
      operands: "MODEL", operandCount: 1...1,
      options: [only.spec] + RecipeOptions.all + [Options.format.spec],
      examples: [
        .init("vram weights smollm3-3b", "all formats, largest first"),
        .init("vram weights llama3.1:70b --only Q4_K_M --only Q4_0", "two of them"),
      ]),
    run: run)

  private static func run(_ arguments: ParsedArguments) throws(CommandFailure) -> Outcome {
    let model = try ModelArgument.model(arguments.operands[0])
    let chosen = try arguments.all(only)
    var plans: [WeightPlan] = []
    var notes = ""
    for listed in chosen.isEmpty ? FormatRecipe.all : chosen {
      // The full list keeps other programs' formats, which llama.cpp's options do not concern.
      let isForeign = chosen.isEmpty && listed.project != .llamaCpp
      let recipe = isForeign ? listed : try RecipeOptions.applied(to: listed, arguments)
      do {
        plans.append(try recipe.plan(for: model))
      } catch {
        if let option = RecipeOptions.option(for: error, in: recipe.overrides) {
          throw CommandFailure(at: option, error)
        }
        guard chosen.isEmpty else { throw CommandFailure(at: recipe.name, error) }
        notes += note(about: error, recipe)
      }
    }
    plans.sort {
      ($1.tensorBytes, $0.recipe.name) < ($0.tensorBytes, $1.recipe.name)
    }
    let report = WeightsReport(
      model: model, plans: plans, halfBytes: try halfBytes(of: model))
    return Outcome(output: report.text(try arguments.reportFormat()), diagnostics: notes)
  }

  /// What is said of a format that the list leaves out: nothing where only other kinds of model have it.
  private static func note(about error: FormatError, _ recipe: FormatRecipe) -> String {
    switch error {
    case .noExperts, .notInGGUF: return ""
    default: break
    }
    return "vram: note: \(recipe.name) is left out: \(error.problem)\n"
  }

  /// What the model takes as F16: as a GGUF file, or as a checkpoint where no such file can be.
  private static func halfBytes(of model: ModelShape) throws(CommandFailure) -> Bytes {
    guard model.architecture.ggufName != nil else {
      return 2 * model.checkpointTensors.reduce(.zero) { $0 + Bytes($1.shape.elements) }
    }
    let recipe = FormatRecipe.llamaCpp(.f16)
    do {
      return try recipe.plan(for: model).tensorBytes
    } catch {
      throw CommandFailure(at: recipe.name, error)
    }
  }
}
