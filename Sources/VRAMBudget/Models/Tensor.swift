/// One tensor of a model: what it is for, where it belongs, and its shape.
public struct Tensor: Hashable, Sendable {
  /// Which of a module's tensors this is.
  public enum Part: String, Hashable, Sendable {
    case weight
    case bias
    /// A vector that multiplies what the module works on (Gemma 4's routers), or what it yields
    /// (matrices in NVFP4, whose blocks' scales are relative to it).
    case scale
    /// The scale that a matrix in NVFP4 was calibrated to take its input in.
    case inputScale = "input_scale"
    /// A tensor that is not part of a module and has no such word in its name (`ssm_a`).
    case plain
  }

  /// Which files hold the tensor.
  ///
  /// A GGUF file is not a copy of the checkpoint: the converter adds constants (RoPE frequencies)
  /// and splits or fuses some matrices.
  public enum Presence: Hashable, Sendable {
    case everywhere
    case checkpointOnly
    case ggufOnly
  }

  public let role: TensorRole
  public let part: Part
  /// The layer, from 0; nil for a tensor of the model as a whole.
  public let layer: Int?
  public let shape: TensorShape
  public let presence: Presence
  /// Whether its elements count as parameters; false for what is stored but not trained by
  /// gradients (transformers' persistent buffers).
  public let isParameter: Bool

  public init(
    _ role: TensorRole, _ part: Part = .weight, layer: Int? = nil, shape: TensorShape,
    presence: Presence = .everywhere, isParameter: Bool = true
  ) {
    self.role = role
    self.part = part
    self.layer = layer
    self.shape = shape
    self.presence = presence
    self.isParameter = isParameter
  }

  /// The name in a GGUF file: `blk.0.attn_q.weight`.
  ///
  /// Source: llama.cpp 0c1e57098, gguf-py/gguf/constants.py, `TENSOR_NAMES`.
  public var name: String {
    let prefix = layer.map { "blk.\($0)." } ?? ""
    return part == .plain
      ? prefix + role.rawValue : "\(prefix)\(role.rawValue).\(part.rawValue)"
  }
}

/// What a tensor is for; the raw value is its name in a GGUF file without layer and part.
public enum TensorRole: String, Hashable, Sendable, CaseIterable {
  case tokenEmbedding = "token_embd"
  case output = "output"
  case outputNorm = "output_norm"
  /// The layer between the last normalization and the head, and its norm (ModernBERT).
  case headDense = "head.dense"
  case headNorm = "head.norm"
  case ropeFrequencies = "rope_freqs"
  case ropeFactorsLong = "rope_factors_long"
  case ropeFactorsShort = "rope_factors_short"

  case tokenEmbeddingNorm = "token_embd_norm"
  /// A learned embedding of each position (BERT).
  case positionEmbedding = "position_embd"
  /// An embedding of each of the texts that a pair is made of (BERT).
  case tokenTypes = "token_types"
  /// The head that turns the first token into a text's embedding.
  case pooler = "pooler.dense"
  /// The head that rates a pair of texts or sorts one into classes (rerankers).
  case classifier = "cls"
  case classifierNorm = "cls.norm"
  case classifierOutput = "cls.output"
  /// An embedding of each token for every layer, one after another (Gemma 3n).
  case perLayerTokenEmbedding = "per_layer_token_embd"
  case perLayerModelProjection = "per_layer_model_proj"
  case perLayerProjectionNorm = "per_layer_proj_norm"
  case altUpProjection = "altup_proj"
  case altUpUnembedding = "altup_unembd_proj"

  case attentionNorm = "attn_norm"
  /// The norm of attention where ``attentionNorm`` is the feed-forward's beside it (Falcon), or of
  /// what linear attention yields (MiniMax).
  case attentionSecondNorm = "attn_norm_2"
  case attentionQuery = "attn_q"
  case attentionKey = "attn_k"
  case attentionValue = "attn_v"
  case attentionQueryKeyValue = "attn_qkv"
  case attentionOutput = "attn_output"
  case attentionQueryNorm = "attn_q_norm"
  case attentionKeyNorm = "attn_k_norm"
  case attentionSinks = "attn_sinks"
  case attentionGate = "attn_gate"
  case postAttentionNorm = "post_attention_norm"

  case attentionQueryDown = "attn_q_a"
  case attentionQueryDownNorm = "attn_q_a_norm"
  case attentionQueryUp = "attn_q_b"
  /// To the vector that is key and value for all heads, and from the heads group by group
  /// (DeepSeek-V4).
  case attentionKeyValue = "attn_kv"
  case attentionOutputDown = "attn_output_a"
  case attentionOutputUp = "attn_output_b"
  /// What makes one entry of several tokens: a number and its weight from each of them, the weight's
  /// bias by the token's place, and the entry's norm.
  case compressorValue = "attn_compressor_kv"
  case compressorGate = "attn_compressor_gate"
  case compressorPosition = "attn_compressor_ape"
  case compressorNorm = "attn_compressor_norm"
  case indexerCompressorValue = "indexer_compressor_kv"
  case indexerCompressorGate = "indexer_compressor_gate"
  case indexerCompressorPosition = "indexer_compressor_ape"
  case indexerCompressorNorm = "indexer_compressor_norm"
  /// What mixes the streams that run beside each other through the layers, before attention, before
  /// experts and before the head: a matrix, its bias and the scales of its parts.
  case attentionStreams = "hc_attn_fn"
  case attentionStreamsBase = "hc_attn_base"
  case attentionStreamsScale = "hc_attn_scale"
  case feedForwardStreams = "hc_ffn_fn"
  case feedForwardStreamsBase = "hc_ffn_base"
  case feedForwardStreamsScale = "hc_ffn_scale"
  case headStreams = "output_hc_fn"
  case headStreamsBase = "output_hc_base"
  case headStreamsScale = "output_hc_scale"
  case latentDown = "attn_kv_a_mqa"
  case latentNorm = "attn_kv_a_norm"
  case latentUp = "attn_kv_b"
  case latentKeyUp = "attn_k_b"
  case latentValueUp = "attn_v_b"

  /// Which tokens attention reads, chosen by heads of its own (DeepSeek-V3.2).
  case indexerQueryUp = "indexer.attn_q_b"
  case indexerKey = "indexer.attn_k"
  case indexerKeyNorm = "indexer.k_norm"
  /// The norm of each of its queries (MiniMax M3).
  case indexerQueryNorm = "indexer.q_norm"
  case indexerHeadWeights = "indexer.proj"

  /// After attention and its residual sum (BERT).
  case attentionOutputNorm = "attn_output_norm"
  case layerOutputNorm = "layer_output_norm"

  case feedForwardNorm = "ffn_norm"
  case feedForwardGate = "ffn_gate"
  case feedForwardUp = "ffn_up"
  case feedForwardDown = "ffn_down"
  case postFeedForwardNorm = "post_ffw_norm"
  /// After the dense feed-forward that stands beside experts (Gemma 4).
  case denseFeedForwardNorm = "post_ffw_norm_1"
  case expertInputNorm = "pre_ffw_norm_2"
  case expertOutputNorm = "post_ffw_norm_2"

  case perLayerGate = "inp_gate"
  case perLayerProjection = "proj"
  case perLayerNorm = "post_norm"
  case layerScale = "layer_output_scale"
  case altUpCorrection = "altup_correct_coef"
  case altUpCorrectionScale = "altup_correct_scale"
  case altUpPrediction = "altup_predict_coef"
  case altUpRouter = "altup_router"
  case altUpRouterNorm = "altup_router_norm"
  case laurelLeft = "laurel_l"
  case laurelRight = "laurel_r"
  case laurelNorm = "laurel_post_norm"

  /// Trained numbers of an activation function (xIELU), which GGUF files keep as metadata.
  case activationAlphaPositive = "act_fn.alpha_p"
  case activationAlphaNegative = "act_fn.alpha_n"
  /// One of the vectors that weigh the two halves of differential attention.
  case attentionLambda = "lambda"
  /// What the residual is multiplied by before a result is added (Doge).
  case residualScale = "residual"
  /// The dynamic mask of attention: a number for each head, and the matrix that feeds it (Doge).
  case attentionMask = "A"
  case attentionMaskStep = "dt_proj"

  case router = "ffn_gate_inp"
  /// A bias that steers the choice of experts.
  case expertSelection = "exp_probs_b"
  /// The experts of each token of the vocabulary, where no router chooses them.
  case expertTable = "ffn_gate_tid2eid"
  case expertGate = "ffn_gate_exps"
  case expertUp = "ffn_up_exps"
  /// Gate and up of the experts in one matrix.
  case expertGateUp = "ffn_gate_up_exps"
  case expertDown = "ffn_down_exps"
  case sharedExpertRouter = "ffn_gate_inp_shexp"
  case sharedExpertGate = "ffn_gate_shexp"
  case sharedExpertUp = "ffn_up_shexp"
  case sharedExpertDown = "ffn_down_shexp"
  /// Gate and up of the shared expert, as a checkpoint fuses them.
  case sharedExpertGateUp = "shared_mlp.input_linear"
  /// To and from the shorter vectors that experts work on (Nemotron 3 Super).
  case expertLatentDown = "ffn_latent_down"
  case expertLatentUp = "ffn_latent_up"
  /// Before the way back from them (Kimi K3).
  case expertLatentNorm = "ffn_latent_norm"
  /// What chooses among the sums of earlier blocks that a layer adds: before its attention, before its
  /// experts, and before the head (Kimi K3).
  case attentionResidual = "attn_res"
  case attentionResidualNorm = "attn_res_norm"
  case feedForwardResidual = "ffn_res"
  case feedForwardResidualNorm = "ffn_res_norm"
  case outputResidual = "output_res"
  case outputResidualNorm = "output_res_norm"
  /// What a layer adds of a block that it shares with others, and its own change of that block's
  /// feed-forward (Zamba 2).
  case sharedBlockOutput = "shared_block_out"
  case feedForwardAdapterDown = "ffn_adapter_a"
  case feedForwardAdapterUp = "ffn_adapter_b"

  case convolution = "shortconv.conv"
  case convolutionInput = "shortconv.in_proj"
  case convolutionOutput = "shortconv.out_proj"
  case stateInput = "ssm_in"
  case stateConvolution = "ssm_conv1d"
  case stateProjection = "ssm_x"
  case stateTimeStep = "ssm_dt"
  case stateDecay = "ssm_a"
  case stateSkip = "ssm_d"
  case stateNorm = "ssm_norm"
  case stateTimeStepNorm = "ssm_dt_norm"
  case stateInputNorm = "ssm_b_norm"
  case stateOutputNorm = "ssm_c_norm"
  case stateOutput = "ssm_out"
  case stateBetaAlpha = "ssm_ba"
  case stateBeta = "ssm_beta"
  case stateAlpha = "ssm_alpha"
  case stateQueryConvolution = "ssm_conv1d_q"
  case stateKeyConvolution = "ssm_conv1d_k"
  case stateValueConvolution = "ssm_conv1d_v"
  case stateForgetDown = "ssm_f_a"
  case stateForgetUp = "ssm_f_b"
  case stateGateDown = "ssm_g_a"
  case stateGateUp = "ssm_g_b"
  /// The gates of a linear recurrence, a block for each head (RecurrentGemma).
  case recurrenceInputGate = "rg_lru.input_gate"
  case recurrenceGate = "rg_lru.recurrent_gate"
  /// What a matrix memory takes in and forgets (xLSTM).
  case memoryInputGate = "igate_preact"
  case memoryForgetGate = "fgate_preact"
  /// Queries, keys, values and gates of a delta net, as a checkpoint fuses them.
  case deltaInput = "in_proj_qkvz"

  /// Whether the tensor holds experts of which a token uses some, one after another.
  public var isRoutedExpert: Bool {
    switch self {
    case .expertGate, .expertUp, .expertGateUp, .expertDown: true
    default: false
    }
  }

  /// Whether a GGUF file may hold a scale of the matrix (NVFP4) beside it.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-model.cpp, `load_tensors` (its generic pass).
  public var mayBeScaled: Bool {
    switch self {
    case .output, .attentionQuery, .attentionKey, .attentionValue, .attentionOutput,
      .attentionQueryKeyValue, .attentionGate, .feedForwardGate, .feedForwardUp, .feedForwardDown,
      .sharedExpertGate, .sharedExpertUp, .sharedExpertDown, .expertGate, .expertUp, .expertDown,
      .stateInput, .stateOutput, .stateAlpha, .stateBeta:
      true
    default: false
    }
  }

  /// Whether llama.cpp's quantizer leaves the matrix in the 16 bits that the converter gave it.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-quant.cpp, `tensor_allows_quantization`;
  /// conversion/base.py, `prepare_tensors` (what is always F32 is not among these).
  public var staysHalfPrecision: Bool {
    switch self {
    case .perLayerModelProjection, .altUpProjection, .altUpUnembedding, .altUpRouter, .laurelLeft,
      .laurelRight:
      true
    default: false
    }
  }
}
