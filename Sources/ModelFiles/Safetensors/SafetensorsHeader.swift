internal import HostSystem
internal import JSONDocuments
public import VRAMBudget

/// A tensor of a safetensors file.
public struct SafetensorsTensor: Hashable, Sendable {
  public let name: String
  public let dtype: SafetensorsDtype
  /// The dimensions as PyTorch orders them, the length of a row last; none for a single number, and
  /// any of them may be zero.
  public let shape: [Int64]
  /// Where the data lies, counted from the begin of the data section.
  public let range: Range<Int64>

  public var bytes: Bytes { Bytes(range.upperBound - range.lowerBound) }

  /// The number of elements.
  public var elements: Int64 { shape.reduce(1, *) }
}

/// What stands before the tensor data of one safetensors file.
///
/// Source: safetensors 0.8.0, safetensors/src/tensor.rs, `read_metadata` and `validate`: what they
/// refuse is refused here. Names that stand twice, which the format forbids and they do not notice,
/// are refused too.
public struct SafetensorsHeader: Sendable {
  /// The tensors in the order of their data.
  public let tensors: [SafetensorsTensor]
  /// The texts under `__metadata__`.
  public let metadata: [String: String]
  /// The length and the JSON text.
  public let headerBytes: Bytes
  public let tensorBytes: Bytes
  /// The size of the whole file.
  public let fileBytes: Bytes

  /// The most bytes of the JSON text: what the Hub's own reader takes, a quarter of what the format
  /// allows. Real headers have a tenth of it; reading takes a few times as much memory.
  ///
  /// Source: huggingface_hub, src/huggingface_hub/constants.py,
  /// `SAFETENSORS_MAX_HEADER_LENGTH`; safetensors 0.8.0, safetensors/src/tensor.rs,
  /// `MAX_HEADER_SIZE`.
  static let longestHeader: Int64 = 25_000_000

  /// Reads a header; the tensor data is not read.
  ///
  /// - Throws: ``SafetensorsError``.
  /// - Complexity: Linear in the header's bytes, in time and memory.
  public init(reading source: some ByteSource) throws(SafetensorsError) {
    let text = try Self.text(of: source)
    var parser = SafetensorsParser(text)
    try parser.parse()
    let dataStart = 8 + Int64(text.count)
    tensors = try Self.inOrder(parser.tensors, dataBytes: source.count - dataStart)
    metadata = parser.metadata
    headerBytes = Bytes(dataStart)
    tensorBytes = Bytes(source.count - dataStart)
    fileBytes = Bytes(source.count)
  }

  /// Returns the JSON text, whose length stands in the first eight bytes.
  private static func text(of source: some ByteSource) throws(SafetensorsError) -> [UInt8] {
    let start = try bytes(of: source, at: 0, count: 8)
    guard start.count == 8 else { throw .tooShort(bytes: source.count) }
    let length = start.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(longestHeader) else {
      throw .headerTooLong(length, start: start)
    }
    guard Int64(length) <= source.count - 8 else {
      throw .headerBeyondEnd(length: Int64(length), fileBytes: source.count)
    }
    let text = try bytes(of: source, at: 8, count: Int(length))
    // A file that has shrunk since it was opened.
    guard text.count == Int(length) else {
      throw .headerBeyondEnd(length: Int64(length), fileBytes: 8 + Int64(text.count))
    }
    return text
  }

  private static func bytes(
    of source: some ByteSource, at offset: Int64, count: Int
  ) throws(SafetensorsError) -> [UInt8] {
    do { return try source.read(at: offset, count: count) } catch { throw .unreadable(error) }
  }

  /// Returns the tensors sorted by their data, which must fill the section without gap or overlap.
  private static func inOrder(
    _ tensors: [SafetensorsTensor], dataBytes: Int64
  ) throws(SafetensorsError) -> [SafetensorsTensor] {
    let tensors = tensors.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var expected: Int64 = 0
    for tensor in tensors {
      guard tensor.range.lowerBound == expected else {
        throw .tensor(
          tensor.name, .misplaced(offset: tensor.range.lowerBound, expected: expected))
      }
      guard tensor.range.upperBound <= dataBytes else {
        throw .tensor(
          tensor.name, .dataBeyondEnd(end: tensor.range.upperBound, dataBytes: dataBytes))
      }
      expected = tensor.range.upperBound
    }
    guard expected == dataBytes else { throw .trailingBytes(dataBytes - expected) }
    return tensors
  }
}
