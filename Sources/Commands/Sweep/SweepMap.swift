internal import ArgumentParsing
internal import HostSystem
internal import Reports
internal import VRAMBudget

/// `vram sweep --format svg`: contexts, and the values of one other axis, as a map.
struct SweepMap: Sendable {
  private let grid: SweepGrid
  private let layout: SweepLayout
  /// What the rows are: one of the axes' columns, or the sequences.
  private let rows: Axis

  private enum Axis: Hashable {
    case column(Int)
    case sequences
  }

  /// - Throws: A failure at `--format` or the axis that a map has no room for.
  init(of grid: SweepGrid, _ layout: SweepLayout) throws(CommandFailure) {
    self.grid = grid
    self.layout = layout
    guard let contexts = grid.contexts, contexts.count > 1 else {
      throw Self.refusal("a map needs several contexts", fix: "add --context 2k..128k*2, or a list")
    }
    guard contexts.count <= SweepPicture.mostContexts else {
      throw Self.refusal(
        "\(contexts.count) contexts are more than a map shows",
        fix: "name \(SweepPicture.mostContexts) at most")
    }
    let several = Self.axes(of: grid, layout).filter { $0.count > 1 }
    guard several.count <= 1 else {
      let names = several.map(\.name).joined(separator: ", ")
      throw Self.refusal(
        "beside contexts a map shows one axis, not \(several.count): \(names)",
        fix: "give one value for all but one of them, or choose csv")
    }
    let count = several.first?.count ?? 1
    guard count <= SweepPicture.mostRows else {
      throw Self.refusal(
        "\(count) rows are more than a map shows", fix: "name \(SweepPicture.mostRows) at most")
    }
    rows = several.first?.axis ?? .column(1)
  }

  private static func refusal(_ what: String, fix: String) -> CommandFailure {
    CommandFailure(at: SweepCommand.format.spec.flag, UsageError.missing(what: what, fix: fix))
  }

  /// The axes beside the context, with how they are asked for.
  private static func axes(
    of grid: SweepGrid, _ layout: SweepLayout
  ) -> [(axis: Axis, name: String, count: Int64)] {
    let flags = Dictionary(
      (grid.weightAxes + grid.settingAxes).map { ($0.name, Int64($0.values.count)) },
      uniquingKeysWith: { first, _ in first })
    var axes: [(axis: Axis, name: String, count: Int64)] = []
    for (index, column) in layout.axes.enumerated() {
      switch index {
      case 0: axes.append((.column(0), "MODEL", Int64(grid.models.count)))
      case 3:
        axes.append((.column(3), Options.gpu.spec.flag, Int64(grid.machines.count)))
      default:
        let option =
          index == 1
          ? Options.quant.spec.name : index == 2 ? Options.runtime.spec.name : column.title
        axes.append((.column(index), "--\(option)", flags[option] ?? 1))
      }
    }
    axes.append((.sequences, Options.sequences.spec.flag, grid.sequences?.count ?? 1))
    return axes
  }

  /// Prices all cells and draws them.
  func picture(prefix: BytePrefix, threads: Int) -> (text: String, answers: Set<SweepRow.Answer>) {
    let contexts = grid.contexts?.count ?? 1
    let count = grid.count / contexts
    var rows: [SweepPicture.Row] = []
    var answers: Set<SweepRow.Answer> = []
    var texts: [String] = []
    OrderedWork.run(
      threads: Int(min(Int64(threads), count)),
      piece: { $0 < UInt64(count) ? Int64($0) : nil },
      worker: {
        var pricer = SweepPricer(grid, layout: layout, speed: nil)
        return { number in row(number, contexts, &pricer) }
      },
      consume: { (result: (row: SweepPicture.Row, texts: [String])) in
        rows.append(result.row)
        answers.formUnion(result.row.answers)
        texts = result.texts
        return true
      })
    let picture = SweepPicture(title: title(texts), rowTitle: rowTitle, rows: rows)
    return (picture.text(prefix: prefix), answers)
  }

  private func row(
    _ number: Int64, _ contexts: Int64, _ pricer: inout SweepPricer
  ) -> (row: SweepPicture.Row, texts: [String]) {
    var row = SweepRow()
    var cells: [SweepPicture.Cell] = []
    var position = grid.position(of: number * contexts)
    for context in 0..<contexts {
      if context > 0 { grid.advance(&position) }
      pricer.move(to: position)
      pricer.begin(&row)
      pricer.price(&row)
      cells.append(SweepPicture.Cell(row))
    }
    let name =
      switch rows {
      case .column(let index): pricer.texts[index]
      case .sequences: "\(row[.sequences] ?? 1)"
      }
    return (SweepPicture.Row(name: name, cells: cells), pricer.texts)
  }

  private var rowTitle: String {
    switch rows {
    case .column(let index): layout.axes[index].title
    case .sequences: "Sequences"
    }
  }

  /// What all cells have in common, from the texts of one of them.
  private func title(_ texts: [String]) -> String {
    var parts: [String] = []
    for (index, text) in texts.enumerated() where rows != .column(index) && !text.isEmpty {
      parts.append(index < 4 ? text : "\(layout.axes[index].title) \(text)")
    }
    if rows != .sequences, let sequences = grid.sequences?[0], sequences > 1 {
      parts.append("\(sequences) sequences")
    }
    return parts.joined(separator: " · ")
  }
}

/// The shapes of an answer that may be drawn as a map.
enum MapFormat: String, CaseIterable, Sendable {
  case table, json, csv, markdown
  case svg

  /// The same shape where a list is meant; nil for a picture.
  var list: ReportFormat? { ReportFormat(rawValue: rawValue) }
}
