public import VRAMBudget

/// What is wrong with the description of a tensor of a GGUF file.
public enum GGUFTensorError: Error, Hashable {
  case duplicate
  case dimensionCount(UInt32, at: Int64)
  case dimension(UInt64, index: Int, at: Int64)
  case tooLarge(dimensions: [Int64])
  case unknownType(UInt32, at: Int64)
  case rowNotWhole(FormatError)
  /// The data does not begin where that of the tensor before it ends, padded.
  case misplaced(offset: UInt64, expected: Int64, alignment: Int64)
  case dataBeyondEnd(end: Int64, fileBytes: Int64)

  /// The most elements of a tensor, which ``TensorShape`` takes: a thousand times the largest known.
  static let mostElements: Int64 = 1 << 48
}

extension GGUFTensorError: ActionableError {
  public var problem: String {
    switch self {
    case .duplicate: "it stands twice"
    case .dimensionCount(let count, let at): "it has \(count) dimensions at byte \(at), not 1 to 4"
    case .dimension(let value, let index, let at):
      "its dimension \(index) is \(value) at byte \(at), not 1 to 2^48"
    case .tooLarge(let dimensions):
      "it has \(dimensions.map(String.init).joined(separator: " × ")) elements, more than 2^48"
    case .unknownType(let type, let at): "it has the unknown type \(type) at byte \(at)"
    case .rowNotWhole(let error): error.problem
    case .misplaced(let offset, let expected, let alignment):
      "its data begins at \(offset), which "
        + (!offset.isMultiple(of: UInt64(alignment))
          ? "is not a multiple of \(alignment)"
          : offset < expected
            ? "overlaps the tensor before it, up to \(expected)"
            : "leaves a gap after the tensor before it, from \(expected)")
    case .dataBeyondEnd(let end, let fileBytes):
      "its data ends at byte \(end), but the file at \(fileBytes)"
    }
  }

  public var fix: String {
    switch self {
    case .unknownType: "'vram formats' lists the types that are known"
    case .dataBeyondEnd: "download the file again, it is not complete"
    case .dimensionCount, .dimension, .tooLarge: "download or convert the file again"
    case .duplicate, .rowNotWhole, .misplaced:
      "download or convert the file again, llama.cpp would refuse it too"
    }
  }
}
