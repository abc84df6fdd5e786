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
