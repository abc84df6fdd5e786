internal import HostSystem
internal import ModelFiles
internal import Presets
internal import VRAMBudget

/// What MODEL takes: a preset's name, a path to a config.json, or a folder that holds one.
enum ModelArgument {
  /// The largest config.json that is read: far above any real one.
  private static let largestConfiguration: Int64 = 16 << 20

  /// Returns the model that an operand names.
  ///
  /// A text that leads to a file or a folder, or is written as a path, is a path; all else is a name.
  static func model(_ text: String) throws(CommandFailure) -> ModelShape {
    switch HostSystem.kind(ofPath: text) {
    case .folder where !isNameOfPreset(text):
      return try model(
        atPath: text.hasSuffix("/") ? text + "config.json" : text + "/config.json", named: text)
    case .file, .other: return try model(atPath: text, named: text)
    case .folder, .nothing: break
    }
    if text.hasSuffix(".json") || text.hasPrefix("/") || text.hasPrefix("./")
      || text.hasPrefix("../")
      || text.hasSuffix(".gguf") || text.hasSuffix(".safetensors")
    {
      throw CommandFailure(at: text, FileError.notFound)
    }
    do {
      return try PresetCatalog.model(named: text)
    } catch {
      throw CommandFailure(at: "MODEL", error, status: error.status)
    }
  }

  /// Whether a text that leads to a folder is a preset's name all the same: one without a slash, of a
  /// folder without a configuration.
  private static func isNameOfPreset(_ text: String) -> Bool {
    guard !text.contains("/"),
      HostSystem.kind(ofPath: text + "/config.json") == .nothing
    else { return false }
    return (try? PresetCatalog.model(named: text)) != nil
  }

  /// Returns the headers of the weights that a text leads to; nil when it leads to something else.
  static func weightFile(_ text: String) throws(CommandFailure) -> WeightFile? {
    guard HostSystem.kind(ofPath: text) == .file else { return nil }
    do {
      return try WeightFile(path: text)
    } catch {
      throw CommandFailure(at: error.path, error)
    }
  }

  private static func model(
    atPath path: String, named id: String
  ) throws(CommandFailure) -> ModelShape {
    if let file = try weightFile(path) {
      throw CommandFailure(at: path, WeightFileNotPriced(file), status: .cannotTell)
    }
    let bytes: [UInt8]
    do {
      bytes = try HostSystem.read(path, limit: largestConfiguration)
    } catch {
      throw CommandFailure(at: path, error)
    }
    do {
      return try ModelShape(configuration: bytes, id: id, name: name(ofPath: id))
    } catch {
      throw CommandFailure(at: path, error, status: error.status)
    }
  }

  /// A name for people from a path: the folder of a config.json, else the file without extension.
  private static func name(ofPath path: String) -> String {
    var parts = path.split(separator: "/").map(String.init)
    if parts.last == "config.json", parts.count > 1 { parts.removeLast() }
    let last = parts.last ?? path
    return last.hasSuffix(".json") ? String(last.dropLast(5)) : last
  }
}

extension ConfigurationError {
  /// An architecture that is not known cannot be told; everything else is bad input.
  var status: Outcome.Status {
    switch self {
    case .unknownArchitecture, .unsupported: .cannotTell
    case .unreadable, .contradiction: .badInput
    }
  }
}

extension PresetError {
  var status: Outcome.Status {
    guard case .unusable(_, let error) = self else { return .badInput }
    return error.status
  }
}

/// A file of weights, whose layers this program does not read yet.
private struct WeightFileNotPriced: Error, ActionableError {
  let kind: String

  init(_ file: WeightFile) {
    switch file {
    case .gguf: kind = "GGUF"
    case .safetensors: kind = "safetensors"
    }
  }

  var problem: String { "the layers of a \(kind) file cannot be priced yet" }
  var fix: String {
    "name the model's preset or its config.json, and the format with --quant;"
      + " 'vram inspect FILE' gives the weights to the byte"
  }
}
