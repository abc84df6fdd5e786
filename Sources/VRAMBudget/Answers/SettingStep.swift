/// A deployment after one change or two, and how much they cost a user.
struct SettingStep {
  let changes: [Suggestion.Change]
  let deployment: Deployment
  /// For the order: a share of what there was, roughly.
  let cost: Double

  init(_ change: Suggestion.Change, _ deployment: Deployment, cost: Double) {
    self.init([change], deployment, cost: cost)
  }

  init(_ changes: [Suggestion.Change], _ deployment: Deployment, cost: Double) {
    self.changes = changes
    self.deployment = deployment
    self.cost = cost
  }

  /// The same step with another made first.
  func after(_ first: SettingStep) -> SettingStep {
    SettingStep(first.changes + changes, deployment, cost: first.cost + cost)
  }
}

extension Deployment {
  /// The settings that go in a few steps, each with its steps in the order of their cost; none where
  /// nothing is left to change, so that each keeps its place after a change.
  var ladders: [[SettingStep]] {
    switch runtime {
    case .llamaCpp(let settings): llamaCppLadders(settings)
    case .ollama(let settings): [cacheLadder, ollamaBatches(settings)]
    case .vllm(let settings): vllmLadders(settings)
    case .transformers(let settings): [attentionLadder(settings)]
    case .mlx(let settings): mlxLadders(settings)
    case .execuTorch: []
    }
  }

  /// Halves of a number of tokens, down to a least; each costs a little more.
  private func halves(
    of tokens: Int64, least: Int64, cost: Double, _ runtime: (Int64) -> Runtime
  ) -> [SettingStep] {
    var steps: [SettingStep] = []
    var half = tokens / 2
    while half >= least {
      steps.append(
        SettingStep(
          .microbatch(half, under: self.runtime.kind), changing(runtime(half)),
          cost: cost * Double(steps.count + 1)))
      half /= 2
    }
    return steps
  }

  // MARK: llama.cpp and Ollama

  private func llamaCppLadders(_ settings: LlamaCppSettings) -> [[SettingStep]] {
    // Fewer logits cost a server nothing; a draft model is checked by all of them.
    let computesAll = settings.outputs == .all && load.companions.draft == nil
    let fused = changing(.llamaCpp(settings.with(flashAttention: .on)))
    return [
      computesAll ? [SettingStep(.serverOutputs, withServerOutputs(), cost: 0)] : [],
      settings.flashAttention == .off ? [SettingStep(.flashAttention, fused, cost: 0.005)] : [],
      cacheLadder,
      halves(of: min(settings.microbatchTokens, settings.batchTokens), least: 64, cost: 0.06) {
        .llamaCpp(settings.with(microbatchTokens: $0))
      },
    ]
  }

  private func ollamaBatches(_ settings: OllamaSettings) -> [SettingStep] {
    halves(of: settings.batchTokens, least: 64, cost: 0.06) {
      .ollama(settings.with(batchTokens: $0))
    }
  }

  /// Smaller caches: eight bits lose next to nothing, four bits visibly.
  private var cacheLadder: [SettingStep] {
    guard let settings = runtime.llamaCppSettings, settings.keyFormat == settings.valueFormat
    else { return [] }
    let bits = settings.keyFormat.cacheBits
    return [(TensorFormat.q8_0, 8, 0.02), (.q4_0, 4, 0.3)].filter { $0.1 < bits }.map {
      SettingStep(.cacheFormat($0.0), with(cacheFormat: $0.0), cost: $0.2)
    }
  }

  // MARK: vLLM

  /// Smaller shares of each device, by tenths: where a share is too much, each leaves more to others.
  var smallerShares: [SettingStep] {
    guard case .vllm(let settings) = runtime else { return [] }
    let claimed = settings.utilizationPermille
    return stride(from: (claimed - 1) / 100 * 100, through: 100, by: -100).map { permille in
      SettingStep(
        .utilization(permille: permille),
        changing(.vllm(settings.with(utilizationPermille: permille))),
        cost: Double(claimed - permille) / 10_000)
    }
  }

  private func vllmLadders(_ settings: VLLMSettings) -> [[SettingStep]] {
    func step(_ change: Suggestion.Change, _ settings: VLLMSettings, cost: Double) -> SettingStep {
      SettingStep(change, changing(.vllm(settings)), cost: cost)
    }
    let claimed = settings.utilizationPermille
    let most = settings.mostSequences ?? 256
    return [
      settings.cacheElementBytes > 1
        ? [step(.fp8Cache, settings.with(cacheElementBytes: 1), cost: 0.03)] : [],
      // A little must stay for what is not vLLM's.
      stride(from: claimed / 10 * 10 + 10, through: 980, by: 10).map {
        step(
          .utilization(permille: $0), settings.with(utilizationPermille: $0),
          cost: 0.04 + Double($0 - claimed) / 1000)
      },
      halves(of: settings.batchedTokens ?? 4096, least: 512, cost: 0.06) {
        .vllm(settings.with(batchedTokens: $0))
      },
      [128, 64, 32, 16].filter { $0 < most && $0 >= workload.sequences }.map {
        step(
          .mostSequences($0), settings.with(mostSequences: $0),
          cost: 0.08 + 0.1 * Double(most - $0) / Double(most))
      },
      settings.enforcesEager
        ? [] : [step(.eager, settings.with(enforcesEager: true), cost: 0.25)],
    ]
  }

  // MARK: Transformers and MLX

  private func attentionLadder(_ settings: TransformersSettings) -> [SettingStep] {
    guard settings.attention == .eager else { return [] }
    let fused = TransformersSettings(attention: .sdpa, cache: settings.cache)
    return [SettingStep(.sdpa, changing(.transformers(fused)), cost: 0.005)]
  }

  private func mlxLadders(_ settings: MLXSettings) -> [[SettingStep]] {
    var caches: [SettingStep] = []
    // mlx_lm.server serves one request after the other where its cache is quantized.
    if workload.sequences == 1 {
      for (bits, cost) in [(Int64(8), 0.02), (4, 0.3)] where bits < settings.cacheBits ?? 16 {
        let isEarly = workload.contextTokens < settings.quantizedFrom
        let from: Int64? = isEarly ? 0 : nil
        caches.append(
          SettingStep(
            .cacheBits(bits, from: from),
            changing(.mlx(settings.with(cacheBits: bits, quantizedFrom: from))), cost: cost))
      }
    }
    return [
      caches,
      halves(of: settings.prefillTokens, least: 128, cost: 0.06) {
        .mlx(settings.with(prefillTokens: $0))
      },
    ]
  }
}

extension TensorFormat {
  /// The bits of a cached element, whole: enough to tell eight from four.
  fileprivate var cacheBits: Int64 {
    ((try? bytesPerRow(elements: 256)) ?? .zero).count * 8 / 256
  }
}
