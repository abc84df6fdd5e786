public import VRAMBudget

/// How the rows of a sweep are written, one after the other: nothing of a row waits for the next.
public struct SweepLayout: Sendable {
  /// A column whose values are texts, known before the first row.
  public struct Axis: Sendable {
    /// The name for programs: `cache_type`.
    public let name: String
    /// The title for people.
    public let title: String
    /// The longest text, in characters.
    public let width: Int

    public init(name: String, title: String, width: Int) {
      self.name = name
      self.title = title
      self.width = max(width, title.count)
    }
  }

  private enum Column: Sendable {
    case axis(Int)
    case number(SweepNumber)
    /// For people: the range from one number to another.
    case range(SweepNumber, SweepNumber)
    case answer
    case reason
  }

  public let axes: [Axis]
  public let format: ReportFormat
  /// Whether rows say how fast it is.
  public let hasSpeed: Bool
  private let prefix: BytePrefix
  /// What stands before each value, and at the end of a row.
  private let columns: [(lead: [UInt8], column: Column)]
  private let rowEnd: [UInt8]

  /// - Parameters:
  ///   - axes: The columns of texts, which stand first.
  ///   - prefix: The units of tables for people.
  public init(axes: [Axis], format: ReportFormat, prefix: BytePrefix, hasSpeed: Bool = false) {
    self.axes = axes
    self.hasSpeed = hasSpeed
    self.format = format
    self.prefix = prefix
    switch format {
    case .csv:
      columns = Self.columns(axes, hasSpeed).enumerated().map { index, column in
        (Array((index == 0 ? "" : ",").utf8), column)
      }
      rowEnd = Array("\n".utf8)
    case .json:
      let sorted = Self.columns(axes, hasSpeed).map { (Self.name(of: $0, axes), $0) }
        .sorted { $0.0 < $1.0 }
      columns = sorted.enumerated().map { index, column in
        (Array(((index == 0 ? "{" : ",") + "\"\(column.0)\":").utf8), column.1)
      }
      rowEnd = Array("}\n".utf8)
    case .table, .markdown:
      let lead = format == .table ? "  " : " | "
      columns = Self.columnsForPeople(axes, hasSpeed).enumerated().map { index, column in
        (Array((index == 0 ? format == .table ? "" : "| " : lead).utf8), column)
      }
      rowEnd = Array((format == .table ? "\n" : " |\n").utf8)
    }
  }

  private static func columns(_ axes: [Axis], _ hasSpeed: Bool) -> [Column] {
    axes.indices.map(Column.axis)
      + [.sequences, .context, .expected, .high, .headroom].map(Column.number) + [.answer]
      + SweepNumber.allCases.filter { $0.rawValue >= SweepNumber.host.rawValue && !$0.isSpeed }
      .map(Column.number) + [.number(.maximumContext)]
      + (hasSpeed ? SweepNumber.allCases.filter(\.isSpeed).map(Column.number) : []) + [.reason]
  }

  private static func columnsForPeople(_ axes: [Axis], _ hasSpeed: Bool) -> [Column] {
    axes.indices.map(Column.axis)
      + [.sequences, .context, .expected, .headroom].map(Column.number) + [.answer]
      + (hasSpeed ? [.range(.rateLow, .rateHigh), .range(.firstTokenLow, .firstTokenHigh)] : [])
      + [.reason]
  }

  private static func name(of column: Column, _ axes: [Axis]) -> String {
    switch column {
    case .axis(let index): axes[index].name
    case .number(let number), .range(let number, _): number.name
    case .answer: "verdict"
    case .reason: "error"
    }
  }

  // MARK: Writing

  /// What stands before the first row.
  public var head: [UInt8] {
    switch format {
    case .json: return []
    case .csv:
      let names = columns.map { Self.name(of: $0.column, axes) }
      return Array((names.joined(separator: ",") + "\n").utf8)
    case .table, .markdown:
      let cells = columns.map { title(of: $0.column) }
      var head: [UInt8] = []
      for (index, column) in columns.enumerated() {
        head += column.lead
        append(cells[index], to: &head, in: column.column)
      }
      if format == .table { head.trimSpaces() }
      head += rowEnd
      guard format == .markdown else { return head }
      let rules = columns.map { isNumber($0.column) ? "---:" : "---" }
      return head + Array(("| " + rules.joined(separator: " | ") + " |\n").utf8)
    }
  }

  /// Returns the text of an axis as rows hold it.
  public func encoded(_ text: String, axis: Int) -> [UInt8] {
    switch format {
    case .csv: return Array(text.csvField.utf8)
    case .json: return Array(text.jsonString.utf8)
    case .table: return Array(text.shown(upTo: 200).padded(to: axes[axis].width).utf8)
    case .markdown: return Array(text.markdownCell.utf8)
    }
  }

  /// Returns the rows whose texts are these, all but their numbers written already.
  ///
  /// - Parameter labels: The text of each axis, as ``encoded(_:axis:)`` returns it.
  public func template(labels: [[UInt8]]) -> SweepTemplate {
    var template = SweepTemplate()
    for (lead, column) in columns {
      template.add(lead)
      switch column {
      case .axis(let index): template.add(labels[index])
      case .number(let number): template.add(.number(number))
      case .range(let low, let high): template.add(.range(low, high))
      case .answer: template.add(.answer)
      case .reason: template.add(.reason)
      }
    }
    template.add(format == .table ? .trimmedEnd : .end)
    return template
  }

  /// Adds a row.
  public func append(_ row: SweepRow, _ template: SweepTemplate, to buffer: inout [UInt8]) {
    template.bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      for (end, slot) in template.slots {
        if end > start {
          buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
        }
        start = end
        switch slot {
        case .number(let number): append(row[number], number, to: &buffer)
        case .range(let low, let high):
          let text = SweepNumber.rangeText(row[low], row[high], of: low)
          append(text, to: &buffer, in: .range(low, high))
        case .answer: append(row.answer, to: &buffer)
        case .reason: append(reason: row.reason, to: &buffer)
        case .trimmedEnd:
          buffer.trimSpaces()
          buffer += rowEnd
        case .end: buffer += rowEnd
        }
      }
    }
  }

  private func append(_ value: Int64?, _ number: SweepNumber, to buffer: inout [UInt8]) {
    switch format {
    case .csv:
      if let value { append(number: value, number, to: &buffer) }
    case .json:
      if let value { append(number: value, number, to: &buffer) } else { buffer.append("null") }
    case .table, .markdown:
      append(value.map { text(of: $0, number) } ?? "", to: &buffer, in: .number(number))
    }
  }

  private func append(number value: Int64, _ number: SweepNumber, to buffer: inout [UInt8]) {
    if number.isSpeed { buffer.append(millionths: value) } else { buffer.append(decimal: value) }
  }

  private func append(_ answer: SweepRow.Answer, to buffer: inout [UInt8]) {
    switch format {
    case .csv: buffer.append(answer.name)
    case .json:
      buffer.append(UInt8(ascii: "\""))
      buffer.append(answer.name)
      buffer.append(UInt8(ascii: "\""))
    case .table, .markdown: append(answer.words, to: &buffer, in: .answer)
    }
  }

  private func append(reason: String?, to buffer: inout [UInt8]) {
    switch format {
    case .csv:
      if let reason { buffer += reason.csvField.utf8 }
    case .json:
      if let reason { buffer += reason.jsonString.utf8 } else { buffer.append("null") }
    case .table, .markdown: append(reason ?? "", to: &buffer, in: .reason)
    }
  }

  // MARK: For people

  private func title(of column: Column) -> String {
    let unit = prefix.budgetUnit.symbol
    switch column {
    case .axis(let index): return axes[index].title
    case .number(.sequences): return "Seqs"
    case .number(.context): return "Context"
    case .number(.expected): return "Needed \(unit)"
    case .number(.headroom): return "Left \(unit)"
    case .range(let number, _): return number == .rateLow ? "Tokens/s" : "First token"
    case .number(let number): return number.name
    case .answer: return "Verdict"
    case .reason: return "Why not"
    }
  }

  private func isNumber(_ column: Column) -> Bool {
    switch column {
    case .number, .range: true
    case .axis, .answer, .reason: false
    }
  }

  private func text(of value: Int64, _ number: SweepNumber) -> String {
    switch number {
    case .sequences, .context, .maximumContext: value.grouped
    default: Bytes(value).formatted(inUnitsOf: prefix.budgetUnit.bytes, decimals: 2)
    }
  }

  private func append(_ text: String, to buffer: inout [UInt8], in column: Column) {
    guard format == .table else {
      buffer += text.markdownCell.utf8
      return
    }
    switch column {
    case .axis(let index): buffer += text.padded(to: axes[index].width).utf8
    case .number(.sequences): buffer += text.leftPadded(to: 4).utf8
    case .number: buffer += text.leftPadded(to: 10).utf8
    case .range: buffer += text.leftPadded(to: 13).utf8
    case .answer: buffer += text.padded(to: 12).utf8
    case .reason: buffer += text.shown(upTo: 400).utf8
    }
  }
}

extension SweepRow.Answer {
  /// The answer for people.
  fileprivate var words: String {
    switch self {
    case .fits: "fits"
    case .tight: "tight"
    case .doesNotFit: "does not fit"
    case .unknown: "unknown"
    case .error: "refused"
    }
  }
}

/// Rows of a sweep that differ in their numbers only: what stands between the numbers, in one piece.
public struct SweepTemplate: Sendable {
  enum Slot: Sendable {
    case number(SweepNumber)
    case range(SweepNumber, SweepNumber)
    case answer
    case reason
    case end
    /// The end of a row that has no spaces before it.
    case trimmedEnd
  }

  fileprivate private(set) var bytes: [UInt8] = []
  /// What follows after how many of the bytes.
  fileprivate private(set) var slots: [(end: Int, slot: Slot)] = []

  public init() {}

  fileprivate mutating func add(_ text: [UInt8]) { bytes += text }

  fileprivate mutating func add(_ slot: Slot) { slots.append((bytes.count, slot)) }
}

extension SweepRow.Answer {
  /// The name for programs.
  fileprivate var name: StaticString {
    switch self {
    case .fits: "fits"
    case .tight: "tight"
    case .doesNotFit: "does_not_fit"
    case .unknown: "unknown"
    case .error: "error"
    }
  }
}

extension [UInt8] {
  /// Adds a text.
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Adds a number in decimal digits.
  mutating func append(decimal number: Int64) {
    guard number != 0 else {
      append(UInt8(ascii: "0"))
      return
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var rest = number.magnitude
      var start = 20
      while rest > 0 {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      if number < 0 {
        start -= 1
        digits[start] = UInt8(ascii: "-")
      }
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }

  /// Drops the spaces at the end.
  fileprivate mutating func trimSpaces() {
    while last == UInt8(ascii: " ") { removeLast() }
  }
}

extension String {
  /// The text as a string of JSON.
  var jsonString: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
