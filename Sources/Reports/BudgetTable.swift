public import VRAMBudget

/// A budget for people: a table for each device, a bar of how full it is, and the answer in words.
public struct BudgetTable {
  /// What the text may use and how it shows sizes.
  public struct Style: Sendable {
    public let prefix: BytePrefix
    /// Whether each line's formula and source follow.
    public let explains: Bool

    public init(prefix: BytePrefix, explains: Bool) {
      self.prefix = prefix
      self.explains = explains
    }
  }

  let budget: Budget
  let answers: BudgetAnswers
  private let speed: SpeedReport
  private let style: Style

  public init(
    _ budget: Budget, answers: BudgetAnswers = BudgetAnswers(),
    speed: SpeedReport = SpeedReport([]), style: Style
  ) {
    self.budget = budget
    self.answers = answers
    self.speed = speed
    self.style = style
  }

  /// The whole text.
  public var text: String {
    var text = budget.deployments.map { Self.title(of: $0) + "\n" }.joined() + foundText
    text += budget.devices.indices.map(deviceText).joined(separator: "\n")
    text += limitText + swappedText + reportText + serverText + hostText + fileText
    text += historyText + answerText
    for index in budget.deployments.indices {
      text += speed.text(of: index, in: budget, prefix: style.prefix)
    }
    if style.explains {
      text += "\n" + explanation
      for index in budget.deployments.indices {
        text += speed.explanation(of: index, in: budget)
      }
    }
    return text
  }

  /// A model's name with its format, context and runtime.
  static func title(of deployment: Deployment) -> String {
    let workload = deployment.workload
    let isEach = deployment.runtime.kind.countsContextPerSequence && workload.sequences > 1
    let context =
      (isEach ? "\(workload.sequences) × " : "")
      + "\(workload.contextTokens.grouped) \(workload.contextTokens == 1 ? "token" : "tokens")"
      + (workload.contextOrigin == .default ? " (default)" : "")
    var parts = [deployment.model.name, deployment.weights.origin.title, context]
    if workload.sequences > 1, !isEach { parts.append("\(workload.sequences) sequences") }
    parts.append(deployment.runtime.kind.title)
    return parts.joined(separator: " · ")
  }

  func size(_ bytes: Bytes, decimals: Int = 3) -> String {
    bytes.formatted(inUnitsOf: style.prefix.budgetUnit.bytes, decimals: decimals)
  }

  var unit: String { style.prefix.budgetUnit.symbol }

  // MARK: Devices

  private struct Row {
    let name: String
    let size: String
    let percent: String
    let basis: String
    let note: String
  }

  private func deviceText(_ index: Int) -> String {
    let device = budget.devices[index]
    let need = budget.needed(on: .device(index))
    var rows = budget.entries(on: .device(index)).map { row(for: $0, on: device) }
    rows.append(
      Row(
        name: "Needed", size: size(need.expected), percent: percent(need.expected, device),
        basis: "", note: need.isExact ? "" : range(need)))
    rows.append(
      Row(
        name: "Usable", size: size(device.usable),
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
      text += "  " + cells.joined(separator: "  ").trimmingTrailingSpaces + "\n"
    }
    text += "\n  " + FillBar(budget.constraint(of: index)).text + "\n\n"
    return text + "  " + verdictSentence(index) + "\n"
  }

  private func row(for entry: Budget.Entry, on device: Device) -> Row {
    let estimate = entry.line.estimate
    let model =
      budget.deployments.count > 1
      ? " (\(budget.deployments[entry.deployment].model.name))" : ""
    return Row(
      name: entry.line.name.title + model, size: size(estimate.expected),
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

  /// What is said where vLLM's claim counts whole, rather than what it needs of that.
  private func claimText(_ constraint: Budget.Constraint) -> String {
    guard constraint.countsClaims else { return "" }
    guard budget.deployments.count == 1 else { return ", with what vLLM claims counted whole" }
    return "; vLLM does not start unless its whole share is free: lower --utilization"
  }

  /// What vLLM would print of its cache.
  private var reportText: String {
    budget.deployments.indices.compactMap { index in
      guard let report = budget.report(of: index) else { return nil }
      let deployment = budget.deployments[index]
      let name = budget.deployments.count > 1 ? " for \(deployment.model.name)" : ""
      let hundredths = report.centiconcurrency % 100
      return "\n  vLLM would report\(name) about \(report.cacheTokens.grouped) tokens of cache in"
        + " \(size(report.cacheBytes)) \(unit):\n"
        + "  \((report.centiconcurrency / 100).grouped).\(hundredths < 10 ? "0" : "")\(hundredths)"
        + " times \(deployment.workload.contextTokens.grouped) tokens at once,"
        + " --max-model-len \(report.largestContext.grouped) at most.\n"
    }.joined()
  }

  /// What llama-server would need less, where that is much.
  private var serverText: String {
    zip(budget.deployments.indices, answers.savedByServer).compactMap { index, saved in
      guard let saved, saved >= Self.worthSaying else { return nil }
      let name = budget.deployments.count > 1 ? " for \(budget.deployments[index].model.name)" : ""
      return "\n  llama-server computes one logit vector of each sequence and needs"
        + " \(size(saved, decimals: 2)) \(unit) less\(name): --outputs sequences.\n"
    }.joined()
  }

  /// The least saving that is worth a line.
  private static let worthSaying = Bytes.mebibytes(128)

  // MARK: Host

  private var hostText: String {
    let entries = budget.entries(on: .host)
    guard !entries.isEmpty else { return "" }
    let models = budget.deployments.indices.compactMap { index -> String? in
      let parts = entries.filter { $0.deployment == index }.map {
        "\($0.line.name.title.lowercasedFirst) \(size($0.line.estimate.expected))"
      }
      guard !parts.isEmpty else { return nil }
      let name = budget.deployments.count > 1 ? budget.deployments[index].model.name + ": " : ""
      return name + parts.joined(separator: ", ")
    }
    let total = size(budget.needed(on: .host).expected)
    let text = "\n  Host memory: \(total) \(unit) (\(models.joined(separator: "; "))).\n"
    guard let constraint = budget.hostConstraint else { return text }
    let spare = constraint.headroom
    return text
      + (constraint.verdict == .doesNotFit
        ? "  DOES NOT FIT into host memory of \(size(constraint.available)) \(unit):"
          + " \(size(.zero - spare, decimals: 2)) short.\n"
        : "  \(constraint.verdict == .fits ? "FITS" : "TIGHT") in host memory of"
          + " \(size(constraint.available)) \(unit) with \(size(spare, decimals: 2)) to spare.\n")
  }

  /// The answer on everything, where several places have one of their own.
  private var limitText: String {
    guard budget.constraints.count > 1 else { return "" }
    let place =
      switch budget.limit {
      case .host: "host memory"
      case .device(let index):
        "\(budget.devices[index].name), \(index + 1) of \(budget.devices.count),"
      }
    let verdict =
      switch budget.verdict {
      case .fits: "FITS in all"
      case .tight: "TIGHT in all"
      case .doesNotFit: "DOES NOT FIT in all"
      case .unknown: "UNKNOWN in all"
      }
    return "\n  \(verdict): \(place) is the limit.\n"
  }

  /// What the model's file takes on disk, where that is known.
  private var fileText: String {
    budget.deployments.compactMap { deployment in
      deployment.fileBytes.map {
        "  File of \(deployment.model.name): \(size($0)) \(unit) on disk"
          + (deployment.fileBasis == .exact ? ".\n" : ", within 0.1 %.\n")
      }
    }.joined()
  }

  // MARK: Explanation

  private var explanation: String {
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

/// How full a device is, in one line.
struct FillBar {
  private let needed: ByteEstimate
  private let usable: Bytes

  private static let width: Int64 = 50

  init(_ constraint: Budget.Constraint) {
    needed = constraint.needed
    usable = constraint.available
  }

  /// Full blocks up to what is expected, shaded ones up to the highest estimate; an arrow stands for
  /// what is beyond the end.
  var text: String {
    guard usable > .zero else { return "▕" + String(repeating: "█", count: 50) + "▶" }
    let expected = cells(needed.expected)
    let high = max(expected, cells(needed.high))
    let inside = min(high, Self.width)
    let solid = min(expected, Self.width)
    return "▕" + String(repeating: "█", count: Int(solid))
      + String(repeating: "▒", count: Int(inside - solid))
      + String(repeating: "·", count: Int(Self.width - inside))
      + (needed.high > usable ? "▶" : "▏")
  }

  private func cells(_ bytes: Bytes) -> Int64 {
    let unit = max(1, usable.count / Self.width)
    return bytes > .zero ? min(10 * Self.width, max(1, (bytes.count + unit / 2) / unit)) : 0
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

extension BudgetLine.Name {
  /// The name for people.
  var title: String {
    switch self {
    case .weights: "Weights"
    case .keyValueCache: "KV cache"
    case .recurrentState: "Recurrent state"
    case .computeBuffer: "Compute buffer"
    case .outputBuffer: "Output buffer"
    case .runtimeContext: "Runtime context"
    case .draftModel: "Draft model"
    case .projector: "Projector"
    case .adapter: "Adapter"
    case .cudaGraphs: "CUDA graphs"
    case .claimedRest: "Rest of its share"
    }
  }
}

extension Reservation.Reason {
  /// What becomes of the memory, after its size: `0.44 GiB that the driver keeps`.
  var words: String {
    switch self {
    case .driver: "that the driver keeps"
    case .workingSetLimit: "beyond the working-set limit"
    case .appLimit: "that no app may use"
    case .graphicsLimit: "that the GPU may not use (GTT)"
    case .operatingSystem: "for the system"
    case .desktop: "for the desktop"
    case .errorCorrection: "for error correction"
    case .unclaimedShare: "that vLLM leaves"
    case .runtime: "that Ollama keeps free"
    case .user: "reserved by --reserve"
    }
  }
}

extension String {
  /// The text beginning with a small letter, unless its first word is an abbreviation.
  var lowercasedFirst: String {
    guard let first, dropFirst().first?.isLowercase ?? false else { return self }
    return first.lowercased() + dropFirst()
  }

  var trimmingTrailingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
