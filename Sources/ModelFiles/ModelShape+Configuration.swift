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
    let modelType = try configuration.reading { () throws(JSONDocumentError) in
      try configuration.keys.required("model_type").string()
    }
    guard let reader = ArchitectureCatalog.reader(of: modelType) else {
      throw .unknownArchitecture(modelType, known: ArchitectureCatalog.modelTypes)
    }
    try Self.checkClasses(ModelConfiguration(keys: cursor))
    self.init(
      try reader.description(of: configuration), id: id, name: name, source: source, of: reader)
  }

  /// Refuses classes whose models have other heads than a language model's.
  private static func checkClasses(
    _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    let classes = try configuration.reading { () throws(JSONDocumentError) in
      try configuration.keys.optional("architectures")?.strings() ?? []
    }
    let others = ["Classification", "RewardModel", "QuestionAnswering", "Eagle", "Medusa"]
    for name in classes where others.contains(where: name.contains) {
      throw .unsupported(key: "architectures", value: "'\(name.shown)'")
    }
  }
}
