/// A model, the way its weights are stored, the runtime that loads it, and what it is asked to do.
public struct Deployment: Hashable, Sendable {
  public let load: ModelLoad
  public let runtime: Runtime

  public init(
    model: ModelShape, weights: WeightPlan, runtime: Runtime, workload: Workload,
    overhead: Bytes? = nil, companions: Companions = Companions()
  ) {
    load = ModelLoad(
      model: model, weights: weights, workload: workload, overhead: overhead,
      companions: companions)
    self.runtime = runtime
  }

  public var model: ModelShape { load.model }
  public var weights: WeightPlan { load.weights }
  public var workload: Workload { load.workload }
}

extension Deployment {
  /// What the runtime takes of a device when it starts.
  func claim(on device: Device) -> Claim? {
    runtime.claim(on: device, overhead: load.overhead)
  }

  /// What a claim leaves of a device beside what is kept free of it already.
  func unclaimed(of device: Device) -> Reservation? {
    guard case .vllm(let settings) = runtime, let claim = claim(on: device) else { return nil }
    return settings.unclaimed(of: device, claim)
  }

  /// The bytes of the model's file, where they are known with or without it.
  ///
  /// A GGUF file holds the tokenizer, whose size no configuration tells.
  public var fileBytes: Bytes? {
    if case .file(let stored) = weights.origin { return stored.fileBytes }
    return switch runtime {
    case .llamaCpp, .ollama, .vllm, .transformers, .mlx: nil
    case .execuTorch: model.executorchFile(tensorBytes: weights.tensorBytes)
    }
  }

  /// How far ``fileBytes`` can be trusted.
  public var fileBasis: Basis {
    if case .file = weights.origin { return .exact }
    return .modelled
  }
}
