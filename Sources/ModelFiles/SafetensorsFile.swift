internal import HostSystem
public import VRAMBudget

/// A model in the safetensors format: one file, or all the files that it is split over.
public struct SafetensorsFile: Sendable {
  /// One file of the model.
  public struct Part: Sendable {
    public let path: String
    public let header: SafetensorsHeader
  }

  /// The files, sorted by name; at least one.
  public let parts: [Part]
  /// The tensors of all files.
  public let tensors: [SafetensorsTensor]

  /// Everything before tensor data, of all files.
  public var headerBytes: Bytes { sum(\.headerBytes) }
  /// The data of all tensors.
  public var tensorBytes: Bytes { sum(\.tensorBytes) }
  /// The sizes of all files, without the index.
  public var fileBytes: Bytes { sum(\.fileBytes) }

  static let singleName = "model.safetensors"
  static let indexName = "model.safetensors.index.json"

  private func sum(_ size: KeyPath<SafetensorsHeader, Bytes>) -> Bytes {
    parts.reduce(.zero) { $0 + $1.header[keyPath: size] }
  }

  /// Reads the headers of a model.
  ///
  /// - Parameter path: A file, any file of several numbered ones, an index (`….json`), or a folder
  ///   with `model.safetensors` or `model.safetensors.index.json`, looked for in this order as
  ///   transformers does.
  /// - Throws: ``ModelFileError`` with the path of the file at fault.
  public init(path: String) throws(ModelFileError) {
    let path = try Self.file(ofPath: path)
    if path.hasSuffix(".json") {
      try self.init(indexPath: path)
    } else if let shard = ShardName(path: path, suffix: ".safetensors"), shard.count > 1 {
      try self.init(partPaths: shard.allPaths, namedIn: path)
    } else {
      try self.init(partPaths: [path], namedIn: path)
    }
  }

  /// The file that a path means: itself, or one of a folder.
  private static func file(ofPath path: String) throws(ModelFileError) -> String {
    guard HostSystem.kind(ofPath: path) == .folder else { return path }
    let folder = path.hasSuffix("/") ? path : path + "/"
    for name in [singleName, indexName] where HostSystem.kind(ofPath: folder + name) != .nothing {
      return folder + name
    }
    throw ModelFileError(at: path, .safetensors(.noModel))
  }

  private init(indexPath: String) throws(ModelFileError) {
    let bytes: [UInt8]
    do {
      bytes = try HostSystem.read(indexPath, limit: SafetensorsHeader.longestHeader)
    } catch {
      throw ModelFileError(at: indexPath, .file(error))
    }
    let index: SafetensorsIndex
    do {
      index = try SafetensorsIndex(bytes)
    } catch {
      throw ModelFileError(at: indexPath, .safetensors(error))
    }
    let name = indexPath.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    let folder = String(indexPath.dropLast(name.count))
    try self.init(partPaths: index.shards.map { folder + $0 }, namedIn: indexPath)
    try check(index, folder: folder, indexPath: indexPath)
  }

  private init(partPaths: [String], namedIn path: String) throws(ModelFileError) {
    if partPaths.count > 1 || partPaths != [path] {
      let missing = partPaths.filter { HostSystem.kind(ofPath: $0) == .nothing }
      guard missing.isEmpty else {
        throw ModelFileError(at: path, .split(.missingFiles(missing)))
      }
    }
    var parts: [Part] = []
    var owners: [String: String] = [:]
    for partPath in partPaths {
      let part = try Part(path: partPath)
      for tensor in part.header.tensors where partPaths.count > 1 {
        if let other = owners.updateValue(partPath, forKey: tensor.name) {
          throw ModelFileError(at: partPath, .split(.tensorTwice(tensor.name, otherFile: other)))
        }
      }
      parts.append(part)
    }
    self.parts = parts
    tensors = parts.flatMap(\.header.tensors)
  }

  /// Checks that each tensor of the index is in the file that it names.
  ///
  /// Tensors that the index does not name are kept: they are in the files, and loaders read them.
  private func check(
    _ index: SafetensorsIndex, folder: String, indexPath: String
  ) throws(ModelFileError) {
    var names: [String: Set<String>] = [:]
    for part in parts { names[part.path] = Set(part.header.tensors.map(\.name)) }
    for (name, shard) in index.tensors where names[folder + shard]?.contains(name) != true {
      throw ModelFileError(at: indexPath, .safetensors(.tensorNotInShard(name, shard: shard)))
    }
  }
}

extension SafetensorsFile.Part {
  /// Reads one file's header.
  init(path: String) throws(ModelFileError) {
    let file: RegularFile
    do { file = try RegularFile(path) } catch { throw ModelFileError(at: path, .file(error)) }
    do {
      self.init(path: path, header: try SafetensorsHeader(reading: file))
    } catch {
      throw ModelFileError(at: path, .safetensors(error))
    }
  }
}
