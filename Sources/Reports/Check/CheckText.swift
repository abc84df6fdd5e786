internal import VRAMBudget

/// The words for what a check found, which all renderings share.
struct CheckText {
  let prefix: BytePrefix

  /// The word before a deployment: `PASS`.
  func label(_ status: CheckResult.Status) -> String { status.rawValue.uppercased() }

  /// What a deployment's status comes from, in a clause or a few.
  func reason(_ deployment: CheckedDeployment) -> String {
    let deciding = deployment.findings.filter { $0.status == deployment.status }
    guard deployment.status == .pass else {
      return deciding.map { text($0, in: deployment) }.joined(separator: "; ")
    }
    let tight = deciding.filter(\.isTight)
    guard tight.isEmpty else {
      return tight.map { text($0, in: deployment) }.joined(separator: "; ")
    }
    return deciding.first.map { text($0, in: deployment) } ?? ""
  }

  /// What the reader can do: what the file's author says, the cheapest change, or the error's fix.
  func fixes(_ deployment: CheckedDeployment) -> [String] {
    guard deployment.status != .pass else { return [] }
    let ofErrors = deployment.findings.filter { $0.status == deployment.status }.compactMap(\.fix)
    return ofErrors + (deployment.fix.map { [$0.change] } ?? [])
      + (deployment.message.map { [$0] } ?? [])
  }

  /// How one finding came out, in a clause.
  func text(_ finding: Finding, in deployment: CheckedDeployment) -> String {
    if let problem = finding.problem { return problem }
    if let context = finding.context, let maximum = finding.maxContext {
      return "the model was made for \(maximum.grouped) tokens,"
        + " fewer than min_context \(context.grouped)"
    }
    if let speed = finding.speed { return text(finding, speed, in: deployment) }
    guard let expected = finding.expectedBytes, let high = finding.highBytes,
      let available = finding.availableBytes
    else { return finding.rule.rawValue }
    let need = Need(
      expected: Bytes(expected), high: Bytes(high), available: Bytes(available),
      leastAvailable: Bytes(finding.leastAvailableBytes ?? available),
      place: place(finding, in: deployment))
    let limit = "\(finding.rule.rawValue) \(finding.limit ?? "")"
    switch finding.rule {
    case .max: return self.max(need, limit)
    case .minHeadroom: return headroom(need, limit)
    case .minContext:
      return "with \(limit), \((finding.context ?? 0).grouped) tokens: " + sum(need)
    case .fits, .settings, .priced, .maxFirstToken, .minTokensPerSecond: return sum(need)
    }
  }

  /// How a speed came out against its limit: `first token of a 1,024-token prompt in 0.09–0.27 s`.
  private func text(
    _ finding: Finding, _ speed: ServingDocument, in deployment: CheckedDeployment
  ) -> String {
    let limit = "\(finding.rule.rawValue) \(finding.limit ?? "")"
    let model = finding.model.flatMap { index in
      deployment.models.count > 1 && deployment.models.indices.contains(index)
        ? "\(deployment.models[index].name): " : nil
    }
    let found: String
    let expected: String
    let isOver: String
    let within: String
    if finding.rule == .maxFirstToken, let time = speed.firstTokenSeconds {
      found =
        "first token of a \(speed.promptTokens.grouped)-token prompt in \(time.range.durationText)"
      expected = time.expected.durationText
      (isOver, within) = ("more than", "within")
    } else {
      found = "each sequence gets \(speed.tokensPerSecond.range.text) tokens/s"
      expected = speed.tokensPerSecond.expected.significant()
      (isOver, within) = ("fewer than", "at least")
    }
    let answer =
      switch finding.verdict {
      case Verdict.fits.rawValue: within
      case Verdict.tight.rawValue: "at the worst \(isOver)"
      default: "about \(expected), \(isOver)"
      }
    return "\(model ?? "")\(found), \(answer) \(limit)"
  }

  private struct Need {
    let expected: Bytes
    let high: Bytes
    let available: Bytes
    let leastAvailable: Bytes
    let place: String

    var over: Bytes { expected - available }
    var highOver: Bytes { high - leastAvailable }
  }

  private func sum(_ need: Need) -> String {
    let all = "\(sizes(need.expected, of: need.available)) on \(need.place)"
    if need.over > .zero { return "needs \(all): \(size(need.over)) short" }
    if need.highOver > .zero {
      return "tight: needs \(all), \(size(need.highOver)) short at the highest estimate"
    }
    return "needs \(all), \(size(need.available - need.expected)) to spare"
  }

  private func max(_ need: Need, _ limit: String) -> String {
    let needed = "needs \(size(need.expected, decimals: 3)) on \(need.place)"
    if need.over > .zero { return "\(needed), \(size(need.over)) more than \(limit)" }
    if need.highOver > .zero {
      return "\(needed), at its highest estimate \(size(need.highOver)) more than \(limit)"
    }
    return "\(needed), within \(limit)"
  }

  private func headroom(_ need: Need, _ limit: String) -> String {
    if need.over > .zero { return "leaves \(size(need.over)) less than \(limit) on \(need.place)" }
    if need.highOver > .zero {
      return "leaves \(size(need.highOver)) less than \(limit) on \(need.place)"
        + " at the highest estimate"
    }
    return "leaves \(limit) on \(need.place)"
  }

  private func place(_ finding: Finding, in deployment: CheckedDeployment) -> String {
    guard let index = finding.device, deployment.devices.indices.contains(index) else {
      return "the host"
    }
    let count = deployment.devices.count
    return deployment.devices[index].name
      + (count > 1 ? ", \(index + 1) of \(count)" : "")
      + (finding.includesHost == true ? " and the host" : "")
  }

  func size(_ bytes: Bytes, decimals: Int = 2) -> String {
    bytes.formatted(prefix, decimals: decimals)
  }

  /// `10.044 of 11.561 GiB`.
  private func sizes(_ part: Bytes, of whole: Bytes) -> String {
    let unit = prefix.budgetUnit
    return "\(part.formatted(inUnitsOf: unit.bytes, decimals: 3)) of "
      + "\(whole.formatted(inUnitsOf: unit.bytes, decimals: 3)) \(unit.symbol)"
  }

  /// How many came out how: `3 pass, 1 fails`.
  func counts(_ result: CheckResult) -> String {
    let words: [(CheckResult.Status, one: String, many: String)] = [
      (.pass, "passes", "pass"), (.fail, "fails", "fail"),
      (.unknown, "cannot be told", "cannot be told"), (.error, "is wrong", "are wrong"),
    ]
    let parts = words.compactMap { status, one, many in
      let count = result.deployments.count { $0.status == status }
      return count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
    }
    return parts.isEmpty ? "nothing was checked" : parts.joined(separator: ", ")
  }
}
