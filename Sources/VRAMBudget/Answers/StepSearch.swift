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
    case .sequences: return try inOrder()
    case .gpuLayers, .deviceExperts:
      return standard.accepts(try outlook(count).verdict) ? count : try byGuessing()
    case .context: return try byGuessing()
    }
  }

  /// The step that the deployment is at; nil where it is between two, or the search is not for the
  /// context.
  private var presentStep: Int64? {
    guard axis == .context else { return nil }
    let tokens = deployment.workload.contextTokens
    let first = axis.value(ofStep: 1, of: deployment)
    guard first > 0, tokens.isMultiple(of: first), (1...count).contains(tokens / first),
      axis.value(ofStep: tokens / first, of: deployment) == tokens
    else { return nil }
    return tokens / first
  }

  private mutating func outlook(_ step: Int64) throws(RuntimeError) -> Pricer.Outlook {
    let value = axis.value(ofStep: step, of: deployment)
    return try pricer.outlook(of: axis.deployment(deployment, at: value))
  }

  /// Looks through the steps in order, those in one go that lie on a straight line: more sequences can
  /// need less where each has fewer cells of a context that they divide.
  private mutating func inOrder() throws(RuntimeError) -> Int64 {
    var start: Int64 = 1
    while start <= count {
      let low = Point(start, try outlook(start))
      var high = low
      // A step that is refused is reached only where all before it fit.
      let end = axis.lastStep(alike: start, of: deployment, count: count)
      if end > start, let far = try? outlook(end) { high = Point(end, far) }
      if let failing = try firstFailing(from: low, to: high, isStraight: false) {
        return failing - 1
      }
      start = high.step + 1
    }
    return count
  }

  /// Guesses along a straight line, which sums nearly are, then looks below the step found as far
  /// down as a compute buffer could hide one that does not fit.
  private mutating func byGuessing() throws(RuntimeError) -> Int64 {
    // What is asked for was priced before: begin there where it fits.
    let asked = presentStep ?? 1
    var low = (step: asked, outlook: try outlook(asked))
    if asked > 1, !standard.accepts(low.outlook.verdict) { low = (1, try outlook(1)) }
    guard standard.accepts(low.outlook.verdict) else { return 0 }
    guard count > low.step else { return try lastStep(before: low.step, low.outlook) }
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
    return try lastStep(before: low.step, low.outlook)
  }

  /// A step, what it leaves, and the most that less of it is taken to need more.
  private struct Point {
    let step: Int64
    let headroom: Bytes
    let ripple: Bytes

    init(_ step: Int64, _ outlook: Pricer.Outlook) {
      self.step = step
      headroom = outlook.headroom
      ripple = outlook.ripple
    }
  }

  /// Returns the last step of those up to one that fits before the first that does not.
  private mutating func lastStep(
    before found: Int64, _ outlook: Pricer.Outlook
  ) throws(RuntimeError) -> Int64 {
    var last = found
    var first = Point(found, outlook)
    var width: Int64 = 1
    while first.step > 1, first.headroom < first.ripple {
      let step = max(1, first.step - width)
      let next = Point(step, try self.outlook(step))
      if let failing = try firstFailing(from: next, to: first, isStraight: false) {
        last = failing - 1
      }
      first = next
      width *= 2
    }
    return last
  }

  /// Returns the first step between two, and these themselves, that does not fit; nil where all do.
  ///
  /// Sums are pieces of straight lines with a drop between them wherever a buffer is packed
  /// otherwise. Five points on one line are one piece; what is not is looked at in halves, unless more
  /// is left at its end than a buffer could hide.
  private mutating func firstFailing(
    from low: Point, to high: Point, isStraight: Bool
  ) throws(RuntimeError) -> Int64? {
    if low.headroom < .zero { return low.step }
    guard high.step - low.step > 1 else { return high.headroom < .zero ? high.step : nil }
    if high.headroom >= high.ripple { return nil }
    let step = low.step + (high.step - low.step) / 2
    let middle = Point(step, try outlook(step))
    let isLine = Self.isLine(low, middle, high)
    if isLine, isStraight, high.headroom >= .zero { return nil }
    if let failing = try firstFailing(from: low, to: middle, isStraight: isLine) { return failing }
    return try firstFailing(from: middle, to: high, isStraight: isLine)
  }

  private static func isLine(_ a: Point, _ b: Point, _ c: Point) -> Bool {
    Int128(b.headroom.count - a.headroom.count) * Int128(c.step - b.step)
      == Int128(c.headroom.count - b.headroom.count) * Int128(b.step - a.step)
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
