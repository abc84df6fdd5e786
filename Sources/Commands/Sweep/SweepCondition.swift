internal import Reports
internal import VRAMBudget

/// What a row must be to be written: `verdict=fits`, `headroom>=1GiB`, `gpu=rtx-4090,rtx-3090`.
struct SweepCondition: Sendable {
  private enum Subject: Sendable {
    case axis(Int, values: [String], numbers: [Int64?])
    case number(SweepNumber, [Int64])
    /// The context, by what the model was made for.
    case contextOfModel
    case answer([String])
  }

  private let subject: Subject
  private let sign: Comparison.Sign

  /// A condition on one number.
  init(_ number: SweepNumber, _ sign: Comparison.Sign, _ value: Int64) {
    subject = .number(number, [value])
    self.sign = sign
  }

  /// Reads a condition on the rows of a layout.
  ///
  /// - Throws: ``SweepError``, or `QuantityError` for a value that is no quantity.
  init(parsing text: String, for layout: SweepLayout) throws {
    guard let comparison = Comparison(parsing: text) else { throw SweepError.condition(text) }
    sign = comparison.sign
    let values = try comparison.value.listedValues()
    let field = try SweepField(named: comparison.name, in: layout)
    switch field {
    case .answer:
      subject = .answer(
        try values.map { value in
          let wanted = LooseName.normalized(value)
          guard
            let answer = SweepRow.Answer.allCases.first(where: {
              LooseName.normalized($0.rawValue) == wanted
            })
          else {
            throw UsageError.notOneOf(value, allowed: SweepRow.Answer.allCases.map(\.rawValue))
          }
          return answer.rawValue
        })
    case .number(.context) where comparison.value == "max": subject = .contextOfModel
    case .number(let number):
      subject = .number(number, try values.map { try Self.amount($0, number) })
    case .axis(let index):
      subject = .axis(
        index, values: values.map(LooseName.normalized),
        numbers: values.map { try? TokenCount.parse($0, allowed: 0...(1 << 40)) })
    }
    if values.count > 1, sign != .equal, sign != .notEqual { throw SweepError.condition(text) }
    if case .answer = subject, sign != .equal, sign != .notEqual {
      throw SweepError.condition(text)
    }
  }

  private static func amount(_ text: String, _ number: SweepNumber) throws -> Int64 {
    switch number {
    case .sequences, .context, .maximumContext:
      return try TokenCount.parse(text, allowed: 0...(1 << 40))
    case .rateLow, .rate, .rateHigh, .rateAtFullContext:
      return millionths(try Amount.plain(text, allowed: 0...1e9, words: "0 to 1000000000"))
    case .firstTokenLow, .firstToken, .firstTokenHigh:
      return millionths(try Amount.seconds(text))
    default:
      let isNegative = text.hasPrefix("-")
      let digits = isNegative ? String(text.dropFirst()) : text
      let bytes = digits == "0" ? 0 : try Bytes(parsing: digits).count
      return isNegative ? -bytes : bytes
    }
  }

  /// Whether only the cell's place decides, not its price.
  var isKnownBeforePricing: Bool {
    switch subject {
    case .axis, .contextOfModel: true
    case .number(let number, _):
      number == .sequences || number == .context || number == .maximumContext
    case .answer: false
    }
  }

  /// Whether the condition holds of a row; of a number that it does not have, it does not.
  func holds(of row: SweepRow, texts: [String]) -> Bool {
    switch subject {
    case .contextOfModel:
      guard let context = row[.context], let maximum = row[.maximumContext] else { return false }
      return sign.holds(context, maximum)
    case .number(let number, let values):
      guard let value = row[number] else { return false }
      return sign == .notEqual
        ? !values.contains(value) : values.contains { sign.holds(value, $0) }
    case .answer(let values): return values.contains(row.answer.rawValue) == (sign == .equal)
    case .axis(let index, let values, let numbers):
      let text = texts[index]
      switch sign {
      case .equal: return values.contains(LooseName.normalized(text))
      case .notEqual: return !values.contains(LooseName.normalized(text))
      case .less, .lessOrEqual, .greater, .greaterOrEqual:
        guard let wanted = numbers[0],
          let value = try? TokenCount.parse(text, allowed: 0...(1 << 40))
        else { return false }
        return sign.holds(value, wanted)
      }
    }
  }
}

/// A column of a sweep that conditions and orders name.
enum SweepField: Sendable {
  case axis(Int)
  case number(SweepNumber)
  case answer

  /// Returns the column with a name; `_bytes` may be left out.
  ///
  /// - Throws: ``SweepError/field(_:known:)``.
  init(named name: String, in layout: SweepLayout) throws(SweepError) {
    let wanted = LooseName.normalized(name)
    if wanted == "verdict" {
      self = .answer
      return
    }
    let also = wanted == "quant" ? "quantization" : wanted
    if let axis = layout.axes.firstIndex(where: { LooseName.normalized($0.name) == also }) {
      self = .axis(axis)
      return
    }
    let number = SweepNumber.allCases.first {
      let name = LooseName.normalized($0.name)
      return name == wanted || name == wanted + "bytes"
        || $0.isSpeed && name == Self.withSeconds(wanted)
    }
    if let number, number.isSpeed, !layout.hasSpeed { throw .speedColumn(name) }
    guard let number else {
      throw .field(
        name,
        known: layout.axes.map(\.name) + ["verdict"]
          + SweepNumber.allCases.filter { layout.hasSpeed || !$0.isSpeed }.map {
            String($0.name.split(separator: "_bytes").first ?? "")
          })
    }
    self = .number(number)
  }
  /// `firsttokenhigh` as the column is called: `firsttokensecondshigh`.
  private static func withSeconds(_ name: String) -> String {
    let stem = LooseName.normalized("first_token")
    return name.hasPrefix(stem) ? stem + "seconds" + name.dropFirst(stem.count) : name
  }
}
