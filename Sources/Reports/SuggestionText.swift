public import VRAMBudget

extension Suggestion {
  /// What to do, in words: `a cache in q8_0 and a context of 4,096`.
  var words: String { changes.map(\.words).joined(separator: " and ") }

  /// What does it on a command line: `--cache-type q8_0 --context 4096`.
  public var flags: String { changes.map(\.flags).joined(separator: " ") }

  /// Whether other devices are suggested rather than settings.
  var isOfDevices: Bool {
    changes.contains { if case .device = $0 { true } else { false } }
  }

  /// What it costs, as far as that is known.
  func price(for model: ModelShape) -> String {
    (changes.compactMap { $0.price(for: model) } + [speed?.words].compactMap { $0 })
      .joined(separator: "; ")
  }
}

extension ServingSpeed {
  /// How fast it is: `38–46 tokens/s, first token in 0.4–0.6 s`.
  fileprivate var words: String {
    "\(ratePerSequence.text) tokens/s"
      + (firstToken.map { ", first token in \($0.durationText)" } ?? "")
  }
}

extension Suggestion.Change {
  fileprivate var words: String {
    switch self {
    case .serverOutputs: "one logit vector of each sequence"
    case .flashAttention: "flash attention"
    case .sdpa: "fused attention"
    case .cacheFormat(let format): "cache in \(format.name)"
    case .fp8Cache: "cache in fp8"
    case .cacheBits(let bits, _): "cache in \(bits) bits"
    case .microbatch(let tokens, _): "\(tokens.grouped) tokens at once"
    case .utilization(let permille): "\(permille / 10) % of the GPU claimed"
    case .mostSequences(let count): "at most \(count.grouped) requests at once"
    case .eager: "no CUDA graphs"
    case .context(let tokens): "context of \(tokens.grouped)"
    case .weights(let recipe): "weights in \(recipe.name)"
    case .sequences(let count): "\(count) \(count == 1 ? "sequence" : "sequences")"
    case .tensorSplit(let layers):
      layers.map { "\($0)" }.joined(separator: " and ") + " layers"
    case .gpuLayers(let count, let all): "\(count) of \(all) layers on the GPU"
    case .hostExperts(let count, let all):
      count == all ? "all experts in host memory" : "experts of \(count) layers in host memory"
    case .prompt(let tokens): "prompt of \(tokens.grouped)"
    case .device(let device, let count, _):
      count > 1
        ? "on \(count) × \(device.isMemoryOnly ? device.id : device.name)" : "on \(device.name)"
    }
  }

  fileprivate var flags: String {
    switch self {
    case .serverOutputs: "--outputs sequences"
    case .flashAttention: "--flash-attention on"
    case .sdpa: "--attn-implementation sdpa"
    case .cacheFormat(let format): "--cache-type \(format.name)"
    case .fp8Cache: "--kv-cache-dtype fp8"
    case .cacheBits(let bits, let token):
      "--kv-bits \(bits)" + (token.map { " --quantized-kv-start \($0)" } ?? "")
    case .microbatch(let tokens, let runtime):
      switch runtime {
      case .vllm: "--max-num-batched-tokens \(tokens)"
      case .mlx: "--prefill-step-size \(tokens)"
      case .ollama: "--batch \(tokens)"
      case .llamaCpp, .transformers, .execuTorch: "--ubatch \(tokens)"
      }
    case .utilization(let permille): "--utilization \(permille / 10)%"
    case .mostSequences(let count): "--max-num-seqs \(count)"
    case .eager: "--enforce-eager"
    case .context(let tokens): "--context \(tokens)"
    case .weights(let recipe): "--quant \(recipe.name)"
    case .sequences(let count): "--sequences \(count)"
    case .tensorSplit(let layers):
      "--tensor-split " + layers.map { "\($0)" }.joined(separator: ",")
    case .gpuLayers(let count, _): "--gpu-layers \(count)"
    case .hostExperts(let count, _): "--n-cpu-moe \(count)"
    case .prompt(let tokens): "--prompt \(tokens)"
    case .device(let device, let count, let parallel):
      "--gpu \(device.id)" + (count > 1 ? "x\(count)" : "")
        + (parallel.map { " --tensor-parallel-size \($0)" } ?? "")
    }
  }

  /// Quality as it was published, speed in words.
  fileprivate func price(for model: ModelShape) -> String? {
    switch self {
    case .cacheFormat(let format): "loss not published for \(format.name) caches"
    case .fp8Cache: "loss not published for fp8 caches"
    case .cacheBits(let bits, _): "loss not published for caches in \(bits) bits"
    case .serverOutputs: "all that llama-server needs"
    case .flashAttention, .sdpa, .tensorSplit: "no loss"
    case .microbatch: "prompts are read more slowly"
    case .utilization(let permille): "\(100 - permille / 10) % left to other programs"
    case .mostSequences: "more requests wait"
    case .eager: "each token takes longer"
    case .context, .sequences, .device, .prompt: nil
    case .weights(let recipe):
      recipe.isNative(of: model)
        ? "as it was trained"
        : recipe.quality(for: model).map {
          "perplexity \($0.lossText) (\($0.subject.model))"
        } ?? "loss not published"
    case .gpuLayers(let count, let all):
      "\(all - count) \(all - count == 1 ? "layer runs" : "layers run") on the processor, slower"
    case .hostExperts: "those experts run on the processor, slower"
    }
  }
}
