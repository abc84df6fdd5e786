public import VRAMBudget

/// A tensor of a GGUF file.
public struct GGUFTensor: Hashable, Sendable {
  public let name: String
  /// The dimensions, the length of a row first.
  public let shape: TensorShape
  /// The format's place in ``TensorFormat/inGGUF``: a format is ten words, a place is one.
  private let formatIndex: Int
  /// Where the data begins, counted from the begin of the data section; a multiple of the alignment.
  public let offset: Int64
  /// The data without the padding that follows it.
  public let bytes: Bytes

  init(name: String, shape: TensorShape, formatIndex: Int, offset: Int64, bytes: Bytes) {
    self.name = name
    self.shape = shape
    self.formatIndex = formatIndex
    self.offset = offset
    self.bytes = bytes
  }

  public var format: TensorFormat { TensorFormat.inGGUF[formatIndex] }
}

extension TensorFormat {
  /// The formats that a GGUF file can hold: those that models are quantized to, and the integers
  /// and f64 of tables that are looked up.
  ///
  /// Source: gguf 0.19.0 (llama.cpp), constants.py, `GGMLQuantizationType`.
  static let inGGUF: [TensorFormat] =
    TensorFormat.ggml + [
      plain(24, "i8", bytes: 1), plain(25, "i16", bytes: 2), plain(26, "i32", bytes: 4),
      plain(27, "i64", bytes: 8), plain(28, "f64", bytes: 8),
    ]

  private static func plain(_ type: UInt32, _ name: String, bytes: Int64) -> TensorFormat {
    TensorFormat(
      name: name, layout: .blocks(elements: 1, bytes: bytes), ggmlType: type,
      source: "gguf 0.19.0, constants.py, GGML_QUANT_SIZES")
  }

  /// The places of the formats in ``inGGUF`` by type number.
  static let indexByGGMLType: [UInt32: Int] = Dictionary(
    inGGUF.enumerated().compactMap { index, format in format.ggmlType.map { ($0, index) } },
    uniquingKeysWith: { first, _ in first })
}
