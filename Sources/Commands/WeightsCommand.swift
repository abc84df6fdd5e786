internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// `vram weights`: what a model's weights take in every format.
enum WeightsCommand {
  private static let only = Option(
    "only", "FORMAT", help: "show this format; may be repeated", isRepeatable: true
  ) { try FormatRecipe.named($0) }

  private static let sort = Option(
    "sort", "ORDER",
    help: "size, name, bits or quality: largest, or least published loss first\n(default size)"
  ) { try Options.choice($0, of: WeightsReport.Order.self) }

  static let command = Command(
    spec: CommandSpec(
      name: "weights",
      summary: "What a model's weights take in every format, to the byte; published losses.",
      operands: "MODEL", operandCount: 1...1,
      options: [only.spec, sort.spec] + RecipeOptions.all + [
        Options.presets.spec, Options.format.spec,
      ],
      examples: [
        .init("vram weights smollm3-3b", "all formats, largest first"),
        .init(
          "vram weights llama3.1:70b --only FP16 --only Q8_0 --only Q4_K_M --only Q4_0",
          "four of them"),
        .init("vram weights llama3.1:8b --sort quality", "those that were measured, best first"),
      ],
      discussion: """
        Quality is what somebody measured and published, of a model of the same family where there
        is one, else of Llama 3 8B; never an estimate. Notes under the table say which.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    let named = try ModelArgument.named(arguments.operands[0], in: context.catalogue)
    let model = named.shape
    var chosen: [FormatRecipe] = []
    for recipe in try arguments.all(only) where !chosen.contains(recipe) { chosen.append(recipe) }
    var plans = [named.stored].compactMap { $0 }
    var notes = named.note + named.otherPartsNote() + named.predictionNote
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
    notes += try mixNote(about: named)
    let (published, publishedNote) = named.published
    notes += publishedNote
    let report = WeightsReport(
      model: model, plans: plans, order: try arguments.optional(sort) ?? .size,
      published: published,
      halfBytes: try halfBytes(of: model))
    return Outcome(output: report.text(try arguments.reportFormat()), diagnostics: notes)
  }

  /// What is said of a file whose formats are not those of the mix that it says it is: a line, or
  /// nothing.
  private static func mixNote(about named: NamedModel) throws(CommandFailure) -> String {
    guard let stored = named.stored, named.shape.source == .gguf,
      let recipe = FormatRecipe.all.first(where: { $0.name == stored.name })
    else { return "" }
    do {
      let own = try recipe.plan(for: named.shape)
      let plans = [own, try recipe.withImatrix.plan(for: named.shape)]
      guard !plans.contains(where: { $0.tensorBytes == stored.tensorBytes }) else { return "" }
      return "vram: note: the file says \(stored.name), but is another mix:"
        + " llama.cpp's takes \(own.tensorBytes.formatted(.binary)),"
        + " the file \(stored.tensorBytes.formatted(.binary))\n"
    } catch {
      return ""
    }
  }

  /// What is said of a format that the list leaves out: nothing where only other kinds of model have it.
  private static func note(about error: FormatError, _ recipe: FormatRecipe) -> String {
    switch error {
    case .noExperts, .notInGGUF, .notFromGGUF: return ""
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
