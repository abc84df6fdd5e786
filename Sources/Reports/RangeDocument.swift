public import VRAMBudget

/// A range of speed as programs read it, in three significant digits.
public struct RangeDocument: Codable, Hashable, Sendable {
  public let low: Double
  public let expected: Double
  public let high: Double

  init(_ range: SpeedRange) {
    low = range.low.rounded(to: 3)
    expected = range.expected.rounded(to: 3)
    high = range.high.rounded(to: 3)
  }

  /// The range for people.
  var range: SpeedRange {
    let (low, expected) = (max(0, low), max(0, low, expected))
    return SpeedRange(low: low, expected: expected, high: max(expected, high))
  }
}

/// How fast sequences are served, as programs read it.
public struct ServingDocument: Codable, Hashable, Sendable {
  public let promptTokens: Int64
  /// What each sequence gets.
  public let tokensPerSecond: RangeDocument
  public let firstTokenSeconds: RangeDocument?

  public init(_ speed: ServingSpeed) {
    promptTokens = speed.prompt
    tokensPerSecond = RangeDocument(speed.ratePerSequence)
    firstTokenSeconds = speed.firstToken.map(RangeDocument.init)
  }
}
