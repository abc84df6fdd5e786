internal import VRAMBudget

/// The columns that say how fast the rows of a table are.
enum SpeedColumns {
  /// For people.
  static let titles: [(String, TextTable.Alignment)] = [
    ("Tokens/s", .right), ("First token", .right),
  ]

  /// For programs.
  static let names: [(String, TextTable.Alignment)] = SpeedReport.columns.map { ($0, .right) }

  /// The cells under ``titles``; empty where a speed is not known.
  static func texts(_ speed: ServingSpeed?) -> [String] {
    [speed?.ratePerSequence.text ?? "", (speed?.firstToken).map(\.durationText) ?? ""]
  }

  /// The cells under ``names``.
  static func cells(_ speed: ServingDocument?) -> [String] {
    SpeedReport.cells(rate: speed?.tokensPerSecond, firstToken: speed?.firstTokenSeconds)
  }

  /// What the figures for people are; nothing where there are none.
  static func note(_ speeds: [ServingSpeed?]) -> String {
    let prompts = Set(speeds.compactMap { $0?.prompt }).sorted()
    guard let first = prompts.first, let last = prompts.last else { return "" }
    let tokens = first == last ? last.grouped : "\(first.grouped) to \(last.grouped)"
    return "Tokens/s: what each sequence gets after a prompt of \(tokens) tokens, estimated.\n"
  }
}
