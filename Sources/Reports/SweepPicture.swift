public import VRAMBudget

/// The cells of a sweep over contexts and one other setting, as a map with a line along what fits.
public struct SweepPicture: Sendable {
  /// What one cell comes to.
  public struct Cell: Sendable {
    public let context: Int64
    public let answer: SweepRow.Answer
    /// The weights' bytes, where the cell could be priced.
    public let weights: Int64?

    public init(_ row: SweepRow) {
      context = row[.context] ?? 0
      answer = row.answer
      weights = row.reason == nil ? row[.weights] : nil
    }
  }

  /// A value of the other setting, and its cells in the order of their contexts.
  public struct Row: Sendable {
    let name: String
    let cells: [Cell]

    public init(name: String, cells: [Cell]) {
      self.name = name
      self.cells = cells.sorted { $0.context < $1.context }
    }

    /// The answers of the cells, each once.
    public var answers: Set<SweepRow.Answer> { Set(cells.map(\.answer)) }

    /// The last context up to which every one fits at the highest estimate.
    var end: Int64? { cells.prefix { $0.answer == .fits }.last?.context }

    /// The last context up to which every one fits as expected.
    var likelyEnd: Int64? {
      cells.prefix { $0.answer == .fits || $0.answer == .tight }.last?.context
    }

    /// The contexts that fit, wherever they lie: neighbours of one kind in one piece.
    var spans: [FitPicture.Span] {
      var spans: [FitPicture.Span] = []
      var last: Int64?
      for cell in cells {
        defer { last = cell.context }
        guard cell.answer == .fits || cell.answer == .tight else { continue }
        let isSure = cell.answer == .fits
        if let open = spans.last, open.end == last, open.isSure == isSure {
          spans[spans.count - 1] = .init(start: open.start, end: cell.context, isSure: isSure)
        } else {
          spans.append(.init(start: last, end: cell.context, isSure: isSure))
        }
      }
      return spans
    }

    var label: String {
      if let end { return end.grouped + (end == cells.last?.context ? " (all)" : "") }
      if let likelyEnd { return "perhaps \(likelyEnd.grouped)" }
      guard let first = cells.first else { return "" }
      return switch first.answer {
      case .error: "refused"
      case .unknown: "unknown"
      case .fits, .tight, .doesNotFit: "does not fit"
      }
    }
  }

  /// The most rows and contexts that a picture has room for.
  public static let mostRows = 200
  public static let mostContexts = 1000

  private let title: String
  private let rowTitle: String
  private let rows: [Row]

  /// - Parameters:
  ///   - title: What all cells have in common.
  ///   - rowTitle: What the rows are.
  public init(title: String, rowTitle: String, rows: [Row]) {
    self.title = title
    self.rowTitle = rowTitle
    self.rows = rows
  }

  /// The picture.
  public func text(prefix: BytePrefix) -> String {
    let unit = prefix.budgetUnit
    return FitPicture(
      title: title, heads: (rowTitle, "Weights", ""),
      rows: rows.map { row in
        .init(
          name: row.name,
          weights: row.cells.lazy.compactMap(\.weights).first.map {
            Bytes($0).formatted(inUnitsOf: unit.bytes, decimals: 2) + " \(unit.symbol)"
          } ?? "",
          loss: "", spans: row.spans, end: row.end, label: row.label)
      }, recommended: nil, context: nil,
      maximumContext: rows.lazy.compactMap { $0.cells.last?.context }.max() ?? 0, answer: answer
    ).text
  }

  private var answer: String {
    guard let most = rows.compactMap(\.end).max() else {
      return "None of these fits at the highest estimate."
    }
    let names = rows.filter { $0.end == most }.map(\.name)
    let all = names.count == rows.count && rows.count > 1
    return "The longest of these contexts that fits: \(most.grouped) tokens"
      + (rows.count == 1 ? "." : all ? ", in all rows." : ": \(names.joined(separator: ", ")).")
  }
}
