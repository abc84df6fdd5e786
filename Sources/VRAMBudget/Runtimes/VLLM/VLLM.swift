/// vLLM serving one model on one device or several: what it must hold to serve the workload, within
/// the share of each device that it claims.
///
/// It claims its share whole and fills what weights and activations leave with cache; the cache line
/// is what the workload needs of that.
///
/// Source: vLLM 0.25.1, vllm/v1/worker/gpu_worker.py, `determine_available_memory`. The rules of the
/// cache and of the share are read at 002f10e0c, a later commit, and borne out by logs of 0.25.1
/// (logs-vllm.tsv); the weights of a rank by logs alone.
struct VLLM {
  static let version = "vLLM \(RuntimeKind.vllm.version)"

  /// Source: vLLM v0.21.0 and v0.29.0, docs/getting_started/installation/gpu.cuda.inc.md.
  private static let least = ComputeCapability(7, 5)

  var load: ModelLoad
  let settings: VLLMSettings
  private let devices: [Device]
  /// The layers of each stage of the pipeline.
  private let stages: [Range<Int>]
  /// What one rank of each stage holds and caches.
  private let ranks: [(weights: RankWeights, cache: VLLMCache)]
  /// The elements of one token in the widest layer of a rank.
  private let layerElements: Int64

  init(
    load: ModelLoad, settings: VLLMSettings, devices: [Device]
  ) throws(RuntimeError) {
    try RuntimeKind.vllm.check(load.weights)
    // It runs on other processors too, but what is known of it here is of graphics cards.
    for device in devices where device.backend == .metal || device.backend == .cpu {
      throw .deviceNotSupported(
        runtime: .vllm, device: device.name, needed: "NVIDIA, AMD and Intel GPUs")
    }
    for device in devices where device.computeCapability.map({ $0 < Self.least }) ?? false {
      throw .deviceNotSupported(
        runtime: .vllm, device: device.name,
        needed: "NVIDIA GPUs of compute capability \(Self.least.text) or higher")
    }
    guard settings.tensorParallel * settings.pipelineParallel == Int64(devices.count) else {
      throw .parallelism(
        tensor: settings.tensorParallel, pipeline: settings.pipelineParallel,
        devices: devices.count)
    }
    let layerCount = load.model.layers.count
    guard settings.pipelineParallel <= Int64(layerCount) else {
      throw .setting(
        name: "--pipeline-parallel-size", value: "\(settings.pipelineParallel)",
        allowed: "the model's \(layerCount) layers")
    }
    for (index, layer) in load.model.layers.enumerated() {
      try Self.check(layer, index, load.model.architecture)
    }
    try Self.checkRanks(of: load, settings)
    self.load = load
    self.settings = settings
    self.devices = devices
    let stages = Self.stages(of: layerCount, count: Int(settings.pipelineParallel))
    self.stages = stages
    ranks = stages.indices.map { stage in
      (
        RankWeights(load, settings, stage: stage, layers: stages[stage]),
        Self.cache(of: load, stages[stage], settings, devices)
      )
    }
    let width = load.model.layers.map { $0.feedForward.activeWidth }.max() ?? 0
    layerElements = 2 * load.model.hiddenSize + 3 * width / settings.tensorParallel
  }

  private static func check(
    _ layer: Layer, _ index: Int, _ architecture: Architecture
  ) throws(RuntimeError) {
    for mixer in layer.mixers {
      switch mixer {
      case .recurrent(let state):
        // The dtype of a state is the family's own; that of these three logs show.
        guard state.kind == .gatedDeltaNet, architecture.modelType.hasPrefix("qwen3_5") else {
          throw .notPriced(
            runtime: .vllm,
            what: "layer \(index), which keeps a state (\(state.kind.words)) of a dtype that no"
              + " log shows,")
        }
      case .compressedAttention:
        throw .notPriced(
          runtime: .vllm, what: "layer \(index), which keeps entries of several tokens each,")
      case .indexer:
        throw .notPriced(runtime: .vllm, what: "layer \(index), which has an indexer,")
      case .encoderAttention:
        throw .notPriced(runtime: .vllm, what: "layer \(index), which sees in both directions,")
      case .attention, .sharedAttention, .latentAttention: break
      }
    }
  }

  /// Checks that a sequence is no longer than the model's positions.
  ///
  /// Source: vLLM 0.25.1, vllm/config/model.py, `_get_and_verify_max_len`.
  static func check(_ workload: Workload, of model: ModelShape) throws(RuntimeError) {
    guard workload.contextTokens > model.scaledContext else { return }
    throw .contextBeyondModel(
      runtime: .vllm, tokens: workload.contextTokens, most: model.scaledContext)
  }

  /// Layers are divided evenly; what is left over goes to the stages before the last.
  ///
  /// Source: vLLM 0.25.1, vllm/distributed/utils.py, `get_pp_indices`.
  static func stages(of layers: Int, count: Int) -> [Range<Int>] {
    var sizes = Array(repeating: layers / count, count: count)
    let rest = layers % count
    if rest > 0 { for back in 2..<(rest + 2) { sizes[count - back] += 1 } }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return start..<(start + size)
    }
  }

  func enter(in ledger: inout Ledger) {
    for device in devices.indices {
      let rank = ranks[device / Int(settings.tensorParallel)]
      enterWeights(rank.weights, in: &ledger, on: device)
      ledger.enterOtherParts(
        of: load, on: devices[device], at: device, under: Self.version)
      enterCache(rank.cache, in: &ledger, on: device)
      enterActivations(in: &ledger, on: device)
      enterGraphs(in: &ledger, on: device)
    }
  }

  // MARK: Cache

  func cache(_ stage: Int) -> VLLMCache { ranks[stage].cache }

  /// The cache of a stage's layers on one rank. Heads are divided among the ranks, and repeated
  /// where there are more ranks than KV heads; a latent cache is whole on every rank.
  private static func cache(
    of load: ModelLoad, _ stage: Range<Int>, _ settings: VLLMSettings, _ devices: [Device]
  ) -> VLLMCache {
    let layers = load.model.layers[stage]
    var rows = layers.flatMap(\.cacheRows).map { row in
      row.valueDimension == 0
        ? row : row.with(heads: max(1, row.heads / settings.tensorParallel))
    }
    // The layer that proposes tokens keeps what a layer of full attention does.
    if settings.proposedTokens > 0, let row = rows.first(where: { $0.span == .full }) {
      rows.append(row)
    }
    let elementBytes = load.weights.activationBytes
    let states = layers.flatMap(\.recurrentStates).map { state in
      stateBytes(state, settings, elementBytes: elementBytes)
    }
    return VLLMCache(
      rows: rows, states: states, elementBytes: settings.cacheElementBytes,
      blockTokens: settings.blockTokens, batchedTokens: settings.batchedTokens(on: devices[0]),
      proposedTokens: settings.proposedTokens)
  }

  /// What a recurrent layer keeps for a sequence on one rank: the state in fp32, and the convolution's
  /// tail, of one token more for each that is proposed ahead, as activations.
  ///
  /// Source: vLLM, vllm/model_executor/layers/mamba/mamba_utils.py, `gated_delta_net_state_shape`; the
  /// blocks of 800, 1072 and 1600 tokens that logs of Qwen3.6 and 3.8 print.
  private static func stateBytes(
    _ state: RecurrentState, _ settings: VLLMSettings, elementBytes: Int64
  ) -> Int64 {
    let tail = (state.kernel - 1 + settings.proposedTokens) * state.channels
    return (tail * elementBytes + 4 * state.stateElements) / settings.tensorParallel
  }

  private func enterCache(_ cache: VLLMCache, in ledger: inout Ledger, on device: Int) {
    guard cache.pageBytes > 0 else { return }
    var sum = ledger.sum()
    sum.add(
      "pages of \(cache.blockTokens) tokens", .init(load.workload.sequences, .sequences),
      .init(cache.blocks(ofSequence: load.workload.contextTokens), .blocks),
      .init(cache.groupLayers, .layers), .init(cache.pageBytes, .bytesPerBlock))
    ledger.enter(
      exactly: .keyValueCache, on: .device(device), sum,
      source: "\(Self.version), kv_cache_utils.py: \(cache.groups)"
        + " \(cache.groups == 1 ? "group" : "groups") of \(cache.groupLayers) layers"
        + (cache.holdsStates ? ", states among them" : ""))
  }

  // MARK: Activations and graphs

  /// What the profiling run finds: the sampler's logits, once as computed and once as fp32, and one
  /// layer of a full batch.
  private func enterActivations(in ledger: inout Ledger, on device: Int) {
    var sum = ledger.sum()
    sum.add(
      "logits", .init(settings.mostSequences(on: devices[device]), .sequences),
      .init(load.model.vocabularySize, .vocabulary), .init(6, .bytesPerElement))
    let logits = sum.bytes.count / 6
    sum.add(
      "one layer", .init(settings.batchedTokens(on: devices[device]), .tokens),
      .init(layerElements, .elements), .init(2, .bytesPerElement))
    ledger.enter(
      .computeBuffer, on: .device(device), basis: .modelled,
      estimate: ByteEstimate(
        low: Bytes(logits), expected: sum.bytes, high: Bytes(40 * logits) + sum.bytes), sum,
      source:
        "\(Self.version), profile_run: the sampler's copies of the logits; published logs come"
        + " to 1 to 40 bytes a logit, the newest versions to the least")
  }

  private func enterGraphs(in ledger: inout Ledger, on device: Int) {
    guard !settings.enforcesEager else { return }
    let estimate = ByteEstimate(
      low: .mebibytes(60), expected: .mebibytes(512), high: .mebibytes(2200))
    var sum = ledger.sum()
    sum.add("captured graphs", bytes: estimate.expected)
    ledger.enter(
      .cudaGraphs, on: .device(device), basis: .modelled, estimate: estimate, sum,
      source:
        "\(Self.version), \"Graph capturing finished\": at most 2.1 GiB in 32 of 36 published logs,"
        + " by version and model; --enforce-eager does without")
  }
}
