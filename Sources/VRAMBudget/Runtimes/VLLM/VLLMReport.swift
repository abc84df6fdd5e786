/// What vLLM would print of its cache when it starts.
public struct VLLMReport: Hashable, Sendable {
  /// What is left for the cache of the claimed share, on the device with the least.
  public let cacheBytes: Bytes
  /// "GPU KV cache size": the tokens that all sequences together may hold.
  public let cacheTokens: Int64
  /// "Maximum concurrency" in hundredths: how many sequences of the asked length fit.
  public let centiconcurrency: Int64
  /// The largest `--max-model-len` with which it would start; 0 where none does.
  public let largestContext: Int64
}

extension VLLM {
  /// What is printed when nothing else uses the devices. What the CUDA graphs will take is left free.
  ///
  /// Source: vLLM 0.25.1, vllm/v1/worker/gpu_worker.py, `VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS` (on
  /// since v0.21.0).
  ///
  /// - Parameter usable: What of each device the model can have, within the claimed share.
  func report(usable: [Bytes]) -> VLLMReport? {
    var ledger = Ledger(devices: usable.count, isExplained: true)
    enter(in: &ledger)
    var worst: VLLMReport?
    for device in usable.indices {
      let cache = cache(device / Int(settings.tensorParallel))
      guard cache.blockBytes > 0 else { continue }
      let other = ledger.lines.filter {
        $0.place == .device(device) && $0.name != .keyValueCache
      }.lazy.map(\.estimate.expected).total
      let report = report(of: cache, left: max(.zero, usable[device] - other))
      if worst.map({ report.centiconcurrency < $0.centiconcurrency }) ?? true { worst = report }
    }
    return worst
  }

  func report(of cache: VLLMCache, left: Bytes) -> VLLMReport {
    let blocks = left.count / cache.blockBytes
    let context = load.workload.contextTokens
    let perSequence = cache.blocks(ofSequence: context)
    // A model of one kind of layer reports its blocks' tokens; others what the concurrency comes to.
    let tokens =
      cache.groups == 1
      ? blocks * cache.blockTokens : blocks * context / max(1, perSequence)
    return VLLMReport(
      cacheBytes: left, cacheTokens: tokens,
      centiconcurrency: blocks * 100 / max(1, perSequence),
      largestContext: largestContext(blocks: blocks, cache))
  }

  /// The longest sequence that the blocks hold, up to what the model was made for.
  private func largestContext(blocks: Int64, _ cache: VLLMCache) -> Int64 {
    var low: Int64 = 0
    var high = load.model.maximumContext
    while low < high {
      let middle = (low + high + 1) / 2
      if cache.blocks(ofSequence: middle) <= blocks { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
