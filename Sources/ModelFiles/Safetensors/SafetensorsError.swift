public import HostSystem
public import JSONDocuments
public import VRAMBudget

/// A file that is not safetensors, is damaged, or holds what this program does not know.
public enum SafetensorsError: Error, Hashable {
  case unreadable(FileError)
  case tooShort(bytes: Int64)
  /// The length in the first eight bytes is more than any header may have.
  case headerTooLong(UInt64, start: [UInt8])
  case headerBeyondEnd(length: Int64, fileBytes: Int64)
  /// The header is not the JSON text that it should be.
  case json(JSONDocumentError)
  case tensor(String, SafetensorsTensorError)
  /// Bytes after the data of the last tensor.
  case trailingBytes(Int64)
  /// A folder without `model.safetensors` and `model.safetensors.index.json`.
  case noModel
  case index(JSONDocumentError)
  case noWeightMap
  /// A file name in the index that leads out of its folder.
  case shardName(String, tensor: String)
  case tensorNotInShard(String, shard: String)
}

extension SafetensorsError: ActionableError {
  public var problem: String {
    switch self {
    case .unreadable(let error): error.problem
    case .tooShort(let bytes): "it has \(bytes) bytes, less than the 8 before a header"
    case .headerTooLong(let length, let start):
      "it begins with \(start.shown), a header of \(length) bytes, more than the "
        + "\(SafetensorsHeader.longestHeader) that are read"
    case .headerBeyondEnd(let length, let fileBytes):
      "the header of \(length) bytes from byte 8 ends after the file, which has \(fileBytes)"
    case .json(let error): "header: \(error.problem)"
    case .tensor(let name, let error): "tensor '\(name.shown)': \(error.problem)"
    case .trailingBytes(let bytes): "\(bytes) bytes follow the data of the last tensor"
    case .noModel:
      "the folder holds neither \(SafetensorsFile.singleName) nor \(SafetensorsFile.indexName)"
    case .index(let error): error.problem
    case .noWeightMap: "'weight_map' is missing"
    case .shardName(let name, let tensor):
      "the file name '\(name.shown)' of tensor '\(tensor.shown)' leads out of the folder"
    case .tensorNotInShard(let tensor, let shard):
      "the tensor '\(tensor.shown)' is not in '\(shard.shown)'"
    }
  }

  public var fix: String {
    switch self {
    case .unreadable(let error): error.fix
    case .headerTooLong(_, let start) where start.elementsEqual("version ".utf8):
      "it looks like a Git LFS pointer: fetch the file itself with 'git lfs pull'"
    case .headerTooLong:
      "name a safetensors file; the Hugging Face Hub reads no longer header either"
    case .tooShort, .headerBeyondEnd: "download the file again, it is not complete"
    case .tensor(_, let error): error.fix
    case .json, .trailingBytes: "download the file again, it breaks the safetensors format"
    case .noModel: "name the .safetensors file or its index"
    case .index(let error): error.fix
    case .noWeightMap, .shardName: "name the index that was published with the model"
    case .tensorNotInShard: "download the index and all shards of one model into one folder"
    }
  }
}

/// What is wrong with a tensor of a safetensors file.
public enum SafetensorsTensorError: Error, Hashable {
  case duplicate
  case json(JSONDocumentError)
  case missing(key: String)
  case unknownDtype(String)
  case negativeDimension(Int64)
  case tooLarge(shape: [Int64])
  case badOffsets([Int64])
  case otherSize(bytes: Int64, shape: [Int64], dtype: SafetensorsDtype)
  /// The data does not begin where that of the tensor before it ends.
  case misplaced(offset: Int64, expected: Int64)
  case dataBeyondEnd(end: Int64, dataBytes: Int64)
}

extension SafetensorsTensorError: ActionableError {
  public var problem: String {
    switch self {
    case .duplicate: "it stands twice"
    case .json(let error): error.problem
    case .missing(let key): "'\(key)' is missing"
    case .unknownDtype(let name): "its dtype '\(name.shown)' is unknown"
    case .negativeDimension(let value): "a dimension is \(value)"
    case .tooLarge(let shape): "its shape \(shape) has more elements than 63 bits count"
    case .badOffsets(let offsets): "its data_offsets are \(offsets), not a begin and an end"
    case .otherSize(let bytes, let shape, let dtype):
      "its data has \(bytes) bytes, which shape \(shape) of \(dtype.rawValue) does not take"
    case .misplaced(let offset, let expected):
      "its data begins at \(offset), which "
        + (offset < expected
          ? "overlaps the tensor before it, up to \(expected)"
          : "leaves a gap after the tensor before it, from \(expected)")
    case .dataBeyondEnd(let end, let dataBytes):
      "its data ends at byte \(end) of the data, of which the file has \(dataBytes)"
    }
  }

  public var fix: String {
    switch self {
    case .unknownDtype:
      "known dtypes: \(SafetensorsDtype.allCases.map(\.rawValue).joined(separator: ", "))"
    case .dataBeyondEnd: "download the file again, it is not complete"
    case .duplicate, .json, .missing, .negativeDimension, .tooLarge, .badOffsets, .otherSize,
      .misplaced:
      "download the file again, it breaks the safetensors format"
    }
  }
}
