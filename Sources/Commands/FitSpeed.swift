internal import ArgumentParsing
internal import VRAMBudget

/// How fast the rows of `vram fit` are, and whether fast enough: for sure, as all that it says fits.
struct FitSpeed {
  private let question: SpeedQuestion
  /// Whether rows say how fast they are.
  let isShown: Bool

  /// - Throws: A failure about the option that is wrong.
  init(_ arguments: ParsedArguments) throws(CommandFailure) {
    question = try SpeedOptions.question(arguments)
    isShown = SpeedOptions.isAsked(arguments)
  }

  /// Refuses devices of which it cannot be told whether anything is fast enough on them.
  ///
  /// - Throws: A failure at the requirement, with the status that it cannot be told.
  func refuseUnknown(_ devices: [Device]) throws(CommandFailure) {
    guard let requirement = question.requirements.first else { return }
    let unknown = devices.first { device in
      switch requirement {
      case .firstToken: device.performance?.halfPrecision == nil
      case .rate: device.performance == nil
      }
    }
    guard let unknown else { return }
    let option =
      switch requirement {
      case .firstToken: SpeedOptions.mostFirstToken.spec
      case .rate: SpeedOptions.leastRate.spec
      }
    throw CommandFailure(
      at: option.flag,
      UsageError.missing(
        what: "the bandwidth or arithmetic of \(unknown.name) is not known",
        fix: "name a device of which it is ('vram devices'), or leave \(option.flag) out"),
      status: .cannotTell)
  }

  /// Returns how fast a deployment that fits is; nil where that is not asked or not known, and where
  /// a sequence cannot hold the prompt.
  func speed(of deployment: Deployment, on devices: [Device]) -> ServingSpeed? {
    guard isShown else { return nil }
    let held = deployment.workload.tokensPerSequence(under: deployment.runtime.kind)
    if let prompt = question.prompt, prompt > held { return nil }
    return question.speed(of: deployment, on: devices)
  }

  /// Whether a speed is what is asked for, even at the slow end of its range.
  func accepts(_ speed: ServingSpeed?) -> Bool { question.verdict(on: speed) == .fits }
}
