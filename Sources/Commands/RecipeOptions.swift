internal import ArgumentParsing
internal import VRAMBudget

/// How llama.cpp's quantizer is run, under its own names.
enum RecipeOptions {
  /// All of them, in the order of the help.
  static let all: [OptionSpec] = [imatrix, outputTensorType.spec, tokenEmbeddingType.spec]

  private static let imatrix = OptionSpec(
    "imatrix", help: "the file is made with an importance matrix (changes Q4_0, Q5_0,\nIQ4_NL, …)")

  private static let outputTensorType = Option(
    "output-tensor-type", "TYPE",
    help:
      "llama-quantize's: format of the output head, such as q8_0 (of a tied\nmodel, its embedding)"
  ) { try LlamaCppTypeOverrides.format(named: $0) }

  private static let tokenEmbeddingType = Option(
    "token-embedding-type", "TYPE", help: "llama-quantize's: format of the embedding"
  ) { try LlamaCppTypeOverrides.format(named: $0) }

  /// Returns a recipe as the command line asks for it.
  ///
  /// - Throws: A failure about the option that the recipe's program does not have.
  static func applied(
    to recipe: FormatRecipe, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> FormatRecipe {
    guard let first = all.first(where: arguments.has) else { return recipe }
    let overrides = LlamaCppTypeOverrides(
      output: try arguments.optional(outputTensorType),
      tokenEmbedding: try arguments.optional(tokenEmbeddingType))
    guard case .llamaCpp = recipe.method else {
      throw CommandFailure(at: first.flag, FormatError.noTypeOverrides(recipe: recipe.name))
    }
    do {
      return try (arguments.has(imatrix) ? recipe.withImatrix : recipe).overriding(overrides)
    } catch {
      throw CommandFailure(at: option(for: error, in: overrides) ?? first.flag, error)
    }
  }

  /// The option that an error is about; nil when it is about the recipe or the model.
  static func option(for error: FormatError, in overrides: LlamaCppTypeOverrides) -> String? {
    switch error {
    case .rowNotDivisible(let format, _, _), .formatNeedsImatrix(let format):
      if format == overrides.tokenEmbedding?.name { return tokenEmbeddingType.spec.flag }
      return format == overrides.output?.name ? outputTensorType.spec.flag : nil
    default: return nil
    }
  }
}
