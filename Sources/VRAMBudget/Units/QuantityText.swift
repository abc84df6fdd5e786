/// Why a text is not a quantity of memory or a number of tokens.
public enum QuantityError: Error, Hashable {
  case notANumber(String)
  case unitMissing(String)
  case unitAmbiguous(String, number: String, letter: Character)
  case unitUnknown(String, unit: String)
  case outOfRange(String, allowed: String)
}

extension QuantityError: ActionableError {
  public var problem: String {
    switch self {
    case .notANumber(let text): "'\(text)' is not a number"
    case .unitMissing(let text): "'\(text)' has no unit"
    case .unitAmbiguous(let text, _, let letter):
      "'\(text)' is ambiguous: '\(letter)' may mean powers of 1024 or of 1000"
    case .unitUnknown(let text, let unit): "'\(text)' has the unknown unit '\(unit)'"
    case .outOfRange(let text, let allowed): "'\(text)' is outside \(allowed)"
    }
  }

  public var fix: String {
    switch self {
    case .notANumber: "write a number, for example 8192, 8k or 24GiB"
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

  /// Reads a quantity such as `24GiB`, `24 GB`, `512MiB` or `1.5GiB`.
  ///
  /// `GiB` and `GB` differ; a bare `24G` is refused with both readings, a bare `24` for want of a
  /// unit. Letters' case does not matter otherwise.
  ///
  /// - Throws: ``QuantityError``.
  public init(parsing text: String) throws(QuantityError) {
    let trimmed = text.filter { $0 != " " }
    let number = trimmed.prefix { $0.isASCII && $0.isNumber || $0 == "." || $0 == "_" }
    let unit = trimmed.dropFirst(number.count)
    guard let value = DecimalNumber(number.filter { $0 != "_" }) else {
      throw .notANumber(text)
    }
    let scale: Int64
    switch unit.lowercased() {
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
    let plain = text.filter { $0 != "_" && $0 != "," }
    let isKilo = plain.last == "k" || plain.last == "K"
    guard let value = DecimalNumber(isKilo ? plain.dropLast() : plain[...]) else {
      throw .notANumber(text)
    }
    let range = "\(allowed.lowerBound) to \(allowed.upperBound)"
    guard let tokens = value.multiplied(by: isKilo ? 1024 : 1, exactly: true) else {
      throw value.isWhole ? .outOfRange(text, allowed: range) : .notANumber(text)
    }
    guard allowed.contains(tokens) else { throw .outOfRange(text, allowed: range) }
    return tokens
  }
}

/// A decimal number as written: digits, and at most nine of them after a point.
private struct DecimalNumber {
  private let digits: Int64
  private let scale: Int64

  init?(_ text: some StringProtocol) {
    let parts = String(text).split(separator: "." as Character, omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, !whole.isEmpty else { return nil }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.count <= 9, parts.count == 1 || !fraction.isEmpty,
      (whole + fraction).allSatisfy({ $0.isASCII && $0.isNumber }),
      let digits = Int64(String(whole + fraction))
    else { return nil }
    self.digits = digits
    self.scale = (0..<fraction.count).reduce(1) { power, _ in power * 10 }
  }

  var isWhole: Bool { digits % scale == 0 }

  /// Returns the product rounded to the nearest whole number, or nil when it does not fit in 63
  /// bits or, with `exactly`, when it is not whole.
  func multiplied(by factor: Int64, exactly: Bool = false) -> Int64? {
    let (product, overflow) = digits.multipliedReportingOverflow(by: factor)
    guard !overflow, product <= Int64.max - scale else { return nil }
    if exactly, product % scale != 0 { return nil }
    return (product + scale / 2) / scale
  }
}
