/// llama.cpp loading one model: what it allocates, and where.
///
/// Every rule is read from the source at one commit and replayed against measurements of that
/// commit's own loader, cache and allocator (llamacpp-runtime.jsonl).
struct LlamaCpp {
  /// ggml-org/llama.cpp at commit 0c1e57098 (ggml 0.25.3).
  static let version = "llama.cpp \(RuntimeKind.llamaCpp.version)"

  let layout: LlamaCppLayout
  /// Where a draft model's parts lie; nil without one.
  let draft: LlamaCppLayout?
  let settings: LlamaCppSettings
  let devices: [Device]
  let workload: Workload
  let context: LlamaCppContext
  /// Whether Ollama starts the server: another version of it, or its own engine.
  let isServedByOllama: Bool
  /// Where compute graphs are found and kept.
  let graphs: PricedGraphs

  /// - Parameters:
  ///   - layout: Of the settings' placement on the devices.
  ///   - draft: Of the draft model, if there is one.
  init(
    layout: LlamaCppLayout, draft: LlamaCppLayout?, settings: LlamaCppSettings,
    devices: [Device], workload: Workload, isServedByOllama: Bool = false, graphs: PricedGraphs
  ) {
    self.graphs = graphs
    self.layout = layout
    self.draft = draft
    let model = layout.model.shape
    self.settings = settings.embedding(model.isEmbedding)
    self.devices = devices
    self.workload = workload
    self.isServedByOllama = isServedByOllama
    context = LlamaCppContext(
      workload: workload, settings: self.settings, isCausal: !model.isEncoder)
  }

  /// Checks that llama.cpp loads such weights on such devices.
  static func check(
    _ weights: WeightPlan, _ settings: LlamaCppSettings, _ devices: [Device]
  ) throws(RuntimeError) {
    try RuntimeKind.llamaCpp.check(weights)
    if devices.count > 1, devices.contains(where: { $0.backend == .cpu }) {
      throw .oneDeviceOnly(runtime: .llamaCpp, devices: devices.count)
    }
    if let first = devices.first,
      let other = devices.first(where: { ($0.backend == .metal) != (first.backend == .metal) })
    {
      throw .devicesDoNotMix(first.name, other.name)
    }
    if let shares = settings.tensorSplit?.count, shares != devices.count {
      throw .tensorSplitOfOtherDevices(shares: shares, devices: devices.count)
    }
  }

  /// What lies where under the settings.
  static func layoutKey(
    _ model: LlamaCppModel, _ settings: LlamaCppSettings, _ devices: [Device]
  ) -> LlamaCppLayout.Key {
    LlamaCppLayout.Key(
      placement: LlamaCppPlacement(
        layerCount: model.shape.layers.count, gpuLayers: settings.gpuLayers, devices: devices,
        split: settings.tensorSplit, overhead: model.overhead), backends: devices.map(\.backend),
      offloadsCache: settings.offloadsCache, hostExpertLayers: settings.hostExpertLayers)
  }

  var placement: LlamaCppPlacement { layout.key.placement }

  /// Enters what is allocated, and where.
  ///
  /// - Parameter includesContext: Whether the process itself is among it.
  /// - Throws: ``RuntimeError`` for a combination that llama.cpp refuses.
  func enter(in ledger: inout Ledger, includesContext: Bool = true) throws(RuntimeError) {
    let usesFlashAttention = try usesFlashAttention()
    enterWeights(in: &ledger)
    try enterCaches(in: &ledger)
    enterStates(in: &ledger)
    enterCompute(in: &ledger, usesFlashAttention: usesFlashAttention)
    enterOutput(in: &ledger)
    if includesContext { enterContexts(in: &ledger) }
    try enterCompanions(in: &ledger)
  }

  /// Whether attention runs as one fused operation.
  ///
  /// - Throws: ``RuntimeError`` for a combination that context creation refuses.
  func usesFlashAttention() throws(RuntimeError) -> Bool {
    if movesAttentionToProcessor { return try usesFlashAttentionOfProcessor() }
    let unsupported = layout.model.flashHeads.first { heads in
      !layout.key.backends.allSatisfy { heads.hasKernel(on: $0) }
    }
    switch settings.flashAttention {
    case .auto where settings.valueFormat.isQuantized && unsupported != nil: fallthrough
    case .on:
      if let unsupported, settings.valueFormat.isQuantized {
        throw .quantizedValueNotRead(
          settings.valueFormat.name, headDimension: unsupported.keyDimension)
      }
      if let unsupported, let device = devices.first {
        throw .flashAttentionNotSupported(
          headDimension: unsupported.keyDimension, backend: device.backend)
      }
      return true
    case .auto where unsupported == nil: return true
    case .auto, .off:
      guard !settings.valueFormat.isQuantized else {
        throw .quantizedValueNeedsFlashAttention(settings.valueFormat.name)
      }
      return false
    }
  }

  /// Where no GPU kernel of fused attention reads the cache `auto` does without, and `on` moves
  /// attention to the processor. A cache of quantized values makes `auto` mean `on`.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-context.cpp, `llama_init_from_model`.
  private func usesFlashAttentionOfProcessor() throws(RuntimeError) -> Bool {
    switch settings.flashAttention {
    case .on: return true
    case .auto: return settings.valueFormat.isQuantized
    case .off:
      guard !settings.valueFormat.isQuantized else {
        throw .quantizedValueNeedsFlashAttention(settings.valueFormat.name)
      }
      return false
    }
  }

  /// Whether the cache has formats that no GPU kernel of fused attention reads.
  var movesAttentionToProcessor: Bool {
    placement.host == .host
      && !layout.key.backends.allSatisfy {
        $0.fusedAttentionReads(keys: settings.keyFormat, values: settings.valueFormat)
      }
  }

  /// What the program itself takes on each device it uses.
  private func enterContexts(in ledger: inout Ledger) {
    for index in devices.indices {
      RuntimeContext(device: devices[index], given: layout.model.overhead)
        .enter(in: &ledger, on: .device(index))
    }
  }

  /// The buffer that logits are copied to: for one token of each sequence at the start.
  private func enterOutput(in ledger: inout Ledger) {
    guard !layout.model.shape.isEmbedding else { return enterEmbeddings(in: &ledger) }
    var sum = ledger.sum()
    sum.add(
      "logits", .init(layout.model.shape.vocabularySize, .vocabulary),
      .init(context.sequences, .sequences), .init(4, .bytesPerElement))
    ledger.enter(
      exactly: .outputBuffer, on: placement.host, sum,
      source: "\(Self.version), llama_context::output_reserve; grows with the outputs asked for")
  }

  /// The buffer of an embedding model once an input has filled a batch: every token of it is an output,
  /// and has room for logits, which nobody asks for.
  private func enterEmbeddings(in ledger: inout Ledger) {
    let model = layout.model.shape
    var sum = ledger.sum()
    sum.add(
      "logits", .init(model.vocabularySize, .vocabulary), .init(context.outputs, .tokens),
      .init(4, .bytesPerElement))
    sum.add(
      "embeddings", .init(model.hiddenSize, .rowElements), .init(context.outputs, .tokens),
      .init(4, .bytesPerElement))
    ledger.enter(
      exactly: .outputBuffer, on: placement.host, sum,
      source: "\(Self.version), llama_context::output_reserve for an input of \(context.outputs)"
        + " tokens; less before the first")
  }
}
