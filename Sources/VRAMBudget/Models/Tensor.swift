/// One tensor of a model: what it is for, where it belongs, and its shape.
public struct Tensor: Hashable, Sendable {
  /// Which of a module's tensors this is.
  public enum Part: String, Hashable, Sendable {
    case weight
    case bias
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

  public init(
    _ role: TensorRole, _ part: Part = .weight, layer: Int? = nil, shape: TensorShape,
    presence: Presence = .everywhere
  ) {
    self.role = role
    self.part = part
    self.layer = layer
    self.shape = shape
    self.presence = presence
  }

  /// The name in a GGUF file: `blk.0.attn_q.weight`.
  ///
  /// Source: llama.cpp 0c1e57098, gguf-py/gguf/constants.py, `TENSOR_NAMES`.
  public var name: String {
    let prefix = layer.map { "blk.\($0)." } ?? ""
    return "\(prefix)\(role.rawValue).\(part.rawValue)"
  }
}

/// What a tensor is for; the raw value is its name in a GGUF file without layer and part.
public enum TensorRole: String, Hashable, Sendable, CaseIterable {
  case tokenEmbedding = "token_embd"
  case output = "output"
  case outputNorm = "output_norm"
  case ropeFrequencies = "rope_freqs"
  case ropeFactorsLong = "rope_factors_long"
  case ropeFactorsShort = "rope_factors_short"

  case attentionNorm = "attn_norm"
  case attentionQuery = "attn_q"
  case attentionKey = "attn_k"
  case attentionValue = "attn_v"
  case attentionQueryKeyValue = "attn_qkv"
  case attentionOutput = "attn_output"
  case attentionQueryNorm = "attn_q_norm"
  case attentionKeyNorm = "attn_k_norm"

  case feedForwardNorm = "ffn_norm"
  case feedForwardGate = "ffn_gate"
  case feedForwardUp = "ffn_up"
  case feedForwardDown = "ffn_down"

  /// What kind of module the tensor belongs to, for formats that treat kinds differently.
  public enum Kind: Hashable, Sendable {
    case embedding
    /// A matrix that activations are multiplied by.
    case linear
    case norm
    /// A table computed from the configuration, not trained.
    case constant
  }

  public var kind: Kind {
    switch self {
    case .tokenEmbedding: .embedding
    case .outputNorm, .attentionNorm, .attentionQueryNorm, .attentionKeyNorm, .feedForwardNorm:
      .norm
    case .ropeFrequencies, .ropeFactorsLong, .ropeFactorsShort: .constant
    case .output, .attentionQuery, .attentionKey, .attentionValue, .attentionQueryKeyValue,
      .attentionOutput, .feedForwardGate, .feedForwardUp, .feedForwardDown:
      .linear
    }
  }
}
