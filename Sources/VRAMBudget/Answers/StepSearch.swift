/// The search for the last step of a setting before the first that does not fit.
struct StepSearch {
  private let axis: Axis
  private let deployment: Deployment
  private let standard: FitStandard
  private var pricer: Pricer
  /// The number of steps.
  let count: Int64

  init(axis: Axis, deployment: Deployment, standard: FitStandard, pricer: Pricer) {
    self.axis = axis
    self.deployment = deployment
    self.standard = standard
    self.pricer = pricer
    count = axis.steps(of: deployment, on: pricer.devices)
  }

  /// Returns the step; 0 when the first does not fit.
  ///
  /// - Throws: ``RuntimeError`` when the runtime refuses the setting.
  mutating func lastStep() throws(RuntimeError) -> Int64 {
    switch axis {
    case .sequences: return try byTrying()
    case .gpuLayers, .deviceExperts:
      return standard.accepts(try outlook(count).verdict) ? count : try byGuessing()
    case .context: return try byGuessing()
    }
  }

  private mutating func outlook(_ step: Int64) throws(RuntimeError) -> Pricer.Outlook {
    let value = axis.value(ofStep: step, of: deployment)
    return try pricer.outlook(of: axis.deployment(deployment, at: value))
  }

  /// Tries one after the other: more sequences can need less where they divide a context evenly.
  private mutating func byTrying() throws(RuntimeError) -> Int64 {
    for step in 1...count where !standard.accepts(try outlook(step).verdict) { return step - 1 }
    return count
  }

  /// Guesses along a straight line, which sums nearly are, then looks below the step found as far
  /// down as a compute buffer could hide one that does not fit.
  private mutating func byGuessing() throws(RuntimeError) -> Int64 {
    var low = (step: Int64(1), outlook: try outlook(1))
    guard standard.accepts(low.outlook.verdict) else { return 0 }
    guard count > 1 else { return 1 }
    var high = (step: count, outlook: try outlook(count))
    if standard.accepts(high.outlook.verdict) { low = high }
    var round = 0
    while high.step - low.step > 1 {
      let step = Self.guess(
        between: (low.step, low.outlook.headroom), (high.step, high.outlook.headroom),
        halving: round % 3 == 2)
      let outlook = try outlook(step)
      if standard.accepts(outlook.verdict) { low = (step, outlook) } else { high = (step, outlook) }
      round += 1
    }
    return try lastStep(below: low.step, low.outlook)
  }

  /// Returns the last step of those up to one that fits before the first that does not.
  private mutating func lastStep(
    below found: Int64, _ outlook: Pricer.Outlook
  ) throws(RuntimeError) -> Int64 {
    var answer = found
    var step = found
    var below = outlook
    while step > 1, below.headroom < below.ripple || answer < step {
      step -= 1
      below = try self.outlook(step)
      if !standard.accepts(below.verdict) { answer = step - 1 }
    }
    return answer
  }

  /// A step strictly between two, where the straight line through what is left of each meets zero.
  private static func guess(
    between low: (step: Int64, headroom: Bytes), _ high: (step: Int64, headroom: Bytes),
    halving: Bool
  ) -> Int64 {
    let width = high.step - low.step
    let fall = Int128(low.headroom.count) - Int128(high.headroom.count)
    guard !halving, fall > 0 else { return low.step + width / 2 }
    let steps = Int128(low.headroom.count) * Int128(width) / fall
    return low.step + Int64(min(max(steps, 1), Int128(width - 1)))
  }
}
