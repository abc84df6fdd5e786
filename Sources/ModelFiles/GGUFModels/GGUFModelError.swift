public import VRAMBudget

/// A GGUF file from which no model can be made.
public enum GGUFModelError: Error, Hashable {
  case metadata(GGUFMetadataError)
  /// A `general.architecture` that this program does not know.
  case unknownArchitecture(String, known: [String])
  /// A file that holds no language model: a projector, an adapter, a vocabulary.
  case notAModel(what: String)
  /// A tensor that a model of this family does not have.
  case unknownTensor(String, architecture: String)
  /// A tensor that a model must have.
  case missingTensor(String)
  /// A tensor with more rows, or longer ones, than any model's.
  case tensorBeyondAnyModel(String, limit: Int64)
  /// A key and the tensors contradict each other.
  case contradiction(key: String, what: String)
  /// A tensor whose rows its format cannot hold.
  case unstorable(FormatError)
}

extension GGUFModelError: ActionableError {
  public var problem: String {
    switch self {
    case .metadata(let error): error.problem
    case .unknownArchitecture(let name, _):
      "the architecture '\(name.shown)' is not known, so the model cannot be priced"
    case .notAModel(let what): "the file holds \(what), not a language model"
    case .unknownTensor(let name, let architecture):
      "the tensor '\(name.shown)' is not known in a model of '\(architecture)'"
    case .missingTensor(let name): "the tensor '\(name)' is missing"
    case .tensorBeyondAnyModel(let name, let limit):
      "a dimension of the tensor '\(name.shown)' is above \(limit), more than any model has"
    case .contradiction(let key, let what): "the key '\(key)' contradicts the rest: \(what)"
    case .unstorable(let error): error.problem
    }
  }

  public var fix: String {
    switch self {
    case .metadata(let error): error.fix
    case .unknownArchitecture(_, let known): "known architectures: \(known.joined(separator: ", "))"
    case .notAModel: "name the file of the language model that it belongs to"
    case .unknownTensor: "'vram inspect FILE' gives the weights to the byte all the same"
    case .missingTensor, .tensorBeyondAnyModel, .contradiction, .unstorable:
      "convert the model again with a current llama.cpp, or download it again"
    }
  }
}
