internal import HostSystem
internal import Reports
internal import VRAMBudget

/// A sweep as it is to be done.
struct SweepRun: Sendable {
  let grid: SweepGrid
  let layout: SweepLayout
  /// What is asked of speed; nil where nothing is.
  let speed: SpeedQuestion?
  let conditions: [SweepCondition]
  /// Nil where every row is written.
  let ranking: SweepRanking?
  let cells: Range<Int64>
  let writesHead: Bool
  let threads: Int
  let tellsProgress: Bool
  let requirement: SweepRequirement

  /// The most cells that a thread prices before it hands them on.
  private static let mostCellsAtOnce: Int64 = 512

  /// What some cells come to.
  private struct Piece: Sendable {
    let cells: Int64
    var bytes: [UInt8] = []
    var ranking: SweepRanking?
    var tally = SweepTally()
  }

  /// Prices the cells and writes their rows.
  func write(to sink: Outcome.Sink) -> Outcome {
    let cellsAtOnce = max(
      8, min(Self.mostCellsAtOnce, Int64(cells.count) / Int64(16 * threads)))
    let pieces = (Int64(cells.count) + cellsAtOnce - 1) / cellsAtOnce
    var best = ranking
    var tally = SweepTally()
    var isWanted = !writesHead || sink(layout.head)
    var progress = SweepProgress(cells: Int64(cells.count), isShown: tellsProgress)
    guard isWanted else { return Outcome() }
    OrderedWork.run(
      threads: Int(min(Int64(threads), max(1, pieces))),
      piece: { number -> Range<Int64>? in
        guard number < UInt64(pieces) else { return nil }
        let start = cells.lowerBound + Int64(number) * cellsAtOnce
        return start..<min(cells.upperBound, start + cellsAtOnce)
      }, worker: worker,
      consume: { piece in
        tally.add(piece.tally)
        progress.advance(by: piece.cells)
        for entry in piece.ranking?.entries ?? [] { best?.insert(entry) }
        if !piece.bytes.isEmpty { isWanted = sink(piece.bytes) }
        return isWanted
      })
    progress.end()
    guard isWanted else { return Outcome() }
    for entry in best?.entries ?? [] where isWanted { isWanted = sink(entry.bytes) }
    return Outcome(
      diagnostics: tally.note(ofCells: Int64(cells.count)),
      status: requirement.status(of: tally.answers))
  }

  @Sendable private func worker() -> (Range<Int64>) -> Piece {
    var pricer = SweepPricer(grid, layout: layout, speed: speed)
    var row = SweepRow()
    let before = conditions.filter(\.isKnownBeforePricing)
    let after = conditions.filter { !$0.isKnownBeforePricing }
    return { cells in
      var piece = Piece(cells: Int64(cells.count), ranking: ranking)
      if ranking == nil { piece.bytes.reserveCapacity(cells.count * 192) }
      var position = grid.position(of: cells.lowerBound)
      for cell in cells {
        if cell > cells.lowerBound { grid.advance(&position) }
        pricer.move(to: position)
        pricer.begin(&row)
        guard before.allSatisfy({ $0.holds(of: row, texts: pricer.texts) }) else { continue }
        pricer.price(&row)
        guard after.allSatisfy({ $0.holds(of: row, texts: pricer.texts) }) else {
          piece.tally.skip(row)
          continue
        }
        write(row, pricer.template, cell, to: &piece)
      }
      return piece
    }
  }

  private func write(
    _ row: SweepRow, _ template: SweepTemplate, _ cell: Int64, to piece: inout Piece
  ) {
    guard let ranking = piece.ranking else {
      piece.tally.count(row)
      layout.append(row, template, to: &piece.bytes)
      return
    }
    guard row.reason == nil, let ranks = ranking.ranks(of: row) else {
      piece.tally.skip(row)
      return
    }
    piece.tally.count(row)
    guard ranking.wants(ranks, cell: cell) else { return }
    var bytes: [UInt8] = []
    layout.append(row, template, to: &bytes)
    piece.ranking?.insert(.init(ranks: ranks, cell: cell, bytes: bytes))
  }
}

extension SweepGrid {
  /// Goes to the next cell.
  func advance(_ position: inout Position) {
    position.context += 1
    guard position.context == contexts?.count ?? 1 else { return }
    position.context = 0
    position.sequences += 1
    guard position.sequences == sequences?.count ?? 1 else { return }
    position.sequences = 0
    position.machine += 1
    guard position.machine == Int64(machines.count) else { return }
    position.machine = 0
    position.settings += 1
    guard position.settings == settingCombinations else { return }
    position.settings = 0
    position.weights += 1
    guard position.weights == weightCombinations else { return }
    position.weights = 0
    position.model += 1
  }
}

/// What the rows of a sweep say together.
struct SweepTally: Sendable {
  /// The answers of the rows that were written.
  private(set) var answers: Set<SweepRow.Answer> = []
  private var refused: Int64 = 0
  private var firstReason: String?

  mutating func count(_ row: SweepRow) {
    answers.insert(row.answer)
    skip(row)
  }

  /// Counts a row that is not written.
  mutating func skip(_ row: SweepRow) {
    guard let reason = row.reason else { return }
    refused += 1
    if firstReason == nil { firstReason = reason }
  }

  /// Adds what came after.
  mutating func add(_ next: SweepTally) {
    answers.formUnion(next.answers)
    refused += next.refused
    firstReason = firstReason ?? next.firstReason
  }

  /// A line about the cells without a verdict; nothing where there are none.
  func note(ofCells cells: Int64) -> String {
    guard let firstReason else { return "" }
    return "vram: note: \(refused) of \(cells) cells have no verdict; the first: "
      + "\(firstReason.shown(upTo: 400))\n"
  }
}

/// How far a sweep is, for a person at a terminal.
struct SweepProgress {
  private let cells: Int64
  private let isShown: Bool
  private let start: Double
  private var last: Double
  private var done: Int64 = 0

  init(cells: Int64, isShown: Bool) {
    self.cells = cells
    self.isShown = isShown
    start = isShown ? HostSystem.seconds : 0
    last = start
  }

  /// Tells of more cells, at most five times a second.
  mutating func advance(by more: Int64) {
    done += more
    guard isShown else { return }
    let now = HostSystem.seconds
    guard now - last >= 0.2 else { return }
    last = now
    let share = Int64(Int128(done) * 100 / Int128(max(1, cells)))
    let rate = Int64(Double(done) / max(0.001, now - start))
    let text = "\r\u{1B}[Kvram: \(done) of \(cells) cells, \(share) %, \(rate) a second"
    _ = HostSystem.write(text, to: .diagnostics)
  }

  /// Takes the line away.
  func end() {
    if isShown { _ = HostSystem.write("\r\u{1B}[K", to: .diagnostics) }
  }
}
