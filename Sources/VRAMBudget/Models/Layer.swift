/// One layer of a model: what mixes tokens, and what follows.
///
/// A model is described by one value per layer, because models mix kinds.
public struct Layer: Hashable, Sendable {
  /// What mixes tokens, in order: usually one; none for a layer without attention (Nemotron's
  /// replaced blocks); two where attention and a state-space block stand side by side (Falcon-H1).
  public let mixers: [TokenMixer]
  public let feedForward: FeedForward

  public init(mixers: [TokenMixer], feedForward: FeedForward) {
    self.mixers = mixers
    self.feedForward = feedForward
  }
}

/// A part of a layer that lets a token see others, and therefore keeps something of them.
///
/// Add a case for a new kind; the compiler then lists every computation that must learn about it.
public enum TokenMixer: Hashable, Sendable {
  /// Keys and values for every token, or for those within a window.
  case attention(Attention)
  /// One compressed vector for each token in place of keys and values (MLA).
  case latentAttention(LatentAttention)
  /// Attention that reads the cache of an earlier layer and keeps none of its own (Gemma 3n).
  case sharedAttention(Attention, cacheOf: Int)
  /// A window of tokens, and entries that each stand for several earlier ones (DeepSeek-V4).
  case compressedAttention(CompressedAttention)
  /// The keys of heads that choose the tokens which the attention before it reads (DeepSeek-V3.2).
  case indexer(Indexer)
  /// Attention in both directions, which keeps nothing: a text is read at once (BERT).
  case encoderAttention(Attention)
  /// A state of fixed size, whatever the number of tokens.
  case recurrent(RecurrentState)
}

/// Grouped-query attention. Multi-head attention is the case where ``keyValueHeads`` equals
/// ``queryHeads``, multi-query the case where it is 1.
public struct Attention: Hashable, Sendable {
  /// How far back a token sees.
  public enum Span: Hashable, Sendable {
    case full
    /// The most recent `tokens`, the token itself included.
    case sliding(tokens: Int64)
    /// The tokens of the same chunk of `tokens`.
    case chunked(tokens: Int64)
  }

  /// `num_attention_heads`, `n_head`.
  public let queryHeads: Int64
  /// `num_key_value_heads`, `n_head_kv`.
  public let keyValueHeads: Int64
  /// `head_dim`, `n_embd_head_k`: the length of a head's key (and query).
  public let keyDimension: Int64
  /// `n_embd_head_v`: the length of a head's value.
  public let valueDimension: Int64
  public let span: Span
  /// Whether queries and keys are rotated by position; false for NoPE layers (SmolLM3).
  public let isRotary: Bool
  /// Whether queries, keys and values come out of one matrix (Phi-3).
  public let isFused: Bool

  public init(
    queryHeads: Int64, keyValueHeads: Int64, keyDimension: Int64, valueDimension: Int64,
    span: Span = .full, isRotary: Bool = true, isFused: Bool = false
  ) {
    self.queryHeads = queryHeads
    self.keyValueHeads = keyValueHeads
    self.keyDimension = keyDimension
    self.valueDimension = valueDimension
    self.span = span
    self.isRotary = isRotary
    self.isFused = isFused
  }

  /// The elements of one token's key over all heads (`n_embd_k_gqa`).
  public var keyElements: Int64 { keyValueHeads * keyDimension }
  /// The elements of one token's value over all heads (`n_embd_v_gqa`).
  public var valueElements: Int64 { keyValueHeads * valueDimension }
}

/// Multi-head latent attention, as DeepSeek-V2 introduced it.
public struct LatentAttention: Hashable, Sendable {
  public let queryHeads: Int64
  /// `kv_lora_rank`: the elements of the compressed key and value.
  public let rank: Int64
  /// `qk_rope_head_dim`: the elements of the rotated part that all heads share.
  public let ropeDimension: Int64
  /// `qk_nope_head_dim`.
  public let plainDimension: Int64
  /// `v_head_dim`.
  public let valueDimension: Int64

  public init(
    queryHeads: Int64, rank: Int64, ropeDimension: Int64, plainDimension: Int64,
    valueDimension: Int64
  ) {
    self.queryHeads = queryHeads
    self.rank = rank
    self.ropeDimension = ropeDimension
    self.plainDimension = plainDimension
    self.valueDimension = valueDimension
  }
}

/// A lightning indexer: heads that share one key a token.
public struct Indexer: Hashable, Sendable {
  /// `index_n_heads`.
  public let queryHeads: Int64
  /// `index_head_dim`.
  public let keyDimension: Int64

  public init(queryHeads: Int64, keyDimension: Int64) {
    self.queryHeads = queryHeads
    self.keyDimension = keyDimension
  }
}

/// What a recurrent or convolution layer carries from token to token, for one sequence.
public struct RecurrentState: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case mamba, mamba2, gatedDeltaNet, kimiDeltaAttention, lightningAttention, rwkv
    case shortConvolution, gatedLinearRecurrence, matrixMemory

    /// The kind in the field's words.
    var words: String {
      switch self {
      case .mamba: "Mamba"
      case .mamba2: "Mamba-2"
      case .gatedDeltaNet: "gated delta net"
      case .kimiDeltaAttention: "Kimi delta attention"
      case .lightningAttention: "lightning attention"
      case .rwkv: "RWKV"
      case .shortConvolution: "short convolution"
      case .gatedLinearRecurrence: "gated linear recurrence"
      case .matrixMemory: "matrix memory (xLSTM)"
      }
    }
  }

  public let kind: Kind
  /// The tokens that the convolution spans, the present one included.
  public let kernel: Int64
  /// The channels that the convolution runs over.
  public let channels: Int64
  /// The elements of the recurrent state; 0 for a convolution alone.
  public let stateElements: Int64

  public init(kind: Kind, kernel: Int64, channels: Int64, stateElements: Int64) {
    self.kind = kind
    self.kernel = kernel
    self.channels = channels
    self.stateElements = stateElements
  }

  /// The elements of the convolution's tail: the tokens before the present one.
  public var convolutionElements: Int64 { (kernel - 1) * channels }
}

/// What follows the mixers of a layer.
public enum FeedForward: Hashable, Sendable {
  case none
  /// Gate, up and down, `intermediate` elements wide (`intermediate_size`); `isFused` when gate
  /// and up are one matrix.
  case dense(intermediate: Int64, isFused: Bool)
  /// Up and down without a gate.
  case plain(intermediate: Int64)
  case experts(Experts)

  /// A mixture of experts.
  public struct Experts: Hashable, Sendable {
    public let count: Int64
    /// The experts that one token uses.
    public let used: Int64
    /// The width of one expert.
    public let intermediate: Int64
    /// The width of the expert that every token uses; 0 where there is none.
    public let sharedIntermediate: Int64
    public let routing: Routing

    public init(
      count: Int64, used: Int64, intermediate: Int64, sharedIntermediate: Int64,
      routing: Routing = Routing()
    ) {
      self.count = count
      self.used = used
      self.intermediate = intermediate
      self.sharedIntermediate = sharedIntermediate
      self.routing = routing
    }
  }

  /// How the router's scores become the weights of the chosen experts, as far as a model may say.
  public struct Routing: Hashable, Sendable {
    /// `n_group`: the groups of experts of which the best are chosen first; 1 where there are none.
    public let groups: Int64
    /// `topk_group`: how many of the groups are chosen.
    public let usedGroups: Int64
    /// `norm_topk_prob`: whether the weights of the chosen experts are made to add up to one.
    public let normalizes: Bool
    /// Whether the weights are scaled by `routed_scaling_factor`, which is not 1.
    public let isScaled: Bool

    public init(
      groups: Int64 = 1, usedGroups: Int64 = 1, normalizes: Bool = false, isScaled: Bool = false
    ) {
      self.groups = groups
      self.usedGroups = usedGroups
      self.normalizes = normalizes
      self.isScaled = isScaled
    }
  }
}
