internal import ArgumentParsing
internal import VRAMBudget

/// What a deployment is held to: options of `check`, and keys of a budgets file.
enum LimitOptions {
  static var all: [OptionSpec] {
    [max.spec, minHeadroom.spec, minContext.spec, verdict.spec] + SpeedOptions.question
  }

  static let max = Option(
    "max", "SIZE|PERCENT",
    help: "the most that each device may need, such as 22GiB or 90% of what is\nusable"
  ) { try MemoryShare(parsing: $0) }

  static let minHeadroom = Option(
    "min-headroom", "SIZE|PERCENT", help: "what must be left on each device, such as 1GiB or 10%"
  ) { try MemoryShare(parsing: $0) }

  static let minContext = Option(
    "min-context", "TOKENS", help: "a context that must fit, too"
  ) { try TokenCount.parse($0, allowed: Workload.allowedContext) }

  static let verdict = Option(
    "verdict", "fits|tight",
    help: "the worst verdict that passes (default tight: what is expected fits)"
  ) { try Options.choice($0, of: WorstVerdict.self) }

  /// The worst verdict that a deployment may have.
  enum WorstVerdict: String, CaseIterable, Sendable { case fits, tight }
}

/// A quantity of memory, or a share of what a device has.
enum MemoryShare: Hashable, Sendable {
  case bytes(Bytes)
  /// In thousandths of a percent.
  case percent(thousandths: Int64)

  /// Reads `22GiB`, `90%` or `87.5 %`.
  init(parsing text: String) throws(QuantityError) {
    guard text.last == "%" else {
      self = .bytes(try Bytes(parsing: text))
      return
    }
    let number = text.dropLast().filter { $0 != " " }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : "0"
    guard parts.count <= 2, (1...3).contains(fraction.count), (1...3).contains(parts[0].count),
      (parts[0] + fraction).allSatisfy({ $0.isASCII && $0.isNumber }),
      let whole = Int64(parts[0]),
      let thousandths = Int64(fraction + String(repeating: "0", count: 3 - fraction.count))
    else { throw .notANumber(text) }
    guard whole * 1000 + thousandths <= 100_000 else {
      throw .outOfRange(text, allowed: "0% to 100%")
    }
    self = .percent(thousandths: whole * 1000 + thousandths)
  }

  /// The bytes of it where a device has so much to give.
  func bytes(of usable: Bytes) -> Bytes {
    switch self {
    case .bytes(let bytes): return bytes
    case .percent(let thousandths):
      let share = Int128(Swift.max(0, usable.count)) * Int128(thousandths) / 100_000
      return Bytes(Int64(clamping: share))
    }
  }
}
