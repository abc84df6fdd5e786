/// What a family's graph is like beyond the sizes of its layers.
///
/// Only families whose graph is described have traits: see `GraphTraits+Families.swift`.
///
/// Source: llama.cpp 0c1e57098, src/models/; LLAMACPP-GRAPHS.md.
struct GraphTraits: Hashable {
  /// What a normalization subtracts and divides by.
  enum Norm: Hashable {
    /// The root of the mean square (RMSNorm).
    case rootMeanSquare
    /// The mean and the deviation (LayerNorm).
    case meanAndDeviation
  }

  /// How a layer's parts stand to the residual stream.
  enum Block: Hashable {
    /// Mixer, then feed-forward, each added to the stream.
    case sequential
    /// Both read the same normalized stream, and both are added to it.
    case parallel(ParallelSum)
    /// Several streams, of which a layer computes one (Gemma 3n).
    case alternating
    /// A layer is one part, a mixer or a feed-forward (Nemotron-H).
    case single
  }

  /// The order in which a parallel layer adds up its parts.
  enum ParallelSum: Hashable {
    /// (feed-forward + stream) + attention.
    case streamThenAttention
    /// (attention + feed-forward) + stream.
    case attentionThenStream
    /// (feed-forward + attention) + stream.
    case feedForwardThenStream
    /// feed-forward + (attention + stream).
    case attentionWithStream
  }

  /// When queries and keys are normalized.
  enum HeadNorms: Hashable {
    case beforeRotation
    case afterRotation
    /// After the rotation, without a weight, in layers that rotate (Llama 4 Scout).
    case unweightedAfterRotation
  }

  /// Whether queries are scaled by a number for each position.
  enum PositionScale: Hashable {
    case none
    case everywhere
    /// In layers whose queries are not rotated.
    case unrotated
  }

  /// Whether the embeddings are scaled first.
  enum EmbeddingScale: Hashable {
    case none
    /// Before anything else of the graph (Granite).
    case atOnce
    /// When the first layer reads them (Gemma).
    case whenRead
  }

  /// How experts are chosen and weighed.
  enum Routing: Hashable {
    /// Probabilities of all experts, then the best of them, maybe made to add up to one.
    case softmaxFirst(normalizes: Bool)
    /// The best scores, then their probabilities.
    case softmaxLast
    /// A sigmoid of each score, maybe made to add up to one.
    case sigmoid(normalizes: Bool)
    /// As the model says; a sigmoid where a stored vector steers the choice.
    case own
    /// The best scores, whose sigmoids weigh what goes into the experts (Llama 4).
    case sigmoidOfInputs
  }

  var norm = Norm.rootMeanSquare
  var block = Block.sequential
  var headNorms = HeadNorms.beforeRotation
  var positionScale = PositionScale.none
  var routing = Routing.softmaxFirst(normalizes: true)
  var embeddingScale = EmbeddingScale.none
  /// Whether queries are scaled after RoPE (Phi, Gemma).
  var scalesQueries = false
  /// Whether queries and keys are rotated even in layers that do not do so in the model (EXAONE 4
  /// without windows).
  var rotatesEverywhere = false
  /// Whether values are normalized, without a weight (Gemma 3n and 4).
  var normalizesValues = false
  /// Whether what is added to the residual stream is scaled before (Granite).
  var scalesBranches = false
  /// Whether the logits are scaled (Granite, Cohere).
  var scalesLogits = false
  /// Whether the scores of attention pass through a soft cap (Gemma 2).
  var capsScores = false
  /// Whether the logits pass through a soft cap (Gemma 2, 3n and 4).
  var capsLogits = false
  /// Whether the activation of a feed-forward without a gate is squared (Nemotron).
  var squaresActivation = false
  /// Whether the first residual sum is `residual + result`.
  var addsAttentionToResidual = false
  /// Whether the second residual sum is `residual + output`.
  var addsToResidual = false
  /// Whether the last layer computes all tokens, and only the head those that are asked for.
  var selectsRowsLate = false
  /// Whether what the head reads is kept as an output of the graph (multi-token prediction).
  var keepsHeadInput = false
  /// Whether the normalization of a layer is computed before anything else of it.
  var expandsNormFirst = false
  /// Whether queries come with a gate for the result of attention (Qwen3-Next).
  var gatesAttention = false
  /// Whether keys and queries of a delta net are repeated for each group of value heads.
  var repeatsKeyHeads = false
  /// The positions of one token: several where images have rows and columns.
  var positions: Int64 = 1
  /// The first layers to which features of an image are added, which come with its embeddings
  /// (Qwen3-VL).
  var imageLayers = 0
}
