internal import ArgumentParsing
internal import Presets
internal import VRAMBudget

/// The models and weights that a run has read so far, and the graphs that it has priced, kept for its
/// other configurations.
///
/// Not for several threads at once: give each its own.
final class ReadModels {
  /// Where names are looked up.
  let catalogue: PresetCatalog
  let graphs = PricedGraphs()
  /// What an operand names.
  private var models: [String: NamedModel] = [:]
  /// Why an operand names nothing, which takes long to find out.
  private var failures: [String: CommandFailure] = [:]
  /// By the model's id and the texts that decide them.
  private var plans: [String: WeightPlan] = [:]
  private var knownCards: [Device]?

  /// What the weights depend on beside the model.
  private let planOptions = [Options.quant.spec, Options.runtime.spec] + RecipeOptions.all

  init(_ catalogue: PresetCatalog) { self.catalogue = catalogue }

  /// Returns the model that an operand names.
  ///
  /// - Throws: A failure about the operand.
  func named(_ operand: String) throws(CommandFailure) -> NamedModel {
    if let known = models[operand] { return known }
    if !failures.isEmpty, let known = failures[operand] { throw known }
    do {
      let named = try ModelArgument.named(operand, in: catalogue)
      models[operand] = named
      return named
    } catch {
      failures[operand] = error
      throw error
    }
  }

  /// Returns the cards of the catalogue with memory of their own, the least usable first.
  ///
  /// - Throws: A failure about the catalogue.
  func cards() throws(CommandFailure) -> [Device] {
    if let knownCards { return knownCards }
    let cards = try DeviceSearch.cards(in: catalogue)
    knownCards = cards
    return cards
  }

  /// Returns the weights of a model in the format that the arguments ask for.
  ///
  /// - Throws: A failure about the option that is wrong.
  func weights(
    of named: NamedModel, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> WeightPlan {
    var key = named.shape.id
    for option in planOptions where arguments.has(option) {
      key += "\0\(option.name)"
      for text in arguments.texts(of: option) { key += "\0=\(text)" }
    }
    if let known = plans[key] { return known }
    let plan = try ConfigurationArguments.weights(of: named, arguments)
    plans[key] = plan
    return plan
  }
}
