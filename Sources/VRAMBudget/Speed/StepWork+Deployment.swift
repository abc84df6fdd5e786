extension StepWork {
  /// Finds what a step reads and computes in each place.
  ///
  /// - Precondition: The runtime takes the configuration: a ``Budget`` of it could be made.
  init(of deployment: Deployment, on devices: [Device]) {
    let load = deployment.load
    switch deployment.runtime {
    case .llamaCpp(let settings):
      self = Self.llamaCpp(load, settings, devices)
    case .ollama(let settings):
      self = Self.llamaCpp(load, settings.llamaCpp, devices)
    case .vllm(let settings):
      let element = Double(settings.cacheElementBytes)
      let stages = VLLM.stages(
        of: load.model.layers.count, count: Int(settings.pipelineParallel))
      self.init(
        load,
        places: stages.indices.map {
          (.device($0 * Int(settings.tensorParallel)), Double(settings.tensorParallel))
        },
        batchTokens: devices.first.map(settings.batchedTokens) ?? 2048,
        keyBytes: element, valueBytes: element
      ) { layer in stages.firstIndex { $0.contains(layer) } ?? 0 }
    case .transformers:
      let element = Double(load.weights.activationBytes)
      let held = devices.first.flatMap { try? TransformersWeights(load, on: $0).plan }
      self.init(
        load, held: held, places: [(.device(0), 1)], batchTokens: Int64(1) << 24,
        keyBytes: element, valueBytes: element)
    case .execuTorch:
      self.init(
        load, places: [(.device(0), 1)], batchTokens: Int64(1) << 24, keyBytes: 4, valueBytes: 4)
    case .mlx(let settings):
      let element =
        settings.cacheBits.map { Double($0) / 8 + 4 / Double(settings.cacheGroup) }
        ?? Double(load.weights.activationBytes)
      self.init(
        load, places: [(.device(0), 1)], batchTokens: settings.prefillTokens, keyBytes: element,
        valueBytes: element)
    }
  }

  private static func llamaCpp(
    _ load: ModelLoad, _ settings: LlamaCppSettings, _ devices: [Device]
  ) -> StepWork {
    let placement = LlamaCppPlacement(
      layerCount: load.model.layers.count, gpuLayers: settings.gpuLayers, devices: devices,
      split: settings.tensorSplit, overhead: load.overhead)
    let places = devices.indices.map(Place.device) + (placement.host == .host ? [.host] : [])
    func index(_ place: Place) -> Int { places.firstIndex(of: place) ?? 0 }
    return StepWork(
      load, places: places.map { ($0, 1) }, batchTokens: settings.microbatchTokens,
      keyBytes: settings.keyFormat.storedBits / 8,
      valueBytes: settings.valueFormat.storedBits / 8,
      output: index(placement.output),
      experts: { layer in
        index(layer < settings.hostExpertLayers ? placement.host : placement.layers[layer])
      },
      cache: { layer in
        index(settings.offloadsCache ? placement.layers[layer] : placement.host)
      },
      place: { layer in index(placement.layers[layer]) })
  }

  /// - Parameters:
  ///   - held: The weights as they are held, where that is not as stored.
  ///   - places: The stages, each with the devices that share it.
  ///   - output: The stage of the output head; the last unless said.
  ///   - experts: The stage of a layer's routed experts; that of the layer unless said.
  ///   - cache: The stage that a layer's cache is read in; that of the layer unless said.
  ///   - place: The stage of a layer.
  private init(
    _ load: ModelLoad, held: WeightPlan? = nil, places: [(place: Place, ranks: Double)],
    batchTokens: Int64,
    keyBytes: Double, valueBytes: Double, output: Int? = nil,
    experts: ((Int) -> Int)? = nil, cache: ((Int) -> Int)? = nil,
    place: (Int) -> Int = { _ in 0 }
  ) {
    let model = load.model
    stages = places.map { Stage(place: $0.place, ranks: $0.ranks) }
    self.batchTokens = batchTokens
    routedShare = model.experts.map { Double($0.used) / Double(max(1, $0.count)) } ?? 1
    let last = output ?? places.count - 1
    for (index, layer) in model.layers.enumerated() {
      stages[place(index)].layers += 1
      let holder = cache?(index) ?? place(index)
      stages[holder].add(layer, keyBytes: keyBytes, valueBytes: valueBytes)
    }
    let weights = held ?? load.weights
    let hasOwnHead = weights.entries.contains { $0.tensor.role == .output }
    for entry in weights.entries {
      let tensor = entry.tensor
      guard tensor.role.isReadWhole(hasOwnHead: hasOwnHead, isEncoder: model.isEncoder) else {
        continue
      }
      let elements = Double(tensor.shape.elements)
      let width = FormatWidth(of: entry.format)
      guard let layer = tensor.layer else {
        stages[last].dense[width] += Double(entry.bytes.count)
        if tensor.role == .output || tensor.role == .tokenEmbedding {
          stages[last].headElements += elements
        }
        continue
      }
      if tensor.role.isRoutedExpert {
        let holder = experts?(layer) ?? place(layer)
        stages[holder].routed[width] += Double(entry.bytes.count)
        stages[holder].activeElements += elements * routedShare
      } else {
        stages[place(layer)].dense[width] += Double(entry.bytes.count)
        stages[place(layer)].activeElements += elements
      }
    }
    stages.removeAll { $0.dense.total == 0 && $0.routed.total == 0 && $0.caches.isEmpty }
  }
}

extension TensorRole {
  /// Whether a step reads all of the tensor, rather than a row of it or nothing.
  fileprivate func isReadWhole(hasOwnHead: Bool, isEncoder: Bool) -> Bool {
    switch self {
    case .tokenEmbedding: !hasOwnHead && !isEncoder
    case .perLayerTokenEmbedding, .positionEmbedding, .tokenTypes: false
    default: true
    }
  }
}

extension StepWork.Stage {
  /// Adds what a layer keeps of each token and of a sequence.
  fileprivate mutating func add(_ layer: Layer, keyBytes: Double, valueBytes: Double) {
    let hasIndexer = layer.mixers.contains { if case .indexer = $0 { true } else { false } }
    for mixer in layer.mixers {
      switch mixer {
      case .attention(let attention), .sharedAttention(let attention, _),
        .encoderAttention(let attention):
        add(
          window: attention.span.tokens ?? (hasIndexer ? Indexer.chosenTokens : nil),
          bytes: Double(attention.keyElements) * keyBytes
            + Double(attention.valueElements) * valueBytes,
          operations: 2 * Double(attention.queryHeads)
            * Double(attention.keyDimension + attention.valueDimension))
      case .latentAttention(let latent):
        add(
          window: hasIndexer ? Indexer.chosenTokens : nil,
          bytes: Double(latent.rank + latent.ropeDimension) * keyBytes,
          operations: 2 * Double(latent.queryHeads)
            * Double(2 * latent.rank + latent.ropeDimension))
      case .compressedAttention(let attention): add(attention, vectorBytes: keyBytes)
      case .indexer(let indexer):
        add(
          window: nil, bytes: Double(indexer.keyDimension) * keyBytes,
          operations: 2 * Double(indexer.queryHeads) * Double(indexer.keyDimension))
      case .recurrent(let state):
        // Read and written, in four bytes.
        stateBytes += 8 * Double(state.convolutionElements + state.stateElements)
      }
    }
  }

  /// Adds a window of tokens, and the entries of all others; of those that an indexer chooses among,
  /// its keys of all.
  private mutating func add(_ attention: CompressedAttention, vectorBytes: Double) {
    let operations = 4 * Double(attention.queryHeads) * Double(attention.keyDimension)
    add(
      window: attention.window, bytes: Double(attention.keyDimension) * vectorBytes,
      operations: operations)
    let share = 1 / Double(attention.entryTokens)
    guard let indexer = attention.indexer else {
      add(
        window: nil, bytes: share * Double(attention.keyDimension) * vectorBytes,
        operations: share * operations)
      return
    }
    add(
      window: Indexer.chosenTokens, bytes: share * Double(attention.keyDimension) * vectorBytes,
      operations: share * operations)
    add(
      window: nil, bytes: share * Double(indexer.keyDimension) * vectorBytes,
      operations: share * 2 * Double(indexer.queryHeads) * Double(indexer.keyDimension))
  }

  private mutating func add(window: Int64?, bytes: Double, operations: Double) {
    if let index = caches.firstIndex(where: { $0.window == window }) {
      caches[index].tokenBytes += bytes
      caches[index].operations += operations
    } else {
      caches.append(.init(window: window, tokenBytes: bytes, operations: operations))
    }
  }
}

extension Indexer {
  /// The tokens that an indexer's attention reads of those there are (`index_topk`).
  ///
  /// Source: deepseek-ai/DeepSeek-V3.2, config.json; MiniMaxAI/MiniMax-M3 chooses 16 blocks of 128.
  static let chosenTokens: Int64 = 2048
}
