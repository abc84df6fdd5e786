public import HostSystem
public import VRAMBudget

/// A file of a model that cannot be read: which one, and why.
///
/// The path is that of the file at fault, which need not be the one that was named.
public struct ModelFileError: Error, Hashable {
  public enum Reason: Hashable, Sendable {
    case file(FileError)
    case gguf(GGUFError)
    case split(SplitError)
    case safetensors(SafetensorsError)
  }

  public let path: String
  public let reason: Reason

  public init(at path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }
}

extension ModelFileError: ActionableError {
  private var cause: any ActionableError {
    switch reason {
    case .file(let error): error
    case .gguf(let error): error
    case .split(let error): error
    case .safetensors(let error): error
    }
  }

  public var problem: String { cause.problem }
  public var fix: String { cause.fix }
}

/// Files of one model that do not belong together.
public enum SplitError: Error, Hashable {
  case missingFiles([String])
  /// The file says that it is a part, but its name does not say of which files.
  case nameWithoutNumber(number: Int64, count: Int64)
  /// The file's name and its content disagree on which part it is.
  case otherPart(named: String, holds: String)
  case metadata(GGUFMetadataError)
  case tensorTwice(String, otherFile: String)
  case tensorCount(found: Int64, expected: Int64)
}

extension SplitError: ActionableError {
  public var problem: String {
    switch self {
    case .missingFiles(let paths):
      "\(paths.count == 1 ? "a file" : "\(paths.count) files") of the model "
        + "\(paths.count == 1 ? "is" : "are") missing: "
        + paths.prefix(3).map { "'\($0.shown)'" }.joined(separator: ", ")
        + (paths.count > 3 ? ", …" : "")
    case .nameWithoutNumber(let number, let count):
      "it is part \(number) of \(count), but its name does not end so"
    case .otherPart(let named, let holds): "it is named \(named), but is \(holds)"
    case .metadata(let error): error.problem
    case .tensorTwice(let name, let other):
      "the tensor '\(name.shown)' is also in '\(other.shown)'"
    case .tensorCount(let found, let expected):
      "all parts together have \(found) tensors, not \(expected)"
    }
  }

  public var fix: String {
    switch self {
    case .missingFiles: "download them into the same folder"
    case .nameWithoutNumber(let number, let count):
      "give it back its name, such as 'model-\(number)-of-\(count).gguf' with five digits each"
    case .otherPart, .tensorTwice, .tensorCount: "download all parts of one model into one folder"
    case .metadata(let error): error.fix
    }
  }
}
