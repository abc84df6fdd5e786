public import VRAMBudget

/// One thing that was held against another: a need against a device or a limit, or a setting against
/// what it may be.
public struct Finding: Codable, Hashable, Sendable {
  /// What was checked; the names of a SARIF log's rules and of CSV's columns.
  public enum Rule: String, Codable, CaseIterable, Hashable, Sendable {
    case fits
    case max
    case minHeadroom = "min_headroom"
    case minContext = "min_context"
    case maxFirstToken = "max_first_token"
    case minTokensPerSecond = "min_tokens_per_second"
    /// Whether every setting is understood.
    case settings
    /// Whether all of it can be priced.
    case priced
  }

  public let rule: Rule
  public let status: CheckResult.Status
  /// The line of the budgets file that asks for it.
  public let line: Int?
  /// The limit as it is written.
  public let limit: String?
  /// The index of the device that is nearest to the limit.
  public let device: Int?
  /// Whether the host's lines are in the need, the memory being shared.
  public let includesHost: Bool?
  public let verdict: String?
  public let expectedBytes: Int64?
  public let highBytes: Int64?
  public let availableBytes: Int64?
  /// What there is when every reservation is at its most.
  public let leastAvailableBytes: Int64?
  /// The context that was tried.
  public let context: Int64?
  /// The most tokens that the model was made for.
  public let maxContext: Int64?
  /// The index of the model whose speed is held against a limit, and how fast it is.
  public let model: Int?
  public let speed: ServingDocument?
  public let problem: String?
  public let fix: String?

  /// A need that was held against what there is, or may be.
  ///
  /// - Parameters:
  ///   - leastAvailable: What there is when every reservation is at its most; nil for as much.
  ///   - device: The index of the device; nil for the host.
  ///   - isStrict: Whether a tight fit fails.
  public init(
    _ rule: Rule, needed: ByteEstimate, available: Bytes, leastAvailable: Bytes? = nil,
    device: Int?, includesHost: Bool = false, isStrict: Bool, limit: String? = nil,
    line: Int? = nil, context: Int64? = nil
  ) {
    let least = leastAvailable ?? available
    let verdict = Verdict(needed: needed, available: available, atLeast: least)
    self.rule = rule
    self.line = line
    self.limit = limit
    self.device = device
    self.includesHost = includesHost ? true : nil
    self.verdict = verdict.rawValue
    expectedBytes = needed.expected.count
    highBytes = needed.high.count
    availableBytes = available.count
    leastAvailableBytes = least.count
    self.context = context
    maxContext = nil
    model = nil
    speed = nil
    problem = nil
    fix = nil
    status = CheckResult.Status(verdict, isStrict: isStrict)
  }

  /// A context that the model was not made for.
  public init(context: Int64, maximum: Int64, limit: String, line: Int?) {
    rule = .minContext
    status = .fail
    self.line = line
    self.limit = limit
    device = nil
    includesHost = nil
    verdict = nil
    expectedBytes = nil
    highBytes = nil
    availableBytes = nil
    leastAvailableBytes = nil
    self.context = context
    maxContext = maximum
    model = nil
    speed = nil
    problem = nil
    fix = nil
  }

  /// A speed that was held against a limit.
  ///
  /// - Parameters:
  ///   - model: The index of the model.
  ///   - speed: Nil where it is not known.
  ///   - unknown: Why it is not known, and what to do.
  ///   - isStrict: Whether what holds as expected, but not for sure, fails.
  public init(
    _ requirement: SpeedRequirement, of model: Int, _ speed: ServingSpeed?,
    unknown: (problem: String, fix: String), isStrict: Bool, limit: String, line: Int?
  ) {
    let verdict = requirement.verdict(on: speed)
    rule =
      switch requirement {
      case .firstToken: .maxFirstToken
      case .rate: .minTokensPerSecond
      }
    self.line = line
    self.limit = limit
    device = nil
    includesHost = nil
    self.verdict = verdict.rawValue
    expectedBytes = nil
    highBytes = nil
    availableBytes = nil
    leastAvailableBytes = nil
    context = nil
    maxContext = nil
    self.model = model
    self.speed = speed.map(ServingDocument.init)
    problem = verdict == .unknown ? "\(rule.rawValue): \(unknown.problem)" : nil
    fix = verdict == .unknown ? unknown.fix : nil
    status = CheckResult.Status(verdict, isStrict: isStrict)
  }

  /// What could not be priced, because a setting is wrong or something is not known.
  public init(_ status: CheckResult.Status, problem: String, fix: String, line: Int?) {
    rule = status == .unknown ? .priced : .settings
    self.status = status
    self.line = line
    limit = nil
    device = nil
    includesHost = nil
    verdict = nil
    expectedBytes = nil
    highBytes = nil
    availableBytes = nil
    leastAvailableBytes = nil
    context = nil
    maxContext = nil
    model = nil
    speed = nil
    self.problem = problem
    self.fix = fix
  }

  /// Whether it comes out worse than another, or as bad with less room.
  public func isWorse(than other: Finding) -> Bool {
    let verdicts = (Verdict(rawValue: verdict ?? ""), Verdict(rawValue: other.verdict ?? ""))
    if let mine = verdicts.0, let its = verdicts.1, mine != its {
      return Verdict.worse(mine, its) == mine
    }
    return room < other.room
  }

  /// What is left, in bytes, when what is expected is in it.
  private var room: Int64 { (availableBytes ?? 0) - (expectedBytes ?? 0) }

  /// Whether it passes for what is expected but not for the highest estimate.
  var isTight: Bool { verdict == Verdict.tight.rawValue }
}

extension CheckResult.Status {
  /// - Parameter isStrict: Whether what is tight fails.
  fileprivate init(_ verdict: Verdict, isStrict: Bool) {
    self =
      switch verdict {
      case .fits: .pass
      case .tight: isStrict ? .fail : .pass
      case .doesNotFit: .fail
      case .unknown: .unknown
      }
  }
}
