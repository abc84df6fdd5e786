internal import VRAMBudget

extension BudgetTable {
  /// Every line and reservation with its formula and source.
  var explanation: String {
    var text = ""
    for entry in budget.entries {
      let line = entry.line
      text += "\(line.name.title), \(placeName(line.place)): \(line.basis.rawValue)\n"
      text += "    \(line.formula.text)\n"
      text += "    = \(line.formula.bytes.count.grouped) B"
      if !line.estimate.isExact {
        text +=
          ", within \(line.estimate.low.count.grouped) – \(line.estimate.high.count.grouped) B"
      }
      text += "\n    \(line.source)\n"
      if line.name == .computeBuffer {
        text += peakText(budget.computePeaks(of: entry.deployment)[line.place])
      }
    }
    for device in budget.devices {
      for reservation in device.reservations {
        text += "\(device.name), \(reservation.reason.words): \(reservation.basis.rawValue)\n"
        text += "    \(reservation.bytes.count.grouped) B of \(device.total.count.grouped) B"
        let estimate = reservation.estimate
        if !estimate.isExact {
          text += ", within \(estimate.low.count.grouped) – \(estimate.high.count.grouped) B"
        }
        text += "\n    \(reservation.source)\n"
      }
      if let system = device.systemWhenShared {
        text += "\(device.name), for the system, where the host's part is counted too:"
        text += " \(system.basis.rawValue)\n"
        text += "    \(system.bytes.count.grouped) B of \(device.total.count.grouped) B\n"
        text += "    \(system.source)\n"
      }
    }
    return text
  }

  /// What sets the peak of a compute buffer, and the tensors that are alive there.
  private func peakText(_ peak: ComputePeak?) -> String {
    guard let peak, !peak.groups.isEmpty else { return "" }
    let shown = peak.groups.prefix(8).map { group in
      let shape = group.shape.map(\.grouped).joined(separator: " × ")
      let count = group.count > 1 ? "\(group.count) × " : ""
      return "      \(group.bytes.count.grouped) B  \(count)\(group.purpose.rawValue)"
        + " (\(group.operation) \(shape))\n"
    }
    let rest = peak.groups.dropFirst(8).lazy.map(\.bytes).total
    return "    at its fullest, for the most part \(peak.cause.rawValue):\n" + shown.joined()
      + (rest > .zero ? "      \(rest.count.grouped) B  smaller tensors\n" : "")
      + (peak.holes > .zero ? "      \(peak.holes.count.grouped) B  holes between them\n" : "")
  }

  private func placeName(_ place: Place) -> String {
    switch place {
    case .host: "host"
    case .device(let index): budget.devices[index].name
    }
  }
}
