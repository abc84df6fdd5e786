extension GraphTraits {
  /// Returns the traits of a family; nil for one that is not described.
  ///
  /// A family may share its GGUF name with one whose graph differs: Falcon-Mamba's normalizes what
  /// Mamba's does not.
  ///
  /// Source: llama.cpp 0c1e57098, src/models/<family>.cpp; each held against its allocator in
  /// llamacpp-runtime.tsv or llamacpp-families.tsv.
  init?(_ model: ModelShape) {
    guard model.architecture.modelType != "falcon_mamba",
      let family = model.architecture.ggufName
    else { return nil }
    switch family {
    case "llama", "qwen2", "qwen3", "qwen3moe", "smollm3", "exaone", "internlm2", "ernie4_5",
      "chatglm", "mamba", "seed_oss", "olmo2", "glm4", "ernie4_5-moe", "falcon-h1":
      break
    case "exaone4": rotatesEverywhere = model.layers.count != 64
    case "qwen2vl": positions = 4
    case "qwen2moe", "olmoe": routing = .softmaxFirst(normalizes: false)
    case "arcee": squaresActivation = true
    case "qwen3vl", "qwen3vlmoe":
      positions = 4
      // `n_deepstack_layers`: what conversion/qwen3vl.py writes of `deepstack_visual_indexes`, of which
      // every published model has three.
      imageLayers = 3
    case "mistral3": positionScale = .everywhere
    case "phi3":
      scalesQueries = true
      addsToResidual = true
    case "gemma", "gemma2", "gemma3":
      embeddingScale = .whenRead
      scalesQueries = true
      capsScores = family == "gemma2"
      capsLogits = family == "gemma2"
    case "gemma3n":
      block = .alternating
      embeddingScale = .whenRead
      normalizesValues = true
      selectsRowsLate = true
      capsLogits = true
    case "gemma4":
      embeddingScale = .whenRead
      normalizesValues = true
      selectsRowsLate = true
      keepsHeadInput = true
      capsLogits = true
    case "gpt-oss":
      selectsRowsLate = true
      routing = .softmaxLast
    case "deepseek2", "glm4moe": routing = .own
    case "minimax-m2": routing = .sigmoid(normalizes: true)
    case "lfm2", "lfm2moe":
      addsAttentionToResidual = true
      addsToResidual = true
      routing = .sigmoid(normalizes: true)
    case "hunyuan-dense", "hunyuan-moe": headNorms = .afterRotation
    case "phimoe":
      norm = .meanAndDeviation
      scalesQueries = true
    case "granite", "granitemoe", "granitehybrid", "minicpm":
      embeddingScale = .atOnce
      scalesBranches = true
      scalesLogits = true
    case "command-r", "cohere2":
      norm = .meanAndDeviation
      block = .parallel(.streamThenAttention)
      scalesLogits = true
    case "phi2":
      norm = .meanAndDeviation
      block = .parallel(.attentionThenStream)
      scalesQueries = true
    case "falcon":
      norm = .meanAndDeviation
      block = .parallel(.feedForwardThenStream)
    case "starcoder2": norm = .meanAndDeviation
    case "stablelm":
      norm = .meanAndDeviation
      if !model.hasWeight(.feedForwardNorm) { block = .parallel(.attentionWithStream) }
    case "nemotron":
      norm = .meanAndDeviation
      squaresActivation = true
    case "llama4":
      positionScale = .unrotated
      routing = .sigmoidOfInputs
      // llama.cpp goes by the experts: `use_kq_norm` is off for 17B-128E.
      let isMaverick = model.layers.contains {
        if case .experts(let experts) = $0.feedForward { experts.count == 128 } else { false }
      }
      if !isMaverick { headNorms = .unweightedAfterRotation }
    case "nemotron_h", "nemotron_h_moe":
      block = .single
      squaresActivation = true
      routing = .own
      selectsRowsLate = true
      keepsHeadInput = true
    case "qwen3next", "qwen35", "qwen35moe":
      selectsRowsLate = true
      keepsHeadInput = true
      expandsNormFirst = true
      gatesAttention = true
      repeatsKeyHeads = family == "qwen3next"
      positions = family == "qwen3next" ? 1 : 4
    default: return nil
    }
  }
}

extension ModelShape {
  fileprivate func hasWeight(_ role: TensorRole) -> Bool {
    tensors.contains { $0.role == role && $0.part == .weight }
  }
}
