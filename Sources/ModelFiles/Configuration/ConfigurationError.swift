public import JSONDocuments
public import VRAMBudget

/// A config.json from which no model can be made.
public enum ConfigurationError: Error, Hashable {
  case unreadable(JSONDocumentError)
  /// A `model_type` that this program does not know; never priced as something it resembles.
  case unknownArchitecture(String, known: [String])
  /// A class under `architectures` that is none of the family's, so that its code may be another.
  case foreignClass(String, family: String)
  /// Keys that contradict each other.
  case contradiction(key: String, what: String)
  /// Sizes that no model has.
  case beyondAnyModel(ModelExcess)
  /// A feature that changes the tensors and is not described.
  case unsupported(key: String, value: String)
}

extension ConfigurationError: ActionableError {
  public var problem: String {
    switch self {
    case .unreadable(let error): error.problem
    case .unknownArchitecture(let modelType, _):
      "the architecture '\(modelType)' is not known, so the model cannot be priced"
    case .foreignClass(let name, let family):
      "'architectures' names '\(name.shown)', which is no class of \(family)'s, so the model cannot be"
        + " priced"
    case .contradiction(let key, let what): "'\(key)' contradicts the rest: \(what)"
    case .beyondAnyModel(let excess): "\(excess.words), more than any model has"
    case .unsupported(let key, let value): "'\(key)' of \(value) is not supported"
    }
  }

  public var fix: String {
    switch self {
    case .unreadable(let error): error.fix
    case .unknownArchitecture(_, let known): "known architectures: \(known.joined(separator: ", "))"
    case .foreignClass(_, let family):
      "where its layers are those of \(family), name that family's class in 'architectures'"
    case .contradiction(let key, _): "check '\(key)' against the model's published config.json"
    case .beyondAnyModel: "check the sizes against the model's published config.json"
    case .unsupported: "no option prices it; the figures would be wrong"
    }
  }
}
