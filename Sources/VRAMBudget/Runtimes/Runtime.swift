/// A program that loads a model, at one version, with its settings.
///
/// The model says what must be stored; the runtime says how: padding, preallocation, what stays on
/// the host. One folder each.
public enum Runtime: Hashable, Sendable {
  case llamaCpp(LlamaCppSettings)
  case ollama(OllamaSettings)
  case vllm(VLLMSettings)
  case transformers(TransformersSettings)
  case execuTorch(ExecuTorchSettings)
  case mlx(MLXSettings)

  public var kind: RuntimeKind {
    switch self {
    case .llamaCpp: .llamaCpp
    case .ollama: .ollama
    case .vllm: .vllm
    case .transformers: .transformers
    case .execuTorch: .execuTorch
    case .mlx: .mlx
    }
  }

  /// What the runtime leaves of a device to others; nil where it takes what it needs and no more.
  func unclaimed(of device: Device) -> Reservation? {
    switch self {
    case .vllm(let settings): settings.unclaimed(of: device)
    case .ollama(let settings): settings.reservation(of: device)
    case .llamaCpp, .transformers, .execuTorch, .mlx: nil
    }
  }

  /// llama.cpp's settings, where it runs the model.
  public var llamaCppSettings: LlamaCppSettings? {
    switch self {
    case .llamaCpp(let settings): settings
    case .ollama(let settings): settings.llamaCpp
    case .vllm, .transformers, .execuTorch, .mlx: nil
    }
  }

  /// Returns what each compute buffer holds at its fullest, where the graph is known.
  static func computePeaks(
    for deployment: Deployment, on devices: [Device]
  ) throws(RuntimeError) -> [Place: ComputePeak] {
    guard case .llamaCpp(let settings) = deployment.runtime else { return [:] }
    return try LlamaCpp(load: deployment.load, settings: settings, devices: devices).computePeaks()
  }

  /// Returns what vLLM would print of its cache; nil under any other runtime.
  ///
  /// - Parameter usable: What of each device the deployment can have.
  static func report(
    for deployment: Deployment, on devices: [Device], usable: [Bytes]
  ) throws(RuntimeError) -> VLLMReport? {
    guard case .vllm(let settings) = deployment.runtime else { return nil }
    return try VLLM(load: deployment.load, settings: settings, devices: devices)
      .report(usable: usable)
  }

  /// Returns what the deployment allocates on the devices and on the host.
  ///
  /// - Throws: ``RuntimeError`` when the runtime refuses the configuration.
  public static func lines(
    for deployment: Deployment, on devices: [Device]
  ) throws(RuntimeError) -> [BudgetLine] {
    switch deployment.runtime {
    case .llamaCpp(let settings):
      try LlamaCpp(load: deployment.load, settings: settings, devices: devices).lines()
    case .ollama(let settings):
      try Ollama(load: deployment.load, settings: settings, devices: devices).lines()
    case .vllm(let settings):
      try VLLM(load: deployment.load, settings: settings, devices: devices).lines()
    case .transformers(let settings):
      try TransformersRuntime(load: deployment.load, settings: settings, devices: devices).lines()
    case .execuTorch(let settings):
      try ExecuTorch(load: deployment.load, settings: settings, devices: devices).lines()
    case .mlx(let settings):
      try MLXRuntime(load: deployment.load, settings: settings, devices: devices).lines()
    }
  }
}
