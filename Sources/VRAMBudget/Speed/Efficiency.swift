/// What of their peaks processors reach, by class: the calibration of the speed estimates.
///
/// A step takes the bytes that it reads at a share of the memory's bandwidth, which depends on how
/// they are packed, and some time for each layer whatever its size: what starting its kernels costs.
/// The second term is what makes small models and fast memory fall short of their bound.
///
/// What a step takes is what the fit of `SpeedCalibration` in the tests gives for the runs of
/// speed.tsv that are not kept back, rounded; a test fits them again and holds these to it. So is its
/// spread: the factors between which all but 4 in 100 of the runs of a device lie when the fit has not
/// seen the device. Classes that have no run there get what all classes together give. What a prompt
/// takes was set by hand, with every run in view.
struct Efficiency: Hashable, Sendable {
  /// The share of the bandwidth at which weights are read, by the width of their format.
  let weights: BytesByWidth
  /// What the weights of routed experts take beside, as a multiple of reading them at full bandwidth.
  let routedDelay: Double
  /// The share of the bandwidth at which fused attention reads its cache, and unfused attention.
  let cache: Double
  let unfusedCache: Double
  /// The seconds that a layer costs beside what it reads.
  let layerSeconds: Double
  /// How far the truth may lie from the expected time of a step's reading.
  let spread: Spread
  /// The share of the peak that a prompt reaches in matrices, and in attention.
  let prompt: Double
  let promptAttention: Double
  /// How far the truth may lie from the expected time of arithmetic.
  let promptSpread: Spread

  /// Factors on the expected time.
  struct Spread: Hashable, Sendable {
    let least: Double
    let most: Double

    static let certain = Spread(least: 1, most: 1)
    /// Of prompts, for classes whose members differ little.
    static let narrow = Spread(least: 0.6, most: 1.9)
    static let wide = Spread(least: 0.55, most: 2.1)
    /// Of prompts, for classes with few rows.
    static let widest = Spread(least: 0.5, most: 2.5)
  }

  init(
    _ sixteen: Double, _ eight: Double, _ four: Double, _ low: Double, routedDelay: Double,
    cache: Double, unfusedCache: Double, layerMicroseconds: Double, least: Double, most: Double,
    prompt: Double, promptAttention: Double, promptSpread: Spread
  ) {
    var weights = BytesByWidth()
    weights[.sixteen] = sixteen
    weights[.eight] = eight
    weights[.four] = four
    weights[.low] = low
    self.weights = weights
    self.routedDelay = routedDelay
    self.cache = cache
    self.unfusedCache = unfusedCache
    layerSeconds = layerMicroseconds / 1e6
    spread = Spread(least: least, most: most)
    self.prompt = prompt
    self.promptAttention = promptAttention
    self.promptSpread = promptSpread
  }
}

extension Efficiency {
  /// Returns what a class of processors reaches.
  static func of(_ kind: ProcessorKind) -> Efficiency {
    switch kind {
    case .nvidia: nvidia
    case .nvidiaStacked: nvidiaStacked
    case .nvidiaUnified: any(prompt: 0.14, attention: 0.08)
    case .apple: apple
    case .radeon: radeon
    case .amdStacked: amdStacked
    case .amdUnified: any(prompt: 0.25, attention: 0.05)
    case .arc: arc
    case .processor: processor
    }
  }

  private static let nvidia = Efficiency(
    0.88, 0.85, 0.85, 0.64, routedDelay: 0.38, cache: 0.49, unfusedCache: 0.32,
    layerMicroseconds: 56, least: 0.77, most: 1.26, prompt: 0.17, promptAttention: 0.1,
    promptSpread: .narrow)
  private static let nvidiaStacked = Efficiency(
    0.76, 0.85, 0.78, 0.64, routedDelay: 0.37, cache: 0.48, unfusedCache: 0.29,
    layerMicroseconds: 144, least: 0.69, most: 1.8, prompt: 0.12, promptAttention: 0.08,
    promptSpread: .wide)
  private static let apple = Efficiency(
    0.85, 0.89, 0.79, 0.64, routedDelay: 0.63, cache: 0.51, unfusedCache: 0.23,
    layerMicroseconds: 111, least: 0.69, most: 1.61, prompt: 0.57, promptAttention: 0.4,
    promptSpread: .wide)
  private static let radeon = Efficiency(
    0.86, 0.82, 0.89, 0.62, routedDelay: 0.91, cache: 0.46, unfusedCache: 0.34,
    layerMicroseconds: 81, least: 0.69, most: 1.8, prompt: 0.25, promptAttention: 0.05,
    promptSpread: .wide)
  private static let amdStacked = Efficiency(
    0.84, 0.84, 0.79, 0.64, routedDelay: 0.37, cache: 0.47, unfusedCache: 0.34,
    layerMicroseconds: 126, least: 0.69, most: 1.8, prompt: 0.38, promptAttention: 0.06,
    promptSpread: .widest)
  private static let arc = Efficiency(
    0.84, 0.85, 0.75, 0.64, routedDelay: 0.37, cache: 0.48, unfusedCache: 0.34,
    layerMicroseconds: 176, least: 0.69, most: 1.8, prompt: 0.1, promptAttention: 0.03,
    promptSpread: .widest)
  private static let processor = Efficiency(
    0.84, 0.85, 0.72, 0.66, routedDelay: 0.26, cache: 0.48, unfusedCache: 0.34,
    layerMicroseconds: 97, least: 0.69, most: 1.8, prompt: 0.3, promptAttention: 0.1,
    promptSpread: .widest)

  /// What all classes together give.
  private static func any(prompt: Double, attention: Double) -> Efficiency {
    Efficiency(
      0.84, 0.85, 0.81, 0.64, routedDelay: 0.37, cache: 0.48, unfusedCache: 0.34,
      layerMicroseconds: 79, least: 0.69, most: 1.8, prompt: prompt, promptAttention: attention,
      promptSpread: .widest)
  }
}

extension Efficiency {
  /// What MLX costs a layer, as a share of what llama.cpp does on the same processor.
  static let mlxLayers = 0.6
  /// What of a prompt's share is left where experts are chosen: their matrices see few tokens each.
  static let routedPrompt = 0.5
  /// What a layer of linear attention may cost, in ordinary layers. The only runs that were found read
  /// the same bytes at 60 and 31 tokens a second with two drivers, and predate llama.cpp's fused
  /// operation for them: it is kernels that they wait for.
  static let youngLayers = 6.0

  /// The seconds times the bandwidth that a step's reading takes.
  func seconds(of reading: StepReading) -> Double {
    reading.weights.seconds(at: weights) + routedDelay * reading.routedBytes
      + reading.cacheBytes / (reading.isFused ? cache : unfusedCache)
  }
}
