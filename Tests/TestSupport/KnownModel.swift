public import JSONDocuments
internal import ModelFiles
public import VRAMBudget

/// The models that the measurements were made with.
public enum KnownModel {
  /// Returns the model of one of the committed config.json files.
  public static func named(_ name: String) throws -> ModelShape {
    let path = Fixture.folder(of: #filePath) + "/../ModelFilesTests/Fixtures/configs/\(name).json"
    return try ConfigurationFile(Fixture.bytes(atPath: path), id: name, name: name).shape
  }
}

extension KnownModel {
  /// Returns the model, or nil when its architecture is not known.
  public static func ifSupported(_ name: String) throws -> ModelShape? {
    do {
      return try named(name)
    } catch ConfigurationError.unknownArchitecture {
      return nil
    }
  }
}

extension KnownModel {
  /// Returns a model of catalogue.tsv, by the name of its repository: `google/gemma-3-27b-it`.
  public static func catalogued(_ name: String) throws -> ModelShape {
    let table = try FixtureTable(
      "catalogue.tsv",
      filePath: Fixture.folder(of: #filePath) + "/../ModelFilesTests/CatalogueTests.swift")
    guard let text = table.rows.first(where: { $0["model"] == name })?["config"] else {
      throw UncataloguedModel(name: name)
    }
    return try ModelShape(
      configuration: JSONCursor(parsing: Array(text.utf8)), id: name, name: name, source: .config)
  }
}

extension KnownModel {
  /// The models under presets/models, with their configurations.
  public static func presets() throws -> [(id: String, configuration: JSONCursor)] {
    try presetFamilies.flatMap { family in
      let path = Fixture.folder(of: #filePath) + "/../../presets/models/\(family).json"
      return try JSONCursor(parsing: Fixture.bytes(atPath: path)).required("models").elements()
        .map { (try $0.required("id").string(), try $0.required("config")) }
    }
  }

  private static let presetFamilies = [
    "cohere", "deepseek", "ernie", "exaone", "falcon", "falcon-h1", "gemma", "gemma2", "gemma3",
    "gemma4", "glm", "gpt-oss", "internlm", "nemotron", "stablelm", "embedding",
    "granite", "hunyuan", "kimi", "lfm2", "llama", "mamba", "minicpm", "minimax", "mistral", "olmo",
    "phi", "qwen2", "qwen2.5", "qwen3", "qwen3-next", "qwen3-vl", "qwen3.5", "smollm", "solar",
    "starcoder2", "yi",
  ]
}

/// A name that catalogue.tsv does not list.
private struct UncataloguedModel: Error {
  let name: String
}
