public import HostSystem
public import VRAMBudget

extension FileError: ActionableError {
  public var problem: String {
    switch self {
    case .notFound: "no such file"
    case .notPermitted: "the file may not be read"
    case .isFolder: "it is a folder"
    case .notRegular: "it is not a regular file"
    case .tooLarge(let bytes, let limit):
      "it has \(bytes) bytes, more than the \(limit) that such a file may have"
    case .failed(let code): "reading failed (error \(code))"
    }
  }

  public var fix: String {
    switch self {
    case .notFound: "check the path"
    case .notPermitted: "check its permissions"
    case .isFolder, .notRegular, .tooLarge:
      "name a .gguf, a .safetensors, a config.json or a folder that holds one"
    case .failed: "try again, or copy the file"
    }
  }
}
