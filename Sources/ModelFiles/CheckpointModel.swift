public import VRAMBudget

/// A checkpoint: safetensors files, and the configuration beside them that says what they hold.
public struct CheckpointModel: Sendable {
  public let configuration: ConfigurationFile
  /// The weights as the recipe that the configuration names stores them, which is what the files hold.
  public let weights: WeightPlan

  /// Holds a configuration against the headers of its files.
  ///
  /// - Throws: ``CheckpointError/contradiction(tensor:what:key:)`` when a tensor is not the model's;
  ///   ``CheckpointError/otherBytes(found:expected:recipe:)`` when the files hold more or less than the
  ///   model's tensors: then it is not known which of them are loaded, and as what.
  public init(
    _ file: SafetensorsFile, _ configuration: ConfigurationFile
  ) throws(CheckpointError) {
    self.configuration = configuration
    try CheckpointTensors(file, configuration).check()
    let recipe = try Self.recipe(of: file, configuration)
    let plan: WeightPlan
    do { plan = try recipe.plan(for: configuration.shape) } catch { throw .format(error) }
    guard plan.tensorBytes == file.tensorBytes else {
      throw .otherBytes(
        found: file.tensorBytes, expected: plan.tensorBytes, recipe: recipe.name)
    }
    weights = plan.stored(
      as: StoredWeights(
        name: recipe.name, loader: recipe.project.loader, fileBytes: file.fileBytes))
  }

  /// The recipe that the configuration names, or else the dtype that most bytes have.
  private static func recipe(
    of file: SafetensorsFile, _ configuration: ConfigurationFile
  ) throws(CheckpointError) -> FormatRecipe {
    do {
      if let recipe = try configuration.quantization() { return recipe }
    } catch {
      throw .configuration(error)
    }
    var totals: [SafetensorsDtype: Int64] = [:]
    for tensor in file.tensors { totals[tensor.dtype, default: 0] += tensor.bytes.count }
    let dtype = totals.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }?.key
    do {
      return try FormatRecipe.named("HF-\(dtype?.rawValue ?? "nothing")")
    } catch {
      throw .format(error)
    }
  }
}

/// A checkpoint whose files and configuration do not go together.
public enum CheckpointError: Error, Hashable {
  case configuration(ConfigurationError)
  case format(FormatError)
  /// A tensor of the files that the configuration has no place for.
  case contradiction(tensor: String, what: String, key: String)
  case otherBytes(found: Bytes, expected: Bytes, recipe: String)

  /// Whether the model can be the configuration's all the same: the configuration says how it is
  /// stored, in a way that is not known; the files hold more for parts that it leaves out, or differ by what tables and wider norms take.
  ///
  /// - Parameter hasOtherParts: Whether the checkpoint has more than the model that is described.
  public func leavesModelKnown(hasOtherParts: Bool) -> Bool {
    let (found, expected): (Bytes, Bytes)
    switch self {
    case .configuration: return true
    case .format, .contradiction: return false
    case .otherBytes(let bytes, let planned, _): (found, expected) = (bytes, planned)
    }
    let difference = found.count - expected.count
    return hasOtherParts && difference > 0 || difference.magnitude <= expected.count / 50
  }
}

extension CheckpointError: ActionableError {
  public var problem: String {
    switch self {
    case .configuration(let error): error.problem
    case .format(let error): error.problem
    case .contradiction(let tensor, let what, let key):
      "the tensor '\(tensor.shown)' \(what), which '\(key)' contradicts"
    case .otherBytes(let found, let expected, let recipe):
      "the files hold \(found.count) B of tensors, the configuration's model takes"
        + " \(expected.count) B as \(recipe)"
    }
  }

  public var fix: String {
    switch self {
    case .configuration(let error): error.fix
    case .format(let error): error.fix
    case .contradiction: "put the config.json beside the files that was published with them"
    case .otherBytes:
      "name the config.json, and the format with --quant, to price the text model alone;"
        + " 'vram inspect FILE' lists what the files hold"
    }
  }
}
