/// How fast a deployment answers on some devices: bounds from physics, estimates from calibration.
///
/// Made once for a model, its weights, a runtime's settings and the devices; each question is then
/// a few dozen floating-point operations, so that a sweep can ask for every context.
public struct SpeedModel: Hashable, Sendable {
  /// A stage with what its processor can do.
  struct Stage: Hashable, Sendable {
    let work: StepWork.Stage
    let kind: ProcessorKind
    /// Bytes a second of all ranks together; for a host nobody knows, the least and most likely.
    let bandwidth: SpeedRange
    /// The most operations a second; nil where it is not known.
    let peak: Double?
    /// The operations a second that ``Efficiency/prompt`` is a share of; nil where it is not known.
    let promptPeak: Double?
    let efficiency: Efficiency
    let layerFactor: Double
    let mostLayerFactor: Double
  }

  let stages: [Stage]
  let work: StepWork
  private let traits: Traits
  let usesFusedAttention: Bool
  let overlapsBatches: Bool
  /// Whether some of the model is read from a host whose bandwidth is assumed.
  public let assumesHost: Bool
  /// The classes of processors that do the work.
  public let kinds: [ProcessorKind]

  /// What of a deployment decides its speed beside its work, whatever the devices.
  private struct Traits: Hashable, Sendable {
    let hostBandwidth: Double?
    let isMLX: Bool
    /// Whether the work itself depends on the device: vLLM chooses its batches by it.
    let dependsOnDevice: Bool
    let shareOfLinearAttention: Double
    /// Whether attention is asked to run as one fused operation; nil where the devices decide.
    let asksFusedAttention: Bool?
    /// The heads that must have kernels where the devices decide.
    let heads: [FlashHeads]
    let keyFormat: TensorFormat
    let valueFormat: TensorFormat

    init(of deployment: Deployment, hostBandwidth: Double?) {
      self.hostBandwidth = hostBandwidth
      isMLX = deployment.runtime.kind == .mlx
      dependsOnDevice = deployment.runtime.kind == .vllm
      shareOfLinearAttention = deployment.model.shareOfLinearAttention
      switch deployment.runtime.llamaCppSettings?.flashAttention {
      case nil, .on: asksFusedAttention = true
      case .off: asksFusedAttention = false
      case .auto: asksFusedAttention = nil
      }
      keyFormat = deployment.runtime.llamaCppSettings?.keyFormat ?? .f16
      valueFormat = deployment.runtime.llamaCppSettings?.valueFormat ?? .f16
      heads =
        asksFusedAttention == nil
        ? LayerKinds(deployment.model).mixers.compactMap(\.flashHeads) : []
    }

    func usesFusedAttention(on devices: [Device]) -> Bool {
      asksFusedAttention
        ?? devices.allSatisfy { device in
          device.backend.fusedAttentionReads(keys: keyFormat, values: valueFormat)
            && heads.allSatisfy { $0.hasKernel(on: device.backend) }
        }
    }
  }

  /// Finds what a deployment reads and computes on each device.
  ///
  /// Nil where a device that does a part of the work has no known bandwidth, and where the model yields
  /// no next token (an encoder).
  ///
  /// - Precondition: The runtime takes the configuration: a ``Budget`` of it could be made.
  /// - Parameter hostBandwidth: Bytes a second of the host's memory; assumed when nil.
  public init?(
    of deployment: Deployment, on devices: [Device], hostBandwidth: Double? = nil
  ) {
    guard !deployment.model.isEncoder else { return nil }
    self.init(
      StepWork(of: deployment, on: devices), Traits(of: deployment, hostBandwidth: hostBandwidth),
      on: devices)
  }

  /// Returns the model of a deployment on other devices, as ``init(of:on:hostBandwidth:)`` makes it,
  /// with what does not depend on them kept where that is possible: from one device to another.
  ///
  /// - Precondition: The model is of the same deployment, on as many devices.
  public func moved(to devices: [Device], of deployment: Deployment) -> SpeedModel? {
    devices.count == 1 && !traits.dependsOnDevice
      ? SpeedModel(work, traits, on: devices)
      : SpeedModel(of: deployment, on: devices, hostBandwidth: traits.hostBandwidth)
  }

  private init?(_ work: StepWork, _ traits: Traits, on devices: [Device]) {
    var stages: [Stage] = []
    var kinds: [ProcessorKind] = []
    for stage in work.stages {
      let performance: Performance
      var bandwidth: SpeedRange
      switch stage.place {
      case .device(let index):
        guard let known = devices[index].performance else { return nil }
        performance = known
        bandwidth = SpeedRange(exactly: known.bandwidth)
      case .host:
        let shared = devices.first { $0.isUnified }?.performance?.bandwidth
        let known =
          (traits.hostBandwidth ?? shared).map(SpeedRange.init(exactly:)) ?? Self.assumedHost
        performance = Performance(bandwidth: known.expected, kind: .processor)
        bandwidth = known
      }
      bandwidth = stage.ranks * bandwidth
      let isNVIDIA = performance.kind.isNVIDIA
      if !kinds.contains(performance.kind) { kinds.append(performance.kind) }
      stages.append(
        Stage(
          work: stage, kind: performance.kind, bandwidth: bandwidth,
          peak: performance.peak.map { stage.ranks * $0 },
          promptPeak: (isNVIDIA ? performance.tensorPeak : performance.halfPrecision)
            .map { stage.ranks * $0 },
          efficiency: .of(performance.kind),
          layerFactor: traits.isMLX ? Efficiency.mlxLayers : 1,
          mostLayerFactor: 1 + traits.shareOfLinearAttention * (Efficiency.youngLayers - 1)))
    }
    guard !stages.isEmpty else { return nil }
    self.stages = stages
    self.work = work
    self.kinds = kinds
    self.traits = traits
    usesFusedAttention = traits.usesFusedAttention(on: devices)
    overlapsBatches = kinds == [.nvidia] || kinds == [.nvidiaStacked]
    assumesHost =
      traits.hostBandwidth == nil
      && work.stages.contains { stage in
        stage.place == .host && !devices.contains { $0.isUnified }
      }
  }

  /// What a host's memory delivers when nobody says: two channels, DDR4-2400 to DDR5-6400.
  private static let assumedHost = SpeedRange(low: 38.4e9, expected: 64e9, high: 102.4e9)
}

extension SpeedRange {
  init(exactly value: Double) { self.init(low: value, expected: value, high: value) }
}

extension ProcessorKind {
  var isNVIDIA: Bool {
    switch self {
    case .nvidia, .nvidiaStacked, .nvidiaUnified: true
    case .apple, .radeon, .amdStacked, .amdUnified, .arc, .processor: false
    }
  }
}

extension Performance {
  /// What NVIDIA's tensor cores do with eight bits; twice their rate with 16 where only that is
  /// known.
  var tensorPeak: Double? {
    guard let halfPrecision, let peak else { return peak }
    return peak > halfPrecision ? peak : 2 * halfPrecision
  }
}

extension ModelShape {
  /// The share of layers with a form of linear attention whose kernels are young.
  fileprivate var shareOfLinearAttention: Double {
    let count = layers.reduce(0) { count, layer in
      let isLinear = layer.recurrentStates.contains { state in
        switch state.kind {
        case .gatedDeltaNet, .kimiDeltaAttention, .lightningAttention, .matrixMemory: true
        case .mamba, .mamba2, .rwkv, .shortConvolution, .gatedLinearRecurrence: false
        }
      }
      return count + (isLinear ? 1 : 0)
    }
    return Double(count) / Double(max(1, layers.count))
  }
}

// MARK: Decoding

/// How fast tokens are written, at one depth and number of sequences.
public struct DecodeSpeed: Hashable, Sendable {
  /// Tokens a second of all sequences together.
  public let rate: SpeedRange
  /// The most tokens a second that bandwidth and arithmetic allow.
  public let bound: Double
  /// The sequences that are written at once.
  public let sequences: Int64

  /// Tokens a second that one sequence sees.
  public var ratePerSequence: SpeedRange { (1 / Double(sequences)) * rate }
}

extension SpeedModel {
  /// Returns how fast sequences that hold `depth` tokens each are continued.
  ///
  /// Each step reads the weights once (of experts those that the tokens choose), and what attention
  /// and recurrence keep of every sequence.
  ///
  /// - Parameters:
  ///   - depth: Not negative.
  ///   - sequences: At least 1.
  public func decode(depth: Int64, sequences: Int64 = 1) -> DecodeSpeed {
    let tokens = Double(max(1, sequences))
    var (least, expected, most, bound) = (0.0, 0.0, 0.0, 0.0)
    for stage in stages {
      let step = stage.step(depth: depth, tokens: tokens, self)
      least += step.least
      expected += step.expected
      most += step.most
      bound += step.bound
    }
    let seconds = SpeedRange(around: max(bound, expected), max(bound, least), max(bound, most))
    return DecodeSpeed(
      rate: seconds.reciprocal(of: tokens), bound: tokens / bound, sequences: max(1, sequences))
  }

  /// Returns the tokens a second that each of some sequences is expected to get, as
  /// ``decode(depth:sequences:)`` does.
  public func expectedRate(depth: Int64, _ sequences: Int64) -> Double {
    let tokens = Double(max(1, sequences))
    var (expected, bound) = (0.0, 0.0)
    for stage in stages {
      let step = stage.step(depth: depth, tokens: tokens, self)
      expected += step.expected
      bound += step.bound
    }
    return 1 / max(bound, expected)
  }
}

extension SpeedModel.Stage {
  /// The seconds of a step: by the range of what is known, and at the least that physics allow.
  fileprivate func step(
    depth: Int64, tokens: Double, _ model: SpeedModel
  ) -> (least: Double, expected: Double, most: Double, bound: Double) {
    let reading = reading(depth: depth, tokens: tokens, model)
    let bytes = efficiency.seconds(of: reading)
    let layers = reading.layers * efficiency.layerSeconds
    // Arithmetic adds to reading: batches of one to 256 on MI300X grow by the same step each.
    let arithmetic = tokens > 1 ? computeSeconds(depth: depth, tokens: tokens, model.work) : 0
    let (spread, promptSpread) = (efficiency.spread, efficiency.promptSpread)
    return (
      spread.least * (bytes / bandwidth.high + layers) + promptSpread.least * arithmetic,
      bytes / bandwidth.expected + layers + arithmetic,
      spread.most * (bytes / bandwidth.low + mostLayerFactor * layers)
        + promptSpread.most * arithmetic,
      leastStep(depth: depth, tokens: tokens, model.work)
    )
  }

  /// The seconds that the arithmetic of a step of several tokens is expected to take.
  func computeSeconds(depth: Int64, tokens: Double, _ model: StepWork) -> Double {
    guard let promptPeak else { return 0 }
    let share = efficiency.prompt * (model.isRouted ? Efficiency.routedPrompt : 1)
    return tokens
      * (2 * (work.activeElements + work.headElements) / share
        + work.attentionOperations(depth: depth) / efficiency.promptAttention) / promptPeak
  }

  /// The seconds that a step takes at the least: all reading at full bandwidth, beside all
  /// arithmetic at the peak. All tokens may choose the same experts.
  private func leastStep(depth: Int64, tokens: Double, _ model: StepWork) -> Double {
    let bytes =
      work.weights(tokens: 1, routedShare: model.routedShare).total
      + tokens * work.cacheBytes(depth: depth)
    let reading = bytes / bandwidth.high
    guard let peak else { return reading }
    let operations =
      tokens
      * (2 * (work.activeElements + work.headElements) + work.attentionOperations(depth: depth))
    return max(reading, operations / peak)
  }
}
