public import VRAMBudget

/// What a budget's report says of speed, cost and transfer: one line, or all of it.
public struct SpeedReport: Sendable {
  /// What serving costs, where prices are given.
  public struct Costs: Sendable {
    public let cost: ServingCost
    /// The share of the time at work.
    public let load: Double

    public init(_ cost: ServingCost, load: Double) {
      self.cost = cost
      self.load = load
    }
  }

  /// One for each deployment; nil where nothing is known.
  let summaries: [SpeedSummary?]
  let requirements: [SpeedRequirement]
  let costs: Costs?
  /// Bytes a second, where a rate of download is given.
  let downloadRate: Double?
  /// The largest file that may be shipped, where that is given.
  let mostFileBytes: Bytes?
  /// Whether all is shown rather than one line.
  let isWhole: Bool

  public init(
    _ summaries: [SpeedSummary?], requirements: [SpeedRequirement] = [], costs: Costs? = nil,
    downloadRate: Double? = nil, mostFileBytes: Bytes? = nil, isWhole: Bool = false
  ) {
    self.summaries = summaries
    self.requirements = requirements
    self.costs = costs
    self.downloadRate = downloadRate
    self.mostFileBytes = mostFileBytes
    self.isWhole = isWhole
  }

  /// The worst verdict of what is asked of speed and of the file; fits when nothing is.
  public func verdict(of budget: Budget) -> Verdict {
    var worst = Verdict.fits
    for (index, deployment) in budget.deployments.enumerated() {
      for requirement in requirements where budget.isHeldToSpeed(index) {
        worst = .worse(worst, requirement.verdict(on: summary(index)?.serving))
      }
      if let file = fileVerdict(of: deployment) { worst = .worse(worst, file) }
    }
    return worst
  }

  /// Whether a deployment's file is no larger than asked for; nil where that is not asked.
  func fileVerdict(of deployment: Deployment) -> Verdict? {
    mostFileBytes.map { Self.fileBytes(of: deployment).bytes <= $0 ? .fits : .doesNotFit }
  }

  func summary(_ index: Int) -> SpeedSummary? {
    summaries.indices.contains(index) ? summaries[index] : nil
  }

  /// The lines for one deployment, each indented and ended; nothing where nothing is known.
  func text(of index: Int, in budget: Budget, prefix: BytePrefix) -> String {
    let name =
      budget.deployments.count > 1 ? " of \(budget.deployments[index].model.name)" : ""
    var text = ""
    if let summary = summary(index) {
      if isWhole {
        text += wholeText(summary, name)
      } else if budget.verdict != .doesNotFit {
        text += "  Speed\(name), estimated: about \(summary.decode.rate.text) tokens/s"
        if let first = summary.firstToken {
          text +=
            ", first token of a \(summary.prompt.grouped)-token prompt in \(first.durationText)"
        }
        text += ".\n"
      }
    } else if isWhole {
      text += "  Speed\(name): unknown, as is a device's bandwidth; or no token comes next.\n"
    }
    let requirements = budget.isHeldToSpeed(index) ? requirements : []
    if isWhole, !requirements.isEmpty { text += "\n" }
    for requirement in requirements {
      text += "  \(requirement.text(on: summary(index)?.serving))\n"
    }
    if isWhole || mostFileBytes != nil || downloadRate != nil {
      text += transferText(of: budget.deployments[index], prefix: prefix)
    }
    return text
  }

  // MARK: Speed and cost

  private func wholeText(_ summary: SpeedSummary, _ name: String) -> String {
    var rows: [(String, String, String)] = [
      (
        "One sequence", "\(summary.decode.rate.text) tokens/s",
        "after \(summary.prompt.grouped) tokens; \(summary.decode.bound.significant()) at most"
      ),
      (
        "", "\(summary.decodeAtEnd.rate.text) tokens/s",
        "with its context full, \(summary.contextPerSequence.grouped) tokens;"
          + " \(summary.decodeAtEnd.bound.significant()) at most"
      ),
    ]
    if summary.served.sequences > 1 {
      rows.append(
        (
          "\(summary.served.sequences.grouped) sequences",
          "\(summary.served.rate.text) tokens/s",
          "\(summary.served.ratePerSequence.text) each"
        ))
    }
    if let first = summary.firstToken {
      let rate = first.reciprocal(of: Double(summary.prompt))
      rows.append(
        (
          "First token", first.durationText,
          "of a prompt of \(summary.prompt.grouped) tokens, \(rate.text) tokens/s"
        ))
    }
    if let throughput = summary.throughput {
      rows.append(
        (
          "Throughput", "\(throughput.speed.rate.text) tokens/s",
          "\(throughput.sequences.grouped) \(throughput.sequences == 1 ? "sequence" : "sequences") of \(throughput.depth.grouped) tokens;"
            + " \(throughput.limitText)"
        ))
    }
    var text = "\n  Speed\(name), estimated (modelled)\n\n" + table(rows)
    if let costs { text += "\n" + costText(summary, costs) }
    return text
  }

  private func table(_ rows: [(String, String, String)]) -> String {
    let first = rows.map(\.0.count).max() ?? 0
    let second = rows.map(\.1.count).max() ?? 0
    return rows.map { name, value, note in
      ("    " + name.padded(to: first) + "  " + value.padded(to: second) + "  " + note)
        .trimmingTrailingSpaces + "\n"
    }.joined()
  }

  private func costText(_ summary: SpeedSummary, _ costs: Costs) -> String {
    let load = costs.load < 1 ? " at \((costs.load * 100).significant()) % load" : ""
    var rows: [(String, String, String)] = []
    let cases =
      [("One sequence", summary.decode.rate)]
      + (summary.throughput.map { [("Throughput", $0.speed.rate)] } ?? [])
    for (name, rate) in cases {
      let hour = costs.cost.tokensPerHour(rate: rate, load: costs.load)
      let cost = costs.cost.perMillion(rate: rate, load: costs.load)
      var note = "\(hour.text) tokens an hour\(load)"
      if let other = costs.cost.otherPerMillion, let even = costs.cost.breakEvenLoad(rate: rate) {
        note +=
          even.low > 1
          ? "; never below \(other.significant(3).droppingZeros)"
          : "; below \(other.significant(3).droppingZeros) from"
            + " \((100 * even).text) % load"
      }
      rows.append((name, "\(cost.text) a million tokens", note))
    }
    return "  Cost at \(costs.cost.perHour.significant(3).droppingZeros) an hour\n\n" + table(rows)
  }

  // MARK: Disk and download

  /// What the model takes on disk: its file where it is known, else its tensors.
  private static func fileBytes(of deployment: Deployment) -> (bytes: Bytes, isFile: Bool) {
    deployment.fileBytes.map { ($0, true) } ?? (deployment.weights.tensorBytes, false)
  }

  private func transferText(of deployment: Deployment, prefix: BytePrefix) -> String {
    let (bytes, isFile) = Self.fileBytes(of: deployment)
    var rows: [(String, String, String)] = [
      ("File", bytes.formatted(prefix), isFile ? "" : "its tensors; the rest is small")
    ]
    if let most = mostFileBytes {
      rows[0].2 =
        bytes <= most
        ? "within \(most.formatted(prefix))" : "MORE than \(most.formatted(prefix))"
    }
    if isWhole {
      for drive in Transfer.drives {
        let seconds = Transfer.seconds(of: bytes, atBytesPerSecond: drive.bytesPerSecond)
        rows.append(
          ("Load", seconds.durationText, "at the least, from \(drive.name.article) \(drive.name)"))
      }
    }
    let rates =
      downloadRate.map { [("the given rate", $0)] }
      ?? [("100 Mbit/s", 12.5e6), ("1 Gbit/s", 125e6)]
    for (name, rate) in rates {
      let seconds = Transfer.seconds(of: bytes, atBytesPerSecond: rate)
      rows.append(("Download", seconds.durationText, "at \(name)"))
    }
    return "\n  Disk and download\n\n" + table(rows)
  }

  // MARK: Explanation

  /// Where each number is from.
  func explanation(of index: Int, in budget: Budget) -> String {
    guard let summary = summary(index) else { return "" }
    var text = "Speed of \(budget.deployments[index].model.name): modelled\n"
    text +=
      "    step = weights / (bandwidth × share) + cache / (bandwidth × share) + layers × start-up\n"
    text +=
      "    bound: the same bytes at full bandwidth, beside 2 operations a parameter at the peak\n"
    for reading in summary.readings { text += explanation(of: reading, in: budget, summary) }
    if let least = summary.leastFirstToken {
      text +=
        "    first token: 2 operations a parameter and token and attention at the peak, or all"
        + " weights read once:\n      \(least.durationText) at the least\n"
    }
    return text + "    \(summary.source)\n"
  }

  private func explanation(
    of reading: StepReading, in budget: Budget, _ summary: SpeedSummary
  ) -> String {
    let place: String
    switch reading.place {
    case .device(let index): place = budget.devices[index].name
    case .host: place = "the host"
    }
    let estimate = reading.estimate
    func milliseconds(_ seconds: Double) -> String { (seconds * 1000).significant(3) }
    let rate = reading.bandwidth.expected
    return "    \(place): \(Int64(reading.weights.total).grouped) B of weights"
      + " + \(Int64(reading.cacheBytes).grouped) B of cache after \(summary.prompt.grouped) tokens,"
      + "\n      over \((rate / 1e9).significant(4).droppingZeros) GB/s \(milliseconds(reading.bytes / rate)) ms"
      + " at the least; expected \(milliseconds(estimate.weights))"
      + " + \(milliseconds(estimate.cache)) ms and \(milliseconds(estimate.layers)) ms for layers,"
      + "\n      × \(estimate.leastFactor) to \(estimate.mostFactor)\n"
  }
}

extension Throughput {
  fileprivate var limitText: String {
    switch limit {
    case .memory: "memory binds"
    case .compute: "compute binds (memory holds \(fittingSequences.grouped))"
    case .runtime: "the runtime binds (memory holds \(fittingSequences.grouped))"
    }
  }
}

extension SpeedRequirement {
  /// The requirement, what is found and the answer.
  fileprivate func text(on speed: ServingSpeed?) -> String {
    let answer: String
    switch verdict(on: speed) {
    case .fits: answer = "MET"
    case .tight: answer = "TIGHT, met as expected but not at the worst"
    case .doesNotFit: answer = "NOT MET"
    case .unknown: answer = "UNKNOWN"
    }
    switch self {
    case .firstToken(let seconds):
      let found = speed?.firstToken.map { " (\($0.durationText))" } ?? ""
      return "First token within \(seconds.durationText): \(answer)\(found)."
    case .rate(let tokens):
      let found = (speed?.ratePerSequence).map { " (\($0.text))" } ?? ""
      return "\(tokens.significant(3).droppingZeros) tokens/s: \(answer)\(found)."
    }
  }
}

extension String {
  /// The article before an abbreviation: `an SD card`.
  fileprivate var article: String {
    hasPrefix("SATA") ? "a" : "an"
  }
}
