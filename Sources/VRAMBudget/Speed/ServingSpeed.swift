/// How a deployment serves its sequences, all at once: what is asked of speed is held against this.
public struct ServingSpeed: Hashable, Sendable {
  /// The tokens of the prompt that is asked about.
  public let prompt: Int64
  /// All sequences, after the prompt.
  public let decode: DecodeSpeed
  /// The seconds until the first token; nil where a device's arithmetic is not known.
  public let firstToken: SpeedRange?

  /// Tokens a second that each sequence gets.
  public var ratePerSequence: SpeedRange { decode.ratePerSequence }
}

extension SpeedModel {
  /// Returns how a workload is served.
  ///
  /// - Parameter prompt: Tokens; ``SpeedSummary/defaultPrompt`` when nil. No longer than the context.
  public func serving(
    _ workload: Workload, under kind: RuntimeKind, prompt: Int64? = nil
  ) -> ServingSpeed {
    let prompt = workload.prompt(prompt, under: kind)
    return ServingSpeed(
      prompt: prompt, decode: decode(depth: prompt, sequences: max(1, workload.sequences)),
      firstToken: firstToken(prompt: prompt))
  }
}

extension Workload {
  /// The tokens that each sequence may hold.
  public func tokensPerSequence(under kind: RuntimeKind) -> Int64 {
    kind.countsContextPerSequence ? contextTokens : max(1, contextTokens / max(1, sequences))
  }

  /// The prompt that is asked about: what is asked for, else the usual, as far as a sequence holds it.
  public func prompt(_ asked: Int64?, under kind: RuntimeKind) -> Int64 {
    max(1, min(asked ?? SpeedSummary.defaultPrompt, tokensPerSequence(under: kind)))
  }
}

/// What is asked of the speed of deployments.
public struct SpeedQuestion: Hashable, Sendable {
  /// Tokens; nil for the usual.
  public let prompt: Int64?
  /// Bytes a second of the host's memory; assumed when nil.
  public let hostBandwidth: Double?
  /// What the speed must be; often nothing.
  public let requirements: [SpeedRequirement]

  public init(
    prompt: Int64? = nil, hostBandwidth: Double? = nil, requirements: [SpeedRequirement] = []
  ) {
    self.prompt = prompt
    self.hostBandwidth = hostBandwidth
    self.requirements = requirements
  }

  /// Returns how a deployment serves its sequences; nil where ``SpeedModel`` is.
  ///
  /// - Precondition: The runtime takes the configuration: a ``Budget`` of it could be made.
  public func speed(of deployment: Deployment, on devices: [Device]) -> ServingSpeed? {
    SpeedModel(of: deployment, on: devices, hostBandwidth: hostBandwidth)?.serving(
      deployment.workload, under: deployment.runtime.kind, prompt: prompt)
  }

  /// Returns the worst verdict of what is required; fits when nothing is.
  public func verdict(on speed: ServingSpeed?) -> Verdict {
    requirements.reduce(.fits) { .worse($0, $1.verdict(on: speed)) }
  }
}

/// What a deployment's speed must be.
public enum SpeedRequirement: Hashable, Sendable {
  /// The first token of an answer within so many seconds.
  case firstToken(seconds: Double)
  /// So many tokens a second for each sequence.
  case rate(tokensPerSecond: Double)

  /// Returns whether the requirement is met for sure, as expected, or not; unknown without a speed.
  public func verdict(on speed: ServingSpeed?) -> Verdict {
    switch self {
    case .firstToken(let seconds):
      guard let time = speed?.firstToken else { return .unknown }
      return time.high <= seconds ? .fits : time.expected <= seconds ? .tight : .doesNotFit
    case .rate(let tokens):
      guard let rate = speed?.ratePerSequence else { return .unknown }
      return rate.low >= tokens ? .fits : rate.expected >= tokens ? .tight : .doesNotFit
    }
  }
}

extension Budget {
  /// Whether a deployment is held to what is asked of speed: one that writes no tokens is not, where
  /// it stands beside others that do.
  public func isHeldToSpeed(_ index: Int) -> Bool {
    !deployments[index].model.isEncoder || deployments.allSatisfy(\.model.isEncoder)
  }
}
