extension TensorFormat {
  /// The layout in words: `256 elements in 144 bytes`.
  public var layoutDescription: String { layout.words + companions.words }
}

extension TensorFormat.Layout {
  fileprivate var words: String {
    switch self {
    case .blocks(1, 1): "1 byte an element"
    case .blocks(1, let bytes): "\(bytes) bytes an element"
    case .blocks(let elements, let bytes): "\(elements) elements in \(bytes) bytes"
    case .groups(let bits, let groupSize, 0, 0): "\(bits) bits an element, \(groupSize) at a time"
    case .groups(let bits, let groupSize, let scaleBits, let zeroBits):
      "\(bits) bits an element + \(Self.scale(scaleBits, zeroBits)) for each \(groupSize)"
    case .rows(let bits, let scaleBits, let zeroBits):
      "\(bits) bits an element + \(Self.scale(scaleBits, zeroBits)) a row"
    case .tiles(let bits, let side, let scaleBytes):
      "\(bits) bits an element + \(scaleBytes) bytes for each \(side) × \(side)"
    case .runs(let bits, let length, .single):
      "\(bits) bits an element + 4 bytes for each \(length)"
    case .runs(let bits, let length, .quantized(let count)):
      "\(bits) bits an element + 1 byte for each \(length) + 4 bytes for each \(length * count)"
    case .average(let centibits, _, _):
      "\(centibits / 100).\(centibits % 100 < 10 ? "0" : "")\(centibits % 100) bits an element on average"
    }
  }

  /// A scale and a zero point in whole bytes where they are.
  private static func scale(_ scaleBits: Int64, _ zeroBits: Int64) -> String {
    let bits = scaleBits + zeroBits
    guard bits.isMultiple(of: 8) else { return "\(scaleBits) + \(zeroBits) bits" }
    return bits == 8 ? "1 byte" : "\(bits / 8) bytes"
  }
}

extension TensorFormat.Companions {
  fileprivate var words: String {
    [(perInput, "an input"), (perOutput, "an output"), (perMatrix, "a matrix")]
      .filter { $0.0 > 0 }
      .map { $0.0 == 1 ? " + 1 byte \($0.1)" : " + \($0.0) bytes \($0.1)" }
      .joined()
  }
}
