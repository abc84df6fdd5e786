internal import HostSystem
public import VRAMBudget

/// A model in the GGUF format: one file, or all the files that it is split over.
public struct GGUFFile: Sendable {
  /// One file of the model.
  public struct Part: Sendable {
    public let path: String
    public let header: GGUFHeader
  }

  /// The files in order, at least one; one alone for a model that is not split.
  public let parts: [Part]

  /// The headers' version, of the first file.
  public var version: UInt32 { first.version }
  /// The order of the bytes of numbers, of the first file.
  public var byteOrder: ByteOrder { first.byteOrder }
  /// The keys of the first file, which has all of them; later parts repeat only `split.…`.
  public var metadata: GGUFMetadata { first.metadata }
  /// The alignment of the first file.
  public var alignment: Int64 { first.alignment }
  /// The tensors of all files.
  public let tensors: [GGUFTensor]

  /// Everything before tensor data, of all files.
  public var headerBytes: Bytes { sum(\.headerBytes) }
  /// The data of all tensors, without padding.
  public var tensorBytes: Bytes { sum(\.tensorBytes) }
  /// The sizes of all files.
  public var fileBytes: Bytes { sum(\.fileBytes) }

  private var first: GGUFHeader { parts[0].header }

  private func sum(_ size: KeyPath<GGUFHeader, Bytes>) -> Bytes {
    parts.reduce(.zero) { $0 + $1.header[keyPath: size] }
  }

  /// Reads the header of a file, and of the others of its model when it is a part of one.
  ///
  /// - Parameter path: A file; of a split model any part.
  /// - Throws: ``ModelFileError`` with the path of the file at fault.
  public init(path: String) throws(ModelFileError) {
    let named = try Part(path: path)
    let paths = try Self.paths(of: named)
    var parts: [Part] = []
    for other in paths { parts.append(other == path ? named : try Part(path: other)) }
    if parts.count > 1 { try Self.checkTogether(parts) }
    self.parts = parts
    tensors = parts.flatMap(\.header.tensors)
  }
}

extension GGUFFile.Part {
  /// Reads one file's header.
  init(path: String) throws(ModelFileError) {
    let file: RegularFile
    do { file = try RegularFile(path) } catch { throw ModelFileError(at: path, .file(error)) }
    do {
      self.init(path: path, header: try GGUFHeader(reading: file))
    } catch {
      throw ModelFileError(at: path, .gguf(error))
    }
  }

  /// Which part of how many the file says it is, the number from 1; nil when it is not split.
  ///
  /// Source: llama.cpp 3074b500a, src/llama-model-loader.cpp, `llama_model_loader`: `split.count` above
  /// 1 means split.
  fileprivate func split() throws(ModelFileError) -> (number: Int64, count: Int64)? {
    do {
      let allowed: ClosedRange<Int64> = 0...Int64(UInt16.max)
      guard
        let count = try header.metadata.optionalInteger(forKey: "split.count", in: allowed),
        count > 1
      else { return nil }
      let index = try header.metadata.integer(forKey: "split.no", in: 0...count - 1)
      return (index + 1, count)
    } catch {
      throw ModelFileError(at: path, .split(.metadata(error)))
    }
  }
}

// MARK: - Split models

extension GGUFFile {
  /// The paths of all files of the model that a file is part of.
  private static func paths(of named: Part) throws(ModelFileError) -> [String] {
    guard let split = try named.split() else { return [named.path] }
    guard let name = ShardName(path: named.path, suffix: ".gguf") else {
      throw ModelFileError(
        at: named.path, .split(.nameWithoutNumber(number: split.number, count: split.count)))
    }
    try check(split, against: name, path: named.path)
    let paths = name.allPaths
    let missing = paths.filter { HostSystem.kind(ofPath: $0) == .nothing }
    guard missing.isEmpty else {
      throw ModelFileError(at: named.path, .split(.missingFiles(missing)))
    }
    return paths
  }

  private static func check(
    _ split: (number: Int64, count: Int64), against name: ShardName, path: String
  ) throws(ModelFileError) {
    guard split == (Int64(name.number), Int64(name.count)) else {
      throw ModelFileError(
        at: path,
        .split(
          .otherPart(
            named: "part \(name.number) of \(name.count)",
            holds: "part \(split.number) of \(split.count)")))
    }
  }

  /// Checks that each file is the part that its name says, and that no tensor is there twice or
  /// missing.
  private static func checkTogether(_ parts: [Part]) throws(ModelFileError) {
    var owners: [String: String] = [:]
    for part in parts {
      guard let name = ShardName(path: part.path, suffix: ".gguf") else { continue }
      try check(try part.split() ?? (1, 1), against: name, path: part.path)
      for tensor in part.header.tensors {
        if let other = owners.updateValue(part.path, forKey: tensor.name) {
          throw ModelFileError(at: part.path, .split(.tensorTwice(tensor.name, otherFile: other)))
        }
      }
    }
    let first = parts[0]
    let expected: Int64
    do {
      expected = try first.header.metadata.integer(forKey: "split.tensors.count")
    } catch {
      throw ModelFileError(at: first.path, .split(.metadata(error)))
    }
    guard owners.count == expected else {
      throw ModelFileError(
        at: first.path, .split(.tensorCount(found: Int64(owners.count), expected: expected)))
    }
  }
}
