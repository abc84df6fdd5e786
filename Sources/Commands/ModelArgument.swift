internal import HostSystem
internal import ModelFiles
internal import PresetEntries
internal import Presets
internal import VRAMBudget

/// A model that an operand names, and its weights where the operand is a file of them.
struct NamedModel {
  let shape: ModelShape
  /// The weights as the file has them; nil for a preset or a configuration.
  var stored: WeightPlan?
  /// The configuration that the model was read from, where it was.
  var configuration: ConfigurationFile?
  /// The folder's checkpoint, whether or not ``stored`` could be made of it.
  var checkpoint: SafetensorsFile?
  /// What a person should know of the files: a line, or nothing.
  var note = ""

  /// The name of the format that the checkpoint is published in, and what is said where its layout is
  /// not known.
  var published: (name: String?, note: String) {
    do {
      return (try configuration?.quantization()?.name, "")
    } catch {
      return (
        nil, "vram: note: how the checkpoint is published is not shown: \(error.problem)\n"
      )
    }
  }

  /// What is said of layers for multi-token prediction that no figure counts: a line, or nothing.
  var predictionNote: String {
    guard shape.predictionLayers > 0 else { return "" }
    let layers = shape.predictionLayers == 1 ? "1 layer" : "\(shape.predictionLayers) layers"
    return
      "vram: note: without \(layers) for multi-token prediction, which the checkpoint holds and a"
      + " converter may add to a GGUF file; programs load them only when asked to\n"
  }

  /// Whether the stored weights are what a runtime would load: a GGUF file always is what was named, a
  /// checkpoint is converted first for programs that load other files.
  func isStored(for runtime: RuntimeKind?) throws(CommandFailure) -> Bool {
    guard let configuration, let stored else { return true }
    let loaders = stored.origin.loader.runtimes
    guard let runtime = runtime ?? loaders.first else { return true }
    guard loaders.contains(runtime) else { return false }
    return try !isCast(stored, configuration, by: runtime)
  }

  /// Whether a runtime loads stored weights in another dtype than the file's.
  ///
  /// Source: vLLM 0.25.1, vllm/config/model.py, `_resolve_auto_dtype`: a checkpoint in fp32 is cast to
  /// 16 bits; transformers 5.23.0, modeling_utils.py: `dtype="auto"` is config.json's where it has one.
  private func isCast(
    _ stored: WeightPlan, _ configuration: ConfigurationFile, by runtime: RuntimeKind
  ) throws(CommandFailure) -> Bool {
    switch runtime {
    case .vllm: return stored.isPlain && stored.activationBytes == 4
    case .transformers:
      guard stored.isPlain else { return false }
      do {
        return try configuration.dtype() != nil
      } catch {
        throw CommandFailure(at: shape.id, error, status: error.status)
      }
    case .llamaCpp, .ollama, .execuTorch, .mlx: return false
    }
  }

  /// The recipe of the checkpoint as far as its configuration says it: how it is quantized, or, where
  /// Transformers is to load it, its dtype, which other programs cast.
  ///
  /// A preset means any of its model's files: its checkpoint only under what loads that.
  func publishedRecipe(under runtime: RuntimeKind?) throws(CommandFailure) -> FormatRecipe? {
    let isPreset = shape.source == .preset
    do {
      if let recipe = try configuration?.quantization() {
        guard isPreset else { return recipe }
        return runtime.map(recipe.runtimes.contains) ?? false ? recipe : nil
      }
      return runtime == .transformers ? try configuration?.dtype() : nil
    } catch {
      throw CommandFailure(at: shape.id, error, status: error.status)
    }
  }
}

extension NamedModel {
  /// The model that a preset's entry describes.
  ///
  /// - Throws: ``PresetError`` as ``PresetCatalog/shape(of:)``.
  init(_ entry: ModelEntry, in catalogue: PresetCatalog) throws(PresetError) {
    let shape = try catalogue.shape(of: entry)
    self.init(shape: shape, configuration: ConfigurationFile(entry.configuration, of: shape))
  }

  /// What is said of the checkpoint's other parts, which nothing counts: a line, or nothing.
  ///
  /// - Parameter fix: What can be done, after a comma or a semicolon.
  func otherPartsNote(fix: String = "") -> String {
    let parts = configuration?.otherParts ?? []
    guard !parts.isEmpty else { return "" }
    return "vram: note: the \(parts.joined(separator: " and the ")) of \(shape.name)"
      + " \(parts.count == 1 ? "is" : "are") not counted\(fix)\n"
  }

  /// What is loaded beside the model: with the checkpoint's other parts, where a runtime loads them.
  func whole(_ companions: Companions, under runtime: Runtime) -> Companions {
    guard let parts = configuration?.otherParts, !parts.isEmpty else { return companions }
    let isTextOnly =
      switch runtime {
      case .vllm(let settings): settings.isTextOnly
      case .transformers(let settings): settings.isTextOnly
      case .llamaCpp, .ollama, .execuTorch, .mlx: true
      }
    return isTextOnly ? companions : companions.withOtherParts
  }

  /// The recipes that a choice is made among, the best quality first: before all others what the
  /// checkpoint is published in.
  func ranked(under runtime: RuntimeKind) -> [FormatRecipe] {
    let ranked = FormatRecipe.ranked(for: shape, under: runtime)
    guard let published = try? configuration?.quantization(),
      published.runtimes.contains(runtime)
    else { return ranked }
    return [published] + ranked.filter { $0.name != published.name }
  }

  /// Whether the checkpoint's configuration asks for a cache in FP8.
  func cachesInFP8() throws(CommandFailure) -> Bool {
    do {
      return try configuration?.cachesInFP8() ?? false
    } catch {
      throw CommandFailure(at: shape.id, error, status: error.status)
    }
  }
}

/// What MODEL takes: a preset's name, or a path to a file of weights, a config.json, or a folder that
/// holds one.
enum ModelArgument {
  /// The largest config.json that is read: above any real one, of which those that list the modules of
  /// a quantized mixture of experts are longest. Its tree takes some twenty times as much memory.
  private static let largestConfiguration: Int64 = 4 << 20

  /// Returns the shape of the model that an operand names.
  static func model(
    _ text: String, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> ModelShape { try named(text, in: catalogue).shape }

  /// Returns the model that an operand names.
  ///
  /// A text that leads to a file or a folder, or is written as a path, is a path; all else is a name.
  ///
  /// - Parameter place: What a name that is wrong is blamed on.
  static func named(
    _ text: String, in catalogue: PresetCatalog, at place: String = "MODEL"
  ) throws(CommandFailure) -> NamedModel {
    switch HostSystem.kind(ofPath: text) {
    case .folder where !isNameOfPreset(text, in: catalogue):
      return try model(inFolder: text.hasSuffix("/") ? text : text + "/", named: text)
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
      return try NamedModel(catalogue.entry(ofModelNamed: text), in: catalogue)
    } catch {
      throw CommandFailure(at: place, error, status: error.status)
    }
  }

  /// Whether a text that leads to a folder is a preset's name all the same: one without a slash, of a
  /// folder without a configuration.
  private static func isNameOfPreset(_ text: String, in catalogue: PresetCatalog) -> Bool {
    guard !text.contains("/"),
      HostSystem.kind(ofPath: text + "/config.json") == .nothing
    else { return false }
    return catalogue.hasModel(named: text)
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

  static func model(
    atPath path: String, named id: String
  ) throws(CommandFailure) -> NamedModel {
    if let file = try weightFile(path) { return try model(of: file, atPath: path, named: id) }
    let file = try configuration(atPath: path, named: id)
    return NamedModel(shape: file.shape, configuration: file)
  }

  private static func configuration(
    atPath path: String, named id: String
  ) throws(CommandFailure) -> ConfigurationFile {
    let bytes: [UInt8]
    do {
      bytes = try HostSystem.read(path, limit: largestConfiguration)
    } catch {
      throw CommandFailure(at: path, error)
    }
    do {
      return try ConfigurationFile(bytes, id: id, name: name(ofPath: id))
    } catch {
      throw CommandFailure(at: path, error, status: error.status)
    }
  }

  private static func model(
    of file: WeightFile, atPath path: String, named id: String
  ) throws(CommandFailure) -> NamedModel {
    switch file {
    case .gguf(let file):
      do {
        let model = try GGUFModel(file, id: id, name: name(ofPath: id))
        return NamedModel(
          shape: model.shape, stored: model.weights, note: model.skippedTensorsNote)
      } catch {
        throw CommandFailure(at: path, error, status: error.status)
      }
    case .safetensors(let file): return try model(of: file, atPath: path, named: id)
    }
  }

  /// A checkpoint with the configuration in its folder.
  private static func model(
    of file: SafetensorsFile, atPath path: String, named id: String
  ) throws(CommandFailure) -> NamedModel {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let beside = folder + "config.json"
    guard HostSystem.kind(ofPath: beside) == .file else {
      throw CommandFailure(at: path, CheckpointNotPriced(), status: .cannotTell)
    }
    let configuration = try configuration(atPath: beside, named: id)
    do {
      let checkpoint = try CheckpointModel(file, configuration)
      return NamedModel(
        shape: configuration.shape, stored: checkpoint.weights, configuration: configuration)
    } catch {
      throw CommandFailure(at: path, error, status: .cannotTell)
    }
  }

  /// A name for people from a path: the folder of a config.json, else the file without extension.
  private static func name(ofPath path: String) -> String {
    var parts = path.split(separator: "/").map(String.init)
    if parts.last == "config.json", parts.count > 1 { parts.removeLast() }
    let last = parts.last ?? path
    for suffix in [".json", ".gguf", ".safetensors"] where last.hasSuffix(suffix) {
      return String(last.dropLast(suffix.count))
    }
    return last
  }
}

extension ConfigurationError {
  /// An architecture that is not known cannot be told; everything else is bad input.
  var status: Outcome.Status {
    switch self {
    case .unknownArchitecture, .foreignClass, .unsupported: .cannotTell
    case .unreadable, .contradiction, .beyondAnyModel: .badInput
    }
  }
}

extension PresetError {
  var status: Outcome.Status {
    guard case .unusable(_, let error) = self else { return .badInput }
    return error.status
  }
}

extension GGUFModelError {
  /// What this program does not know cannot be told; everything else is bad input.
  var status: Outcome.Status {
    switch self {
    case .unknownArchitecture, .unknownTensor: .cannotTell
    case .metadata, .notAModel, .missingTensor, .tensorBeyondAnyModel, .contradiction, .unstorable:
      .badInput
    }
  }
}

/// A safetensors file without a configuration beside it, which does not say what its layers are.
private struct CheckpointNotPriced: Error, ActionableError {
  var problem: String { "a safetensors file does not say what its layers are" }
  var fix: String {
    "put the model's config.json beside it; 'vram inspect FILE' gives the weights to the byte"
  }
}
