extension LlamaCpp {
  /// The compute buffers: one on each device, and one for the graph's inputs on the host.
  func enterCompute(in ledger: inout Ledger, usesFlashAttention: Bool) {
    guard let traits = layout.model.traits else {
      return enterApproximateCompute(in: &ledger, usesFlashAttention: usesFlashAttention)
    }
    let key = PricedGraphs.Key(
      family: layout.graphFamily, batch: batch,
      attention: attention(usesFlashAttention: usesFlashAttention),
      keepsBackendPins: settings.keepsBackendPins)
    let buffers = graphs.buffers(for: key) {
      ComputeBuffers(
        graph: graph(traits, usesFlashAttention: usesFlashAttention), machine: machine,
        selection: layout.graphLayers)
    }
    if placement.host == .host {
      for (index, bytes) in buffers.devices.enumerated() {
        enterCompute(in: &ledger, bytes, on: .device(index))
      }
    }
    enterCompute(in: &ledger, buffers.host, on: placement.host)
  }

  private var batch: GraphBatch {
    GraphBatch(
      tokens: context.batchTokens, outputs: context.outputs, sequences: context.sequences,
      cells: context.cells, windowCells: windowCells, streams: context.streams)
  }

  private func attention(usesFlashAttention: Bool) -> GraphAttentionSettings {
    GraphAttentionSettings(
      isFused: usesFlashAttention, keyFormat: settings.keyFormat,
      valueFormat: settings.valueFormat, transposesValues: settings.transposesValues,
      runsOnProcessor: usesFlashAttention && movesAttentionToProcessor)
  }

  func graph(_ traits: GraphTraits, usesFlashAttention: Bool) -> DecoderGraph {
    let memory = GGMLBufferType(backend: devices[0].backend)
    return DecoderGraph(
      model: layout.model.shape, traits: traits, inventory: layout.model.inventory, batch: batch,
      attention: attention(usesFlashAttention: usesFlashAttention),
      placement: layout.graphPlacement,
      hostWeights: HostWeights(
        layout.key.needsHostWeights ? layout.model.weightTable : nil, copiedTo: memory),
      memory: memory)
  }

  /// Why the replay of this graph is not known to be exact, and how far it may be off.
  private struct Doubt {
    let reason: String
    /// What may be missing, in hundredths of what is expected.
    var excess: Int64 = 20
  }

  /// The doubt of this graph; nil when it is known to be exact.
  private var doubt: Doubt? {
    guard placement.host == .host, let traits = layout.model.traits else { return nil }
    let hasHostLayers = placement.layers.contains(.host)
    let hasHostExperts = settings.hostExpertLayers > 0
    if layout.model.hasMambaScan, !settings.offloadsCache {
      return Doubt(
        reason: "measured up to 51 % more with Mamba's states in host memory", excess: 60)
    }
    if hasHostExperts, layout.model.inventory.hasNorm(.expertInputNorm) {
      return Doubt(
        reason: "measured up to 45 % more with experts beside a feed-forward on the host",
        excess: 60)
    }
    if layout.model.hasMambaScan && hasHostLayers || hasHostExperts && context.batchTokens < 32 {
      return Doubt(
        reason: "misses by up to 19 % with Mamba layers, or experts of a batch under 32 tokens,"
          + " on the host")
    }
    if hasHostLayers,
      layout.model.sharesAcrossLayers || layout.model.inventory.hasNorm(.expertInputNorm)
        || layout.model.inventory.normalizesWholeRows
    {
      return Doubt(reason: "misses by up to 4 % with some of the layers on the host")
    }
    if traits.imageLayers > 0, !settings.offloadsCache {
      return Doubt(reason: "misses by up to 2 % with the cache in host memory")
    }
    if layout.model.isLatent, !settings.offloadsCache, settings.keepsBackendPins {
      return Doubt(
        reason: "the pins of a run that keeps a latent cache on the host are not measured")
    }
    return nil
  }

  var windowCells: Int64 {
    guard let window = layout.model.inventory.window, !settings.keepsFullWindows else {
      return context.cells
    }
    return context.cells(window: window)
  }

  /// Several devices work in a pipeline when everything is on them; the graph's inputs are then
  /// kept four times.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-context.cpp, `pipeline_parallel`;
  /// ggml 0.25.3, `GGML_SCHED_MAX_COPIES`.
  var machine: GraphScheduler.Machine {
    let gpus = layout.graphPlacement.gpus
    let isWhollyOffloaded = layout.isWhollyOffloaded
    let isPipelined =
      gpus > 1 && isWhollyOffloaded && settings.offloadsCache && settings.hostExpertLayers == 0
    return GraphScheduler.Machine(
      gpus: gpus, keepsPins: settings.keepsBackendPins,
      keepsNormPins: settings.keepsBackendPins
        && (isWhollyOffloaded || context.batchTokens < 32),
      inputCopies: isPipelined ? 4 : 1,
      deviceAlignment: GGMLBufferType(backend: devices[0].backend).alignment)
  }

  private func enterCompute(in ledger: inout Ledger, _ bytes: Bytes, on place: Place) {
    var sum = ledger.sum()
    sum.add("the graph's peak", bytes: bytes)
    let backend = layout.backend(of: place)
    let isMeasured = GGMLBufferType(backend: backend).isMeasured
    let doubt = doubt
    if isMeasured, doubt == nil {
      return enterCompute(
        in: &ledger, on: place, basis: .exact, ByteEstimate(exactly: bytes), sum,
        source: Self.graphSource)
    }
    let tenth = Bytes(bytes.count / 10)
    if isMeasured, let doubt {
      return enterCompute(
        in: &ledger, on: place, basis: .modelled,
        ByteEstimate(
          low: bytes - tenth, expected: bytes, high: bytes + Bytes(tenth.count * doubt.excess / 10)),
        sum, source: "\(Self.graphSource); \(doubt.reason)")
    }
    if backend == .metal { return enterMetalCompute(in: &ledger, bytes, on: place, sum) }
    enterCompute(
      in: &ledger, on: place, basis: .modelled,
      ByteEstimate(low: bytes - tenth, expected: bytes, high: bytes + tenth), sum,
      source: "\(Self.graphSource); with CUDA's rules, as \(backend.rawValue) is not measured")
  }

  /// What Metal fuses and reorders is not described. Against its rules on a device that stores
  /// nothing (310 settings, of which llamacpp-metal.tsv keeps 166) a run needs 22 % less to 11 % more
  /// than the replay; 24 % less to 29 % more with Mamba, up to 143 % more with Mamba beside experts.
  private func enterMetalCompute(
    in ledger: inout Ledger, _ bytes: Bytes, on place: Place, _ sum: borrowing ExplainedSum
  ) {
    let hundredth = Bytes(bytes.count / 100)
    let excess: Int64 =
      !layout.model.hasMambaScan ? 15 : layout.model.shape.experts == nil ? 40 : 150
    enterCompute(
      in: &ledger, on: place, basis: .modelled,
      ByteEstimate(
        low: bytes - Bytes(25 * hundredth.count), expected: bytes,
        high: bytes + Bytes(excess * hundredth.count)), sum,
      source:
        "\(Self.graphSource); Metal fuses and reorders operations, which moves it by"
        + " -25 to +\(excess) %")
  }

  private static var graphSource: String {
    "\(version), its graph allocator replayed on the graph of a prompt batch"
  }

  /// Enters a compute buffer, in Ollama with the range that other versions and its own engine need.
  func enterCompute(
    in ledger: inout Ledger, on place: Place, basis: Basis, _ estimate: ByteEstimate,
    _ sum: borrowing ExplainedSum, source: @autoclosure () -> String
  ) {
    guard isServedByOllama else {
      return ledger.enter(
        .computeBuffer, on: place, basis: basis, estimate: estimate, sum, source: source())
    }
    ledger.enter(
      .computeBuffer, on: place, basis: .modelled,
      estimate: widenedForOllama(estimate, on: place), sum,
      source: "\(source()); Ollama's llama.cpp and its own engine may differ")
  }

  /// A compute buffer's range with what other versions of llama.cpp, and Ollama's own engine, are
  /// seen to need: those of before June 2026 computed the logits of the whole batch.
  private func widenedForOllama(_ estimate: ByteEstimate, on place: Place) -> ByteEstimate {
    let others = context.batchTokens - context.outputs
    let logits =
      place == placement.output
      ? Bytes(4 * others * layout.model.shape.vocabularySize) : .zero
    return ByteEstimate(
      low: Bytes(estimate.low.count / 2), expected: estimate.expected,
      high: max(estimate.high, Bytes(estimate.expected.count / 2 * 3)) + logits)
  }
}
