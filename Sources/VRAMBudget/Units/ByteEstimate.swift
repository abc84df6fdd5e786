/// A quantity of memory with what is known of it: the least, the expected and the most.
///
/// An exact quantity has all three equal. Estimates add up term by term, so a sum's `high` is what
/// is needed when every part is at its worst.
public struct ByteEstimate: Hashable, Sendable {
  public let low: Bytes
  public let expected: Bytes
  public let high: Bytes

  /// - Precondition: `low <= expected <= high`.
  public init(low: Bytes, expected: Bytes, high: Bytes) {
    precondition(low <= expected && expected <= high, "an estimate is ordered")
    self.low = low
    self.expected = expected
    self.high = high
  }

  /// A quantity known to the byte.
  public init(exactly bytes: Bytes) {
    self.init(low: bytes, expected: bytes, high: bytes)
  }

  public static let zero = ByteEstimate(exactly: .zero)

  /// Whether the three quantities are one.
  public var isExact: Bool { low == high }

  public static func + (a: ByteEstimate, b: ByteEstimate) -> ByteEstimate {
    ByteEstimate(low: a.low + b.low, expected: a.expected + b.expected, high: a.high + b.high)
  }
}

/// How far a number can be trusted.
public enum Basis: String, Hashable, Sendable, CaseIterable {
  /// Follows from shapes and a published layout.
  case exact
  /// A formula checked against measurements; its source names them and the error found.
  case modelled
  /// A stated default that the user can override.
  case assumed
}
