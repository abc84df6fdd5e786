internal import VRAMBudget

/// A family of models whose configurations are read alike.
///
/// To add a family, add a row to a type that describes its like, or a small file with a conformer of
/// its own; either is listed in ``ArchitectureCatalog``.
protocol ArchitectureReader: Sendable {
  /// `model_type` in config.json: `qwen2`.
  var modelType: String { get }
  /// `general.architecture` in a GGUF file: `qwen2`; nil for a family that llama.cpp does not
  /// know.
  var ggufName: String? { get }

  /// Whether models of the family that rate texts are known, such as rerankers.
  var mayClassify: Bool { get }

  /// Returns what a configuration says of the model.
  ///
  /// - Throws: ``ConfigurationError`` when a key is missing, out of range or contradicts another, or
  ///   a feature is asked for that is not described.
  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription
}

extension ArchitectureReader {
  var mayClassify: Bool { false }
}

/// What a configuration says of a model, its names left out.
struct ModelDescription {
  let hidden: Int64
  let vocabulary: Int64
  let maximumContext: Int64
  let layers: [Layer]
  let tensors: [Tensor]
  var ggufName = GGUFName.ofFamily

  /// What a GGUF file of the model calls its architecture.
  enum GGUFName: Hashable {
    case ofFamily
    /// Not as the family's, because llama.cpp takes some of its models for another.
    case other(String)
    /// Nothing: llama.cpp knows the family, but not such a model.
    case none
  }
}

extension ModelShape {
  /// A model of a family, under the names that its reader was asked by.
  init(
    _ description: ModelDescription, id: String, name: String, source: Source,
    predictionLayers: Int, scaledContext: Int64, of reader: some ArchitectureReader
  ) {
    let ggufName: String? =
      switch description.ggufName {
      case .ofFamily: reader.ggufName
      case .other(let name): name
      case .none: nil
      }
    self.init(
      id: id, name: name, source: source,
      architecture: Architecture(modelType: reader.modelType, ggufName: ggufName),
      hiddenSize: description.hidden, vocabularySize: description.vocabulary,
      maximumContext: description.maximumContext, layers: description.layers,
      tensors: description.tensors, predictionLayers: predictionLayers,
      scaledContext: scaledContext)
  }
}
