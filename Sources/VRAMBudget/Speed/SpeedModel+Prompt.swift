extension SpeedModel {
  /// Returns the seconds until the first token of an answer: what reading the prompt takes.
  ///
  /// Each token of the prompt costs two operations for every matrix element it is multiplied by, and
  /// attention to those before it; each batch of them reads the weights once. Nil where a device's
  /// arithmetic is not known.
  ///
  /// - Parameter prompt: Tokens; at least 1.
  public func firstToken(prompt: Int64) -> SpeedRange? {
    let tokens = max(1, prompt)
    let batches = max(1, (tokens + work.batchTokens - 1) / work.batchTokens)
    guard stages.allSatisfy({ $0.promptPeak != nil }) else { return nil }
    var (low, expected, most) = (0.0, 0.0, 0.0)
    for stage in stages {
      let seconds = stage.prompt(tokens: tokens, batches: batches, work)
      low += seconds.least
      expected += seconds.expected
      most += seconds.most
    }
    let overlap = overlap(batches: batches)
    let floor = leastFirstToken(prompt: tokens) ?? 0
    return SpeedRange(
      around: max(floor, expected * overlap), max(floor, low * overlap), max(floor, most))
  }

  /// Returns the seconds that reading a prompt takes at the least: all weights read once, beside all
  /// arithmetic at the peak. Nil where a device's arithmetic is not known.
  ///
  /// - Parameter prompt: Tokens; at least 1.
  public func leastFirstToken(prompt: Int64) -> Double? {
    let tokens = max(1, prompt)
    guard stages.allSatisfy({ $0.promptPeak != nil }) else { return nil }
    let least = stages.reduce(0.0) { $0 + $1.leastPrompt(tokens: tokens, work) }
    // Stages that work on different batches at once share the bound's time as well.
    return least / Double(overlapsBatches && tokens > work.batchTokens ? stages.count : 1)
  }

  /// Returns the tokens of a prompt that are read in a second, for prompts of this length.
  public func promptRate(prompt: Int64) -> SpeedRange? {
    firstToken(prompt: prompt)?.reciprocal(of: Double(max(1, prompt)))
  }

  /// The share of the stages' summed time that is left when they work on different batches at once.
  private func overlap(batches: Int64) -> Double {
    guard overlapsBatches, stages.count > 1 else { return 1 }
    let (count, batches) = (Double(stages.count), Double(batches))
    return (batches + count - 1) / (batches * count)
  }
}

extension SpeedModel.Stage {
  /// The seconds that a prompt takes in the stage.
  fileprivate func prompt(
    tokens: Int64, batches: Int64, _ model: StepWork
  ) -> (least: Double, expected: Double, most: Double) {
    guard let promptPeak else { return (0, 0, 0) }
    let share = efficiency.prompt * (model.isRouted ? Efficiency.routedPrompt : 1)
    let arithmetic =
      (2 * work.activeElements * Double(tokens) / share
        + work.attentionOperations(tokens: tokens, after: 0) / efficiency.promptAttention)
      / promptPeak
    let perBatch = Double(min(tokens, model.batchTokens))
    let weights = work.weights(tokens: perBatch, routedShare: model.routedShare).total
    let layers = layerFactor * work.layers * efficiency.layerSeconds
    func seconds(_ bandwidth: Double, _ spread: Efficiency.Spread, _ step: Efficiency.Spread)
      -> (least: Double, most: Double)
    {
      let reading = Double(batches) * (weights / bandwidth + layers)
      return (
        spread.least * arithmetic + step.least * reading,
        spread.most * arithmetic + step.most * reading
      )
    }
    let (spread, step) = (efficiency.promptSpread, efficiency.spread)
    return (
      seconds(bandwidth.high, spread, step).least,
      seconds(bandwidth.expected, .certain, .certain).most,
      seconds(bandwidth.low, spread, step).most
    )
  }

  /// The seconds that a prompt takes at the least.
  fileprivate func leastPrompt(tokens: Int64, _ model: StepWork) -> Double {
    let reading =
      work.weights(tokens: 1, routedShare: model.routedShare).total / bandwidth.high
    guard let peak else { return reading }
    let operations =
      2 * work.activeElements * Double(tokens) + work.attentionOperations(tokens: tokens, after: 0)
    return max(reading, operations / peak)
  }
}
