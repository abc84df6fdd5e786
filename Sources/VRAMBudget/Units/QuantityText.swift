/// Why a text is not a quantity of memory or a number of tokens.
public enum QuantityError: Error, Hashable {
  case notANumber(String)
  /// No whole number, with or without a `k`.
  case notACount(String)
  case unitMissing(String)
  case unitAmbiguous(String, number: String, letter: Character)
  case unitUnknown(String, unit: String)
  case outOfRange(String, allowed: String)
}

extension QuantityError: ActionableError {
  public var problem: String {
    switch self {
    case .notANumber(let text): "'\(text)' is not a number"
    case .notACount(let text): "'\(text)' is not a whole number"
    case .unitMissing(let text): "'\(text)' has no unit"
    case .unitAmbiguous(let text, _, let letter):
      "'\(text)' is ambiguous: '\(letter)' may mean powers of 1024 or of 1000"
    case .unitUnknown(let text, let unit): "'\(text)' has the unknown unit '\(unit)'"
    case .outOfRange(let text, let allowed): "'\(text)' is outside \(allowed)"
    }
  }

  public var fix: String {
    switch self {
    case .notANumber: "write a number with its unit, for example 24GiB or 512MiB"
    case .notACount: "write a whole number, for example 8192, 8k or 1024k, where k is 1024"
    case .unitMissing(let text): "add the unit, for example \(text)GiB or \(text)MiB"
    case .unitAmbiguous(_, let number, let letter):
      "write \(number)\(letter.uppercased())iB (powers of 1024) or"
        + " \(number)\(letter.lowercased() == "k" ? "k" : letter.uppercased())B (powers of 1000)"
    case .unitUnknown: "use B, KiB, MiB, GiB, TiB (powers of 1024) or kB, MB, GB, TB (of 1000)"
    case .outOfRange(_, let allowed): "give a value within \(allowed)"
    }
  }
}

extension Bytes {
  /// The largest quantity that text may name: 1 EiB, far above any machine and far below `Int64.max`.
  static let largestNamed = Bytes(1 << 60)

  /// Whether a text is meant as a size: a number and a unit of memory, or what people write for one.
  public static func isSize(_ text: String) -> Bool {
    let compact = text.trimmingSpaces
    let unit = compact.drop { $0.isASCII && $0.isNumber || $0 == "." }
    guard unit.count < compact.count else { return false }
    return ["k", "m", "g", "t", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "b"]
      .contains(String(unit).trimmingSpaces.lowercased())
  }

  /// Reads a quantity such as `24GiB`, `24 GB`, `512MiB` or `1.5GiB`.
  ///
  /// `GiB` and `GB` differ; a bare `24G` is refused with both readings, a bare `24` for want of a
  /// unit. Letters' case does not matter otherwise.
  ///
  /// - Throws: ``QuantityError``.
  public init(parsing text: String) throws(QuantityError) {
    let trimmed = text.trimmingSpaces
    let number = trimmed.prefix { $0.isASCII && $0.isNumber || $0 == "." || $0 == "_" }
    let unit = String(trimmed.dropFirst(number.count)).trimmingSpaces
    guard let value = DecimalNumber(String(number)) else { throw .notANumber(text) }
    let scale: Int64
    switch unit.lowercased() {
    // Nothing is nothing in any unit.
    case "" where value.multiplied(by: 1) == 0: scale = 1
    case "": throw .unitMissing(text)
    case "b": scale = 1
    case "kib": scale = 1 << 10
    case "mib": scale = 1 << 20
    case "gib": scale = 1 << 30
    case "tib": scale = 1 << 40
    case "kb": scale = 1000
    case "mb": scale = 1_000_000
    case "gb": scale = 1_000_000_000
    case "tb": scale = 1_000_000_000_000
    case "k", "m", "g", "t":
      throw .unitAmbiguous(text, number: String(number), letter: unit.first ?? "G")
    default: throw .unitUnknown(text, unit: String(unit))
    }
    guard let bytes = value.multiplied(by: scale), bytes <= Bytes.largestNamed.count else {
      throw .outOfRange(text, allowed: "0 to 1 EiB")
    }
    self.init(bytes)
  }
}

/// Reads numbers of tokens as people write them.
public enum TokenCount {
  /// Returns the number of tokens that `text` names: `8192`, `8k` (8192) or `128K` (131,072).
  ///
  /// - Throws: ``QuantityError`` when it is not a whole number, or outside `allowed`.
  public static func parse(
    _ text: String, allowed: ClosedRange<Int64>
  ) throws(QuantityError) -> Int64 {
    let trimmed = text.trimmingSpaces
    let isKilo = trimmed.last == "k" || trimmed.last == "K"
    guard let value = DecimalNumber(String(isKilo ? trimmed.dropLast() : trimmed[...])) else {
      throw .notACount(text)
    }
    let range = "\(allowed.lowerBound) to \(allowed.upperBound)"
    guard let tokens = value.multiplied(by: isKilo ? 1024 : 1, exactly: true) else {
      throw value.isWhole ? .outOfRange(text, allowed: range) : .notACount(text)
    }
    guard allowed.contains(tokens) else { throw .outOfRange(text, allowed: range) }
    return tokens
  }
}

/// A decimal number as written: digits, in groups of three if commas part them, and at most nine
/// digits after a point.
private struct DecimalNumber {
  /// The digits without the point; as many nines as fit when there are more.
  private let digits: Int128
  private let scale: Int128

  init?(_ text: String) {
    let parts = text.split(separator: "." as Character, omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Self.joined(parts[0]) else { return nil }
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    guard fraction.count <= 9, parts.count == 1 || !fraction.isEmpty,
      (whole + fraction).allSatisfy({ $0.isASCII && $0.isNumber })
    else { return nil }
    scale = (0..<fraction.count).reduce(1) { power, _ in power * 10 }
    digits = whole.count <= 25 ? Int128(whole + fraction) ?? 0 : Int128.max / (1 << 62)
  }

  /// The whole part without underscores and commas; nil when a comma parts no thousands.
  private static func joined(_ text: Substring) -> String? {
    let plain = text.filter { $0 != "_" }
    let groups = plain.split(separator: ",", omittingEmptySubsequences: false)
    guard let first = groups.first, !first.isEmpty else { return nil }
    if groups.count > 1 {
      guard first.count <= 3, groups.dropFirst().allSatisfy({ $0.count == 3 }) else { return nil }
    }
    return groups.joined()
  }

  var isWhole: Bool { digits % scale == 0 }

  /// Returns the product rounded to the nearest whole number, or nil when it does not fit in 63
  /// bits or, with `exactly`, when it is not whole.
  func multiplied(by factor: Int64, exactly: Bool = false) -> Int64? {
    let (product, overflow) = digits.multipliedReportingOverflow(by: Int128(factor))
    guard !overflow else { return nil }
    if exactly, product % scale != 0 { return nil }
    return Int64(exactly: product / scale + (product % scale * 2 >= scale ? 1 : 0))
  }
}

extension String {
  /// The text without spaces at its ends.
  fileprivate var trimmingSpaces: String {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
