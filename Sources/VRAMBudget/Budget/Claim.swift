/// What a runtime takes of a device when it starts, whatever it needs of it.
///
/// vLLM takes its share of CUDA's total for each instance, however many there are, and does not start
/// where less than that is free; what its lines leave of it becomes cache.
///
/// Source: vLLM 0.27.1, vllm/v1/worker/utils.py, `request_memory`: the share rounded up, checked
/// against what is free once the process has its context.
struct Claim: Hashable, Sendable {
  /// The share as expected.
  let share: Bytes
  /// The share when the driver keeps the most of the device.
  let leastShare: Bytes
  /// What the process takes beside the share.
  let beside: ByteEstimate
  let besideBasis: Basis
  let besideSource: String

  /// The share as the limit of the runtime's own lines.
  func constraint(on lines: ByteEstimate) -> Budget.Constraint {
    Budget.Constraint(
      needed: lines, available: share, leastAvailable: leastShare, includesHost: false)
  }
}

extension Claim {
  /// The lines that stand for the whole claim, where others share the device.
  func lines(beside own: ByteEstimate, on place: Place) -> [BudgetLine] {
    let rest = max(.zero, share - own.expected)
    return [
      BudgetLine(
        .claimedRest, on: place, basis: .modelled, estimate: ByteEstimate(exactly: rest),
        formula: Formula([.init("more cache", bytes: rest)]),
        source: "\(VLLM.version) takes its share whole: \(share.count) B"),
      BudgetLine(
        .runtimeContext, on: place, basis: besideBasis, estimate: beside,
        formula: Formula([.init("an empty process", bytes: beside.expected)]),
        source: besideSource),
    ]
  }
}

/// What deployments ask of one device together.
struct DeviceDemand: Hashable, Sendable {
  /// What all lines come to.
  private let lines: ByteEstimate
  /// The same with every claim whole, and what stands beside it.
  private let taken: ByteEstimate
  /// What the claims are less of when the driver keeps the most.
  private let slack: Bytes
  /// The claim that leaves its own lines the least.
  private let own: Budget.Constraint?
  /// The deployments.
  private let parties: Int

  private init(
    lines: ByteEstimate, taken: ByteEstimate, slack: Bytes, own: Budget.Constraint?, parties: Int
  ) {
    self.lines = lines
    self.taken = taken
    self.slack = slack
    self.own = own
    self.parties = parties
  }

  init(of lines: ByteEstimate, claiming claim: Claim?) {
    guard let claim else {
      self.init(lines: lines, taken: lines, slack: .zero, own: nil, parties: 1)
      return
    }
    self.init(
      lines: lines, taken: ByteEstimate(exactly: claim.share) + claim.beside,
      slack: claim.share - claim.leastShare, own: claim.constraint(on: lines), parties: 1)
  }

  static func + (a: DeviceDemand, b: DeviceDemand) -> DeviceDemand {
    let own: Budget.Constraint? =
      if let one = a.own, let other = b.own { .tighter(one, other) } else { a.own ?? b.own }
    return DeviceDemand(
      lines: a.lines + b.lines, taken: a.taken + b.taken, slack: a.slack + b.slack, own: own,
      parties: a.parties + b.parties)
  }

  /// What is needed: a claim counts whole where others share the device.
  var needed: ByteEstimate { parties > 1 ? taken : lines }

  /// The constraint that leaves the least: of all together, or of one within its claim.
  func constraint(in room: DeviceRoom, host: ByteEstimate) -> Budget.Constraint {
    guard let own else { return room.constraint(on: lines, host: host) }
    let whole = room.constraint(on: taken, host: host).countingClaims(slack)
    // Alone, a claim leaves what it always leaves: that is not what is to spare.
    guard parties == 1 else { return .tighter(own, whole) }
    return own.verdict == whole.verdict || Verdict.worse(own.verdict, whole.verdict) == own.verdict
      ? own : whole
  }
}

extension Budget.Constraint {
  /// The constraint of the worse verdict; of the same, the one that leaves less.
  static func tighter(_ a: Budget.Constraint, _ b: Budget.Constraint) -> Budget.Constraint {
    if a.verdict != b.verdict {
      return Verdict.worse(a.verdict, b.verdict) == a.verdict ? a : b
    }
    return b.headroom < a.headroom ? b : a
  }

  /// The same on a need that has claims in it, which shrink with the device.
  fileprivate func countingClaims(_ slack: Bytes) -> Budget.Constraint {
    Budget.Constraint(
      needed: needed, available: available, leastAvailable: min(available, leastAvailable + slack),
      includesHost: includesHost, countsClaims: true)
  }
}
