internal import VRAMBudget

/// What lies on a device, in one line: a part for each of its lines, one after the other.
struct StackedBar {
  private let entries: [Budget.Entry]
  private let constraint: Budget.Constraint
  private let palette: Palette

  private static let width = 50

  /// How the parts are told apart.
  enum Palette {
    /// By shade: what weighs, what is cached, what computes, the rest.
    case shades
    /// By colour, of 256 that terminals have: those of the picture, as near as can be.
    case colours

    /// Cells of a part, one or several.
    func cells(of name: BudgetLine.Name, _ count: Int = 1) -> String {
      switch self {
      case .shades: String(repeating: Self.shade(of: name), count: count)
      case .colours: Self.coloured(String(repeating: "█", count: count), code(of: name))
      }
    }

    /// Cells between the expected and the highest estimate.
    func range(_ count: Int) -> String {
      let cells = String(repeating: "╱", count: count)
      return self == .shades ? cells : Self.coloured(cells, 246)
    }

    private static func coloured(_ text: String, _ colour: Int) -> String {
      "\u{1B}[38;5;\(colour)m\(text)\u{1B}[0m"
    }

    private static func shade(of name: BudgetLine.Name) -> String {
      switch name {
      case .weights, .draftModel, .projector, .adapter: "█"
      case .keyValueCache, .recurrentState: "▓"
      case .computeBuffer, .outputBuffer: "▒"
      case .runtimeContext, .cudaGraphs, .claimedRest: "░"
      }
    }

    private func code(of name: BudgetLine.Name) -> Int {
      switch name {
      case .weights: 67
      case .keyValueCache: 208
      case .recurrentState: 168
      case .computeBuffer: 36
      case .outputBuffer: 107
      case .runtimeContext: 97
      case .draftModel: 74
      case .projector: 143
      case .adapter: 137
      case .cudaGraphs: 102
      case .claimedRest: 244
      }
    }
  }

  init(_ entries: [Budget.Entry], _ constraint: Budget.Constraint, _ palette: Palette) {
    self.entries = entries
    self.constraint = constraint
    self.palette = palette
  }

  /// The parts up to what is expected, then the range up to the highest estimate, then what is free.
  ///
  /// What does not fit makes the bar longer than the device: a mark stands where it ends.
  var text: String {
    let end = edge(of: max(.zero, constraint.available))
    var text = "▕"
    var filled = 0
    func fill(upTo bytes: Bytes, _ cells: (Int) -> String) {
      let next = max(filled, edge(of: bytes))
      // The mark stands between two cells, wherever a part goes on behind it.
      for stop in [min(next, end), next] where stop > filled {
        text += cells(stop - filled)
        filled = stop
        if stop == end, end < Self.width { text += "┃" }
      }
    }
    if end == 0 { text += "┃" }
    var sum = Bytes.zero
    for entry in entries {
      sum = sum + entry.line.estimate.expected
      fill(upTo: sum) { palette.cells(of: entry.line.name, $0) }
    }
    // The host's part of memory that is shared.
    fill(upTo: constraint.needed.expected) { String(repeating: "▚", count: $0) }
    fill(upTo: constraint.needed.high, palette.range)
    fill(upTo: whole) { String(repeating: "·", count: $0) }
    return text + (constraint.available < whole ? "▶" : "▏")
  }

  /// What the whole bar stands for.
  private var whole: Bytes { max(constraint.available, constraint.needed.high, Bytes(1)) }

  /// The cells up to a sum of bytes, rounded to the nearest.
  private func edge(of bytes: Bytes) -> Int {
    let doubled = Int128(bytes.count) * Int128(2 * Self.width) / Int128(whole.count)
    return min(Self.width, Int((doubled + 1) / 2))
  }
}

extension Budget {
  /// The entries on a device that count: those of the largest deployment where they are swapped.
  func countedEntries(on device: Int) -> [Entry] {
    let entries = entries(on: .device(device))
    guard isSwapped else { return entries }
    let largest = deployments.indices.max {
      needed(on: .device(device), by: $0).expected < needed(on: .device(device), by: $1).expected
    }
    return entries.filter { $0.deployment == largest }
  }
}
