/// The rules of all runtimes, made ready for one model with its weights on some devices.
///
/// What does not change from one workload to the next is found once, when it is first asked for.
struct RuntimeRules {
  private let load: ModelLoad
  private let devices: [Device]
  private let graphs: PricedGraphs

  private var stock: LlamaCppStock?
  private var latest: LlamaCppLayouts?
  private var vllm: VLLM?
  private var transformers: TransformersRuntime?
  private var execuTorch: ExecuTorch?
  private var mlx: MLXRuntime?

  /// - Parameters:
  ///   - load: The model; its workload is only the first.
  ///   - graphs: Where compute graphs are found and kept.
  init(_ load: ModelLoad, on devices: [Device], graphs: PricedGraphs) {
    self.load = load
    self.devices = devices
    self.graphs = graphs
  }

  /// Returns the rules of the same model on other devices.
  func moved(to devices: [Device]) -> RuntimeRules {
    var rules = RuntimeRules(load, on: devices, graphs: graphs)
    rules.stock = stock
    return rules
  }

  /// Enters what a runtime allocates for a workload.
  ///
  /// - Throws: ``RuntimeError`` when the runtime refuses the configuration.
  mutating func enter(
    _ workload: Workload, _ runtime: Runtime, in ledger: inout Ledger
  ) throws(RuntimeError) {
    if workload.sequences > 1, runtime.kind != .execuTorch {
      let most = runtime.mostSequences(on: devices)
      guard workload.sequences <= most else {
        throw .tooManySequences(runtime: runtime.kind, sequences: workload.sequences, most: most)
      }
    }
    switch runtime {
    case .llamaCpp(let settings):
      try llamaCpp(settings, workload).enter(in: &ledger)
    case .ollama(let settings):
      let served = try Ollama.served(workload, by: load.model)
      let started = settings.llamaCpp(for: load.model, context: served.contextTokens)
      if let index = try onlyDevice(settings, started, served) {
        var alone = moved(to: [devices[index]])
        ledger.firstDevice = index
        defer { ledger.firstDevice = 0 }
        try alone.llamaCpp(started, served, isServedByOllama: true).enter(in: &ledger)
      } else {
        try llamaCpp(started, served, isServedByOllama: true).enter(in: &ledger)
      }
      ledger.rename { "\(Ollama.version) through \($0.source)" }
    case .vllm(let settings):
      if vllm?.settings != settings {
        vllm = try VLLM(load: load, settings: settings, devices: devices)
      }
      try VLLM.check(workload, of: load.model)
      vllm?.load.workload = workload
      vllm?.enter(in: &ledger)
    case .transformers(let settings):
      if transformers?.settings != settings {
        transformers = try TransformersRuntime(load: load, settings: settings, devices: devices)
      }
      transformers?.load.workload = workload
      transformers?.enter(in: &ledger)
    case .execuTorch(let settings):
      if execuTorch == nil {
        execuTorch = try ExecuTorch(load: load, settings: settings, devices: devices)
      }
      execuTorch?.load.workload = workload
      try execuTorch?.enter(in: &ledger)
    case .mlx(let settings):
      if mlx?.settings != settings {
        mlx = try MLXRuntime(load: load, settings: settings, devices: devices)
      }
      mlx?.load.workload = workload
      try mlx?.enter(in: &ledger)
    }
  }

  /// Returns the device that Ollama takes alone: of several, the one with most memory, where it holds
  /// all; nil where the model is spread over all of them.
  ///
  /// Source: ollama 00f6d6204, llm/llama_server.go (`--split-mode none --main-gpu`); with
  /// `OLLAMA_SCHED_SPREAD` it spreads whatever fits.
  private func onlyDevice(
    _ settings: OllamaSettings, _ started: LlamaCppSettings, _ served: Workload
  ) throws(RuntimeError) -> Int? {
    guard devices.count > 1, devices.allSatisfy({ $0.backend != .cpu }) else { return nil }
    let order = devices.indices.sorted {
      (devices[$1].usable, $0) < (devices[$0].usable, $1)
    }
    for index in order {
      var trial = Ledger(devices: 1, isExplained: false)
      var alone = moved(to: [devices[index]])
      try alone.llamaCpp(started, served, isServedByOllama: true).enter(in: &trial)
      let kept = settings.reservation(of: devices[index])?.bytes ?? .zero
      if trial.sums[.device(0)].expected <= devices[index].usable - kept { return index }
    }
    return nil
  }

  /// Returns llama.cpp's rules for a workload.
  mutating func llamaCpp(
    _ settings: LlamaCppSettings, _ workload: Workload, isServedByOllama: Bool = false
  ) throws(RuntimeError) -> LlamaCpp {
    let layouts = try layouts(for: settings)
    return LlamaCpp(
      layout: layouts.main, draft: layouts.draft, settings: settings, devices: devices,
      workload: workload, isServedByOllama: isServedByOllama, graphs: graphs)
  }

  /// The layouts of the settings' placement.
  private mutating func layouts(
    for settings: LlamaCppSettings
  ) throws(RuntimeError) -> LlamaCppLayouts {
    if let latest, latest.division == LlamaCppLayouts.Division(settings) { return latest }
    try LlamaCpp.check(load.weights, settings, devices)
    let stock: LlamaCppStock
    if let known = self.stock { stock = known } else { stock = try graphs.llamaCppStock(of: load) }
    self.stock = stock
    let found = LlamaCppLayouts(
      division: LlamaCppLayouts.Division(settings), main: layout(of: stock, settings),
      draft: stock.draft.map { layout(of: $0, LlamaCpp.draftSettings(settings)) })
    latest = found
    return found
  }

  private func layout(of stock: LlamaCppStock, _ settings: LlamaCppSettings) -> LlamaCppLayout {
    stock.layout(LlamaCpp.layoutKey(stock.model, settings, devices), graphs: graphs)
  }
}

/// Where a model's parts lie, and those of its draft.
struct LlamaCppLayouts {
  /// The settings that decide it.
  struct Division: Equatable {
    let gpuLayers: LlamaCppSettings.GPULayers
    let tensorSplit: [Float]?
    let offloadsCache: Bool
    let hostExpertLayers: Int

    init(_ settings: LlamaCppSettings) {
      gpuLayers = settings.gpuLayers
      tensorSplit = settings.tensorSplit
      offloadsCache = settings.offloadsCache
      hostExpertLayers = settings.hostExpertLayers
    }
  }

  let division: Division
  let main: LlamaCppLayout
  let draft: LlamaCppLayout?
}
