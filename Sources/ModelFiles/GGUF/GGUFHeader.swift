internal import HostSystem
public import VRAMBudget

/// What stands before the tensor data of one GGUF file.
///
/// Source: llama.cpp 067d44f6c, ggml/src/gguf.cpp, `gguf_init_from_reader`: what it refuses is
/// refused here, except that lists in lists and names of 64 bytes and more are read, as the
/// specification and larger builds have them. Refused beyond it are tensors without elements, truth
/// values other than 0 and 1, names that are not UTF-8, and more than any model has.
public struct GGUFHeader: Sendable {
  public let version: UInt32
  public let byteOrder: ByteOrder
  public let metadata: GGUFMetadata
  /// The tensors in the order of the file, which is that of their data.
  public let tensors: [GGUFTensor]
  /// What the offset of each tensor is a multiple of.
  public let alignment: Int64
  /// Everything before the data of the first tensor, padding included.
  public let headerBytes: Bytes
  /// The data of all tensors, without the padding between them.
  public let tensorBytes: Bytes
  /// The size of the whole file.
  public let fileBytes: Bytes

  /// The most bytes of a key or a tensor's name.
  ///
  /// Source: the GGUF specification, docs/gguf.md of ggml, on keys. It allows tensors' names 64
  /// bytes, which builds with a larger `GGML_MAX_NAME` exceed.
  static let longestName: Int64 = 65_535

  /// The most tensors and metadata entries. Real files have thousands and tens; each takes several
  /// times its bytes in memory, which a hostile file would make gigabytes.
  private static let mostTensors: Int64 = 1 << 20
  private static let mostEntries: Int64 = 1 << 16

  /// The most bytes of a file, so that no sum of offsets overflows.
  private static let largestFile: Int64 = 1 << 60

  /// Reads a header; the tensor data is not read.
  ///
  /// - Throws: ``GGUFError``.
  /// - Complexity: Linear in the header's bytes; memory for the tensors and short values only.
  public init(reading source: some ByteSource) throws(GGUFError) {
    guard source.count <= Self.largestFile else {
      throw .unreadable(.tooLarge(bytes: source.count, limit: Self.largestFile))
    }
    var reader = GGUFReader(source)
    version = try reader.version()
    byteOrder = reader.byteOrder
    // A tensor takes at least its name's length, a byte of name, a dimension, type and offset; an
    // entry its key's length, a byte of key, a type and a byte of value.
    let tensorCount = try reader.count(leastBytes: 8 + 1 + 4 + 8 + 4 + 8, of: .tensors)
    let entryCount = try reader.count(leastBytes: 8 + 1 + 4 + 1, of: .metadataEntries)
    guard tensorCount <= Self.mostTensors else {
      throw .beyondAnyModel(tensorCount, of: .tensors, limit: Self.mostTensors)
    }
    guard entryCount <= Self.mostEntries else {
      throw .beyondAnyModel(entryCount, of: .metadataEntries, limit: Self.mostEntries)
    }
    metadata = try reader.metadata(entryCount)
    alignment = try Self.alignment(in: metadata)
    tensors = try reader.tensors(tensorCount)
    let end = try reader.headerEnd()
    // A file without tensors, such as a bare vocabulary, need not be padded.
    let dataStart = tensors.isEmpty ? end : end.padded(to: alignment)
    try Self.checkPlaces(
      of: tensors, dataStart: dataStart, fileBytes: reader.count, alignment: alignment)
    headerBytes = Bytes(dataStart)
    tensorBytes = tensors.reduce(.zero) { $0 + $1.bytes }
    fileBytes = Bytes(reader.count)
  }

  private static func alignment(in metadata: GGUFMetadata) throws(GGUFError) -> Int64 {
    guard let entry = metadata.entry(forKey: "general.alignment") else { return 32 }
    guard entry.type == .uint32, case .integer(let alignment) = entry.value, alignment > 0,
      alignment & (alignment - 1) == 0
    else { throw .badAlignment(entry.value, type: entry.type) }
    return alignment
  }

  /// Checks that each tensor begins where the one before it ends, padded, and ends in the file.
  private static func checkPlaces(
    of tensors: [GGUFTensor], dataStart: Int64, fileBytes: Int64, alignment: Int64
  ) throws(GGUFError) {
    var expected: Int64 = 0
    for tensor in tensors {
      guard tensor.offset == expected else {
        throw .tensor(
          tensor.name,
          .misplaced(
            offset: UInt64(bitPattern: tensor.offset), expected: expected, alignment: alignment))
      }
      guard tensor.bytes.count <= fileBytes - dataStart - expected else {
        throw .tensor(
          tensor.name,
          .dataBeyondEnd(end: dataStart + expected + tensor.bytes.count, fileBytes: fileBytes))
      }
      expected = (expected + tensor.bytes.count).padded(to: alignment)
    }
  }
}

extension Int64 {
  /// The next multiple of a power of two.
  fileprivate func padded(to alignment: Int64) -> Int64 {
    (self + alignment - 1) & ~(alignment - 1)
  }
}
