/// What one place reads in a step, and how: what the time of a step is estimated from.
public struct StepReading: Hashable, Sendable {
  public let place: Place
  public let kind: ProcessorKind
  /// Bytes a second of all devices that share the place's layers.
  public let bandwidth: SpeedRange
  /// The weights that are read, chosen experts too.
  public let weights: BytesByWidth
  /// The bytes of chosen experts among them.
  public let routedBytes: Double
  /// What attention and recurrence read of all sequences.
  public let cacheBytes: Double
  /// Whether attention runs as one fused operation.
  public let isFused: Bool
  /// The layers, those of a runtime that starts fewer kernels counted for less.
  public let layers: Double

  /// All bytes: over the bandwidth they are the least that the step takes.
  public var bytes: Double { weights.total + cacheBytes }

  /// The seconds that are expected of each part, and the factors between which their sum may lie.
  public struct Estimate: Hashable, Sendable {
    public let weights: Double
    public let cache: Double
    public let layers: Double
    public let leastFactor: Double
    public let mostFactor: Double
  }

  /// What is expected of the reading, by the runs of its class of processors.
  public var estimate: Estimate {
    let efficiency = Efficiency.of(kind)
    let rate = bandwidth.expected
    return Estimate(
      weights: (weights.seconds(at: efficiency.weights) + efficiency.routedDelay * routedBytes)
        / rate,
      cache: cacheBytes / (isFused ? efficiency.cache : efficiency.unfusedCache) / rate,
      layers: layers * efficiency.layerSeconds, leastFactor: efficiency.spread.least,
      mostFactor: efficiency.spread.most)
  }
}

extension SpeedModel {
  /// Returns what each place reads when sequences that hold `depth` tokens each are continued.
  ///
  /// - Parameters: As ``decode(depth:sequences:)``.
  public func readings(depth: Int64, sequences: Int64 = 1) -> [StepReading] {
    stages.map { $0.reading(depth: depth, tokens: Double(max(1, sequences)), self) }
  }
}

extension SpeedModel.Stage {
  func reading(depth: Int64, tokens: Double, _ model: SpeedModel) -> StepReading {
    let share = model.work.routedShare
    let touched = StepWork.touched(share: share, tokens: tokens)
    return StepReading(
      place: work.place, kind: kind, bandwidth: bandwidth,
      weights: work.dense + touched * work.routed, routedBytes: touched * work.routed.total,
      cacheBytes: tokens * work.cacheBytes(depth: depth), isFused: model.usesFusedAttention,
      layers: layerFactor * work.layers)
  }
}
