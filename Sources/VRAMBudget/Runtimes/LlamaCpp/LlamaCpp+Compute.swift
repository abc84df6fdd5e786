extension LlamaCpp {
  /// The compute buffers: one on each device, and one for the graph's inputs on the host.
  ///
  /// - Throws: ``RuntimeError`` when the model's graph is not described.
  func computeLines(usesFlashAttention: Bool) throws(RuntimeError) -> [BudgetLine] {
    guard let traits = describedTraits else {
      return approximateComputeLines(usesFlashAttention: usesFlashAttention)
    }
    let graph = graph(traits, usesFlashAttention: usesFlashAttention)
    let buffers = ComputeBuffers(graph: graph, machine: machine)
    guard placement.host == .host else {
      return [computeLine(buffers.host, on: placement.host)]
    }
    return buffers.devices.enumerated().map { computeLine($1, on: .device($0)) }
      + [computeLine(buffers.host, on: .host)]
  }

  /// What the model's graph is like; nil where it is not described.
  var describedTraits: GraphTraits? {
    expandsLatents || hasScaledWeights ? nil : GraphTraits(model.architecture)
  }

  /// Whether results of matrices are scaled, which no described graph does.
  private var hasScaledWeights: Bool {
    model.tensors.contains { $0.part == .scale || $0.part == .inputScale }
  }

  func graph(_ traits: GraphTraits, usesFlashAttention: Bool) -> DecoderGraph {
    let inventory = GraphInventory(
      model, usesWindows: usesWindows)
    return DecoderGraph(
      model: model, traits: traits, inventory: inventory,
      batch: GraphBatch(
        tokens: context.batchTokens, outputs: context.outputs, sequences: context.sequences,
        cells: context.cells, windowCells: windowCells(inventory), streams: context.streams),
      attention: GraphAttentionSettings(
        isFused: usesFlashAttention, keyFormat: settings.keyFormat,
        valueFormat: settings.valueFormat),
      placement: GraphPlacement(
        layers: placement.layers.map(\.graphDevice), output: placement.output.graphDevice,
        gpus: gpuCount, offloadsCache: settings.offloadsCache,
        hostExpertLayers: settings.hostExpertLayers),
      hostWeights: HostWeights(
        plan: placement.isWhollyOffloaded && settings.hostExpertLayers == 0
          ? nil : load.weights,
        copiedTo: GGMLBufferType(backend: devices[0].backend)))
  }

  /// Why the replay of this graph is not known to be exact; nil when it is.
  private var doubt: String? {
    guard placement.host == .host else { return nil }
    let hasScan = model.layers.contains { $0.recurrentStates.contains { $0.kind == .mamba } }
    if hasScan && placement.layers.contains(.host)
      || settings.hostExpertLayers > 0 && context.batchTokens < 32
    {
      return "misses by up to 10 % with Mamba layers, or experts of a batch under 32 tokens,"
        + " on the host"
    }
    let isLatent = model.layers.contains {
      $0.mixers.contains { if case .latentAttention = $0 { true } else { false } }
    }
    if isLatent, !settings.offloadsCache, settings.keepsBackendPins {
      return "the pins of a run that keeps a latent cache on the host are not measured"
    }
    return nil
  }

  func windowCells(_ inventory: GraphInventory) -> Int64 {
    guard let window = inventory.window, !settings.keepsFullWindows else { return context.cells }
    return context.cells(window: window)
  }

  private var gpuCount: Int { placement.host == .host ? devices.count : 0 }

  /// Several devices work in a pipeline when everything is on them; the graph's inputs are then
  /// kept four times.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-context.cpp, `pipeline_parallel`;
  /// ggml 0.25.3, `GGML_SCHED_MAX_COPIES`.
  var machine: GraphScheduler.Machine {
    let isWhollyOffloaded = placement.isWhollyOffloaded
    let isPipelined =
      gpuCount > 1 && isWhollyOffloaded && settings.offloadsCache
      && settings.hostExpertLayers == 0
    return GraphScheduler.Machine(
      gpus: gpuCount,
      keepsPins: settings.keepsBackendPins,
      keepsNormPins: settings.keepsBackendPins
        && (isWhollyOffloaded || context.batchTokens < 32),
      inputCopies: isPipelined ? 4 : 1,
      deviceAlignment: GGMLBufferType(backend: devices[0].backend).alignment)
  }

  private func computeLine(_ bytes: Bytes, on place: Place) -> BudgetLine {
    let formula = Formula("the graph's peak", bytes: bytes)
    let source = "\(Self.version), its graph allocator replayed on the graph of a prompt batch"
    let backend = backend(of: place)
    let isMeasured = GGMLBufferType(backend: backend).isMeasured
    if isMeasured, doubt == nil {
      return BudgetLine(exactly: .computeBuffer, on: place, formula: formula, source: source)
    }
    let tenth = Bytes(bytes.count / 10)
    if isMeasured, let doubt {
      return BudgetLine(
        .computeBuffer, on: place, basis: .modelled,
        estimate: ByteEstimate(low: bytes - tenth, expected: bytes, high: bytes + tenth + tenth),
        formula: formula,
        source: "\(source); \(doubt)")
    }
    return BudgetLine(
      .computeBuffer, on: place, basis: .modelled,
      estimate: ByteEstimate(low: bytes - tenth, expected: bytes, high: bytes + tenth),
      formula: formula,
      source: "\(source); with CUDA's rules, as \(backend.rawValue) is not measured")
  }
}

extension Place {
  /// The place's number in a compute graph: the device's, or −1 for the host.
  fileprivate var graphDevice: Int8 {
    switch self {
    case .host: -1
    case .device(let index): Int8(clamping: index)
    }
  }
}
