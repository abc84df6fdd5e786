internal import VRAMBudget

extension BudgetTable {
  /// What vLLM would print of its cache.
  var reportText: String {
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
  var serverText: String {
    let savings = zip(budget.deployments, answers.savedByServer).compactMap {
      deployment, saved -> String? in
      guard let saved, saved >= Self.worthSaying else { return nil }
      let name = budget.deployments.count > 1 ? " for \(deployment.model.name)" : ""
      return "\(size(saved, decimals: 2)) \(unit) less\(name)"
    }
    guard !savings.isEmpty else { return "" }
    return "\n  llama-server computes one logit vector of each sequence and needs"
      + " \(savings.joined(separator: " and ")): --outputs sequences.\n"
  }

  /// The least saving that is worth a line.
  private static let worthSaying = Bytes.mebibytes(128)

  // MARK: Host and file

  /// What lies in host memory.
  var hostText: String {
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
  var limitText: String {
    guard budget.constraints.count > 1 else { return "" }
    let place =
      switch budget.limit {
      case .host: "host memory"
      case .device(let index):
        budget.devices[index].name
          + (budget.devices.count > 1 ? ", \(index + 1) of \(budget.devices.count)," : "")
      }
    let verdict =
      switch budget.verdict {
      case .fits: "FITS in all"
      case .tight: "TIGHT in all"
      case .doesNotFit: "DOES NOT FIT in all"
      case .unknown: "UNKNOWN in all"
      }
    let sentence = "\(verdict): \(place) is the limit."
    return "\n  \(coloured(sentence, for: budget.verdict))\n"
  }

  /// What the model's file takes on disk, where that is known.
  var fileText: String {
    budget.deployments.compactMap { deployment in
      deployment.fileBytes.map {
        "  File of \(deployment.model.name): \(size($0)) \(unit) on disk"
          + (deployment.fileBasis == .exact ? ".\n" : ", within 0.1 %.\n")
      }
    }.joined()
  }
}
