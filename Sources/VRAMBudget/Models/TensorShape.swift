/// The dimensions of a tensor, as ggml orders them: the length of a row first.
///
/// For the matrix of a linear layer the row is its input, so a checkpoint's `[out, in]` is
/// `[in, out]` here.
public struct TensorShape: Hashable, Sendable {
  /// The dimensions, fastest first; one to four of them, each above zero.
  public let dimensions: [Int64]

  /// - Precondition: One to four dimensions, all above zero, whose product is at most 2^48.
  public init(_ dimensions: Int64...) {
    self.init(dimensions: dimensions)
  }

  /// - Precondition: As ``init(_:)``.
  public init(dimensions: [Int64]) {
    precondition((1...4).contains(dimensions.count), "a tensor has one to four dimensions")
    precondition(dimensions.allSatisfy { $0 > 0 }, "a dimension is above zero")
    self.dimensions = dimensions
  }

  /// The length of a row (`ne[0]`).
  public var rowElements: Int64 { dimensions[0] }

  /// The number of rows.
  public var rows: Int64 { dimensions.dropFirst().reduce(1, *) }

  /// The number of elements.
  public var elements: Int64 { dimensions.reduce(1, *) }
}

extension TensorShape: CustomStringConvertible {
  /// The dimensions as `5120 × 13824`.
  public var description: String { dimensions.map(String.init).joined(separator: " × ") }
}
