public import VRAMBudget

extension SweepNumber {
  /// Whether the number is of speed: millionths of what its name says.
  public var isSpeed: Bool { rawValue >= SweepNumber.rateLow.rawValue }

  /// A range of speeds for people; empty where one is not known.
  static func rangeText(_ low: Int64?, _ high: Int64?, of number: SweepNumber) -> String {
    guard let low, let high else { return "" }
    let range = SpeedRange(
      low: Double(low) / 1e6, expected: Double(low) / 1e6, high: Double(max(low, high)) / 1e6)
    return number == .rateLow ? range.text : range.durationText
  }
}

extension SweepRow {
  /// Takes over how fast it is.
  ///
  /// - Parameters:
  ///   - speed: Nil where it is not known.
  ///   - full: Tokens a second of each sequence with its context full.
  public mutating func take(_ speed: ServingSpeed?, atFullContext full: Double?) {
    let rate = speed?.ratePerSequence
    self[.rateLow] = rate.map { Self.millionths($0.low) }
    self[.rate] = rate.map { Self.millionths($0.expected) }
    self[.rateHigh] = rate.map { Self.millionths($0.high) }
    self[.rateAtFullContext] = full.map(Self.millionths)
    self[.firstTokenLow] = (speed?.firstToken).map { Self.millionths($0.low) }
    self[.firstToken] = (speed?.firstToken).map { Self.millionths($0.expected) }
    self[.firstTokenHigh] = (speed?.firstToken).map { Self.millionths($0.high) }
  }

  /// The number in millionths, as far as they go.
  private static func millionths(_ value: Double) -> Int64 {
    Int64(min(9e18, value * 1e6).rounded())
  }
}

extension [UInt8] {
  /// Adds a number of millionths that is not negative, in three significant digits: `38.6`, `0.0431`.
  mutating func append(millionths value: Int64) {
    var unit: Int64 = 1
    while value / unit >= 1000 { unit *= 10 }
    // Half a unit rounds up; 999.5 of them become 1000, which is as good.
    let rounded = (value / unit + (value % unit * 2 >= unit && unit > 1 ? 1 : 0)) * unit
    append(decimal: rounded / 1_000_000)
    var rest = rounded % 1_000_000
    guard rest > 0 else { return }
    append(UInt8(ascii: "."))
    var place: Int64 = 100_000
    while rest > 0 {
      append(UInt8(ascii: "0") + UInt8(rest / place))
      rest %= place
      place /= 10
    }
  }
}
