extension Deployment {
  /// The context that the model was made for, as the runtime counts it: of each sequence, or of all
  /// the sequences together.
  public var largestContext: Int64 {
    let parts = runtime.kind.countsContextPerSequence ? 1 : workload.sequences
    let allowed = Workload.allowedContext.upperBound
    return max(1, min(min(model.maximumContext, allowed) * parts, allowed))
  }

  /// The same deployment with other weights.
  public func with(weights: WeightPlan) -> Deployment {
    copy(weights: weights, runtime: runtime, workload: workload)
  }

  /// The same deployment asked to do something else.
  public func with(workload: Workload) -> Deployment {
    copy(weights: weights, runtime: runtime, workload: workload)
  }

  /// The same deployment with a cache in another format, where the runtime is llama.cpp or Ollama.
  func with(cacheFormat: TensorFormat) -> Deployment {
    switch runtime {
    case .llamaCpp(let settings):
      changing(.llamaCpp(settings.with(keyFormat: cacheFormat, valueFormat: cacheFormat)))
    case .ollama(let settings): changing(.ollama(settings.with(cacheFormat: cacheFormat)))
    case .vllm, .transformers, .execuTorch, .mlx: self
    }
  }

  /// The same deployment with another number of layers on devices, where the runtime is llama.cpp or
  /// Ollama.
  func with(gpuLayers: LlamaCppSettings.GPULayers) -> Deployment {
    switch runtime {
    case .llamaCpp(let settings): changing(.llamaCpp(settings.with(gpuLayers: gpuLayers)))
    case .ollama(let settings): changing(.ollama(settings.with(gpuLayers: gpuLayers)))
    case .vllm, .transformers, .execuTorch, .mlx: self
    }
  }

  /// The same deployment with the experts of another number of layers on the host, where the runtime
  /// is llama.cpp.
  func with(hostExpertLayers: Int) -> Deployment {
    guard case .llamaCpp(let settings) = runtime else { return self }
    return changing(.llamaCpp(settings.with(hostExpertLayers: hostExpertLayers)))
  }

  /// The same deployment with its layers divided otherwise, where the runtime is llama.cpp.
  func with(tensorSplit: [Float]) -> Deployment {
    guard case .llamaCpp(let settings) = runtime else { return self }
    return changing(.llamaCpp(settings.with(tensorSplit: tensorSplit)))
  }

  /// The same deployment computing the logits that llama-server asks for, where the runtime is
  /// llama.cpp and computes all of them.
  func withServerOutputs() -> Deployment {
    guard case .llamaCpp(var settings) = runtime, settings.outputs == .all else { return self }
    settings.outputs = .perSequence(1)
    return changing(.llamaCpp(settings))
  }

  /// The same deployment under another runtime, or other settings of it.
  func changing(_ runtime: Runtime) -> Deployment {
    copy(weights: weights, runtime: runtime, workload: workload)
  }

  private func copy(weights: WeightPlan, runtime: Runtime, workload: Workload) -> Deployment {
    Deployment(
      model: model, weights: weights, runtime: runtime, workload: workload,
      overhead: load.overhead, companions: load.companions)
  }
}

extension LlamaCppSettings {
  /// The same settings but for those that are given.
  func with(
    microbatchTokens: Int64? = nil, flashAttention: FlashAttention? = nil,
    keyFormat: TensorFormat? = nil, valueFormat: TensorFormat? = nil,
    gpuLayers: GPULayers? = nil, tensorSplit: [Float]? = nil, hostExpertLayers: Int? = nil
  ) -> LlamaCppSettings {
    LlamaCppSettings(
      batchTokens: batchTokens, microbatchTokens: microbatchTokens ?? self.microbatchTokens,
      flashAttention: flashAttention ?? self.flashAttention, keyFormat: keyFormat ?? self.keyFormat,
      valueFormat: valueFormat ?? self.valueFormat, isUnified: isUnified,
      gpuLayers: gpuLayers ?? self.gpuLayers, tensorSplit: tensorSplit ?? self.tensorSplit,
      offloadsCache: offloadsCache, keepsFullWindows: keepsFullWindows,
      hostExpertLayers: hostExpertLayers ?? self.hostExpertLayers, outputs: outputs,
      keepsBackendPins: keepsBackendPins)
  }
}

extension OllamaSettings {
  /// The same settings but for those that are given.
  func with(
    batchTokens: Int64? = nil, cacheFormat: TensorFormat? = nil,
    gpuLayers: LlamaCppSettings.GPULayers? = nil
  ) -> OllamaSettings {
    OllamaSettings(
      batchTokens: batchTokens ?? self.batchTokens, flashAttention: flashAttention,
      cacheFormat: cacheFormat ?? self.cacheFormat, gpuLayers: gpuLayers ?? self.gpuLayers)
  }
}

extension VLLMSettings {
  /// The same settings but for those that are given.
  func with(
    utilizationPermille: Int64? = nil, tensorParallel: Int64? = nil, batchedTokens: Int64? = nil,
    mostSequences: Int64? = nil, enforcesEager: Bool? = nil, cacheElementBytes: Int64? = nil
  ) -> VLLMSettings {
    VLLMSettings(
      utilizationPermille: utilizationPermille ?? self.utilizationPermille,
      tensorParallel: tensorParallel ?? self.tensorParallel, pipelineParallel: pipelineParallel,
      batchedTokens: batchedTokens ?? self.batchedTokens,
      mostSequences: mostSequences ?? self.mostSequences,
      enforcesEager: enforcesEager ?? self.enforcesEager,
      cacheElementBytes: cacheElementBytes ?? self.cacheElementBytes, blockTokens: blockTokens,
      proposedTokens: proposedTokens)
  }
}

extension MLXSettings {
  /// The same settings but for those that are given.
  func with(
    prefillTokens: Int64? = nil, cacheBits: Int64? = nil, quantizedFrom: Int64? = nil
  ) -> MLXSettings {
    MLXSettings(
      prefillTokens: prefillTokens ?? self.prefillTokens, cacheBits: cacheBits ?? self.cacheBits,
      cacheGroup: cacheGroup, quantizedFrom: quantizedFrom ?? self.quantizedFrom)
  }
}
