extension VLLM {
  /// Checks that every layer and matrix of a model can be divided among the ranks.
  ///
  /// - Throws: ``RuntimeError/ranksDoNotDivide(ranks:what:among:)`` for the first that cannot.
  static func checkRanks(
    of load: ModelLoad, _ settings: VLLMSettings
  ) throws(RuntimeError) {
    let ranks = settings.tensorParallel
    guard ranks > 1, let obstacle = obstacle(to: ranks, load) else { return }
    let possible = (1...Int64(Workload.mostDevices)).filter { self.obstacle(to: $0, load) == nil }
    throw .ranksDoNotDivide(ranks: ranks, what: obstacle, among: possible)
  }

  /// What a number of ranks does not divide; nil where it divides all.
  private static func obstacle(to ranks: Int64, _ load: ModelLoad) -> String? {
    let attentions = load.model.attentions
    for layer in load.model.layers {
      for mixer in layer.mixers {
        if let obstacle = obstacle(to: ranks, in: mixer) { return obstacle }
      }
    }
    for entry in load.weights.entries {
      let attention = entry.tensor.layer.flatMap { attentions[$0] }
      if let obstacle = obstacle(to: ranks, in: entry, attention) { return obstacle }
    }
    return nil
  }

  /// Heads are divided; KV heads are repeated where there are fewer than ranks, each as often.
  ///
  /// Source: vLLM 0.25.1, vllm/model_executor/models/llama.py, `LlamaAttention`: what it asserts of
  /// `total_num_heads` and `total_num_kv_heads`; the other families' attention asserts the same.
  private static func obstacle(to ranks: Int64, in mixer: TokenMixer) -> String? {
    switch mixer {
    case .recurrent(let state):
      return state.channels.isMultiple(of: ranks) && state.stateElements.isMultiple(of: ranks)
        ? nil : "the \(state.channels) channels of a state"
    case .attention(let attention), .sharedAttention(let attention, _):
      guard attention.queryHeads.isMultiple(of: ranks) else {
        return "the \(attention.queryHeads) query heads"
      }
      let heads = attention.keyValueHeads
      let isEven = heads >= ranks ? heads.isMultiple(of: ranks) : ranks.isMultiple(of: heads)
      return isEven ? nil : "the \(heads) KV heads"
    case .latentAttention(let latent):
      return latent.queryHeads.isMultiple(of: ranks) ? nil : "the \(latent.queryHeads) query heads"
    case .compressedAttention, .indexer, .encoderAttention: return nil
    }
  }

  /// A matrix that is divided by its inputs must leave each rank whole groups, and one in squares of
  /// scales whole squares, whichever way it is divided.
  ///
  /// Source: vLLM 0.25.1, vllm/model_executor/layers/quantization/utils/fp8_utils.py,
  /// `validate_fp8_block_shape`, and fp8.py (an error of v0.25.0 on MiniMax M2.5 in eight ranks: "192
  /// is not divisible by weight quantization block_n = 128"); awq.py and gptq.py, `create_weights`.
  private static func obstacle(
    to ranks: Int64, in entry: WeightPlan.Entry, _ attention: Attention?
  ) -> String? {
    let tensor = entry.tensor
    guard tensor.part == .weight, tensor.isDivided, tensor.role.kind == .linear,
      tensor.layer != nil, tensor.shape.dimensions.count > 1
    else { return nil }
    guard MXFP4ExpertCut(entry, ranks: ranks) == nil else { return nil }
    let isByInputs = tensor.role.isDividedByInputs
    var length = tensor.shape.dimensions[isByInputs ? 0 : 1]
    switch tensor.role {
    case .attentionKey, .attentionValue:
      let heads = max(1, attention?.keyValueHeads ?? 1)
      length = length / heads * max(heads, ranks)
    case .expertGateUp, .sharedExpertGateUp: length /= 2
    default: break
    }
    guard length.isMultiple(of: ranks) else {
      return "the \(length) \(isByInputs ? "inputs" : "rows") of \(tensor.name)"
    }
    switch entry.format.layout {
    case .tiles(_, let side, _) where side > 1:
      return (length / ranks).isMultiple(of: side)
        ? nil : "the \(length) elements of \(tensor.name) into whole blocks of \(side)"
    case .groups(_, let size, _, _) where isByInputs:
      return (length / ranks).isMultiple(of: size)
        ? nil : "the \(length) inputs of \(tensor.name) into whole groups of \(size)"
    case .blocks, .groups, .rows, .tiles, .runs, .average: return nil
    }
  }
}

extension TensorRole {
  /// Whether vLLM divides the matrix by its inputs (`RowParallelLinear`) rather than by its rows.
  fileprivate var isDividedByInputs: Bool {
    switch self {
    case .attentionOutput, .feedForwardDown, .expertDown, .sharedExpertDown, .stateOutput,
      .convolutionOutput:
      true
    default: false
    }
  }
}
