internal import Reports
internal import VRAMBudget

/// The best rows of a sweep, no more than were asked for.
struct SweepRanking: Sendable {
  /// A number to order rows by.
  struct Key: Sendable {
    let number: SweepNumber
    /// Whether more is better, as it is of room and work, and not of what is needed.
    var isMoreBetter: Bool {
      switch number {
      case .headroom, .context, .sequences: true
      case .rateLow, .rate, .rateHigh, .rateAtFullContext: true
      default: false
      }
    }
  }

  /// A row as it is written, and what it is ordered by.
  struct Entry: Sendable {
    /// Lower is better.
    let ranks: [Int64]
    let cell: Int64
    let bytes: [UInt8]

    static func precedes(_ a: Entry, _ b: Entry) -> Bool {
      for (a, b) in zip(a.ranks, b.ranks) where a != b { return a < b }
      return a.cell < b.cell
    }
  }

  let keys: [Key]
  let limit: Int
  private(set) var entries: [Entry] = []

  init(keys: [Key], limit: Int) {
    self.keys = keys
    self.limit = limit
  }

  /// Reads what to order by: `headroom`, or `context,headroom`.
  ///
  /// - Throws: ``SweepError``.
  static func keys(parsing text: String, for layout: SweepLayout) throws -> [Key] {
    try text.listedValues().map { name in
      guard case .number(let number) = try SweepField(named: name, in: layout) else {
        throw SweepError.field(
          name, known: ["headroom", "context", "sequences", "expected", "high", "weights"])
      }
      return Key(number: number)
    }
  }

  /// How a row ranks; nil where it lacks a number.
  func ranks(of row: SweepRow) -> [Int64]? {
    var ranks: [Int64] = []
    for key in keys {
      guard let value = row[key.number] else { return nil }
      ranks.append(key.isMoreBetter ? -value : value)
    }
    return ranks
  }

  /// Whether a row with such ranks would be among the best.
  func wants(_ ranks: [Int64], cell: Int64) -> Bool {
    guard entries.count >= limit, let last = entries.last else { return limit > 0 }
    return Entry.precedes(Entry(ranks: ranks, cell: cell, bytes: []), last)
  }

  /// Adds a row where it belongs, and drops the last when there are too many.
  mutating func insert(_ entry: Entry) {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if Entry.precedes(entries[middle], entry) { low = middle + 1 } else { high = middle }
    }
    guard low < limit else { return }
    entries.insert(entry, at: low)
    if entries.count > limit { entries.removeLast() }
  }
}
