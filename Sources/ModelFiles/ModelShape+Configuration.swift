public import JSONDocuments
public import VRAMBudget

extension ModelShape {
  /// Reads a model from the keys of a config.json.
  ///
  /// - Throws: ``ConfigurationError``.
  public init(
    configuration cursor: JSONCursor, id: String, name: String, source: Source
  ) throws(ConfigurationError) {
    let configuration = try ModelConfiguration(keys: cursor).textModel()
    let modelType = try configuration.modelType()
    guard let reader = ArchitectureCatalog.reader(of: modelType) else {
      throw .unknownArchitecture(modelType, known: ArchitectureCatalog.modelTypes)
    }
    try ModelClass.check(
      configuration, modelType: modelType, mayClassify: reader.mayClassify)
    let description = try reader.description(of: configuration)
    if let excess = ModelExcess(layers: description.layers, tensors: description.tensors) {
      throw .beyondAnyModel(excess)
    }
    self.init(
      description, id: id, name: name, source: source,
      predictionLayers: try configuration.predictionLayers(),
      scaledContext: configuration.scaledContext(from: description.maximumContext), of: reader)
  }
}
