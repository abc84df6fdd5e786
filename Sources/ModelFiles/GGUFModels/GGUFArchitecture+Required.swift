internal import VRAMBudget

/// What llama.cpp does not load a family's model without.
///
/// Only what its loader refuses to miss is listed: what it makes do without (heads of tied embeddings,
/// biases of queries, tables of rotations) is in some files and not in others.
///
/// Source: llama.cpp 0c1e57098, src/models/, `load_arch_tensors` of each family: tensors created
/// without `TENSOR_NOT_REQUIRED`; confirmed with its loader, a file without each in turn.
extension GGUFArchitecture {
  /// The normalizations of a model, of what mixes tokens, and of what follows it.
  struct Norms {
    var model: [TensorRole] = [.outputNorm]
    var mixer: [TensorRole] = [.attentionNorm]
    var feedForward: [TensorRole] = [.feedForwardNorm]
  }

  var norms: Norms { Self.otherNorms[name] ?? Norms() }

  /// The families whose layers are not normalized once before each half.
  private static let otherNorms: [String: Norms] = {
    let around = Norms(
      mixer: [.attentionNorm, .postAttentionNorm],
      feedForward: [.feedForwardNorm, .postFeedForwardNorm])
    let after = Norms(mixer: [.postAttentionNorm], feedForward: [.postFeedForwardNorm])
    let once = Norms(feedForward: [])
    let between = Norms(mixer: [.attentionNorm, .postAttentionNorm], feedForward: [])
    let encoder = Norms(
      model: [.tokenEmbeddingNorm], mixer: [.attentionOutputNorm], feedForward: [.layerOutputNorm])
    return [
      "olmo": Norms(model: [], mixer: [], feedForward: []),
      "olmo2": after, "exaone4": after,
      "gemma2": around, "gemma3": around, "gemma3n": around, "gemma4": around,
      "gemma-embedding": around, "glm4": around, "afmoe": around,
      "command-r": once, "cohere2": once, "cohere2moe": once, "phi2": once, "falcon": once,
      "stablelm": once,
      // Every layer is one of a mixer, a feed-forward or experts, with the same norm before it.
      "nemotron_h": Norms(feedForward: [.attentionNorm]),
      "nemotron_h_moe": Norms(feedForward: [.attentionNorm]),
      "glm4moe": between, "seed_oss": between, "gpt-oss": between, "qwen3next": between,
      "qwen35": between, "qwen35moe": between,
      "bert": encoder, "nomic-bert": encoder,
      // The first layer of ModernBERT follows the norm of the embedding.
      "modern-bert": Norms(model: [.outputNorm, .tokenEmbeddingNorm], mixer: []),
      "bloom": Norms(model: [.outputNorm, .tokenEmbeddingNorm]),
      // The name is that of the embedding's norm, what is normalized the last layer's output.
      "lfm2": Norms(model: [.tokenEmbeddingNorm]), "lfm2moe": Norms(model: [.tokenEmbeddingNorm]),
    ]
  }()

  /// Whether queries and keys are normalized before they meet.
  var normalizesHeads: Bool { Self.headNormalizing.contains(name) }

  private static let headNormalizing: Set = [
    "afmoe", "apertus", "exaone4", "gemma-embedding", "gemma3", "gemma3n", "hunyuan-dense",
    "hunyuan-moe", "hy_v3", "laguna", "lfm2", "lfm2moe", "minimax-m2", "olmo2", "olmoe", "qwen3",
    "qwen35", "qwen35moe", "qwen3moe", "qwen3next", "qwen3vl", "qwen3vlmoe",
  ]

  /// Whether a gate of the same size is projected with the queries.
  var gatesQueries: Bool { ["qwen3next", "qwen35", "qwen35moe"].contains(name) }

  /// What stands beside the matrices of attention.
  var attentionExtras: [TensorRole] {
    switch name {
    case "afmoe", "laguna": [.attentionGate]
    case "gpt-oss", "granite_swa": [.attentionSinks]
    default: []
    }
  }

  /// Whether keys stand for values in a layer without a matrix for these.
  var mayLackValues: Bool { name == "gemma4" }

  /// Whether a layer may have no feed-forward.
  var mayLackFeedForward: Bool { hasBareLayers || name == "mamba" || name == "mamba2" }

  /// Whether the gate of a dense feed-forward is in one matrix with the way up.
  var fusesGate: Bool { ["chatglm", "glm4", "modern-bert", "phi3"].contains(name) }

  /// Whether a dense feed-forward has no gate of its own.
  var mayLackGate: Bool { Self.ungated.contains(name) }

  private static let ungated: Set = [
    "apertus", "arcee", "bert", "bloom", "chatglm", "falcon", "glm4", "gpt2", "gptneox", "hy_v3",
    "jais2", "modern-bert", "mpt", "nemotron", "nemotron_h", "nemotron_h_moe", "phi2", "phi3",
    "starcoder", "starcoder2",
  ]

  /// Whether experts may have no gate.
  var mayLackExpertGate: Bool { Self.ungatedExperts.contains(name) }

  private static let ungatedExperts: Set = [
    "ernie4_5-moe", "granitehybrid", "granitemoe", "hy_v3", "llama", "minimax-01",
    "nemotron_h_moe",
  ]

  /// Whether the expert that every token uses may have no gate.
  var mayLackSharedGate: Bool { ["hy_v3", "kimi-linear", "nemotron_h_moe"].contains(name) }

  /// Whether a dense feed-forward may stand beside experts in a layer.
  var mixesExpertsAndDense: Bool { name == "gemma4" }

  /// Whether the positions of a text have an embedding each, as many as the context is long.
  var hasPositionTable: Bool { ["bert", "gpt2", "starcoder"].contains(name) }
}

extension RecurrentState.Kind {
  /// The tensors of a recurrent layer, each with what may stand in its place.
  ///
  /// The norm of Falcon-H1's layers is not among them: not all of its models have one.
  func requiredTensors(in architecture: GGUFArchitecture) -> [[TensorRole]] {
    switch self {
    case .mamba:
      let norms: [TensorRole] =
        architecture.name == "jamba"
        ? [.stateTimeStepNorm, .stateInputNorm, .stateOutputNorm] : []
      let matrices: [TensorRole] = [
        .stateInput, .stateConvolution, .stateProjection, .stateTimeStep, .stateDecay, .stateSkip,
        .stateOutput,
      ]
      return (matrices + norms).map { [$0] }
    case .mamba2:
      let norms: [TensorRole] = architecture.mixesSideBySide ? [] : [.stateNorm]
      let matrices: [TensorRole] = [
        .stateInput, .stateConvolution, .stateDecay, .stateSkip, .stateOutput,
      ]
      return (matrices + norms).map { [$0] }
    case .shortConvolution:
      return [[.convolution], [.convolutionInput], [.convolutionOutput]]
    case .gatedDeltaNet:
      // Files of Qwen3-Next from its first weeks have one matrix for queries, keys, values and gates.
      return [
        [.attentionQueryKeyValue, .stateInput], [.attentionGate, .stateInput], [.stateConvolution],
        [.stateDecay], [.stateNorm], [.stateOutput], [.stateBetaAlpha, .stateBeta],
      ]
    case .kimiDeltaAttention:
      return [
        .attentionQuery, .attentionKey, .attentionValue, .attentionOutput, .stateQueryConvolution,
        .stateKeyConvolution, .stateValueConvolution, .stateForgetDown, .stateForgetUp,
        .stateGateDown, .stateGateUp, .stateDecay, .stateBeta, .stateNorm,
      ].map { [$0] }
    case .lightningAttention:
      return [
        [.attentionQueryKeyValue], [.attentionGate], [.attentionOutput], [.attentionSecondNorm],
      ]
    case .rwkv, .gatedLinearRecurrence, .matrixMemory: return []
    }
  }
}
