internal import HostSystem

/// A model's file of tensors, in one of the formats that are read.
public enum WeightFile: Sendable {
  case gguf(GGUFFile)
  case safetensors(SafetensorsFile)

  /// Reads the headers of a model's files.
  ///
  /// - Returns: nil when the path leads to a file of another kind, such as a config.json. A GGUF file
  ///   is known by its name or its first four bytes, since a download cache often drops the name.
  /// - Throws: ``ModelFileError`` with the path of the file at fault.
  public init?(path: String) throws(ModelFileError) {
    if path.hasSuffix(".safetensors") || path.hasSuffix(".safetensors.index.json") {
      self = .safetensors(try SafetensorsFile(path: path))
    } else if path.hasSuffix(".gguf") || Self.startsAsGGUF(path) {
      self = .gguf(try GGUFFile(path: path))
    } else {
      return nil
    }
  }

  private static func startsAsGGUF(_ path: String) -> Bool {
    guard let file = try? RegularFile(path), let start = try? file.read(at: 0, count: 4) else {
      return false
    }
    return start == Array("GGUF".utf8)
  }
}
