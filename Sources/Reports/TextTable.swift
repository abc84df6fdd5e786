/// Columns of text, aligned for people.
public struct TextTable {
  public enum Alignment: Sendable { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]]

  /// - Parameter header: The titles, with how each column is aligned.
  public init(_ header: [(String, Alignment)]) {
    alignments = header.map(\.1)
    rows = [header.map(\.0)]
  }

  /// Adds a row; it has as many cells as the header.
  public mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The table with two spaces between columns.
  public var text: String {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, zip(alignments, widths)).map { cell, layout in
        layout.0 == .left ? cell.padded(to: layout.1) : cell.leftPadded(to: layout.1)
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  /// The table as Markdown.
  public var markdown: String {
    let rule = alignments.map { $0 == .left ? "---" : "---:" }
    return ([rows[0], rule] + rows.dropFirst()).map { row in
      "| " + row.map { $0.split(separator: "|").joined(separator: "\\|") }.joined(separator: " | ")
        + " |\n"
    }.joined()
  }

  /// The table as CSV (RFC 4180, line feeds).
  public var csv: String {
    rows.map { $0.map(\.csvField).joined(separator: ",") + "\n" }.joined()
  }
}

extension String {
  /// The text as one CSV field, quoted only where RFC 4180 asks for it.
  var csvField: String {
    guard contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return self }
    return "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
