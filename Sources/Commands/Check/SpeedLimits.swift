internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// What a deployment's speed is held to.
enum SpeedLimits {
  /// Returns one finding for each limit: of the model that comes out worst.
  ///
  /// - Throws: A failure at the option that is wrong.
  static func findings(
    of budget: Budget, _ arguments: ParsedArguments, _ settings: Settings,
    isStrict: Bool
  ) throws(CommandFailure) -> [Finding] {
    let question = try SpeedOptions.question(arguments)
    let held = budget.deployments.indices.filter(budget.isHeldToSpeed)
    if let prompt = question.prompt {
      for index in held {
        let deployment = budget.deployments[index]
        let most = deployment.workload.tokensPerSequence(under: deployment.runtime.kind)
        guard prompt <= most else { throw SpeedOptions.tooLong(prompt, most) }
      }
    }
    guard !question.requirements.isEmpty else { return [] }
    let speeds = held.map { question.speed(of: budget.deployments[$0], on: budget.devices) }
    return question.requirements.compactMap { requirement in
      let option =
        switch requirement {
        case .firstToken: SpeedOptions.mostFirstToken.spec
        case .rate: SpeedOptions.leastRate.spec
        }
      let limit = settings[Settings.key(of: option)]
      let all = zip(held, speeds).map { index, speed in
        Finding(
          requirement, of: index, speed,
          unknown: unknown(budget.deployments[index], budget.devices),
          isStrict: isStrict, limit: limit?.value?.texts.last ?? "", line: limit?.line)
      }
      return all.dropFirst().reduce(all.first) { worst, finding in
        worst.map { finding.isWorse(than: $0) ? finding : $0 }
      }
    }
  }

  /// Why the speed of a deployment is not known, and what to do.
  private static func unknown(
    _ deployment: Deployment, _ devices: [Device]
  ) -> (problem: String, fix: String) {
    guard !deployment.model.isEncoder else {
      return ("\(deployment.model.name) writes no tokens", "leave the limit out")
    }
    let device = devices.first { $0.performance?.halfPrecision == nil }
    return (
      "\(device.map { "the bandwidth or arithmetic of \($0.name)" } ?? "a device's speed")"
        + " is not known",
      "name a device of which it is ('vram devices'), or leave the limit out"
    )
  }
}
