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

  /// What the runtime keeps free of a device; nil where it uses all that there is.
  func keptFree(of device: Device) -> Reservation? {
    guard case .ollama(let settings) = self else { return nil }
    return settings.reservation(of: device)
  }

  /// What the runtime takes of a device when it starts; nil where it takes what it needs and no more.
  ///
  /// - Parameter overhead: What the program itself takes, where the user says so.
  func claim(on device: Device, overhead: Bytes?) -> Claim? {
    guard case .vllm(let settings) = self else { return nil }
    return settings.claim(on: device, overhead: overhead)
  }

  /// Whether the cache takes the memory of its whole context from the start, however few tokens are
  /// in it.
  public var preallocatesCache: Bool {
    switch self {
    case .llamaCpp, .ollama, .vllm, .execuTorch: true
    case .transformers(let settings): settings.cache == .static
    case .mlx: false
    }
  }

  /// The most sequences that the runtime computes at once.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-cparams.h, `LLAMA_MAX_SEQ`; vLLM's `--max-num-seqs`.
  func mostSequences(on devices: [Device]) -> Int64 {
    switch self {
    case .llamaCpp, .ollama: 256
    case .vllm(let settings):
      devices.lazy.map(settings.mostSequences).min() ?? Workload.allowedSequences.upperBound
    case .execuTorch: 1
    case .transformers, .mlx: Workload.allowedSequences.upperBound
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
    var rules = RuntimeRules(deployment.load, on: devices, graphs: PricedGraphs())
    return try rules.llamaCpp(settings, deployment.workload).computePeaks()
  }

  /// Returns what vLLM would print of its cache; nil under any other runtime.
  ///
  static func report(
    for deployment: Deployment, on devices: [Device]
  ) throws(RuntimeError) -> VLLMReport? {
    guard case .vllm(let settings) = deployment.runtime else { return nil }
    return try VLLM(load: deployment.load, settings: settings, devices: devices)
      .report(usable: devices.map { settings.share(of: $0) })
  }

  /// Returns what the deployment allocates on the devices and on the host.
  ///
  /// - Parameter graphs: Where compute graphs are found and kept.
  /// - Throws: ``RuntimeError`` when the runtime refuses the configuration.
  public static func lines(
    for deployment: Deployment, on devices: [Device], graphs: PricedGraphs = PricedGraphs()
  ) throws(RuntimeError) -> [BudgetLine] {
    var rules = RuntimeRules(deployment.load, on: devices, graphs: graphs)
    var ledger = Ledger(devices: devices.count, isExplained: true)
    try rules.enter(deployment.workload, deployment.runtime, in: &ledger)
    return ledger.lines
  }
}
