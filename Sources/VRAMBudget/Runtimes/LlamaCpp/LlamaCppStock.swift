/// A model with its weights as llama.cpp's rules see it, and the layouts that were found of it: kept
/// in ``PricedGraphs`` for its other configurations.
final class LlamaCppStock {
  /// The model as it is loaded, whatever the workload.
  private let load: ModelLoad
  let model: LlamaCppModel
  let draft: LlamaCppStock?
  /// Few: found by looking through them.
  private var layouts: [LlamaCppLayout] = []

  /// As many layouts as are kept: a search tries each layer of a model.
  private static let mostLayouts = 256

  convenience init(_ load: ModelLoad) { self.init(load, LlamaCppModel(load)) }

  private init(_ load: ModelLoad, _ model: LlamaCppModel) {
    self.load = load
    self.model = model
    draft = model.draft.map { LlamaCppStock(load, $0) }
  }

  /// Whether it is of a load. Loads that share their tensors are compared in less than a microsecond.
  func isOf(_ other: ModelLoad) -> Bool {
    load.weights.tensorBytes == other.weights.tensorBytes && load.overhead == other.overhead
      && load.model == other.model && load.weights == other.weights
      && load.companions == other.companions
  }

  /// Returns what lies where.
  ///
  /// - Parameter graphs: Where compute graphs are kept: the same in every call.
  func layout(_ key: LlamaCppLayout.Key, graphs: PricedGraphs) -> LlamaCppLayout {
    if let known = layouts.first(where: { $0.key == key }) { return known }
    if layouts.count >= Self.mostLayouts { layouts.removeAll() }
    let layout = LlamaCppLayout(model, key, graphs: graphs)
    layouts.append(layout)
    return layout
  }
}
