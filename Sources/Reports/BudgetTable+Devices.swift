internal import VRAMBudget

extension BudgetTable {
  private struct Row {
    /// One cell of the line's part of the bar.
    let key: String
    let name: String
    let size: String
    let percent: String
    let basis: String
    let note: String
  }

  /// A device with its lines, its bar and its verdict.
  func deviceText(_ index: Int) -> String {
    let device = budget.devices[index]
    let need = budget.needed(on: .device(index))
    let entries = budget.entries(on: .device(index))
    var rows = entries.map { row(for: $0, on: device) }
    rows.append(
      Row(
        key: " ", name: "Needed", size: size(need.expected),
        percent: percent(need.expected, device),
        basis: "", note: need.isExact ? "" : range(need)))
    rows.append(
      Row(
        key: " ", name: "Usable", size: size(device.usable),
        percent: percent(device.usable, device), basis: "", note: reservationNote(device)))
    let nameWidth = rows.map { $0.name.count }.max() ?? 0
    let sizeWidth = rows.map { $0.size.count }.max() ?? 0
    let percentWidth = rows.map { $0.percent.count }.max() ?? 0
    let basisWidth = rows.map { $0.basis.count }.max() ?? 0
    let count = budget.devices.count
    var text = "on \(device.name)\(count > 1 ? ", \(index + 1) of \(count)" : "")\n\n"
    for (position, row) in rows.enumerated() {
      if position == rows.count - 2 { text += "\n" }
      let cells = [
        row.name.padded(to: nameWidth), "\(row.size.leftPadded(to: sizeWidth)) \(unit)",
        row.percent.leftPadded(to: percentWidth), row.basis.padded(to: basisWidth), row.note,
      ]
      text += "  \(row.key) " + cells.joined(separator: "  ").trimmingTrailingSpaces + "\n"
    }
    let bar = StackedBar(
      budget.countedEntries(on: index), budget.constraint(of: index), palette)
    text += "\n  " + bar.text + "\n\n"
    return text + "  " + coloured(verdictSentence(index), for: budget.verdict(of: index)) + "\n"
  }

  private var palette: StackedBar.Palette { style.isColoured ? .colours : .shades }

  /// A sentence in bold, green, yellow or red, where the terminal shows colours.
  func coloured(_ sentence: String, for verdict: Verdict) -> String {
    guard style.isColoured else { return sentence }
    let colour =
      switch verdict {
      case .fits: 32
      case .tight, .unknown: 33
      case .doesNotFit: 31
      }
    return "\u{1B}[1;\(colour)m\(sentence)\u{1B}[0m"
  }

  private func row(for entry: Budget.Entry, on device: Device) -> Row {
    let estimate = entry.line.estimate
    let model =
      budget.deployments.count > 1
      ? " (\(budget.deployments[entry.deployment].model.name))" : ""
    return Row(
      key: palette.cells(of: entry.line.name), name: entry.line.name.title + model,
      size: size(estimate.expected),
      percent: percent(estimate.expected, device), basis: entry.line.basis.rawValue,
      note: estimate.isExact ? entry.line.note : range(estimate))
  }

  private func percent(_ bytes: Bytes, _ device: Device) -> String {
    bytes.percent(of: device.usable).map { "\($0) %" } ?? ""
  }

  private func range(_ estimate: ByteEstimate) -> String {
    "\(size(estimate.low)) – \(size(estimate.high))"
  }

  private func reservationNote(_ device: Device) -> String {
    let reservations = device.reservations.filter { $0.estimate.high > .zero }
    guard !reservations.isEmpty else { return "" }
    let parts = reservations.map { reservation in
      reservation.bytes > .zero
        ? "\(size(reservation.bytes)) \(reservation.reason.words)"
        : "0 to \(size(reservation.estimate.high)) \(reservation.reason.words)"
    }
    let least = device.leastUsable < device.usable ? "; at least \(size(device.leastUsable))" : ""
    return "\(size(device.total)) less " + parts.joined(separator: " and ") + least
  }

  /// What is said where vLLM's claim counts whole, rather than what it needs of that.
  private func claimText(_ constraint: Budget.Constraint) -> String {
    guard constraint.countsClaims else { return "" }
    guard budget.deployments.count == 1 else { return ", with what vLLM claims counted whole" }
    return "; vLLM does not start unless its whole share is free: lower --utilization"
  }

  private func verdictSentence(_ index: Int) -> String {
    let constraint = budget.constraint(of: index)
    let need = constraint.needed
    let usable = constraint.available
    let host = constraint.includesHost ? ", counting the host's part of the shared memory" : ""
    let whole = host + claimText(constraint)
    let spare = size(usable - need.expected, decimals: 2)
    let worst = size(constraint.leastHeadroom, decimals: 2)
    switch budget.verdict(of: index) {
    case .fits:
      let isCertain = need.isExact && constraint.leastAvailable == usable
      let least = isCertain ? "" : "; \(worst) at the highest estimate"
      return "FITS with \(spare) \(unit) to spare\(least)\(whole)."
    case .tight:
      let short = size(Bytes.zero - constraint.leastHeadroom, decimals: 2)
      return "TIGHT: \(spare) \(unit) to spare as expected,"
        + " \(short) short at the highest estimate\(whole)."
    case .doesNotFit:
      let short = size(need.expected - usable, decimals: 2)
      return "DOES NOT FIT: \(short) \(unit) short\(whole)."
    case .unknown: return "UNKNOWN: a part cannot be priced."
    }
  }
}

extension BudgetLine {
  /// What a person wants to know of an exact line in a few words: its formula, when it is short
  /// and says more than the number of bytes.
  fileprivate var note: String {
    guard formula.terms.count == 1, formula.terms[0].factors.count > 1 else { return "" }
    return formula.shortText
  }
}
